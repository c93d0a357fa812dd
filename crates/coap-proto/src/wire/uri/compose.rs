//! Paths and queries as text, from the options of a message (RFC 7252 section 6.5).
use super::Uri;
use crate::wire::{
    Pdu,
    option::{self, Presence},
};

/// The path that a request is for, without its leading `/`; empty without Uri-Path options.
///
/// A Proxy-Uri stands for all other options (RFC 7252 section 5.10.2): the path is then the one in it, as it stands
/// there. `None` if it is not a URI.
pub fn compose_path(request: &Pdu) -> Option<Vec<u8>> {
    let Some(proxy_uri) = request.option(option::PROXY_URI) else {
        let mut path = Vec::new();
        join(request, option::URI_PATH, b'/', &PLAIN_IN_PATH, &mut path);
        return Some(path);
    };
    let uri = Uri::parse(proxy_uri.value).ok().filter(|uri| !uri.host.is_empty());
    uri.map(|uri| uri.path.to_vec())
}

/// The path that a request without Proxy-Uri is for: as it stands in the request if it is of one segment, as most are,
/// otherwise put together in `room`, which is empty.
pub(crate) fn path_in<'a>(request: &'a Pdu, room: &'a mut Vec<u8>) -> &'a [u8] {
    let reaching = request.options().take_while(|option| option.number <= option::URI_PATH);
    let mut segments = reaching.filter(|option| option.number == option::URI_PATH);
    let Some(first) = segments.next() else { return &[] };
    if segments.next().is_none() && is_plain(first.value, &PLAIN_IN_PATH) {
        return first.value;
    }
    join(request, option::URI_PATH, b'/', &PLAIN_IN_PATH, room);
    room
}

/// The query of a request without its `?`. `None` if there is none or it is empty. That of a Proxy-Uri is as it stands
/// there.
#[inline]
pub fn compose_query(request: &Pdu) -> Option<Vec<u8>> {
    const ASKING: Presence = Presence::NONE.with(option::URI_QUERY).with(option::PROXY_URI);
    if request.presence().meets(ASKING) { find_query(request) } else { None }
}

fn find_query(request: &Pdu) -> Option<Vec<u8>> {
    if let Some(proxy_uri) = request.option(option::PROXY_URI) {
        let query = Uri::parse(proxy_uri.value).ok()?.query?;
        return (!query.is_empty()).then(|| query.to_vec());
    }
    let query = join_query(request);
    (!query.is_empty()).then_some(query)
}

/// What the Uri-Query options of a request say, whatever else it has. Empty without them.
pub fn join_query(request: &Pdu) -> Vec<u8> {
    let mut query = Vec::new();
    join(request, option::URI_QUERY, b'&', &PLAIN_IN_QUERY, &mut query);
    query
}

fn join(request: &Pdu, number: u16, separator: u8, plain: &Plain, text: &mut Vec<u8>) {
    if !request.presence().may_have(number) {
        return;
    }
    let mut is_first = true;
    for option in request.options().filter(|option| option.number == number) {
        if !std::mem::take(&mut is_first) {
            text.push(separator);
        }
        percent_encode(option.value, plain, text);
    }
}

fn percent_encode(value: &[u8], plain: &Plain, text: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if is_plain(value, plain) {
        return text.extend_from_slice(value);
    }
    for byte in value {
        if plain[usize::from(*byte)] {
            text.push(*byte);
        } else {
            text.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

fn is_plain(value: &[u8], plain: &Plain) -> bool {
    value.iter().all(|byte| plain[usize::from(*byte)])
}

/// Whether each byte stands for itself.
type Plain = [bool; 256];

/// `pchar` of RFC 3986 section 3.3.
static PLAIN_IN_PATH: Plain = plain(b"-._~!$&'()*+,;=:@");
/// The same and `/` and `?`, without `&`, which separates arguments (RFC 7252 section 6.5, step 8).
static PLAIN_IN_QUERY: Plain = plain(b"-._~!$'()*+,;=:@/?");

/// Letters, digits and `marks`.
const fn plain(marks: &[u8]) -> Plain {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut at = 0;
    while at < marks.len() {
        table[marks[at] as usize] = true;
        at += 1;
    }
    table
}

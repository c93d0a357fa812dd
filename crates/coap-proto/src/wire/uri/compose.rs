//! Paths and queries as text, from the options of a message (RFC 7252 section 6.5).
use super::Uri;
use crate::wire::{Pdu, option};

/// The path that a request is for, without its leading `/`; empty without Uri-Path options.
///
/// A Proxy-Uri stands for all other options (RFC 7252 section 5.10.2): the path is then the one in it, as it stands
/// there. `None` if it is not a URI.
pub fn compose_path(request: &Pdu) -> Option<Vec<u8>> {
    let mut path = Vec::new();
    append_path(request, &mut path).then_some(path)
}

/// Appends to `text` what [`compose_path`] gives. `false`: a Proxy-Uri is not a URI, nothing was appended.
pub(crate) fn append_path(request: &Pdu, text: &mut Vec<u8>) -> bool {
    let Some(proxy_uri) = request.option(option::PROXY_URI) else {
        join(request, option::URI_PATH, b'/', &PLAIN_IN_PATH, text);
        return true;
    };
    let uri = Uri::parse(proxy_uri.value).ok().filter(|uri| !uri.host.is_empty());
    uri.map(|uri| text.extend_from_slice(uri.path)).is_some()
}

/// The query of a request without its `?`. `None` if there is none or it is empty. That of a Proxy-Uri is as it stands
/// there.
pub fn compose_query(request: &Pdu) -> Option<Vec<u8>> {
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
    let is_plain = |byte: &u8| plain[usize::from(*byte)];
    if value.iter().all(is_plain) {
        return text.extend_from_slice(value);
    }
    for byte in value {
        if is_plain(byte) {
            text.push(*byte);
        } else {
            text.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
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

//! Paths and queries as text, from the options of a message (RFC 7252 section 6.5).
use super::Uri;
use crate::wire::{Pdu, option};

/// The path that a request is for, without its leading `/`; empty without Uri-Path options.
///
/// A Proxy-Uri stands for all other options (RFC 7252 section 5.10.2): the path is then the one in it, as it stands
/// there. `None` if it is not a URI.
pub fn compose_path(request: &Pdu) -> Option<Vec<u8>> {
    if let Some(proxy_uri) = request.option(option::PROXY_URI) {
        return Uri::parse(proxy_uri.value)
            .ok()
            .filter(|uri| !uri.host.is_empty())
            .map(|uri| uri.path.to_vec());
    }
    Some(join(request, option::URI_PATH, b'/', is_plain_in_path))
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
    join(request, option::URI_QUERY, b'&', is_plain_in_query)
}

fn join(request: &Pdu, number: u16, separator: u8, is_plain: fn(u8) -> bool) -> Vec<u8> {
    let mut text = Vec::new();
    let mut options = request.options().filter(|option| option.number == number);
    if let Some(first) = options.next() {
        percent_encode(first.value, is_plain, &mut text);
    }
    for option in options {
        text.push(separator);
        percent_encode(option.value, is_plain, &mut text);
    }
    text
}

fn percent_encode(value: &[u8], is_plain: fn(u8) -> bool, text: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in value {
        if is_plain(byte) {
            text.push(byte);
        } else {
            text.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// `pchar` of RFC 3986 section 3.3.
fn is_plain_in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte)
}

/// Without `&`, which separates arguments (RFC 7252 section 6.5, step 8).
fn is_plain_in_query(byte: u8) -> bool {
    byte != b'&' && (is_plain_in_path(byte) || matches!(byte, b'/' | b'?'))
}

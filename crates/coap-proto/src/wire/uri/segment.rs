//! Paths and queries in pieces, and percent-decoding (RFC 3986 section 2.1).
use std::borrow::Cow;
use thiserror::Error;

/// A `%` without two hexadecimal digits behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a percent sign without two hexadecimal digits")]
pub struct BadEscape;

/// The segments of a path (written without its leading `/`), percent-encoded, as they become Uri-Path options. The
/// path ends at a `?` or `#`.
///
/// Segments `.` and `..` are left out. (They are not resolved: RFC 7252 section 6.4 starts from a URI that is
/// resolved already.)
pub fn path_segments(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    until(path, b"?#").split(|byte| *byte == b'/').filter(|segment| !matches!(*segment, b"." | b".."))
}

/// The arguments of a query (written without its `?`), percent-encoded, as they become Uri-Query options. The query
/// ends at a `#`.
pub fn query_arguments(query: &[u8]) -> impl Iterator<Item = &[u8]> {
    until(query, b"#").split(|byte| *byte == b'&')
}

/// Replaces each `%xx` by its byte.
///
/// # Errors
/// [`BadEscape`].
pub fn percent_decode(text: &[u8]) -> Result<Cow<'_, [u8]>, BadEscape> {
    if !text.contains(&b'%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        let (byte, behind) = match (first, behind) {
            (b'%', [high, low, behind @ ..]) => (hex_digit(*high)? << 4 | hex_digit(*low)?, behind),
            (b'%', _) => return Err(BadEscape),
            (byte, behind) => (*byte, behind),
        };
        decoded.push(byte);
        rest = behind;
    }
    Ok(Cow::Owned(decoded))
}

/// Whether a host is the path of a Unix domain socket, percent-encoded or not.
pub fn is_unix_host(host: &[u8]) -> bool {
    matches!(host, [b'/', ..] | [b'%', b'2', b'F' | b'f', ..])
}

fn until<'a>(text: &'a [u8], ends: &[u8]) -> &'a [u8] {
    let end = text.iter().position(|byte| ends.contains(byte));
    &text[..end.unwrap_or(text.len())]
}

fn hex_digit(digit: u8) -> Result<u8, BadEscape> {
    let digit = char::from(digit).to_digit(16).ok_or(BadEscape)?;
    Ok(digit as u8)
}

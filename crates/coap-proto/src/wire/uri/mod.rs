//! URIs (RFC 7252 section 6, RFC 8323 section 8, RFC 3986).
mod compose;
mod scheme;
mod segment;
#[cfg(test)]
mod tests;

pub(crate) use compose::path_in;
pub use compose::{compose_path, compose_query, join_query};
pub use scheme::Scheme;
pub use segment::{BadEscape, is_unix_host, path_segments, percent_decode, query_arguments};

use thiserror::Error;

/// The longest host in bytes, percent-decoded: that of the Uri-Host option (RFC 7252 section 5.10.1).
pub const MAX_HOST_LEN: usize = 255;

/// A URI taken apart. Its parts are as they stand in the text: percent-encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// Scheme; [`Scheme::Coap`] if the text is only a path.
    pub scheme: Scheme,
    /// Host: a name, an IPv4 address, an IPv6 address without its brackets, or a Unix domain path that starts with
    /// `%2F`. Empty if the text is only a path.
    pub host: &'a [u8],
    /// Port; the scheme's default if none is given, 0 for Unix domain paths.
    pub port: u16,
    /// Path without its leading `/`.
    pub path: &'a [u8],
    /// What stands behind the `?`, if there is one.
    pub query: Option<&'a [u8]>,
}

/// Why a text is not a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UriError {
    /// There is no text.
    #[error("empty URI")]
    Empty,
    /// No `://` behind a scheme.
    #[error("no scheme")]
    NoScheme,
    /// A scheme that is not one of [`Scheme`].
    #[error("unknown scheme")]
    UnknownScheme,
    /// No host, an address without its closing bracket, more than [`MAX_HOST_LEN`] bytes, or a NUL byte.
    #[error("no usable host")]
    BadHost,
    /// A port above 65,535.
    #[error("port out of range")]
    BadPort,
    /// A port with a Unix domain path.
    #[error("a Unix domain path has no port")]
    UnixPort,
    /// Something other than a port, a path or a query behind the host, or a NUL byte.
    #[error("unexpected character behind the host")]
    Trailing,
}

impl<'a> Uri<'a> {
    /// Takes a text apart: a full URI or an absolute path with an optional query.
    ///
    /// # Errors
    /// See [`UriError`].
    pub fn parse(text: &'a [u8]) -> Result<Self, UriError> {
        let (scheme, rest) = match text {
            [] => return Err(UriError::Empty),
            [b'/', ..] => {
                let (path, query) = split_path_and_query(text)?;
                let scheme = Scheme::Coap;
                return Ok(Self { scheme, host: b"", port: scheme.default_port(), path, query });
            }
            _ => split_scheme(text)?,
        };
        let (host, rest) = split_host(rest)?;
        let unix = is_unix_host(host);
        let (port, rest) = match rest {
            [b':', ..] if unix => return Err(UriError::UnixPort),
            [b':', rest @ ..] => split_port(rest)?,
            _ => (None, rest),
        };
        let default_port = if unix { 0 } else { scheme.default_port() };
        let (path, query) = split_path_and_query(rest)?;
        Ok(Self { scheme, host, port: port.unwrap_or(default_port), path, query })
    }
}

fn split_scheme(text: &[u8]) -> Result<(Scheme, &[u8]), UriError> {
    let end = text.windows(3).position(|window| window == b"://").ok_or(UriError::NoScheme)?;
    let scheme = Scheme::from_name(&text[..end]).ok_or(UriError::UnknownScheme)?;
    Ok((scheme, &text[end + 3..]))
}

fn split_host(rest: &[u8]) -> Result<(&[u8], &[u8]), UriError> {
    let (host, rest) = match rest {
        [b'[', inner @ ..] => {
            let end = inner.iter().position(|byte| *byte == b']').ok_or(UriError::BadHost)?;
            (&inner[..end], &inner[end + 1..])
        }
        _ => {
            let end = rest.iter().position(|byte| matches!(byte, b':' | b'/' | b'?'));
            rest.split_at(end.unwrap_or(rest.len()))
        }
    };
    // A `%` may also come before the zone of an IPv6 address: then nothing is encoded.
    let length = percent_decode(host).map_or(host.len(), |decoded| decoded.len());
    if host.is_empty() || length > MAX_HOST_LEN || host.contains(&0) {
        return Err(UriError::BadHost);
    }
    Ok((host, rest))
}

/// The port, if there are digits, and what comes behind them.
fn split_port(rest: &[u8]) -> Result<(Option<u16>, &[u8]), UriError> {
    let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    let append = |port: u16, digit: &u8| port.checked_mul(10)?.checked_add(u16::from(digit - b'0'));
    let port = digits.iter().try_fold(0, append).ok_or(UriError::BadPort)?;
    Ok((Some(port), rest))
}

/// Path without its leading `/`, and query without its `?`.
type PathAndQuery<'a> = (&'a [u8], Option<&'a [u8]>);

fn split_path_and_query(rest: &[u8]) -> Result<PathAndQuery<'_>, UriError> {
    if rest.contains(&0) {
        return Err(UriError::Trailing);
    }
    let (path, query) = match rest.iter().position(|byte| *byte == b'?') {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    match path {
        [] => Ok((path, query)),
        [b'/', path @ ..] => Ok((path, query)),
        _ => Err(UriError::Trailing),
    }
}

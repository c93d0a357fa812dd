//! Where a node listens, as a URI.
use std::{fmt, str::FromStr};
use thiserror::Error;

/// What CoAP goes over between two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `coap`: UDP, unprotected.
    Coap,
    /// `coaps`: DTLS.
    Coaps,
    /// `coap+tcp`: TCP, unprotected.
    CoapTcp,
    /// `coaps+tcp`: TLS.
    CoapsTcp,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::Coap, Self::Coaps, Self::CoapTcp, Self::CoapsTcp];

    /// As in a URI.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coap => "coap",
            Self::Coaps => "coaps",
            Self::CoapTcp => "coap+tcp",
            Self::CoapsTcp => "coaps+tcp",
        }
    }

    /// Whether links are encrypted.
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Coaps | Self::CoapsTcp)
    }

    /// Whether links are streams; otherwise they are datagrams.
    pub fn is_stream(self) -> bool {
        matches!(self, Self::CoapTcp | Self::CoapsTcp)
    }

    /// The port where none is written: 5683, or 5684 of secure ones (RFC 7252 section 12.6, RFC 8323 section 8).
    pub fn port(self) -> u16 {
        if self.is_secure() { 5684 } else { 5683 }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a node is reached: scheme, host and port, nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Uri {
    /// Over what.
    pub scheme: Scheme,
    /// Name, IPv4 address, or IPv6 address without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "{}://[{}]:{}", self.scheme, self.host, self.port)
        } else {
            write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
        }
    }
}

/// Why a text is not the URI of a node.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UriError {
    /// No scheme, or one that links do not go over.
    #[error("a node's URI begins with coaps://, coaps+tcp://, coap:// or coap+tcp://")]
    Scheme,
    /// No host, or one that no host can be.
    #[error("`{0}` is not a host: a name, an IPv4 address or an IPv6 address in brackets")]
    Host(String),
    /// A port that is none.
    #[error("`{0}` is not a port: a number from 1 to 65535")]
    Port(String),
    /// A path, a query or a fragment.
    #[error("a node's URI ends with the port; `{0}` does not belong there")]
    Rest(String),
}

impl FromStr for Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        let (scheme, rest) = text.split_once("://").ok_or(UriError::Scheme)?;
        let known = |known: &Scheme| known.as_str().eq_ignore_ascii_case(scheme);
        let scheme = Scheme::ALL.into_iter().find(known).ok_or(UriError::Scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        if !matches!(rest, "" | "/") {
            return Err(UriError::Rest(rest.to_owned()));
        }
        let (host, port) = split(authority)?;
        let port = match port {
            None => scheme.port(),
            Some(port) => decimal(port).ok_or_else(|| UriError::Port(port.to_owned()))?,
        };
        Ok(Self { scheme, host: host.to_owned(), port })
    }
}

/// Host without brackets, and what is behind the colon.
fn split(authority: &str) -> Result<(&str, Option<&str>), UriError> {
    let wrong = || UriError::Host(authority.to_owned());
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
        // A zone (RFC 6874) belongs to link-local addresses.
        let address = host.split_once('%').map_or(host, |(address, _)| address);
        address.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
        let port = if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or_else(wrong)?) };
        return Ok((host, port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if port.is_some_and(|port| port.contains(':')) || !is_host(host) {
        return Err(wrong());
    }
    Ok((host, port))
}

/// Whether `host` can be a name or an IPv4 address: at most 253 visible ASCII characters, none that means something
/// in URIs.
pub(crate) fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    (1..=253).contains(&host.len()) && host.bytes().all(plain) && !host.starts_with('.')
}

/// A port in decimal digits; `None`: none, or 0.
pub(crate) fn decimal(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0)
}

#[cfg(test)]
mod tests {
    use super::{Scheme, Uri, UriError};

    fn uri(text: &str) -> Result<Uri, UriError> {
        text.parse()
    }

    #[test]
    fn the_scheme_decides_the_port_that_is_not_written() {
        let made = uri("coaps+tcp://Exit.example").unwrap();
        assert_eq!(made, Uri { scheme: Scheme::CoapsTcp, host: "Exit.example".into(), port: 5684 });
        assert_eq!(uri("COAP://[fe80::1%eth0]/").unwrap().to_string(), "coap://[fe80::1%eth0]:5683");
        assert_eq!(uri("coaps://10.0.0.1:7").unwrap().to_string(), "coaps://10.0.0.1:7");
    }

    #[test]
    fn what_does_not_belong_there_is_named() {
        assert_eq!(uri("http://a"), Err(UriError::Scheme));
        assert_eq!(uri("exit.example:5684"), Err(UriError::Scheme));
        assert_eq!(uri("coap://a/open?x"), Err(UriError::Rest("/open?x".into())));
        for (text, host) in [
            ("coap://", ""),
            ("coap://::1", "::1"),
            ("coap://[::1", "[::1"),
            ("coap://[::1]5", "[::1]5"),
            ("coap://[a]", "[a]"),
            ("coap://user@a:1", "user@a:1"),
        ] {
            assert_eq!(uri(text), Err(UriError::Host(host.into())), "{text}");
        }
        for port in ["", "0", "+1", "65536", "1x"] {
            assert_eq!(uri(&format!("coap://a:{port}")), Err(UriError::Port(port.into())));
        }
    }
}

//! URI schemes.
use crate::wire::Protocol;

/// A URI scheme; the values are libcoap's `coap_uri_scheme_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Scheme {
    /// `coap` (RFC 7252 section 6.1).
    Coap = 0,
    /// `coaps` (RFC 7252 section 6.2).
    Coaps = 1,
    /// `coap+tcp` (RFC 8323 section 8.1).
    CoapTcp = 2,
    /// `coaps+tcp` (RFC 8323 section 8.2).
    CoapsTcp = 3,
    /// `http`, what a proxy may be asked for.
    Http = 4,
    /// `https`, what a proxy may be asked for.
    Https = 5,
    /// `coap+ws` (RFC 8323 section 8.3).
    CoapWs = 6,
    /// `coaps+ws` (RFC 8323 section 8.4).
    CoapsWs = 7,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Coap,
        Self::Coaps,
        Self::CoapTcp,
        Self::CoapsTcp,
        Self::Http,
        Self::Https,
        Self::CoapWs,
        Self::CoapsWs,
    ];

    /// The scheme of that name, in upper or lower case (RFC 3986 section 3.1).
    pub fn from_name(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Coap => "coap",
            Self::Coaps => "coaps",
            Self::CoapTcp => "coap+tcp",
            Self::CoapsTcp => "coaps+tcp",
            Self::Http => "http",
            Self::Https => "https",
            Self::CoapWs => "coap+ws",
            Self::CoapsWs => "coaps+ws",
        }
    }

    /// The port of a URI that gives none.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Coap | Self::CoapTcp => 5683,
            Self::Coaps | Self::CoapsTcp => 5684,
            Self::Http | Self::CoapWs => 80,
            Self::Https | Self::CoapsWs => 443,
        }
    }

    /// Whether it asks for DTLS or TLS.
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Coaps | Self::CoapsTcp | Self::Https | Self::CoapsWs)
    }

    /// What carries its messages; `None` for `http` and `https`, which are not CoAP.
    pub const fn protocol(self) -> Option<Protocol> {
        match self {
            Self::Coap => Some(Protocol::Udp),
            Self::Coaps => Some(Protocol::Dtls),
            Self::CoapTcp => Some(Protocol::Tcp),
            Self::CoapsTcp => Some(Protocol::Tls),
            Self::CoapWs => Some(Protocol::Ws),
            Self::CoapsWs => Some(Protocol::Wss),
            Self::Http | Self::Https => None,
        }
    }
}

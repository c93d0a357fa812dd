//! Transport addresses.
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where a CoAP endpoint is reached.
///
/// Unix domain paths join as a second kind with the stream transports; code that needs an IP address asks
/// [`Address::ip`] and copes with `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// An IPv4 or IPv6 address with its port (and, for IPv6, scope).
    Ip(SocketAddr),
}

impl Address {
    /// 0.0.0.0:0, what a socket that is not bound yet calls itself.
    pub const UNSPECIFIED: Self = Self::Ip(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));

    /// The socket address, if it is an IP one.
    pub fn ip(&self) -> Option<SocketAddr> {
        match self {
            Self::Ip(addr) => Some(*addr),
        }
    }

    /// Whether datagrams sent there reach a group (RFC 7252 section 8). IPv4-mapped IPv6 groups count.
    pub fn is_multicast(&self) -> bool {
        match self {
            Self::Ip(addr) => addr.ip().to_canonical().is_multicast(),
        }
    }

    /// UDP or TCP port; 0 where there is none.
    pub fn port(&self) -> u16 {
        match self {
            Self::Ip(addr) => addr.port(),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(addr: SocketAddr) -> Self {
        Self::Ip(addr)
    }
}

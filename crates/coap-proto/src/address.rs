//! Transport addresses.
use std::fmt;
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

    /// Whether datagrams sent there reach a group (RFC 7252 section 8). IPv4-mapped IPv6 groups count, and so does the
    /// limited broadcast address; those of networks cannot be told from others.
    pub fn is_multicast(&self) -> bool {
        match self {
            Self::Ip(addr) => match addr.ip().to_canonical() {
                IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
                IpAddr::V6(ip) => ip.is_multicast(),
            },
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

/// As log lines have it: `127.0.0.1:5683`, `[::1]:5683`. The scope of a link-local address is not written.
impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(SocketAddr::V4(addr)) => write!(out, "{}:{}", addr.ip(), addr.port()),
            Self::Ip(SocketAddr::V6(addr)) => write!(out, "[{}]:{}", addr.ip(), addr.port()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv6Addr, SocketAddrV6};

    #[test]
    fn addresses_are_written_as_in_log_lines() {
        assert_eq!(Address::UNSPECIFIED.to_string(), "0.0.0.0:0");
        let link_local = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
        let address = Address::Ip(SocketAddrV6::new(link_local, 5683, 0, 3).into());
        assert_eq!(address.to_string(), "[fe80::1]:5683");
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:1".parse().unwrap();
        assert_eq!(Address::from(mapped).to_string(), "[::ffff:192.0.2.1]:1");
        assert!(Address::from(SocketAddr::from(([224, 0, 1, 187], 5683))).is_multicast());
        assert!(Address::from(SocketAddr::from(([255, 255, 255, 255], 5683))).is_multicast());
        assert!(!Address::from(mapped).is_multicast());
    }
}

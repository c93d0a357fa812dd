//! Transport addresses.
use crate::UnixPath;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where a CoAP endpoint is reached.
///
/// Code that needs an IP address asks [`Address::ip`] and copes with `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// An IPv4 or IPv6 address with its port (and, for IPv6, scope).
    Ip(SocketAddr),
    /// A Unix domain socket.
    Unix(UnixPath),
}

impl Address {
    /// 0.0.0.0:0, what a socket that is not bound yet calls itself.
    pub const UNSPECIFIED: Self = Self::Ip(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0));

    /// The socket address, if it is an IP one.
    pub fn ip(&self) -> Option<SocketAddr> {
        match self {
            Self::Ip(addr) => Some(*addr),
            Self::Unix(_) => None,
        }
    }

    /// The path, if it is a Unix domain socket's.
    pub fn unix(&self) -> Option<&UnixPath> {
        match self {
            Self::Ip(_) => None,
            Self::Unix(path) => Some(path),
        }
    }

    /// Whether sockets with these two can reach each other: both IPv4, both IPv6 or both Unix domain.
    pub fn is_of_family_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ip(one), Self::Ip(other)) => one.is_ipv4() == other.is_ipv4(),
            (Self::Unix(_), Self::Unix(_)) => true,
            _ => false,
        }
    }

    /// Whether datagrams sent there reach a group (RFC 7252 section 8). IPv4-mapped IPv6 groups count, and so does the
    /// limited broadcast address; those of networks cannot be told from others ([`Path`](crate::engine::Path) can say
    /// it).
    pub fn is_multicast(&self) -> bool {
        match self {
            Self::Ip(addr) => match addr.ip().to_canonical() {
                IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
                IpAddr::V6(ip) => ip.is_multicast(),
            },
            Self::Unix(_) => false,
        }
    }

    /// UDP or TCP port; 0 where there is none.
    pub fn port(&self) -> u16 {
        match self {
            Self::Ip(addr) => addr.port(),
            Self::Unix(_) => 0,
        }
    }
}

/// In few steps, as each datagram's sender is looked up. The flow label of an IPv6 address, which is the same nearly
/// always, is left out.
impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Ip(SocketAddr::V4(address)) => {
                state.write_u64(u64::from(address.ip().to_bits()) << 16 | u64::from(address.port()));
            }
            Self::Ip(SocketAddr::V6(address)) => {
                state.write_u128(address.ip().to_bits());
                state.write_u64(u64::from(address.scope_id()) << 16 | u64::from(address.port()));
            }
            Self::Unix(path) => path.hash(state),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(addr: SocketAddr) -> Self {
        Self::Ip(addr)
    }
}

impl From<UnixPath> for Address {
    fn from(path: UnixPath) -> Self {
        Self::Unix(path)
    }
}

/// As log lines have it: `127.0.0.1:5683`, `[::1]:5683`, `'/tmp/coap'`. The scope of a link-local address is not
/// written.
impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(SocketAddr::V4(addr)) => write!(out, "{}:{}", addr.ip(), addr.port()),
            Self::Ip(SocketAddr::V6(addr)) => write!(out, "[{}]:{}", addr.ip(), addr.port()),
            Self::Unix(path) => path.fmt(out),
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

    #[test]
    fn a_path_has_no_port_and_is_of_no_ip_family() {
        let path = Address::from(UnixPath::new(b"/tmp/x").unwrap());
        assert_eq!((path.to_string().as_str(), path.port(), path.ip()), ("'/tmp/x'", 0, None));
        assert!(path.is_of_family_of(&path) && !path.is_of_family_of(&Address::UNSPECIFIED));
        assert!(!path.is_multicast());
        assert_eq!(size_of::<Address>(), size_of::<SocketAddr>(), "sessions hold several");
    }
}

//! Network interfaces.
use nix::{ifaddrs::getifaddrs, net::if_};
use std::{io, net::IpAddr};

/// The index of an interface.
pub fn index(name: &str) -> io::Result<u32> {
    Ok(if_::if_nametoindex(name)?)
}

/// Whether this is the limited broadcast address or that of a network that this machine is on. IPv4-mapped
/// addresses count. Asks the system: for opening a session, not for every datagram.
pub fn is_broadcast(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address.to_canonical() else { return false };
    let of_interface = |entry: nix::ifaddrs::InterfaceAddress| {
        entry.broadcast.as_ref().and_then(|b| b.as_sockaddr_in().map(|b| b.ip())) == Some(address)
            && entry.flags.contains(if_::InterfaceFlags::IFF_BROADCAST)
    };
    address.is_broadcast() || getifaddrs().is_ok_and(|mut all| all.any(of_interface))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn interfaces_have_indexes() {
        assert!(index("lo").is_ok_and(|index| index > 0));
        assert!(index("no-such-interface").is_err());
    }

    #[test]
    fn the_limited_broadcast_and_those_of_the_interfaces_are_known() {
        assert!(is_broadcast(Ipv4Addr::BROADCAST.into()));
        assert!(!is_broadcast(Ipv4Addr::LOCALHOST.into()));
        let all = getifaddrs().into_iter().flatten();
        let of_interfaces = all.filter(|entry| entry.flags.contains(if_::InterfaceFlags::IFF_BROADCAST));
        for address in of_interfaces.filter_map(|entry| Some(entry.broadcast?.as_sockaddr_in()?.ip())) {
            assert!(is_broadcast(address.into()), "{address}");
        }
    }
}

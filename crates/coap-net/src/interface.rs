//! Network interfaces.
use nix::{
    ifaddrs::{InterfaceAddress, getifaddrs},
    net::if_::{InterfaceFlags, if_nametoindex},
};
use std::{
    io,
    net::{IpAddr, Ipv4Addr},
};

/// The index of an interface.
///
/// # Errors
/// If there is none of that name.
pub fn index(name: &str) -> io::Result<u32> {
    Ok(if_nametoindex(name)?)
}

/// The broadcast addresses of the networks that this machine is on. Asks the system each time.
///
/// # Errors
/// If the system does not say.
pub fn broadcast_addresses() -> io::Result<Vec<Ipv4Addr>> {
    let of_network = |entry: InterfaceAddress| {
        let broadcast = entry.broadcast.filter(|_| entry.flags.contains(InterfaceFlags::IFF_BROADCAST))?;
        Some(broadcast.as_sockaddr_in()?.ip())
    };
    Ok(getifaddrs()?.filter_map(of_network).collect())
}

/// Whether this is the limited broadcast address or that of a network that this machine is on. IPv4-mapped
/// addresses count. Asks the system.
pub(crate) fn is_broadcast(address: IpAddr) -> bool {
    let IpAddr::V4(address) = address.to_canonical() else { return false };
    address.is_broadcast() || broadcast_addresses().is_ok_and(|all| all.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_have_indexes() {
        assert!(index("lo").is_ok_and(|index| index > 0));
        assert!(index("no-such-interface").is_err());
    }

    #[test]
    fn the_limited_broadcast_and_those_of_the_interfaces_are_known() {
        assert!(is_broadcast(Ipv4Addr::BROADCAST.into()));
        assert!(!is_broadcast(Ipv4Addr::LOCALHOST.into()));
        for address in broadcast_addresses().unwrap_or_default() {
            assert!(is_broadcast(address.into()), "{address}");
            assert!(is_broadcast(address.to_ipv6_mapped().into()), "{address}");
        }
    }
}

//! Network interfaces.
use nix::{ifaddrs::getifaddrs, net::if_};
use std::{io, net::Ipv4Addr};

/// The index of an interface.
pub fn index(name: &str) -> io::Result<u32> {
    Ok(if_::if_nametoindex(name)?)
}

/// The name of an interface.
pub fn name(index: u32) -> io::Result<String> {
    Ok(if_::if_indextoname(index)?.to_string_lossy().into_owned())
}

/// Whether datagrams sent there reach all nodes of a network that this machine is on, or of the limited broadcast.
/// Asks the system: for opening a session, not for every datagram.
pub fn is_broadcast(address: Ipv4Addr) -> bool {
    let of_interface = |entry: nix::ifaddrs::InterfaceAddress| {
        entry.broadcast.as_ref().and_then(|b| b.as_sockaddr_in().map(|b| b.ip())) == Some(address)
            && entry.flags.contains(nix::net::if_::InterfaceFlags::IFF_BROADCAST)
    };
    address.is_broadcast() || getifaddrs().is_ok_and(|mut all| all.any(of_interface))
}

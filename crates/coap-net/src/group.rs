//! Multicast groups (RFC 7252 section 8).
use crate::{GroupError, interface, resolve, socket::UdpSocket};
use socket2::InterfaceIndexOrAddress;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// A group, and where to join it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group's address.
    pub address: IpAddr,
    /// The interface; `None`: that of the endpoint's address, or the system chooses.
    pub interface: Option<u32>,
}

impl Group {
    /// The groups that a name or an address in text form stands for. An IPv6 address may carry its scope
    /// (`ff02::fd%eth0`), which counts where no interface is named. Waits for name servers.
    ///
    /// # Errors
    /// If nothing is known by the name, or there is no interface of that name.
    pub fn resolve(name: &str, interface: Option<&str>) -> Result<Vec<Self>, GroupError> {
        let index = |name: &str| interface::index(name).map_err(|_| GroupError::Interface(name.to_owned()));
        let interface = interface.map(index).transpose()?;
        let found = resolve::resolve(name, 0).map_err(|_| GroupError::Name(name.to_owned()))?;
        let group =
            |found: SocketAddr| Self { address: found.ip(), interface: interface.or(scope_of(found)) };
        Ok(found.into_iter().map(group).collect())
    }

    pub(crate) fn join(&self, socket: &UdpSocket) -> io::Result<()> {
        match self.address {
            IpAddr::V4(group) => socket.inner().join_multicast_v4_n(&group, &self.interface_v4(socket)),
            IpAddr::V6(group) => socket.inner().join_multicast_v6(&group, self.interface_v6(socket)),
        }
    }

    pub(crate) fn leave(&self, socket: &UdpSocket) -> io::Result<()> {
        match self.address {
            IpAddr::V4(group) => socket.inner().leave_multicast_v4_n(&group, &self.interface_v4(socket)),
            IpAddr::V6(group) => socket.inner().leave_multicast_v6(&group, self.interface_v6(socket)),
        }
    }

    fn interface_v4(&self, socket: &UdpSocket) -> InterfaceIndexOrAddress {
        match (self.interface, socket.local()) {
            (Some(index), _) => InterfaceIndexOrAddress::Index(index),
            (None, SocketAddr::V4(local)) => InterfaceIndexOrAddress::Address(*local.ip()),
            (None, SocketAddr::V6(_)) => InterfaceIndexOrAddress::Address(Ipv4Addr::UNSPECIFIED),
        }
    }

    fn interface_v6(&self, socket: &UdpSocket) -> u32 {
        match (self.interface, socket.local()) {
            (Some(index), _) => index,
            (None, SocketAddr::V6(local)) => local.scope_id(),
            (None, SocketAddr::V4(_)) => 0,
        }
    }
}

fn scope_of(address: SocketAddr) -> Option<u32> {
    match address {
        SocketAddr::V6(address) if address.scope_id() > 0 => Some(address.scope_id()),
        SocketAddr::V4(_) | SocketAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests;

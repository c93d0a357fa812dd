use super::*;
use crate::receive::{BATCH, Receiver};
use coap_proto::{Address, engine::Path};
use std::net::{Ipv6Addr, UdpSocket as Plain};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// All CoAP nodes (RFC 7252 section 12.8).
const ALL_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 1, 187);
const ALL_V6: Ipv6Addr = Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 0, 0xfd);

fn received(socket: &UdpSocket) -> io::Result<Vec<Path>> {
    let mut paths = Vec::new();
    match Receiver::new().receive(socket, BATCH, |path, _| paths.push(path)) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(paths),
    }
}

/// Sends to the group at the socket's port by the loopback interface.
fn send(group: IpAddr, port: u16) -> io::Result<()> {
    let from = if group.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
    let socket = Plain::bind(from)?;
    let raw = socket2::SockRef::from(&socket);
    match group {
        IpAddr::V4(_) => raw.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?,
        IpAddr::V6(_) => raw.set_multicast_if_v6(interface::index("lo")?)?,
    }
    socket.send_to(b"everybody", (group, port)).map(drop)
}

/// Joins and sends on the loopback interface; `None` if this machine has no multicast there.
fn joined(listen: &str, group: IpAddr) -> Result<Option<(UdpSocket, Group)>> {
    let tried = || -> io::Result<_> {
        let socket = UdpSocket::listen(listen.parse().map_err(io::Error::other)?)?;
        let group = Group { address: group, interface: Some(interface::index("lo")?) };
        group.join(&socket)?;
        send(group.address, socket.local().port())?;
        Ok((socket, group))
    };
    Ok(tried().inspect_err(|error| println!("skipped: no multicast for {listen} on loopback: {error}")).ok())
}

fn a_member_hears_what_the_group_is_told(listen: &str, group: IpAddr, seen: IpAddr) -> Result {
    let Some((socket, group)) = joined(listen, group)? else { return Ok(()) };
    let paths = received(&socket)?;
    let local = Address::Ip(SocketAddr::new(seen, socket.local().port()));
    assert_eq!(paths.iter().map(|path| path.local).collect::<Vec<_>>(), [local]);
    assert!(local.is_multicast());
    assert_eq!(paths.first().map(|path| path.ifindex), group.interface);
    group.leave(&socket)?;
    assert!(group.leave(&socket).is_err(), "it was a member once");
    send(group.address, socket.local().port())?;
    assert!(received(&socket)?.is_empty(), "it has left");
    Ok(())
}

#[test]
fn an_ipv4_member_hears_what_the_group_is_told() -> Result {
    a_member_hears_what_the_group_is_told("0.0.0.0:0", ALL_V4.into(), ALL_V4.into())
}

#[test]
fn an_ipv6_member_hears_what_the_group_is_told() -> Result {
    a_member_hears_what_the_group_is_told("[::]:0", ALL_V6.into(), ALL_V6.into())
}

#[test]
fn a_dual_stack_member_hears_ipv4_groups() -> Result {
    a_member_hears_what_the_group_is_told("[::]:0", ALL_V4.into(), ALL_V4.to_ipv6_mapped().into())
}

#[test]
fn groups_have_names_and_interfaces_too() -> Result {
    let groups = Group::resolve("224.0.1.187", Some("lo"))?;
    assert_eq!(groups, [Group { address: ALL_V4.into(), interface: Some(interface::index("lo")?) }]);
    assert_eq!(Group::resolve("ff05::fd", None)?, [Group { address: ALL_V6.into(), interface: None }]);
    let nowhere = Group::resolve("224.0.1.187", Some("no-such-interface"));
    assert!(matches!(nowhere, Err(GroupError::Interface(name)) if name == "no-such-interface"));
    assert!(matches!(Group::resolve("not an address", None), Err(GroupError::Name(_))));
    Ok(())
}

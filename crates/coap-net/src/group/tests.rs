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
    match Receiver::default().receive(socket, BATCH, |batch| paths.extend(batch.iter().map(|it| it.path))) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Ok(paths),
    }
}

/// Sends to the group at a port by an interface. Hop limit 0 keeps it on this machine.
fn send(group: Group, port: u16) -> io::Result<()> {
    let socket = Plain::bind(if group.address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" })?;
    let raw = socket2::SockRef::from(&socket);
    match group.address {
        IpAddr::V4(_) => {
            raw.set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
            raw.set_multicast_ttl_v4(0)?;
        }
        IpAddr::V6(_) => {
            raw.set_multicast_if_v6(group.interface.unwrap_or(0))?;
            raw.set_multicast_hops_v6(0)?;
        }
    }
    socket.send_to(b"everybody", (group.address, port)).map(drop)
}

/// A member that was sent something: on the loopback interface, or on the first that lets it.
fn joined(listen: &str, address: IpAddr) -> Result<Option<(UdpSocket, Group)>> {
    let mut interfaces = vec![interface::index("lo")?];
    if address.is_ipv6() {
        // Loopback seldom has a route for IPv6 groups.
        interfaces.extend(nix::net::if_::if_nameindex()?.iter().map(|interface| interface.index()));
    }
    for interface in interfaces {
        let group = Group { address, interface: Some(interface) };
        let tried = || -> io::Result<_> {
            let socket = UdpSocket::listen(listen.parse().map_err(io::Error::other)?)?;
            group.join(&socket)?;
            send(group, socket.local().port())?;
            Ok((socket, group))
        };
        match tried() {
            Ok(member) => return Ok(Some(member)),
            Err(error) => println!("no group {address} on interface {interface}: {error}"),
        }
    }
    println!("skipped: no interface of this machine has multicast for {address}");
    Ok(None)
}

fn a_member_hears_what_the_group_is_told(listen: &str, group: IpAddr, seen: IpAddr) -> Result {
    let Some((socket, group)) = joined(listen, group)? else { return Ok(()) };
    let paths = received(&socket)?;
    let local = Address::Ip(SocketAddr::new(seen, socket.local().port()));
    assert_eq!(paths.iter().map(|path| path.local).collect::<Vec<_>>(), [local]);
    assert!(paths.iter().all(|path| path.is_to_group() && !path.broadcast));
    assert_eq!(paths.first().map(|path| path.ifindex), group.interface);
    group.leave(&socket)?;
    assert!(group.leave(&socket).is_err(), "it was a member once");
    send(group, socket.local().port())?;
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
    // A group of its own: Linux gives a wildcard socket what any socket of the machine has joined.
    let group = Ipv4Addr::new(239, 255, 0, 187);
    a_member_hears_what_the_group_is_told("[::]:0", group.into(), group.to_ipv6_mapped().into())
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

//! Opening and closing.
use crate::{Result, address, connect, loopback, node, plain, run_until};
use coap_net::{ConnectError, GroupError, ListenError};
use coap_proto::{
    Address,
    engine::{Connect, Event},
    wire::Protocol,
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    time::Instant,
};

#[test]
fn a_closed_endpoint_gives_its_port_back() -> Result {
    let mut node = node()?;
    let endpoint = node.listen(loopback(), Protocol::Udp)?;
    let at = address(&node, endpoint)?;
    assert!(UdpSocket::bind(at).is_err(), "in use");
    node.close_endpoint(Instant::now(), endpoint);
    assert!(node.engine.endpoint(endpoint).is_none());
    UdpSocket::bind(at)?;
    Ok(())
}

#[test]
fn a_forgotten_session_gives_its_port_back() -> Result {
    let mut node = node()?;
    let peer = plain("127.0.0.1:0")?;
    let session = connect(&mut node, peer.local_addr()?)?;
    let local = node.engine.session(session).and_then(|session| session.local().ip()).ok_or("no address")?;
    assert!(UdpSocket::bind(local).is_err(), "in use");
    assert!(node.engine.release(Instant::now(), session));
    let mut closed = None;
    while let Some(event) = node.engine.poll_event() {
        if let Event::Closed { session } = event {
            closed = Some(session);
        }
    }
    assert_eq!(closed, Some(session));
    node.forget(session);
    assert!(node.engine.session(session).is_none());
    UdpSocket::bind(local)?;
    Ok(())
}

#[test]
fn a_session_knows_its_addresses() -> Result {
    let mut node = node()?;
    let peer = plain("127.0.0.1:0")?;
    let local = Address::Ip(([127, 0, 0, 3], 0).into());
    let remote = Address::Ip(peer.local_addr()?);
    let to = Connect { local: Some(local), remote, protocol: Protocol::Udp };
    let id = node.connect(Instant::now(), to)?;
    let session = node.engine.session(id).ok_or("no session")?;
    assert_eq!(*session.remote(), remote);
    let local = session.local().ip().ok_or("no address")?;
    assert_eq!((local.ip(), local.port() != 0), (Ipv4Addr::new(127, 0, 0, 3).into(), true));
    // A peer without a port is meant to have the default one (RFC 7252 section 12.6).
    let id = connect(&mut node, loopback())?;
    assert_eq!(node.engine.session(id).map(|session| session.remote().port()), Some(5683));
    Ok(())
}

#[test]
fn what_cannot_be_opened_is_refused_with_a_reason() -> Result {
    let mut node = node()?;
    assert!(matches!(node.listen(loopback(), Protocol::Dtls), Err(ListenError::Credentials("DTLS", _))));
    assert!(matches!(
        node.listen("192.0.2.77:0".parse::<SocketAddr>()?, Protocol::Udp),
        Err(ListenError::Socket(_))
    ));
    let to = |local: Option<Address>, protocol| Connect { local, remote: Address::Ip(loopback()), protocol };
    let now = Instant::now();
    let refused = node.connect(now, to(None, Protocol::Tls));
    let expected = |error: &ConnectError| {
        matches!(error, ConnectError::CredentialsRequired(_) | ConnectError::Unsupported(_))
    };
    assert!(refused.is_err_and(|error| expected(&error)));
    let six = Some(Address::Ip("[::1]:0".parse()?));
    assert!(matches!(node.connect(now, to(six, Protocol::Udp)), Err(ConnectError::FamilyMismatch)));
    assert!(matches!(node.join(&[]), Err(GroupError::NoEndpoint)));
    let session = connect(&mut node, loopback())?;
    assert!(matches!(node.set_multicast_hops(session, 3), Err(GroupError::NotAGroup)));
    assert_eq!(node.engine.sessions().count(), 1, "what was refused left nothing behind");
    Ok(())
}

#[test]
fn a_broadcast_address_stands_for_a_group() -> Result {
    let mut node = node()?;
    let of_interfaces = nix::ifaddrs::getifaddrs()?
        .filter(|entry| entry.flags.contains(nix::net::if_::InterfaceFlags::IFF_BROADCAST))
        .filter_map(|entry| Some(IpAddr::from(entry.broadcast?.as_sockaddr_in()?.ip())));
    for ip in of_interfaces.chain([Ipv4Addr::BROADCAST.into()]) {
        let session = connect(&mut node, (ip, 5683).into())?;
        let group = node.engine.session(session).and_then(|session| session.multicast().copied());
        assert_eq!(group, Some(Address::Ip((ip, 5683).into())));
    }
    Ok(())
}

#[test]
fn a_session_to_a_group_takes_answers_from_anybody() -> Result {
    let mut node = node()?;
    let session = connect(&mut node, "224.0.1.187:5683".parse()?)?;
    let local = node.engine.session(session).and_then(|session| session.local().ip()).ok_or("no address")?;
    assert!(local.ip().is_unspecified() && local.port() != 0, "bound at once: {local}");
    node.set_multicast_hops(session, 0)?;
    assert!(matches!(node.set_multicast_hops(session, 256), Err(GroupError::Socket(_))));
    for _ in 0..2 {
        plain("127.0.0.1:0")?.send_to(b"\x60\x00\x00\x01", ("127.0.0.1", local.port()))?;
    }
    let mut received = 0;
    run_until(&mut node, |_, turn| {
        received += turn.received;
        received == 2
    })
}

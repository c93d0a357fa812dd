use super::*;
use crate::Node;
use coap_proto::{
    Address,
    engine::{Config, Connect, Path},
    wire::Protocol,
};
use std::{
    net::UdpSocket as Plain,
    time::{Duration, Instant},
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

#[test]
fn what_a_full_socket_did_not_take_follows_in_order_and_the_excess_is_dropped() -> Result {
    let now = Instant::now();
    let mut node = Node::new(Config::default(), now, [1; 32])?;
    let peer = Plain::bind("127.0.0.1:0")?;
    peer.set_read_timeout(Some(Duration::from_secs(5)))?;
    socket2::SockRef::from(&peer).set_recv_buffer_size(1 << 20)?;
    let remote = Address::Ip(peer.local_addr()?);
    let session = node.connect(now, Connect { local: None, remote, protocol: Protocol::Udp })?;
    let via = Via::Session(session);
    let path = Path::new(Address::UNSPECIFIED, remote, 0);
    let waiting = (0..300u16).map(|number| Transmit {
        via,
        path,
        session: Some(session),
        is_plaintext: false,
        bytes: number.to_be_bytes().to_vec().into(),
    });
    let index = node.table.find(via).ok_or("no socket")?;
    node.table.delay(&node.registry, index, waiting);
    assert!(node.table.is_blocked(index));
    // The socket can be written to, so the next turn does.
    node.run_once(Some(Duration::from_secs(5)))?;
    assert!(!node.table.is_blocked(index));
    for number in 0..u16::try_from(OUTGOING)? {
        let mut bytes = [0; 3];
        assert_eq!(peer.recv(&mut bytes)?, 2);
        assert_eq!(bytes[..2], number.to_be_bytes());
    }
    peer.set_nonblocking(true)?;
    assert!(peer.recv(&mut [0; 3]).is_err(), "a network drops, too");
    // It is not watched for writing any more, or every datagram that leaves would be an event.
    let quiet = Instant::now();
    node.run_once(Some(Duration::from_millis(30)))?;
    assert!(quiet.elapsed() >= Duration::from_millis(30));
    Ok(())
}

#[test]
fn what_waits_for_a_socket_goes_with_it() -> Result {
    let now = Instant::now();
    let mut node = Node::new(Config::default(), now, [1; 32])?;
    let remote = Address::Ip("127.0.0.1:5683".parse()?);
    let session = node.connect(now, Connect { local: None, remote, protocol: Protocol::Udp })?;
    let via = Via::Session(session);
    let path = Path::new(Address::UNSPECIFIED, remote, 0);
    let bytes = vec![7].into();
    let waiting = Transmit { via, path, session: Some(session), is_plaintext: false, bytes };
    let index = node.table.find(via).ok_or("no socket")?;
    node.table.delay(&node.registry, index, [waiting].into_iter());
    assert_eq!(node.table.delayed.len(), 1);
    assert!(node.table.remove(&node.registry, via));
    assert_eq!((node.table.delayed.len(), node.table.find(via)), (0, None));
    Ok(())
}

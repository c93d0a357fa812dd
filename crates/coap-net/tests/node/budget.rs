//! Bounded turns lose nothing and leave nobody out.
use crate::{Result, address, loopback, node, plain, run_until};
use coap_net::Budget;
use coap_proto::{Address, engine::Connect, wire::Protocol};
use std::time::Instant;

#[test]
fn with_a_budget_of_one_every_datagram_is_read() -> Result {
    let mut node = node()?;
    node.budget = Budget { socket: 1, turn: 1 };
    let endpoint = node.listen(loopback(), Protocol::Udp)?;
    let to = address(&node, endpoint)?;
    let peers = [plain("127.0.0.1:0")?, plain("127.0.0.1:0")?];
    for number in 0..100u8 {
        for peer in &peers {
            peer.send_to(&[number], to)?;
        }
    }
    let mut received = 0;
    run_until(&mut node, |_, turn| {
        assert!(turn.received <= 1);
        received += turn.received;
        received == 200
    })?;
    Ok(())
}

#[test]
fn a_busy_socket_leaves_turns_to_others() -> Result {
    let mut node = node()?;
    node.budget = Budget { socket: 4, turn: 1024 };
    let (busy, quiet) = (node.listen(loopback(), Protocol::Udp)?, node.listen(loopback(), Protocol::Udp)?);
    let (busy, quiet) = (address(&node, busy)?, address(&node, quiet)?);
    let peer = plain("127.0.0.1:0")?;
    for _ in 0..100 {
        peer.send_to(b"busy", busy)?;
    }
    peer.send_to(b"quiet", quiet)?;
    let first = node.run_once(Some(crate::PATIENCE))?;
    assert_eq!((first.received, first.more), (5, true), "four of the busy one, one of the quiet one");
    Ok(())
}

#[test]
fn two_thousand_client_sockets_are_all_served() -> Result {
    const SESSIONS: usize = 2000;
    let mut node = node()?;
    node.budget = Budget { socket: 1, turn: 256 };
    let server = plain("127.0.0.1:0")?;
    let remote = Address::Ip(server.local_addr()?);
    let now = Instant::now();
    let mut locals = Vec::new();
    for _ in 0..SESSIONS {
        let id = node.connect(now, Connect { local: None, remote, protocol: Protocol::Udp })?;
        let local = node.engine.session(id).and_then(|session| session.local().ip());
        locals.push(local.ok_or("no local address")?);
    }
    for round in 0..3u8 {
        for local in &locals {
            server.send_to(&[round], local)?;
        }
    }
    let (mut received, mut turns) = (0, 0);
    run_until(&mut node, |_, turn| {
        assert!(turn.received <= 256);
        turns += 1;
        received += turn.received;
        received == 3 * SESSIONS
    })?;
    assert!(turns < 200, "{turns} turns: a turn serves many sockets");
    Ok(())
}

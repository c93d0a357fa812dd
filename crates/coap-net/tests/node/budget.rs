//! Bounded turns lose nothing and leave nobody out.
use crate::{Result, address, connect, loopback, node, plain, run_until};
use coap_net::Budget;
use coap_proto::{
    Address,
    engine::Connect,
    wire::{Code, MessageType, Pdu, Protocol},
};
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
    node.budget = Budget { socket: 5, turn: 1024 };
    let (busy, quiet) = (node.listen(loopback(), Protocol::Udp)?, node.listen(loopback(), Protocol::Udp)?);
    let (busy, quiet) = (address(&node, busy)?, address(&node, quiet)?);
    let peer = plain("127.0.0.1:0")?;
    for _ in 0..100 {
        peer.send_to(b"busy", busy)?;
    }
    peer.send_to(b"quiet", quiet)?;
    let first = node.run_once(Some(crate::PATIENCE))?;
    assert_eq!((first.received, first.more), (6, true), "five of the busy one, one of the quiet one");
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

#[test]
fn a_turn_takes_what_waits_at_a_client_up_to_a_sockets_budget() -> Result {
    let mut node = node()?;
    node.budget.socket = 6;
    let server = plain("127.0.0.1:0")?;
    let session = connect(&mut node, server.local_addr()?)?;
    let local = node.engine.session(session).and_then(|session| session.local().ip());
    for number in 0..9u8 {
        server.send_to(&[number], local.ok_or("no local address")?)?;
    }
    let turn = node.run_once(Some(crate::PATIENCE))?;
    assert_eq!((turn.received, turn.more), (6, true));
    let turn = node.run_once(Some(crate::PATIENCE))?;
    assert_eq!((turn.received, turn.more), (3, false));
    Ok(())
}

#[test]
fn what_a_message_causes_leaves_before_its_socket_is_looked_at_again() -> Result {
    let mut node = node()?;
    let server = plain("127.0.0.1:0")?;
    let session = connect(&mut node, server.local_addr()?)?;
    let local = node.engine.session(session).and_then(|session| session.local().ip());
    let local = local.ok_or("no local address")?;
    let mut ping = Pdu::new(MessageType::Con, Code::EMPTY, 1, 0);
    server.send_to(ping.encode_udp(), local)?;
    // The server waits for the Reset of its ping, and then sends something at once.
    let peer = server.try_clone()?;
    node.set_filter(Some(Box::new(move |_| peer.send_to(b"next", local).is_ok())));
    let turn = node.run_once(Some(crate::PATIENCE))?;
    assert_eq!((turn.received, turn.more), (2, false));
    let (_, from) = server.recv_from(&mut [0; 64])?;
    assert_eq!(from, local);
    Ok(())
}

#[test]
fn clients_for_whose_second_datagram_a_turn_is_too_short_are_next() -> Result {
    let mut node = node()?;
    node.budget = Budget { socket: 64, turn: 2 };
    let server = plain("127.0.0.1:0")?;
    for _ in 0..2 {
        let session = connect(&mut node, server.local_addr()?)?;
        let local = node.engine.session(session).and_then(|session| session.local().ip());
        for number in 0..2u8 {
            server.send_to(&[number], local.ok_or("no local address")?)?;
        }
    }
    let first = node.run_once(Some(crate::PATIENCE))?;
    assert_eq!((first.received, first.more), (2, true), "one of each");
    let mut received = first.received;
    run_until(&mut node, |_, turn| {
        received += turn.received;
        received == 4
    })?;
    Ok(())
}

//! Messages to and from a node.
use crate::{PATIENCE, Result, address, connect, get, loopback, node, plain, run_until};
use coap_net::{Node, interface};
use coap_proto::{
    Address,
    engine::{Event, SessionId},
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, Protocol},
};
use std::{
    collections::BTreeSet,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Asks for a resource that is not there: a healthy node acknowledges with 4.04.
fn ask(peer: &UdpSocket, to: SocketAddr, mid: u16) -> Result {
    peer.send_to(Pdu::new(MessageType::Con, Code::GET, mid, 0).encode_udp(), to)?;
    Ok(())
}

/// The next message: what it is, and where it came from.
fn next(peer: &UdpSocket) -> Result<(MessageType, u16, SocketAddr)> {
    let mut bytes = [0; 1500];
    let (length, from) = peer.recv_from(&mut bytes)?;
    let (kind, _, mid) = Pdu::decode_udp_header(&bytes[..length]).ok_or("no CoAP message")?;
    Ok((kind, mid, from))
}

fn only_session(node: &Node) -> Result<SessionId> {
    let sessions: Vec<_> = node.engine.sessions().collect();
    assert_eq!(sessions.len(), 1);
    Ok(*sessions.first().ok_or("no session")?)
}

#[test]
fn many_datagrams_are_answered_in_order_by_few_turns() -> Result {
    let mut node = node()?;
    let endpoint = node.listen(loopback(), Protocol::Udp)?;
    let (to, peer) = (address(&node, endpoint)?, plain("127.0.0.1:0")?);
    let mut turns = 0;
    for round in 0..10u16 {
        for mid in 0..100 {
            ask(&peer, to, 100 * round + mid)?;
        }
        let mut received = 0;
        run_until(&mut node, |_, turn| {
            (turns, received) = (turns + 1, received + turn.received);
            received == 100
        })?;
        for mid in 0..100 {
            assert_eq!(next(&peer)?, (MessageType::Ack, 100 * round + mid, to));
        }
    }
    assert!(turns <= 30, "{turns} turns: many datagrams a turn");
    Ok(())
}

#[test]
fn a_peer_is_answered_from_the_address_that_it_wrote_to() -> Result {
    let mut node = node()?;
    let endpoint = node.listen(SocketAddr::from(([0, 0, 0, 0], 0)), Protocol::Udp)?;
    let to = SocketAddr::from(([127, 0, 0, 2], address(&node, endpoint)?.port()));
    let peer = plain("127.0.0.1:0")?;
    ask(&peer, to, 9)?;
    run_until(&mut node, |_, turn| turn.received == 1)?;
    assert_eq!(next(&peer)?, (MessageType::Ack, 9, to));
    let session = node.engine.session(only_session(&node)?).ok_or("no session")?;
    assert_eq!(*session.local(), Address::Ip(to));
    assert_eq!(*session.remote(), Address::Ip(peer.local_addr()?));
    assert_eq!(session.ifindex(), interface::index("lo")?);
    Ok(())
}

#[test]
fn a_dual_stack_endpoint_answers_both_families() -> Result {
    let mut node = node()?;
    let endpoint = match node.listen(SocketAddr::from(([0u16; 8], 0)), Protocol::Udp) {
        Ok(endpoint) => endpoint,
        Err(error) => {
            println!("skipped: no IPv6 here: {error}");
            return Ok(());
        }
    };
    let port = address(&node, endpoint)?.port();
    for (at, to) in [("127.0.0.1:0", "127.0.0.2"), ("[::1]:0", "::1")] {
        let (peer, to) = (plain(at)?, SocketAddr::new(to.parse()?, port));
        ask(&peer, to, 77)?;
        run_until(&mut node, |_, turn| turn.received == 1)?;
        assert_eq!(next(&peer)?, (MessageType::Ack, 77, to));
    }
    Ok(())
}

/// Serves `/` of one node until `done`, with the other node's turns in between.
fn serve(server: &mut Node, client: &mut Node, mut done: impl FnMut(Event) -> bool) -> Result {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "it took too long");
        server.run_once(Some(Duration::ZERO))?;
        while let Some(event) = server.engine.poll_event() {
            if let Event::Request(mut event) = event {
                event.response.set_code(Code::CONTENT);
                event.response.set_payload(b"here")?;
                server.engine.finish_request(Instant::now(), event);
            }
        }
        server.flush(Instant::now());
        client.run_once(Some(Duration::ZERO))?;
        while let Some(event) = client.engine.poll_event() {
            if done(event) {
                return Ok(());
            }
        }
        client.flush(Instant::now());
    }
}

#[test]
fn two_thousand_client_sessions_of_one_node_all_get_their_answer() -> Result {
    const SESSIONS: usize = 2000;
    let (mut server, mut client) = (node()?, node()?);
    let endpoint = server.listen(loopback(), Protocol::Udp)?;
    let mut root = Resource::new(b"", 0);
    root.methods = MethodMask::NONE.with(Code::GET);
    server.engine.resources_mut().add(root);
    let to = address(&server, endpoint)?;
    let mut waiting = BTreeSet::new();
    for number in 0..SESSIONS {
        let session = connect(&mut client, to)?;
        get(&mut client, session)?;
        waiting.insert(session);
        if number % 100 == 0 {
            server.run_once(Some(Duration::ZERO))?; // or its socket would have to drop some
        }
    }
    serve(&mut server, &mut client, |event| {
        if let Event::Response(event) = event {
            assert_eq!(event.received.payload(), b"here");
            assert!(waiting.remove(&event.session), "one answer a session");
        }
        waiting.is_empty()
    })
}

#[test]
fn what_the_filter_refuses_is_lost_and_sent_again() -> Result {
    let mut node = node()?;
    let peer = plain("127.0.0.1:0")?;
    let session = connect(&mut node, peer.local_addr()?)?;
    if let Some(session) = node.engine.session_mut(session) {
        session.parameters_mut().ack_timeout = coap_proto::engine::FixedPoint::new(0, 20);
    }
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    node.set_filter(Some(Box::new(move |transmit| {
        assert_eq!(transmit.session, Some(session));
        count.fetch_add(1, Ordering::Relaxed) >= 2
    })));
    let mid = get(&mut node, session)?;
    peer.set_nonblocking(true)?;
    run_until(&mut node, |_, _| peer.peek(&mut [0; 100]).is_ok())?;
    let (kind, sent, _) = next(&peer)?;
    assert_eq!((kind, sent), (MessageType::Con, mid));
    assert_eq!(asked.load(Ordering::Relaxed), 3, "refused twice");
    Ok(())
}

//! Requests that were sent to everybody on a network. The loopback network has such an address, too.
use crate::{Result, address, node, plain, run_until};
use coap_net::Node;
use coap_proto::{
    Address,
    engine::{Event, FixedPoint},
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, Protocol, option},
};
use std::{net::SocketAddr, time::Instant};

/// Serves all requests that have come, and says how many. Answers wait no longer than 50 ms.
fn serve(node: &mut Node) -> usize {
    let (mut served, now) = (0, Instant::now());
    while let Some(event) = node.engine.poll_event() {
        let Event::Request(mut request) = event else { continue };
        if let Some(session) = node.engine.session_mut(request.session) {
            session.parameters_mut().default_leisure = FixedPoint::new(0, 50);
        }
        request.response.set_code(Code::CONTENT);
        node.engine.finish_request(now, request);
        served += 1;
    }
    node.flush(now);
    served
}

fn answers_only_what_it_has(at: &str) -> Result {
    let mut node = node()?;
    let mut resource = Resource::new(b"", 0);
    resource.methods = MethodMask::ALL;
    node.engine.resources_mut().add(resource);
    let endpoint = match node.listen(at.parse::<SocketAddr>()?, Protocol::Udp) {
        Err(error) if at.starts_with('[') => {
            println!("skipped: no IPv6 here: {error}");
            return Ok(());
        }
        endpoint => endpoint?,
    };
    let port = address(&node, endpoint)?.port();
    let (everybody, peer) = (SocketAddr::from(([127, 255, 255, 255], port)), plain("127.0.0.1:0")?);
    peer.set_broadcast(true)?;
    let get = |kind, mid| Pdu::new(kind, Code::GET, mid, 0);
    let mut unknown = get(MessageType::Non, 3);
    unknown.add_option(option::URI_PATH, b"none")?;
    let malformed = b"\x50\x01\x00\x04\xff";
    peer.send_to(Pdu::new(MessageType::Con, Code::EMPTY, 1, 0).encode_udp(), everybody)?;
    peer.send_to(get(MessageType::Con, 2).encode_udp(), everybody)?;
    peer.send_to(unknown.encode_udp(), everybody)?;
    peer.send_to(malformed, everybody)?;
    peer.send_to(get(MessageType::Non, 5).encode_udp(), everybody)?;
    let (mut received, mut served) = (0, 0);
    run_until(&mut node, |node, turn| {
        received += turn.received;
        served += serve(node);
        received == 5
    })?;
    assert_eq!(served, 1, "{at}");
    let locals: Vec<Address> =
        node.engine.sessions().filter_map(|id| Some(*node.engine.session(id)?.local())).collect();
    let local = locals.first().and_then(Address::ip).ok_or("no session")?;
    assert_eq!((locals.len(), local.ip().to_canonical()), (1, everybody.ip()), "what a program is told");
    // An error would have been there first: those do not wait.
    peer.set_nonblocking(true)?;
    let (mut bytes, mut first) = ([0; 1500], None);
    run_until(&mut node, |_, _| {
        first = peer.recv_from(&mut bytes).ok();
        first.is_some()
    })?;
    let (length, from) = first.ok_or("no answer")?;
    let answer = Pdu::decode_udp(&bytes[..length])?;
    assert_eq!((answer.kind(), answer.code()), (MessageType::Non, Code::CONTENT), "{at}");
    assert_eq!(from, SocketAddr::from(([127, 0, 0, 1], port)), "an address of this node's alone");
    Ok(())
}

/// RFC 7252 sections 8.1 and 8.2: else one datagram would draw an answer from each node of a network at once.
#[test]
fn who_writes_to_everybody_gets_answers_but_no_errors() -> Result {
    ["0.0.0.0:0", "127.255.255.255:0", "[::]:0"].into_iter().try_for_each(answers_only_what_it_has)
}

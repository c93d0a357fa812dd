//! Neighbours that break the protocol.
use crate::node::{opening, peer, tcp};
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_proto::wire::Code;
use coap_sessiond::model::{Capabilities, Transport};
use coap_sessiond::protocol::{End, LinkId, Reason, Request, Ticket};
use coap_sim::Mutator;

/// A frame for the tunnel that the peer of `link` has opened first there.
fn frame(kind: u8, rest: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, 0, 0], rest].concat()
}

/// An entry and an exit with an open tunnel, and the exit's link.
fn pair(capabilities: Capabilities, transport: Transport) -> (Wires, LinkId) {
    let mut wires = Wires::new(2);
    wires.nodes[1].targets.push_back(Ok(Socket { reads: 0, ..Socket::open() }));
    let now = wires.now;
    wires.nodes[0].open(now, &opening(&[1], transport, capabilities), Socket::open());
    wires.settle();
    let link = wires.links_of(1)[0];
    (wires, link)
}

#[test]
fn who_breaks_the_protocol_loses_the_tunnel_and_the_other_end_hears_why() {
    let (stream, plain) = (Capabilities::usual(Transport::Tcp), Capabilities::default());
    let offset = |at: u64| at.to_be_bytes().to_vec();
    let beyond = [offset((256 << 10) - 1), vec![0; 2]].concat();
    let cases = [
        (Transport::Tcp, stream, frame(0, &beyond)),
        (Transport::Tcp, stream, frame(1, &offset(u64::MAX))),
        (Transport::Tcp, stream, frame(4, b"datagram")),
        (Transport::Tcp, stream, frame(5, &[0, 0, 0, 1, 0, 1])),
        (Transport::Tcp, stream, frame(6, &[])),
        (Transport::Udp, plain, frame(0, &offset(0))),
        (Transport::Udp, plain, frame(2, &offset(9))),
        (Transport::Udp, plain, frame(6, &[])),
    ];
    for (transport, capabilities, frame) in cases {
        let (mut wires, link) = pair(capabilities, transport);
        assert_eq!(wires.forge(1, link, &frame), Code::BAD_REQUEST, "{frame:?}");
        wires.settle();
        let ends =
            [wires.nodes[0].sockets.values().next().and_then(Socket::end), wires.nodes[1].target(0).end()];
        assert_eq!(ends, [Some(End::Aborted(Reason::Protocol)); 2], "{frame:?}");
        assert!(wires.nodes.iter().all(|node| node.core.is_idle()));
    }
}

#[test]
fn frames_for_nobody_are_answered_so_and_aborts_for_nobody_are_fine() {
    let (mut wires, link) = pair(Capabilities::usual(Transport::Tcp), Transport::Tcp);
    assert_eq!(wires.forge(1, link, &[0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0]), Code::NOT_FOUND);
    assert_eq!(wires.forge(1, link, &[3, 0, 0, 0, 9, 0]), Code::CHANGED);
    assert_eq!(wires.forge(1, link, &[9, 0, 0, 0, 0]), Code::BAD_REQUEST);
    assert_eq!(wires.forge(1, link, &[]), Code::BAD_REQUEST);
    wires.settle();
    assert_eq!(wires.nodes[1].target(0).end(), None, "and nothing else happens");
}

#[test]
fn too_many_hops_are_refused() {
    let mut wires = Wires { record: Some(Vec::new()), ..Wires::new(3) };
    let now = wires.now;
    wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.settle();
    let record = wires.record.take().unwrap_or_default();
    let hops = record.iter().filter_map(|(request, _)| match request {
        Request::Open { hop_limit } => Some(*hop_limit),
        _ => None,
    });
    assert_eq!(hops.collect::<Vec<_>>(), [4, 3]);
    let mut again =
        record.iter().find(|(request, _)| matches!(request, Request::Open { .. })).expect("opened").1.clone();
    let link = wires
        .links_of(1)
        .into_iter()
        .find(|link| wires.nodes[1].core.link(*link).is_some_and(|status| status.peer == Some(peer(0))));
    let link = link.expect("the entry's");
    let core = &mut wires.nodes[1].core;
    let taken = core.open_request(now, link, 4, &again, Ticket(9)).expect("answered at once");
    assert_eq!(taken.code, Code::BAD_REQUEST, "the number is in use");
    // The first request once more: CoAP has forgotten that it came, and what was answered.
    let repeated = core.open_request(now, link, 4, &again, Ticket(1)).expect("answered at once");
    assert_eq!(repeated.code, Code::CREATED);
    again[2] = 6; // the number
    for _ in 0..2 {
        assert_eq!(core.open_request(now, link, 4, &again, Ticket(10)), None, "it is being opened");
    }
    assert_eq!(core.tunnels().count(), 2);
    again[2] = 5;
    let reply = core.open_request(now, link, 1, &again, Ticket(2)).expect("answered at once");
    assert_eq!(reply.code, Code::HOP_LIMIT_REACHED);
    // One for somebody else: the relay's key is at the layer's beginning.
    let at = again.windows(32).position(|bytes| bytes == peer(1).0).expect("the layer");
    again[at] ^= 1;
    assert_eq!(
        core.open_request(now, link, 4, &again, Ticket(4)).map(|reply| reply.code),
        Some(Code::BAD_REQUEST)
    );
}

/// Everything that two honest nodes say to each other, broken in all ways, and sent to one that has tunnels of both
/// kinds: it stays within its bounds, and what it gives to its sockets is what was sent.
#[test]
fn broken_messages_do_no_harm() {
    for seed in 0..40 {
        let mut wires = Wires { record: Some(Vec::new()), ..Wires::new(3) };
        let now = wires.now;
        let datagrams = Capabilities { segmentation: true, ..Default::default() };
        let tunnels = [
            wires.nodes[0].open(now, &tcp(&[1, 2]), Socket { sends: bytes(1, 4000), ..Socket::open() }),
            wires.nodes[0].open(now, &opening(&[1, 2], Transport::Udp, datagrams), Socket::open()),
            wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::sending(bytes(2, 3000))),
        ];
        wires.settle();
        wires.nodes[0].core.local_datagram(now, tunnels[1], &bytes(3, 3000));
        wires.nodes[0].core.close(now, tunnels[0], Reason::Closed, "enough");
        wires.settle();
        let record = wires.record.take().unwrap_or_default();
        let (opens, frames): (Vec<_>, Vec<_>) =
            record.into_iter().partition(|(request, _)| matches!(request, Request::Open { .. }));
        let payloads = |all: Vec<(Request, Vec<u8>)>| all.into_iter().map(|(_, payload)| payload).collect();
        let mut open = Mutator::new(seed, payloads(opens));
        let mut frame = Mutator::new(seed + 1000, payloads(frames));
        let again =
            wires.nodes[0].open(now, &tcp(&[1, 2]), Socket { sends: bytes(1, 9000), ..Socket::open() });
        wires.settle();
        let links = [wires.links_of(1), wires.links_of(2)].concat();
        for round in 0..500u64 {
            let node = 1 + usize::from(round % 2 == 1);
            let link = links[round as usize % links.len()];
            let core = &mut wires.nodes[node].core;
            let reply = match round % 5 {
                0 => core.open_request(now, link, 4, &open.next_message(), Ticket(1 << 40 | round)),
                _ => Some(core.frame_request(now, link, &frame.next_message())),
            };
            assert!(reply.is_none_or(|reply| reply.payload.len() <= 200));
            let held = core.held();
            assert!(held.tunnels < 200 && held.tunnel_bytes < 8 << 20, "{held:?}");
            // What comes of it stays here.
            while let Some(action) = core.poll() {
                drop(action);
            }
        }
        let _ = again;
    }
}

//! Answers that never come, and those that come too late to mean anything.
use crate::node::{peer, tcp};
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_proto::wire::Code;
use coap_sessiond::protocol::{Action, End, LinkId, MessageId, Reason, Reply, Request, Settings, Ticket};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const LOST: Option<End> = Some(End::Aborted(Reason::Lost));

/// An entry and an exit with an open tunnel.
fn pair(is_stream: bool) -> Wires {
    let mut wires = Wires { is_stream, ..Wires::new(2) };
    wires.nodes[1].targets.push_back(Ok(Socket::open()));
    let now = wires.now;
    wires.nodes[0].open(now, &tcp(&[1]), Socket::open());
    wires.settle();
    wires
}

/// What the tunnels of such a pair have come to.
fn ends(wires: &mut Wires) -> [Option<End>; 2] {
    [wires.nodes[0].sockets.values().next().and_then(Socket::end), wires.nodes[1].target(0).end()]
}

#[test]
fn a_link_on_which_a_request_is_never_answered_is_given_up() {
    for is_stream in [false, true] {
        let mut wires = pair(is_stream);
        let links = [0, 1].map(|node| wires.links_of(node)[0]);
        wires.lost_answers = 1;
        let tunnel = *wires.nodes[0].sockets.keys().next().expect("opened");
        wires.nodes[0].socket(tunnel).sends = b"hello".to_vec();
        // Other requests are answered, and other things come.
        for _ in 0..11 {
            wires.run_for(10 * SECOND);
            wires.nodes[1].target(0).sends.push(b'x');
            assert_eq!(ends(&mut wires), [None; 2]);
        }
        wires.run_for(11 * SECOND);
        assert_eq!(ends(&mut wires), [LOST; 2]);
        // Another one was opened when it became doubtful.
        assert!(wires.nodes.iter().zip(links).all(|(node, link)| node.core.link(link).is_none()));
    }
}

#[test]
fn openings_that_are_never_answered_do_not_use_a_link_up_for_ever() {
    let mut wires = Wires { loses_openings: true, ..Wires::new(2) };
    let now = wires.now;
    for _ in 0..300 {
        wires.nodes[0].open(now, &tcp(&[1]), Socket::open());
    }
    wires.run_for(100 * SECOND);
    wires.loses_openings = false;
    let now = wires.now;
    let stuck = wires.nodes[0].open(now, &tcp(&[1]), Socket::open());
    wires.run_for(40 * SECOND);
    assert_eq!(wires.nodes[0].socket(stuck).end(), Some(End::Refused(Code::GATEWAY_TIMEOUT)));
    wires.run_for(30 * SECOND);
    let now = wires.now;
    let new = wires.nodes[0].open(now, &tcp(&[1]), Socket::open());
    wires.settle();
    assert!(wires.nodes[0].socket(new).is_open, "on a new link");
}

#[test]
fn who_says_much_and_answers_nothing_is_given_up_too() {
    let mut wires = pair(false);
    wires.mute = Some(1);
    let tunnel = *wires.nodes[0].sockets.keys().next().expect("opened");
    wires.nodes[0].socket(tunnel).sends = b"hello".to_vec();
    for _ in 0..59 {
        wires.run_for(10 * SECOND);
        wires.nodes[1].target(0).sends.push(b'x');
        assert_eq!(ends(&mut wires), [None; 2]);
    }
    wires.run_for(20 * SECOND);
    assert_eq!(ends(&mut wires), [LOST; 2]);
}

#[test]
fn who_is_not_told_that_its_tunnels_have_ended_opens_no_more() {
    let settings = Settings { tunnels_per_link: 4, ..Settings::default() };
    let mut wires = Wires { record: Some(Vec::new()), ..Wires::with(2, settings) };
    let now = wires.now;
    let first = wires.nodes[0].open(now, &tcp(&[1]), Socket::open());
    wires.settle();
    wires.nodes[0].core.close(now, first, Reason::Closed, "");
    wires.settle();
    let record = wires.record.take().expect("recorded");
    let is_opening = |sent: &(Request, Vec<u8>)| matches!(sent.0, Request::Open { .. });
    let (_, mut opening) = record.into_iter().find(is_opening).expect("opened");
    let link = wires.links_of(1)[0];
    let core = &mut wires.nodes[1].core;
    // It opens tunnels and breaks the protocol, each of which it is to be told, and answers nothing.
    let (mut sent, mut refused) = (0, None);
    for number in 0..100u8 {
        opening[2] = number % 24;
        let taken = core.open_request(now, link, 4, &opening, Ticket(100 + u64::from(number)));
        if let Some(reply) = taken {
            assert_eq!(reply.code, Code::SERVICE_UNAVAILABLE);
            refused.get_or_insert(number);
            continue;
        }
        let tunnel = core.tunnels().next().expect("the only one");
        core.connected(now, tunnel);
        core.frame_request(now, link, &[6, 0, 0, 0, number % 24]);
        while let Some(action) = core.poll() {
            sent += usize::from(matches!(action, Action::Send { .. }));
            assert!(!matches!(action, Action::CloseLink { .. }), "tunnel {number}");
        }
        assert!(core.held().queued <= 4, "{:?}", core.held());
    }
    assert_eq!((sent, refused), (8, Some(12)), "a window, and one for each tunnel that may be");
}

/// A request of the exit that tells of more credit, which it owes when so much has been taken.
fn credit(wires: &mut Wires, link: LinkId) -> MessageId {
    let (now, length) = (wires.now, 200 << 10);
    let frame = [&[0; 13][..], &bytes(1, length)].concat();
    assert_eq!(wires.forge(1, link, &frame), Code::CHANGED);
    let exit = &mut wires.nodes[1];
    exit.core.local_taken(now, exit.connected[0], length);
    loop {
        if let Action::Send { message, request, payload, .. } = exit.core.poll().expect("credit") {
            assert_eq!((request, payload[0]), (Request::Frame, 2));
            return message.expect("it is answered");
        }
    }
}

#[test]
fn credit_that_comes_too_late_ends_nothing() {
    for (has_end, expected) in [(true, 1), (false, 0)] {
        let mut wires = pair(false);
        let (now, link) = (wires.now, wires.links_of(1)[0]);
        let message = credit(&mut wires, link);
        if has_end {
            let offset = (200u64 << 10).to_be_bytes();
            assert_eq!(wires.forge(1, link, &[&[1, 0, 0, 0, 0], &offset[..]].concat()), Code::CHANGED);
        }
        // Who has sent its last byte may have forgotten the tunnel; who has not may not.
        let unknown = Reply { code: Code::NOT_FOUND, payload: Vec::new(), max_age: None };
        let core = &mut wires.nodes[1].core;
        core.response(now, link, message, &unknown);
        assert_eq!(core.held().tunnels, expected);
        assert_eq!(core.link(link).and_then(|link| link.peer), Some(peer(0)));
    }
}

//! Openings, and what comes of them.
use crate::node::{Node, opening, peer, tcp};
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_proto::wire::Code;
use coap_sessiond::model::{Capabilities, Role, Target, Transport};
use coap_sessiond::protocol::{End, OpenError, Reason, Settings};
use std::time::Duration;

#[test]
fn what_the_exit_says_reaches_the_entry() {
    for code in [Code::FORBIDDEN, Code::NOT_FOUND, Code::BAD_GATEWAY, Code::GATEWAY_TIMEOUT] {
        let mut wires = Wires::new(4);
        wires.nodes[3].targets.push_back(Err(code));
        let now = wires.now;
        let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2, 3]), Socket::open());
        wires.settle();
        let ending = wires.nodes[0].socket(tunnel).ending.clone().expect("refused");
        assert_eq!((ending.end, ending.text.as_str()), (End::Refused(code), "as the test wants it"));
        for node in &wires.nodes {
            assert!(node.core.is_idle());
            assert_eq!(node.core.counters().refused.get(&code), Some(&1));
        }
    }
}

#[test]
fn a_way_that_is_too_long_for_a_message_is_refused_and_ends_nothing_else() {
    let mut wires = Wires { max_payload: 250, ..Wires::new(5) };
    let now = wires.now;
    let [short, long] =
        [&[1][..], &[1, 2, 3, 4]].map(|path| wires.nodes[0].open(now, &tcp(path), Socket::open()));
    wires.settle();
    let ending = wires.nodes[0].socket(long).ending.clone().expect("refused");
    assert_eq!(ending.end, End::Refused(Code::BAD_GATEWAY), "{}", ending.text);
    let short = wires.nodes[0].socket(short);
    assert!(short.is_open && short.ending.is_none());
    assert_eq!(wires.links_of(0).len(), 1);
}

#[test]
fn targets_and_capabilities_reach_the_exit_alone() {
    let mut wires = Wires::new(3);
    let mut opening = opening(&[1, 2], Transport::Udp, Capabilities { no_delay: true, ..Default::default() });
    opening.target = Target::Service(0);
    let now = wires.now;
    wires.nodes[0].open(now, &opening, Socket::open());
    wires.settle();
    assert_eq!(wires.nodes[2].asked[0].1, Target::Service(0));
    let [relay, exit] = [1, 2].map(|node| &wires.nodes[node].core);
    let relayed = relay.tunnels().next().expect("open");
    assert_eq!(relay.neighbours(relayed), [Some(peer(0)), Some(peer(2))]);
    let status = relay.status(now, relayed).expect("open");
    assert_eq!((status.role, status.transport), (Role::Relay, Transport::Udp));
    assert_eq!(exit.neighbours(exit.tunnels().next().expect("open")), [Some(peer(1)), None]);
}

#[test]
fn a_node_that_nobody_knows_is_not_found() {
    let mut wires = Wires::new(2);
    let now = wires.now;
    let tunnels = [vec![9], vec![1, 9]].map(|path| wires.nodes[0].open(now, &tcp(&path), Socket::open()));
    wires.settle();
    for tunnel in tunnels {
        assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Refused(Code::NOT_FOUND)));
    }
}

#[test]
fn a_full_node_says_when_to_come_again() {
    let mut wires = Wires::new(3);
    let now = wires.now;
    let settings = Settings { tunnels: 2, retry_after: Duration::from_secs(7), ..Settings::default() };
    wires.nodes[2] = Node::new(2, settings, now, 1);
    let tunnels = [(); 3].map(|()| wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open()));
    wires.settle();
    let ends = tunnels.map(|tunnel| wires.nodes[0].socket(tunnel).end());
    assert_eq!(ends, [None, None, Some(End::Refused(Code::SERVICE_UNAVAILABLE))]);
    let refusals: Vec<_> =
        wires.answers.iter().filter(|reply| reply.code == Code::SERVICE_UNAVAILABLE).collect();
    assert_eq!(refusals.len(), 2, "that of the exit, and the relay's");
    assert!(refusals.iter().all(|reply| reply.max_age == Some(Duration::from_secs(7))));
    assert_eq!(wires.nodes[2].core.open(now, &tcp(&[1])), Err(OpenError::Full));
    // One goes, and there is room again.
    wires.nodes[0].core.close(now, tunnels[0], Reason::Closed, "");
    let next = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.settle();
    assert_eq!(wires.nodes[0].socket(next).end(), None);
}

#[test]
fn a_node_has_no_more_tunnels_than_it_has_memory_for_their_buffers() {
    let mut wires = Wires::new(3);
    let now = wires.now;
    // Buffers take powers of two: 512 KiB each, and a tunnel has two.
    let settings = Settings { buffer: 300 << 10, memory: (4 << 20) - 1, ..Settings::default() };
    wires.nodes[2] = Node::new(2, settings, now, 1);
    let tunnels: Vec<_> = (0..5)
        .map(|_| {
            wires.nodes[0].open(now, &tcp(&[1, 2]), Socket { sends: bytes(1, 900_000), ..Socket::open() })
        })
        .collect();
    for _ in 0..3 {
        wires.nodes[2].targets.push_back(Ok(Socket { reads: 0, sends: bytes(2, 900_000), ..Socket::open() }));
    }
    for tunnel in &tunnels {
        wires.nodes[0].socket(*tunnel).reads = 0;
    }
    wires.settle();
    let full = Some(End::Refused(Code::SERVICE_UNAVAILABLE));
    let ends: Vec<_> = tunnels.iter().map(|tunnel| wires.nodes[0].socket(*tunnel).end()).collect();
    assert_eq!(ends, [None, None, None, full, full]);
    let held = wires.nodes[2].core.held().tunnel_bytes;
    assert!((3 << 20..(3 << 20) + 4096).contains(&held), "all of them are full: {held}");
}

#[test]
fn a_target_that_does_not_answer_is_given_up_and_forgotten_everywhere() {
    let mut wires = Wires::new(3);
    wires.nodes[2].is_slow = true;
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.run_for(Duration::from_secs(29));
    assert_eq!(wires.nodes[0].socket(tunnel).end(), None);
    wires.run_for(Duration::from_secs(2));
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Refused(Code::GATEWAY_TIMEOUT)));
    assert_eq!(wires.nodes[2].relayed[0].1.end, End::Aborted(Reason::GivenUp));
    assert!(wires.nodes.iter().all(|node| node.core.is_idle()));
    assert_eq!(wires.unanswered(), 0, "CoAP waits for no answer either");
}

#[test]
fn who_closes_before_the_target_answers_leaves_nothing_behind() {
    let mut wires = Wires::new(3);
    wires.nodes[2].is_slow = true;
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.settle();
    wires.nodes[0].core.close(now, tunnel, Reason::Closed, "");
    wires.settle();
    let (asked, _) = wires.nodes[2].asked[0];
    wires.nodes[2].core.connected(now, asked);
    wires.settle();
    assert!(wires.nodes.iter().all(|node| node.core.is_idle()));
    assert_eq!(wires.unanswered(), 0);
}

#[test]
fn a_node_that_stops_tells_everybody() {
    let mut wires = Wires::new(3);
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.settle();
    wires.nodes[1].core.shut_down(now);
    wires.settle();
    assert!(wires.nodes[1].core.is_idle());
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Aborted(Reason::Stopped)));
    assert_eq!(wires.nodes[2].target(0).end(), Some(End::Aborted(Reason::Stopped)));
    let late = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.settle();
    assert_eq!(wires.nodes[0].socket(late).end(), Some(End::Refused(Code::SERVICE_UNAVAILABLE)));
    assert_eq!(wires.nodes[1].core.open(now, &tcp(&[2])), Err(OpenError::Stopping));
}

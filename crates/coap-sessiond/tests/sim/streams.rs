//! Streams over perfect wires: what the protocol does when nothing goes wrong, and when the ends differ.
use crate::node::{opening, tcp};
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_sessiond::model::{Capabilities, Transport};
use coap_sessiond::protocol::{End, Reason, Request, Settings};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_echo_comes_back_over_any_number_of_relays() {
    for hops in 0..=3 {
        for is_stream in [false, true] {
            let mut wires = Wires { is_stream, ..Wires::new(hops + 2) };
            let path: Vec<_> = (1..hops + 2).collect();
            let sent = bytes(hops as u64, 1_000_000);
            let now = wires.now;
            let tunnel = wires.nodes[0].open(now, &tcp(&path), Socket::sending(sent.clone()));
            wires.settle();
            let socket = wires.nodes[0].socket(tunnel);
            assert!(socket.got == sent && socket.got_end, "{hops} hops");
            assert_eq!(socket.end(), Some(End::Finished));
            assert_eq!(wires.nodes[hops + 1].target(0).end(), Some(End::Finished));
            for node in &wires.nodes {
                assert_eq!((node.core.held().tunnels, node.core.is_idle()), (0, true));
            }
        }
    }
}

#[test]
fn half_closed_either_way_the_other_direction_goes_on() {
    for entry_first in [true, false] {
        let mut wires = Wires::new(3);
        let (up, down) = (bytes(1, 300_000), bytes(2, 400_000));
        let [mut entry, mut target] = [Socket::sending(up.clone()), Socket::sending(down.clone())];
        let late = if entry_first { &mut target } else { &mut entry };
        (late.finishes, late.sends) = (false, Vec::new());
        wires.nodes[2].targets.push_back(Ok(target));
        let now = wires.now;
        let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), entry);
        wires.run_for(100 * SECOND);
        let first = if entry_first { wires.nodes[2].target(0) } else { wires.nodes[0].socket(tunnel) };
        assert!(first.got_end && first.end().is_none(), "one direction has ended, the tunnel not");
        assert!(first.got == if entry_first { &up[..] } else { &down[..] });
        (first.sends, first.finishes) = (if entry_first { down } else { up }, true);
        let expected = first.sends.clone();
        wires.settle();
        let other = if entry_first { wires.nodes[0].socket(tunnel) } else { wires.nodes[2].target(0) };
        assert!(other.got == expected);
        assert_eq!(other.end(), Some(End::Finished));
    }
}

#[test]
fn a_slow_reader_slows_its_sender_and_nobody_hoards() {
    let settings = Settings { buffer: 128 << 10, ..Settings::default() };
    let mut wires = Wires::with(4, settings);
    let sent = bytes(5, 3_000_000);
    wires.nodes[3].targets.push_back(Ok(Socket { reads: 0, ..Socket::open() }));
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2, 3]), Socket::sending(sent.clone()));
    wires.settle();
    for node in &wires.nodes {
        let held = node.core.held().tunnel_bytes;
        assert!((128 << 10..130 << 10).contains(&held), "one buffer is full: {held}");
        assert_eq!(node.core.held().messages, 0, "and nothing is on its way");
    }
    // It reads a little now and then.
    let mut resumed = 0;
    while wires.nodes[3].target(0).got.len() < sent.len() {
        wires.nodes[3].target(0).reads = 50_000;
        let now = wires.now;
        wires.nodes[3].work(now);
        wires.nodes[3].target(0).reads = 0;
        wires.run_for(SECOND);
        assert!(wires.nodes.iter().all(|node| node.core.held().tunnel_bytes < 130 << 10));
        assert!(wires.nodes[0].socket(tunnel).resumed >= resumed);
        resumed = wires.nodes[0].socket(tunnel).resumed;
    }
    assert!(wires.nodes[3].target(0).got == sent && resumed > 10);
}

#[test]
fn many_tunnels_share_a_link_in_turns() {
    let mut wires = Wires { max_payload: 200, ..Wires::new(2) };
    let now = wires.now;
    let sent: Vec<_> = (0..20).map(|seed| bytes(seed, 40_000)).collect();
    let tunnels: Vec<_> = sent
        .iter()
        .map(|sent| {
            wires.nodes[1].targets.push_back(Ok(Socket::open()));
            wires.nodes[0].open(now, &tcp(&[1]), Socket::sending(sent.clone()))
        })
        .collect();
    wires.record = Some(Vec::new());
    wires.settle();
    for (number, sent) in sent.iter().enumerate() {
        assert!(wires.nodes[1].target(number).got == *sent);
    }
    // Of twenty frames in a row none belongs to the same tunnel.
    let record = wires.record.take().unwrap_or_default();
    let full = |(request, payload): &&(Request, Vec<u8>)| *request == Request::Frame && payload.len() == 200;
    let numbers: Vec<_> = record.iter().filter(full).map(|(_, payload)| payload[4]).collect();
    let early = &numbers[..numbers.len() / 2];
    assert!(early.len() > 1000);
    for turn in early.chunks_exact(tunnels.len()) {
        assert_eq!(turn.iter().collect::<std::collections::BTreeSet<_>>().len(), tunnels.len(), "{turn:?}");
    }
}

#[test]
fn small_pieces_travel_alone_only_without_delay() {
    // Without delay as many go as the window lets.
    for (no_delay, expected) in [(false, 1), (true, 8)] {
        let mut wires = Wires::new(2);
        let capabilities = Capabilities { no_delay, ..Capabilities::usual(Transport::Tcp) };
        wires.nodes[1].targets.push_back(Ok(Socket::open()));
        let now = wires.now;
        let tunnel = wires.nodes[0].open(now, &opening(&[1], Transport::Tcp, capabilities), Socket::open());
        wires.settle();
        let mut sent = 0;
        for byte in 0..50 {
            wires.nodes[0].core.local_data(now, tunnel, &[byte]);
            // Lost, and so not answered.
            sent += usize::from(wires.nodes[0].core.poll().is_some());
        }
        assert_eq!(sent, expected);
    }
}

#[test]
fn a_reset_reaches_the_other_end_with_its_reason() {
    for at_target in [true, false] {
        let mut wires = Wires::new(3);
        wires.nodes[2].targets.push_back(Ok(Socket::open()));
        let now = wires.now;
        let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket { reads: 0, ..Socket::open() });
        wires.settle();
        wires.nodes[2].target(0).sends = bytes(1, 5000);
        wires.settle();
        if at_target {
            let tunnel = wires.nodes[2].connected[0];
            wires.nodes[2].core.local_reset(now, tunnel);
        } else {
            wires.nodes[0].core.close(now, tunnel, Reason::Closed, "the listener was closed");
        }
        wires.settle();
        let reason = if at_target { Reason::Reset } else { Reason::Closed };
        assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Aborted(reason)));
        assert_eq!(wires.nodes[2].target(0).end(), Some(End::Aborted(reason)));
        assert_eq!(wires.nodes[1].relayed[0].1.end, End::Aborted(reason));
        assert!(wires.nodes.iter().all(|node| node.core.is_idle()));
        assert_eq!(wires.nodes[0].core.counters().aborted.get(&reason), Some(&1));
    }
}

#[test]
fn aborts_that_cross_end_the_tunnel_once_at_both_ends() {
    let mut wires = Wires::new(3);
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.settle();
    let at_target = wires.nodes[2].connected[0];
    wires.nodes[0].core.local_reset(now, tunnel);
    wires.nodes[2].core.close(now, at_target, Reason::Stopped, "");
    wires.settle();
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Aborted(Reason::Reset)));
    assert_eq!(wires.nodes[2].target(0).end(), Some(End::Aborted(Reason::Stopped)));
    assert!(wires.nodes.iter().all(|node| node.core.is_idle()));
}

#[test]
fn a_tunnel_is_not_finished_before_the_other_end_has_everything() {
    let mut wires = Wires::new(3);
    let sent = bytes(9, 50_000);
    wires.nodes[2].targets.push_back(Ok(Socket { reads: 0, finishes: true, ..Socket::open() }));
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::sending(sent));
    wires.run_for(SECOND);
    let socket = wires.nodes[0].socket(tunnel);
    assert!(socket.got_end && socket.end().is_none(), "all was sent and answered, but not delivered");
    // Now the exit is lost: who has sent must hear of it.
    wires.cut(1, 2);
    wires.settle();
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Aborted(Reason::Lost)));
    assert_eq!(wires.nodes[2].target(0).end(), Some(End::Aborted(Reason::Lost)));
}

#[test]
fn an_idle_tunnel_ends_at_both_ends_and_its_link_after_it() {
    let mut wires = Wires::new(3);
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.run_for(170 * SECOND);
    assert_eq!(wires.nodes[0].socket(tunnel).end(), None);
    // Traffic in one direction is traffic.
    wires.nodes[2].target(0).sends = b"x".to_vec();
    wires.run_for(170 * SECOND);
    assert_eq!(wires.nodes[0].socket(tunnel).end(), None);
    wires.run_for(20 * SECOND);
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Aborted(Reason::Idle)));
    assert_eq!(wires.nodes[2].target(0).end(), Some(End::Aborted(Reason::Idle)));
    assert_eq!(wires.nodes[1].core.link_count(), 2);
    wires.run_for(61 * SECOND);
    assert!(wires.nodes.iter().all(|node| node.core.link_count() == 0));
}

#[test]
fn a_node_that_falls_silent_is_lost_even_if_coap_does_not_notice() {
    let mut wires = Wires { is_stream: true, ..Wires::new(3) };
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.settle();
    wires.dead.push(1);
    wires.run_for(70 * SECOND);
    assert_eq!(wires.nodes[0].socket(tunnel).end(), None);
    wires.run_for(10 * SECOND);
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Aborted(Reason::Lost)));
    assert_eq!(wires.nodes[2].target(0).end(), Some(End::Aborted(Reason::Lost)));
}

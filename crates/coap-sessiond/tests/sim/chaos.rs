//! Bad lines: bytes out are bytes in, or both ends are told.
use crate::node::{opening, tcp};
use crate::over_coap::Stations;
use crate::socket::{Socket, bytes};
use coap_sessiond::model::{Capabilities, Transport};
use coap_sessiond::protocol::{End, Reason, TunnelId};
use coap_sim::{Line, for_each_seed};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A line that CoAP can bear: some loss, duplicates, and much reordering.
fn bad(seed: u64) -> Line {
    let mut rng = fastrand::Rng::with_seed(seed);
    Line {
        delay: Duration::from_millis(rng.u64(1..40)),
        jitter: Duration::from_millis(rng.u64(0..100)),
        loss: rng.f64() * 0.1,
        duplication: rng.f64() * 0.2,
        ..Line::default()
    }
}

/// What both ends must agree on: whatever one has got, the other has sent, in this order; and if one believes that the
/// tunnel has finished, everything has come through.
fn check(net: &mut Stations, exit: usize, tunnels: &[(TunnelId, Vec<u8>)]) -> usize {
    let mut finished = 0;
    for (number, (tunnel, sent)) in tunnels.iter().enumerate() {
        let (got, end) = net.at(0, |node, _| {
            let socket = node.socket(*tunnel);
            (socket.got.clone(), socket.end())
        });
        assert!(sent.starts_with(&got), "tunnel {number}: the echo is another");
        if end == Some(End::Finished) {
            assert!(got == *sent, "tunnel {number}: finished, but not all came back");
            finished += 1;
        }
        assert!(end.is_some(), "tunnel {number}: the entry was not told");
    }
    net.at(exit, |node, _| {
        for socket in node.sockets.values() {
            let is_beginning = |(_, sent): &(TunnelId, Vec<u8>)| sent.starts_with(&socket.got);
            let is_all = |(_, sent): &(TunnelId, Vec<u8>)| *sent == socket.got;
            assert!(tunnels.iter().any(is_beginning), "the exit has got something else");
            let has_finished = socket.end() == Some(End::Finished);
            assert!(!has_finished || tunnels.iter().any(is_all), "finished, but not all came");
            assert!(socket.end().is_some(), "the exit was not told");
        }
    });
    finished
}

fn open(net: &mut Stations, path: &[usize], count: u64, length: usize) -> Vec<(TunnelId, Vec<u8>)> {
    let one = |seed| {
        // The first bytes tell whose they are.
        let sent = bytes(seed, length);
        let tunnel = net.at(0, |node, now| node.open(now, &tcp(path), Socket::sending(sent.clone())));
        (tunnel, sent)
    };
    (0..count).map(one).collect()
}

#[test]
fn over_bad_lines_everything_arrives() {
    for_each_seed(0..24, |seed| {
        let hops = seed as usize % 3;
        let mut net = Stations::new(seed, hops + 2, false);
        net.net.set_line(bad(seed));
        let path: Vec<_> = (1..hops + 2).collect();
        let tunnels = open(&mut net, &path, 4, 20_000);
        assert!(net.run_until_ended(10 * MINUTE), "it ends in time");
        assert_eq!(check(&mut net, hops + 1, &tunnels), 4, "CoAP makes good what the line loses");
    });
}

/// Bodies of many buffers, windows and credits, and of far more messages than CoAP remembers: what comes once more is
/// known by its offset alone.
#[test]
fn over_bad_lines_large_bodies_arrive() {
    let mut repeats = 0;
    for_each_seed(0..4, |seed| {
        let hops = seed as usize % 4;
        let mut net = Stations::forgetful(seed, hops + 2);
        net.net.set_line(bad(seed + 100));
        let path: Vec<_> = (1..hops + 2).collect();
        let tunnels = open(&mut net, &path, 2, 700_000);
        assert!(net.run_until_ended(20 * MINUTE), "it ends in time");
        assert_eq!(check(&mut net, hops + 1, &tunnels), 2);
        repeats += net.all.iter().map(|station| station.borrow().repeats).sum::<usize>();
    });
    assert!(repeats > 300, "the lines were bad: {repeats}");
}

#[test]
fn a_relay_that_crashes_amid_large_bodies_is_noticed_at_both_ends() {
    let mut cut_off = 0;
    for_each_seed(0..6, |seed| {
        let hops = 1 + seed as usize % 3;
        let mut net = Stations::forgetful(seed, hops + 2);
        net.net.set_line(bad(seed + 200));
        let path: Vec<_> = (1..hops + 2).collect();
        let tunnels = open(&mut net, &path, 2, 600_000);
        net.run_for(Duration::from_secs(3 + 2 * (seed % 6)));
        let crashes = 1 + seed as usize % hops;
        // It comes back at once, or never.
        if seed % 2 == 0 {
            net.restart(crashes)
        } else {
            net.isolate(crashes)
        }
        assert!(net.run_until_ended(5 * MINUTE), "it is noticed");
        cut_off += 2 - check(&mut net, hops + 1, &tunnels);
        for node in [0, hops + 1] {
            assert_eq!(net.at(node, |node, _| node.core.held().tunnels), 0);
        }
    });
    assert!(cut_off > 6, "{cut_off} of 12");
}

#[test]
fn over_a_long_line_the_window_opens_and_few_messages_are_repeated() {
    let mut net = Stations::new(1, 2, false);
    let round_trip = Duration::from_millis(1500);
    net.net.set_line(Line { delay: round_trip / 2, ..Line::default() });
    net.at(1, |node, _| node.targets.push_back(Ok(Socket::sending(Vec::new()))));
    let tunnels = open(&mut net, &[1], 1, 1_000_000);
    // Some 5 round trips until 64 messages are on their way, and as many more for each of the remaining 900.
    assert!(net.run_until_ended(30 * round_trip), "a window of data a round trip");
    net.with_target(1, 0, |socket| {
        assert!(socket.got == tunnels[0].1 && socket.end() == Some(End::Finished))
    });
    let repeats = net.all.iter().map(|station| station.borrow().repeats).sum::<usize>();
    assert!((8..40).contains(&repeats), "{repeats} of some 1,000 messages: the first ones");
}

#[test]
fn over_streams_everything_arrives() {
    for_each_seed(0..3, |seed| {
        let mut net = Stations::new(seed, 3, true);
        let tunnels = open(&mut net, &[1, 2], 4, 80_000);
        assert!(net.run_until_ended(MINUTE), "it ends in time");
        assert_eq!(check(&mut net, 2, &tunnels), 4);
    });
}

#[test]
fn over_lines_that_are_too_bad_both_ends_are_told() {
    let mut finished = 0;
    for_each_seed(0..16, |seed| {
        let mut net = Stations::new(seed, 3, false);
        let line = Line::rough(net.net.rng());
        net.net.set_line(line);
        let tunnels = open(&mut net, &[1, 2], 3, 5000);
        assert!(net.run_until_ended(20 * MINUTE), "it ends in time");
        finished += check(&mut net, 2, &tunnels);
    });
    assert!(finished > 0, "not all lines are that bad");
}

#[test]
fn a_relay_that_vanishes_is_noticed_at_both_ends() {
    for_each_seed(0..8, |seed| {
        let mut net = Stations::new(seed, 3, false);
        net.net.set_line(bad(seed));
        let tunnels = open(&mut net, &[1, 2], 4, 400_000);
        net.run_for(Duration::from_millis(300 + 600 * (seed % 8)));
        net.isolate(1);
        // While data is sent CoAP notices; else the question whether the link is alive gets no answer.
        assert!(net.run_until_ended(3 * MINUTE), "it is noticed");
        let finished = check(&mut net, 2, &tunnels);
        assert!(finished < 4, "it vanished too late");
        for node in [0, 2] {
            assert_eq!(net.at(node, |node, _| node.core.held().tunnels), 0);
        }
    });
}

#[test]
fn who_closes_at_any_moment_ends_the_tunnel_everywhere() {
    for_each_seed(0..40, |seed| {
        let mut net = Stations::new(seed, 3, false);
        net.net.set_line(bad(seed));
        let tunnels = open(&mut net, &[1, 2], 2, 50_000);
        net.run_for(Duration::from_millis(seed % 40 * 37));
        net.at(0, |node, now| node.core.close(now, tunnels[0].0, Reason::Closed, ""));
        if seed % 2 == 0 {
            net.at(2, |node, now| {
                let crossing: Vec<_> = node.core.tunnels().collect();
                crossing.into_iter().for_each(|tunnel| node.core.local_reset(now, tunnel));
            });
        }
        assert!(net.run_until_ended(4 * MINUTE), "it ends in time");
        check(&mut net, 2, &tunnels);
        net.run_for(MINUTE);
        for node in 0..3 {
            let held = net.at(node, |node, _| node.core.held());
            assert_eq!((held.tunnels, held.messages, held.queued), (0, 0, 0), "{held:?}");
            assert_eq!(net.all[node].borrow().unanswered(), 0);
        }
    });
}

#[test]
fn datagrams_are_never_joined_or_torn_whatever_the_line_does() {
    for_each_seed(0..10, |seed| {
        for reliable in [false, true] {
            let mut net = Stations::new(seed, 3, false);
            net.net.set_line(bad(seed));
            let capabilities =
                Capabilities { retransmission: reliable, segmentation: true, ..Default::default() };
            let opening = opening(&[1, 2], Transport::Udp, capabilities);
            net.at(2, |node, _| node.targets.push_back(Ok(Socket::open())));
            let tunnel = net.at(0, |node, now| node.open(now, &opening, Socket::open()));
            // It is open by then, whatever was lost.
            net.run_for(Duration::from_secs(30));
            let mut rng = fastrand::Rng::with_seed(seed);
            let mut sent = Vec::new();
            for number in 0..60 {
                let length = [0, 1, 30, 1000, 4000][rng.usize(..5)];
                sent.push(bytes(seed << 8 | number, length));
                let datagram = sent.last().cloned().unwrap_or_default();
                assert!(net.at(0, |node, now| node.core.local_datagram(now, tunnel, &datagram)));
                net.run_for(Duration::from_millis(10));
            }
            net.run_for(MINUTE);
            net.with_target(2, 0, |socket| {
                if reliable {
                    assert!(socket.datagrams == sent, "all of them, in order");
                } else {
                    assert!(socket.datagrams.iter().all(|it| sent.contains(it)), "one that nobody has sent");
                    assert!(socket.datagrams.len() > 20, "{} of 60 arrived", socket.datagrams.len());
                }
            });
        }
    });
}

//! Many short tunnels beside a long one, on a link with a round trip: openings that are given up at once, by clients
//! that connect and reset or by a neighbour that means it, and targets that reset at once. The long tunnel goes on.
use crate::node::{Node, tcp};
use crate::over_coap::Stations;
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_sessiond::protocol::{Request, Settings, Ticket, TunnelId};
use coap_sim::Line;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(5);
/// Openings a step: 1,600 a second.
const OPENINGS: usize = 8;

/// Nodes whose lines take 100 ms each way, with a long tunnel between two neighbours on which much is sent.
fn busy(count: usize, [from, to]: [usize; 2], settings: &Settings) -> (Stations, TunnelId) {
    let mut net = Stations::new(1, count, false);
    net.net.set_line(Line { delay: Duration::from_millis(100), ..Line::default() });
    for node in 0..count {
        net.at(node, |it, now| *it = Node::new(node, settings.clone(), now, 1));
    }
    net.at(to, |node, _| node.targets.push_back(Ok(Socket::open())));
    let sends = bytes(7, 16 << 20);
    let long = net.at(from, |node, now| node.open(now, &tcp(&[to]), Socket { sends, ..Socket::open() }));
    net.run_for(5 * SECOND);
    (net, long)
}

/// Has something done each step for a while. All the while the long tunnel goes on.
fn meanwhile(net: &mut Stations, [from, to]: [usize; 2], long: TunnelId, mut act: impl FnMut(&mut Stations)) {
    for second in 0..8 {
        let before = net.with_target(to, 0, |socket| socket.got.len());
        for _ in 0..SECOND.as_millis() / STEP.as_millis() {
            act(net);
            net.run_for(STEP);
        }
        assert_eq!(net.at(from, |node, _| node.socket(long).ending.clone()), None, "in second {second}");
        let got = net.with_target(to, 0, |socket| socket.got.len()) - before;
        assert!(got > 20_000, "{got} bytes in second {second}");
    }
}

#[test]
fn openings_that_clients_give_up_leave_a_long_tunnel_alone() {
    [32, 4096].map(tunnels).iter().for_each(give_up);
    // Where hardly anything may be under way, what is short would take it all.
    give_up(&Settings { window: 8, ..Settings::default() });
}

fn tunnels(tunnels_per_link: usize) -> Settings {
    Settings { tunnels_per_link, ..Settings::default() }
}

fn give_up(settings: &Settings) {
    let (mut net, long) = busy(2, [0, 1], settings);
    let mut last: Vec<TunnelId> = Vec::new();
    meanwhile(&mut net, [0, 1], long, |net| {
        net.at(0, |node, now| {
            last.drain(..).for_each(|tunnel| node.core.local_reset(now, tunnel));
            last.extend((0..OPENINGS).map(|_| node.open(now, &tcp(&[1]), Socket::open())));
            node.sockets.retain(|id, socket| *id == long || socket.ending.is_none());
        });
    });
    net.at(0, |node, now| last.drain(..).for_each(|tunnel| node.core.local_reset(now, tunnel)));
    net.run_for(10 * SECOND);
    let held = [0, 1].map(|node| net.at(node, |node, _| node.core.held()));
    assert_eq!(held.map(|held| held.tunnels), [1, 1], "{held:?}");
}

#[test]
fn a_neighbour_that_opens_and_aborts_does_not_end_the_links_of_a_relay() {
    [32, 4096].map(tunnels).iter().for_each(open_and_abort);
}

fn open_and_abort(settings: &Settings) {
    let (mut net, long) = busy(3, [1, 2], settings);
    // What an honest node sends, for its number to be changed.
    let mut wires = Wires { record: Some(Vec::new()), ..Wires::new(3) };
    let now = wires.now;
    wires.nodes[0].open(now, &tcp(&[1, 2]), Socket::open());
    wires.settle();
    let record = wires.record.take().unwrap_or_default();
    let is_opening = |sent: &&(Request, Vec<u8>)| matches!(sent.0, Request::Open { .. });
    let opening = record.iter().find(is_opening).expect("opened").1.clone();
    net.at(0, |node, now| node.open(now, &tcp(&[1]), Socket::open()));
    net.run_for(SECOND);
    let link = net.link(1, 0);
    let mut number: u16 = 1000;
    let mut last = Vec::new();
    meanwhile(&mut net, [1, 2], long, |net| {
        net.at(1, |node, now| {
            for number in last.drain(..) {
                let abort = [&[3, 0, 0], &u16::to_be_bytes(number)[..], &[6]].concat();
                node.core.frame_request(now, link, &abort);
            }
            for _ in 0..OPENINGS {
                number += 1;
                let numbered = [&opening[..2], &[0x19], &number.to_be_bytes(), &opening[3..]].concat();
                let ticket = Ticket(1 << 40 | u64::from(number));
                let refusal = node.core.open_request(now, link, 4, &numbered, ticket);
                assert_eq!(refusal, None, "it is passed on");
                last.push(number);
            }
        });
    });
}

#[test]
fn targets_that_reset_at_once_leave_a_long_tunnel_alone() {
    [32, 4096].map(tunnels).iter().for_each(reset);
}

fn reset(settings: &Settings) {
    let (mut net, long) = busy(2, [0, 1], settings);
    let mut reset = 1;
    meanwhile(&mut net, [0, 1], long, |net| {
        net.at(1, |node, now| {
            for tunnel in &node.connected[reset..] {
                node.core.local_reset(now, *tunnel);
            }
            reset = node.connected.len();
        });
        net.at(0, |node, now| {
            for _ in 0..OPENINGS {
                node.open(now, &tcp(&[1]), Socket::open());
            }
            node.sockets.retain(|id, socket| *id == long || socket.ending.is_none());
        });
    });
    assert!(reset > 1000, "{reset} were reset");
}

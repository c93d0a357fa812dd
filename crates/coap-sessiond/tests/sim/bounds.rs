//! What nodes hold.
use crate::node::{opening, tcp};
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_sessiond::model::{Capabilities, Transport};
use coap_sessiond::protocol::{Core, End, Reason};

#[test]
fn ten_thousand_tunnels_leave_nothing_behind() {
    let mut wires = Wires::new(3);
    let now = wires.now;
    let mut first = None;
    for cycle in 0..10_000u64 {
        let opening = match cycle % 5 {
            4 => opening(&[1, 2], Transport::Udp, Capabilities::default()),
            _ => tcp(&[1, 2]),
        };
        let socket = if cycle % 5 == 0 { Socket::sending(bytes(cycle, 2000)) } else { Socket::open() };
        let tunnel = wires.nodes[0].open(now, &opening, socket);
        if cycle % 5 != 1 {
            wires.settle(); // else it is closed before anything else happens
        }
        match cycle % 5 {
            0 => assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Finished)),
            1 | 2 => wires.nodes[0].core.close(now, tunnel, Reason::Closed, ""),
            3 => {
                let back = *wires.nodes[2].connected.last().expect("connected");
                wires.nodes[2].core.local_reset(now, back);
            }
            _ => wires.nodes[0].core.local_reset(now, tunnel),
        }
        wires.settle();
        assert!(wires.nodes[0].socket(tunnel).ending.is_some());
        for node in &mut wires.nodes {
            node.sockets.clear();
            node.connected.clear();
            node.relayed.clear();
        }
        let held = [0, 1, 2].map(|node| wires.nodes[node].core.held());
        assert_eq!(*first.get_or_insert(held), held, "after {cycle} tunnels");
        assert_eq!(
            held.map(|held| (held.tunnels, held.numbers, held.messages, held.queued)),
            [(0, 0, 0, 0); 3]
        );
    }
    assert_eq!(wires.unanswered(), 0);
}

#[test]
fn an_idle_tunnel_costs_less_than_a_kilobyte() {
    const { assert!(Core::IDLE_TUNNEL < 1024) };
    let mut wires = Wires::new(3);
    let now = wires.now;
    for seed in 0..50 {
        let socket = Socket { sends: bytes(seed, 100_000), ..Socket::open() };
        wires.nodes[0].open(now, &tcp(&[1, 2]), socket);
    }
    wires.settle();
    for node in &wires.nodes {
        let held = node.core.held();
        assert_eq!(held.tunnels, 50);
        assert!(held.tunnel_bytes < 50 * 700, "{} bytes although all went through", held.tunnel_bytes);
    }
}

#[test]
fn a_link_has_no_more_on_its_way_than_its_window() {
    let mut wires = Wires::new(2);
    let now = wires.now;
    for seed in 0..300 {
        wires.nodes[0].open(now, &tcp(&[1]), Socket::sending(bytes(seed, 30_000)));
    }
    wires.settle();
    // 256 openings, which are not counted, and as many messages both ways.
    assert!(wires.most <= 3 * 256, "{}", wires.most);
    assert!(wires.nodes[0].sockets.values().all(|socket| socket.end() == Some(End::Finished)));
}

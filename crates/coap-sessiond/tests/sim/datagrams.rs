//! Datagrams: as they are, in parts, and as records of a stream.
use crate::node::opening;
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_sessiond::model::{Capabilities, Transport};
use coap_sessiond::protocol::{End, Reason, TunnelId};
use std::time::Duration;

fn open(wires: &mut Wires, capabilities: Capabilities) -> TunnelId {
    wires.nodes[2].targets.push_back(Ok(Socket::open()));
    let now = wires.now;
    let tunnel = wires.nodes[0].open(now, &opening(&[1, 2], Transport::Udp, capabilities), Socket::open());
    wires.settle();
    tunnel
}

#[test]
fn each_arrives_as_it_was_also_empty_ones() {
    for is_stream in [false, true] {
        for reliable in [false, true] {
            let mut wires = Wires { is_stream, ..Wires::new(3) };
            let tunnel = open(&mut wires, Capabilities { retransmission: reliable, ..Default::default() });
            let sent: Vec<_> = [0, 1, 500, 0, 1019, 3].iter().map(|length| bytes(4, *length)).collect();
            let now = wires.now;
            for datagram in &sent {
                assert!(wires.nodes[0].core.local_datagram(now, tunnel, datagram));
            }
            wires.settle();
            assert!(wires.nodes[2].target(0).datagrams == sent);
            let back = wires.nodes[2].connected[0];
            assert!(wires.nodes[2].core.local_datagram(now, back, b"answer"));
            wires.settle();
            assert_eq!(wires.nodes[0].socket(tunnel).datagrams, [b"answer"]);
        }
    }
}

#[test]
fn what_is_too_long_is_dropped_or_cut_as_the_tunnel_says() {
    let lengths = [1020, 5000, 65_535];
    for (capabilities, arrives) in [
        (Capabilities::default(), 0),
        (Capabilities { segmentation: true, ..Default::default() }, 3),
        (Capabilities { retransmission: true, ..Default::default() }, 3),
    ] {
        let mut wires = Wires::new(3);
        let tunnel = open(&mut wires, capabilities);
        let sent: Vec<_> = lengths.iter().map(|length| bytes(6, *length)).collect();
        let now = wires.now;
        let taken = sent.iter().filter(|it| wires.nodes[0].core.local_datagram(now, tunnel, it)).count();
        wires.settle();
        assert_eq!(taken, arrives);
        assert!(wires.nodes[2].target(0).datagrams == sent[..arrives]);
        assert_eq!(wires.nodes[0].core.counters().dropped, 3 - arrives as u64);
    }
}

#[test]
fn the_first_ones_wait_until_the_tunnel_is_open() {
    let mut wires = Wires::new(3);
    wires.nodes[2].targets.push_back(Ok(Socket::open()));
    let now = wires.now;
    let opening = opening(&[1, 2], Transport::Udp, Capabilities::default());
    let tunnel = wires.nodes[0].open(now, &opening, Socket::open());
    let taken =
        (0..20u8).filter(|number| wires.nodes[0].core.local_datagram(now, tunnel, &[*number])).count();
    wires.settle();
    assert_eq!(taken, 16, "but not any number");
    assert_eq!(wires.nodes[2].target(0).datagrams, (0..16u8).map(|number| vec![number]).collect::<Vec<_>>());
}

#[test]
fn a_reliable_tunnel_refuses_what_it_has_no_room_for_and_says_when_it_has() {
    let mut wires = Wires::new(3);
    let tunnel = open(&mut wires, Capabilities { retransmission: true, ..Default::default() });
    let (now, datagram) = (wires.now, bytes(1, 60_000));
    let taken = (0..9).filter(|_| wires.nodes[0].core.local_datagram(now, tunnel, &datagram)).count();
    assert_eq!(taken, 4, "256 KiB");
    wires.settle();
    assert_eq!(wires.nodes[2].target(0).datagrams.len(), 4);
    assert_eq!(wires.nodes[0].socket(tunnel).resumed, 1);
    assert!(wires.nodes[0].core.room(tunnel) > 65_537);
}

#[test]
fn an_idle_tunnel_of_datagrams_ends() {
    let mut wires = Wires::new(3);
    let tunnel = open(&mut wires, Capabilities::default());
    wires.run_for(Duration::from_secs(181));
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Aborted(Reason::Idle)));
    assert_eq!(wires.nodes[2].target(0).end(), Some(End::Aborted(Reason::Idle)));
}

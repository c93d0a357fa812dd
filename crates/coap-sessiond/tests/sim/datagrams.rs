//! Datagrams: as they are, in parts, and as records of a stream.
use crate::node::opening;
use crate::socket::{Socket, bytes};
use crate::wires::Wires;
use coap_proto::wire::Code;
use coap_sessiond::model::{Capabilities, Transport};
use coap_sessiond::protocol::{End, Reason, Settings, TunnelId};
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
fn a_socket_that_takes_nothing_for_a_while_misses_nothing() {
    let settings = Settings { buffer: 128 << 10, ..Settings::default() };
    let mut wires = Wires::with(4, settings);
    wires.nodes[3].targets.push_back(Ok(Socket { reads: 0, ..Socket::open() }));
    let (now, reliable) = (wires.now, Capabilities { retransmission: true, ..Default::default() });
    let path = opening(&[1, 2, 3], Transport::Udp, reliable);
    let tunnel = wires.nodes[0].open(now, &path, Socket::open());
    wires.settle();
    let mut rng = fastrand::Rng::with_seed(3);
    let mut sent = Vec::new();
    // Its sender reads its own socket only while there is room.
    let mut send_all = |wires: &mut Wires, sent: &mut Vec<Vec<u8>>| {
        while wires.nodes[0].core.has_room_for_datagram(tunnel) {
            let next = bytes(sent.len() as u64, [0, 1, 1500, 9000, 65_535][rng.usize(..5)]);
            assert!(wires.nodes[0].core.local_datagram(now, tunnel, &next), "there is room for any");
            sent.push(next);
            wires.settle();
        }
    };
    send_all(&mut wires, &mut sent);
    for node in &wires.nodes {
        let held = node.core.held();
        assert!((64 << 10..130 << 10).contains(&held.tunnel_bytes), "full, and no more: {held:?}");
        assert_eq!((held.messages, held.queued), (0, 0), "nothing is on its way");
    }
    for _ in 0..200 {
        let exit = &mut wires.nodes[3];
        exit.target(0).reads = 3;
        exit.work(now);
        exit.target(0).reads = 0;
        wires.settle();
        send_all(&mut wires, &mut sent);
    }
    wires.nodes[3].target(0).reads = usize::MAX;
    wires.settle();
    assert!(sent.len() > 500 && wires.nodes[3].target(0).datagrams == sent, "all of them, in order");
    assert!(wires.nodes.iter().all(|node| node.core.counters().dropped == 0));
    assert!(wires.nodes[0].socket(tunnel).resumed > 20);
}

#[test]
fn what_the_system_refuses_for_good_is_dropped_counted_and_passed_over() {
    let mut wires = Wires::new(3);
    wires.nodes[2].targets.push_back(Ok(Socket { reads: 0, ..Socket::open() }));
    let (now, reliable) = (wires.now, Capabilities { retransmission: true, ..Default::default() });
    let tunnel = wires.nodes[0].open(now, &opening(&[1, 2], Transport::Udp, reliable), Socket::open());
    wires.settle();
    for datagram in [&b"too long"[..], b"short"] {
        assert!(wires.nodes[0].core.local_datagram(now, tunnel, datagram));
    }
    wires.settle();
    let exit = &mut wires.nodes[2];
    let at_target = exit.connected[0];
    assert_eq!(exit.core.readable_record(at_target).as_deref(), Some(&b"too long"[..]));
    assert_eq!(exit.core.readable_record(at_target).as_deref(), Some(&b"too long"[..]), "until it is taken");
    exit.core.record_taken(now, at_target, false);
    assert_eq!(exit.core.readable_record(at_target).as_deref(), Some(&b"short"[..]));
    exit.core.record_taken(now, at_target, true);
    assert_eq!((exit.core.counters().dropped, exit.core.counters().bytes), (1, (0, 5)));
    assert_eq!(exit.core.status(now, at_target).map(|status| status.losses), Some(1));
}

#[test]
fn a_message_full_of_empty_datagrams_is_little_work_at_a_time() {
    let mut wires = Wires { is_stream: true, max_payload: 16 << 10, ..Wires::new(2) };
    wires.nodes[1].targets.push_back(Ok(Socket::open()));
    let (now, reliable) = (wires.now, Capabilities { retransmission: true, ..Default::default() });
    wires.nodes[0].open(now, &opening(&[1], Transport::Udp, reliable), Socket::open());
    wires.settle();
    let link = wires.links_of(1)[0];
    let frame = [&[0; 13][..], &[0; 2 * 8000]].concat();
    assert_eq!(wires.forge(1, link, &frame), Code::CHANGED);
    let held = wires.nodes[1].core.held();
    assert!(held.queued <= 1 && held.tunnel_bytes < 18 << 10, "{held:?}");
    wires.settle();
    assert_eq!(wires.nodes[1].target(0).datagrams.len(), 8000);
}

#[test]
fn a_stream_that_ends_within_a_datagram_breaks_the_protocol_when_those_before_are_taken() {
    let mut wires = Wires::new(2);
    wires.nodes[1].targets.push_back(Ok(Socket { reads: 0, ..Socket::open() }));
    let (now, reliable) = (wires.now, Capabilities { retransmission: true, ..Default::default() });
    wires.nodes[0].open(now, &opening(&[1], Transport::Udp, reliable), Socket::open());
    wires.settle();
    let link = wires.links_of(1)[0];
    let last = [&[1, 0, 0, 0, 0][..], &[0; 8], &[0, 1, b'a', 0, 2, b'b']].concat();
    assert_eq!(wires.forge(1, link, &last), Code::CHANGED);
    wires.settle();
    assert_eq!(wires.nodes[1].target(0).end(), None, "there is a whole one first");
    wires.nodes[1].target(0).reads = 1;
    wires.settle();
    assert_eq!(wires.nodes[1].target(0).datagrams, [b"a"]);
    assert_eq!(wires.nodes[1].target(0).end(), Some(End::Aborted(Reason::Protocol)));
}

#[test]
fn a_service_of_the_node_sends_everything_back_however_slow_the_line() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let mut wires = Wires::new(3);
        let (now, capabilities) = (wires.now, Capabilities { retransmission: true, ..Default::default() });
        wires.nodes[2].is_slow = true;
        let tunnel = wires.nodes[0].open(now, &opening(&[1, 2], transport, capabilities), Socket::open());
        wires.settle();
        let (at_exit, _) = wires.nodes[2].asked[0];
        wires.nodes[2].sends_back.push(at_exit);
        wires.nodes[2].core.connected(now, at_exit);
        wires.nodes[0].socket(tunnel).reads = 0;
        let sent: Vec<_> = (0..80).map(|seed| bytes(seed, 30_000)).collect();
        let mut left = sent.iter();
        while wires.nodes[0].core.has_room_for_datagram(tunnel) && wires.nodes[0].core.room(tunnel) >= 65_537
        {
            let Some(next) = left.next() else { break };
            let core = &mut wires.nodes[0].core;
            match transport {
                Transport::Tcp => assert_eq!(core.local_data(now, tunnel, next), next.len()),
                Transport::Udp => assert!(core.local_datagram(now, tunnel, next)),
            }
            wires.settle();
        }
        assert!(left.len() > 0, "what comes back is not read, and so there is no more room");
        let sent = &sent[..sent.len() - left.len()];
        wires.nodes[0].socket(tunnel).reads = usize::MAX;
        wires.settle();
        let socket = wires.nodes[0].socket(tunnel);
        match transport {
            Transport::Tcp => assert!(socket.got == sent.concat()),
            Transport::Udp => assert!(socket.datagrams == sent),
        }
    }
}

#[test]
fn an_idle_tunnel_of_datagrams_ends() {
    let mut wires = Wires::new(3);
    let tunnel = open(&mut wires, Capabilities::default());
    wires.run_for(Duration::from_secs(181));
    assert_eq!(wires.nodes[0].socket(tunnel).end(), Some(End::Aborted(Reason::Idle)));
    assert_eq!(wires.nodes[2].target(0).end(), Some(End::Aborted(Reason::Idle)));
}

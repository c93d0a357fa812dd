//! The cost rule: the work for one message does not depend on how much there is.
use super::testing::{CLIENT, Pair, SERVER, address};
use crate::arena::visits;
use crate::engine::{Config, Connect, Path};
use crate::wire::{Code, MessageType, Pdu, Protocol, option};
use std::time::Duration;

/// How often an object of the engines is looked at meanwhile: sessions, messages, answers, observers, transfers,
/// requests that are put off, resources, endpoints. (Deadlines are not counted: a heap of them costs a logarithm.)
fn cost_of(pair: &mut Pair, work: impl FnOnce(&mut Pair)) -> usize {
    let before = visits();
    work(pair);
    visits() - before
}

/// A server with that many peers, half of which have not acknowledged what it sent them.
fn crowd(peers: u32) -> Pair {
    let mut pair = Pair::new();
    let ping = Pdu::new(MessageType::Con, Code::EMPTY, 1, 0).encode_udp().to_vec();
    for n in 0..peers {
        let peer = address(&format!("198.{}.{}.{}:1", 18 + n / 62_500, n / 250 % 250, n % 250));
        pair.inject(peer, address(SERVER), &ping);
        if n % 2 == 0 {
            let id = pair.server.find_session(&peer, 1).unwrap();
            for mid in 0..3 {
                let mut notification = Pdu::new(MessageType::Con, Code::CONTENT, mid, 0);
                notification.set_token(&n.to_be_bytes()).unwrap();
                pair.server.send(pair.now, id, notification).unwrap();
            }
        }
    }
    pair.pump();
    pair
}

/// A request, a duplicate, a response that is acknowledged, one that is rejected, a message to nobody, and
/// time.
fn one_of_each(pair: &mut Pair) -> Vec<usize> {
    let mut get = Pdu::new(MessageType::Con, Code::GET, 9, 0);
    get.set_token(b"t").unwrap();
    get.add_option(option::URI_PATH, b"test").unwrap();
    let get = get.encode_udp().to_vec();
    let client = address(CLIENT);
    let mut counts = Vec::new();
    for _ in 0..2 {
        counts.push(cost_of(pair, |pair| {
            pair.inject(client, address(SERVER), &get);
            pair.pump();
        }));
    }
    let id = pair.server.find_session(&client, 1).unwrap();
    for kind in [MessageType::Ack, MessageType::Rst, MessageType::Rst] {
        counts.push(cost_of(pair, |pair| {
            if counts_sends(kind, pair) {
                let mut late = Pdu::new(MessageType::Con, Code::CONTENT, 5, 0);
                late.set_token(b"t").unwrap();
                pair.server.send(pair.now, id, late).unwrap();
            }
            pair.inject(client, address(SERVER), Pdu::new(kind, Code::EMPTY, 5, 0).encode_udp());
        }));
    }
    counts.push(cost_of(pair, |pair| pair.server.handle_timeout(pair.now + Duration::from_millis(1))));
    counts
}

fn counts_sends(kind: MessageType, pair: &Pair) -> bool {
    kind == MessageType::Ack || !pair.server.pending()
}

#[test]
fn a_message_costs_the_same_among_ten_and_among_ten_thousand_peers() {
    let (few, many) = (one_of_each(&mut crowd(10)), one_of_each(&mut crowd(10_000)));
    assert_eq!(few, many);
    assert!(many.iter().all(|visits| *visits <= 80), "{many:?}");
}

/// Peers that have asked once, from these addresses.
fn askers(config: Config, count: u32, address_of: fn(u32) -> String) -> Pair {
    let mut pair = Pair::with(Config::default(), config);
    let get = pair.get().encode_udp().to_vec();
    for n in 0..count {
        pair.inject(address(&address_of(n)), address(SERVER), &get);
        pair.pump();
    }
    pair
}

fn cost_of_a_request(pair: &mut Pair) -> usize {
    let get = pair.get().encode_udp().to_vec();
    cost_of(pair, |pair| {
        pair.inject(address("203.0.113.1:1"), address(SERVER), &get);
        pair.pump();
    })
}

#[test]
fn nobody_can_choose_addresses_that_make_others_dearer() {
    // With a hash that multiplies the halves of an address after mixing known numbers in, all of these are one.
    let alike = |n| format!("[c0ac:29b7:c97c:50dd:{:x}:{:x}::]:7", n >> 8, n & 255);
    let cost = |count| cost_of_a_request(&mut askers(Config::default(), count, alike));
    let (few, many) = (cost(10), cost(5_000));
    assert!(many <= few + 2, "{few} among ten, {many} among 5,000");
    let last = |count| {
        let mut pair = askers(Config::default(), count, alike);
        let get = pair.get().encode_udp().to_vec();
        cost_of(&mut pair, |pair| pair.inject(address(&alike(count - 1)), address(SERVER), &get))
    };
    let (few, many) = (last(10), last(5_000));
    assert!(many <= few + 2, "{few} among ten, {many} among 5,000");
}

#[test]
fn the_first_message_after_a_silence_does_not_pay_for_what_was_before() {
    let cost = |count| {
        let config = Config { session_timeout: Duration::from_secs(10_000), ..Config::default() };
        let mut pair = askers(config, count, |n| format!("198.51.{}.{}:1", n / 250, n % 250));
        pair.wait(Duration::from_secs(300));
        cost_of_a_request(&mut pair)
    };
    let (few, many) = (cost(10), cost(5_000));
    assert!(many <= few + 2, "{few} after ten, {many} after 5,000");
}

#[test]
fn a_message_costs_the_same_however_many_wait_in_its_session() {
    let cost = |waiting: u16| {
        let mut pair = Pair::new();
        pair.lose = usize::MAX;
        let id = pair.session;
        for mid in 0..=waiting {
            pair.client.send(pair.now, id, Pdu::new(MessageType::Con, Code::GET, mid, 0)).unwrap();
        }
        pair.pump();
        let before = visits();
        let ack = Pdu::new(MessageType::Ack, Code::CONTENT, 0, 0).encode_udp().to_vec();
        pair.inject_to_client(address(SERVER), &ack);
        pair.client.cancel(id, waiting).unwrap();
        pair.client.send(pair.now, id, Pdu::new(MessageType::Con, Code::GET, 60_000, 0)).unwrap();
        visits() - before
    };
    assert_eq!(cost(10), cost(20_000));
}

#[test]
fn a_separate_response_costs_the_same_however_many_wait_with_its_token() {
    let cost = |waiting: u16| {
        let mut pair = Pair::new();
        pair.lose = usize::MAX;
        let id = pair.session;
        for mid in 0..=waiting {
            pair.client.send(pair.now, id, Pdu::new(MessageType::Con, Code::GET, mid, 0)).unwrap();
        }
        pair.pump();
        let before = visits();
        for mid in 0..3 {
            let response = Pdu::new(MessageType::Non, Code::CONTENT, mid, 0).encode_udp().to_vec();
            pair.inject_to_client(address(SERVER), &response);
        }
        assert!(pair.client.cancel(id, 2).is_none() && pair.client.cancel(id, 3).is_some());
        visits() - before
    };
    assert_eq!(cost(10), cost(60_000));
}

#[test]
fn a_new_peer_costs_the_same_when_another_makes_room() {
    let cost = |limit: usize| {
        let mut pair = crowd(10);
        pair.server.config_mut().max_idle_sessions = limit;
        let ping = Pdu::new(MessageType::Con, Code::EMPTY, 1, 0).encode_udp().to_vec();
        for port in 1..=limit as u16 {
            pair.inject(address(&format!("203.0.113.1:{port}")), address(SERVER), &ping);
            pair.pump();
        }
        cost_of(&mut pair, |pair| {
            pair.inject(address("203.0.113.2:1"), address(SERVER), &ping);
            pair.pump();
        })
    };
    assert_eq!(cost(10), cost(5000));
}

#[test]
fn a_client_with_many_sessions_finds_the_one_it_needs() {
    let mut pair = Pair::new();
    for port in 1..2000u16 {
        let local = Some(address(&format!("192.0.2.1:{port}")));
        let to = Connect { local, remote: address(SERVER), protocol: Protocol::Udp };
        pair.client.connect(pair.now, to).unwrap();
    }
    let before = visits();
    let request = pair.get();
    assert_eq!(pair.ask(request), Some(Code::CONTENT));
    assert!(visits() - before < 200);
}

#[test]
fn a_message_on_a_stream_costs_the_same_among_ten_and_among_two_thousand() {
    let cost = |count: u16| {
        let mut pair = Pair::tcp(Config::default(), Config::default());
        for port in 1..=count {
            let path = Path::new(address(SERVER), address(&format!("203.0.113.1:{port}")), 0);
            let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
            // Half of them stall in the middle of a message.
            let half = if port % 2 == 0 { &b"\x00\xe1"[..] } else { b"\x00\xe1\xd0" };
            pair.server.handle_stream(pair.now, id, half);
        }
        pair.pump();
        let get = pair.get();
        cost_of(&mut pair, |pair| {
            pair.send(get);
            pair.server.handle_timeout(pair.now + Duration::from_millis(1));
        })
    };
    let (few, many) = (cost(10), cost(2000));
    assert_eq!(few, many);
    assert!(many < 160, "client and server: {many}");
}

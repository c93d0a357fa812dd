//! However a network treats the datagrams, a request handler runs at most once a request.
use coap_proto::{
    engine::Config,
    wire::{Code, MessageType, Pdu},
};
use coap_sim::{Ending, Line, Network, NodeId, Peer, Sent, for_each_seed};
use std::{collections::HashMap, time::Duration};

/// EXCHANGE_LIFETIME and NON_LIFETIME with the default parameters (RFC 7252 section 4.8.2).
const EXCHANGE_LIFETIME: Duration = Duration::from_secs(247);
const NON_LIFETIME: Duration = Duration::from_secs(145);

/// A server that answers each run of its handler with another number.
fn add_counting_server(net: &mut Network) -> NodeId {
    let server = net.add_node();
    let mut runs = 0;
    net.offer(server, "count", move |call| {
        runs += 1;
        call.answer(Code::CHANGED, format!("run {runs}").as_bytes());
    });
    server
}

fn runs_of(net: &Network, server: NodeId, request: &Sent) -> usize {
    net.served(server).filter(|served| served.token() == request.token).count()
}

/// Requests of three clients, some at once, some after a while.
fn send_some_requests(net: &mut Network, server: NodeId, kind: MessageType) -> Vec<Sent> {
    let peers: Vec<Peer> = (0..3).map(|_| net.add_client(server)).collect();
    let mut sent = Vec::new();
    for round in 0..4 {
        for &peer in &peers {
            let mut request = net.new_request(peer, kind, Code::POST, "count");
            request.set_payload(format!("round {round}").as_bytes()).expect("fits");
            sent.push(net.send(peer, request));
        }
        let pause = net.rng().u64(0..5000);
        net.run_for(Duration::from_millis(pause));
    }
    sent
}

#[test]
fn a_confirmable_request_runs_once_and_ends_once() {
    for_each_seed(0..300, |seed| {
        let mut net = Network::new(seed);
        let line = Line::rough(net.rng());
        net.set_line(line);
        let server = add_counting_server(&mut net);
        let requests = send_some_requests(&mut net, server, MessageType::Con);
        net.settle();
        for request in &requests {
            let endings = net.endings(request);
            let runs = runs_of(&net, server, request);
            match endings.as_slice() {
                [Ending::Response(code, _)] => assert_eq!((*code, runs), (Code::CHANGED, 1)),
                [Ending::Nack(_)] => assert!(runs <= 1, "{runs} runs"),
                _ => panic!("not one ending: {endings:?}"),
            }
        }
    });
}

#[test]
fn a_non_confirmable_request_runs_at_most_once() {
    for_each_seed(0..200, |seed| {
        let mut net = Network::new(seed);
        let line = Line { duplication: 0.5, ..Line::rough(net.rng()) };
        net.set_line(line);
        let server = add_counting_server(&mut net);
        let requests = send_some_requests(&mut net, server, MessageType::Non);
        net.settle();
        for request in &requests {
            let runs = runs_of(&net, server, request);
            let endings = net.endings(request);
            assert!(runs <= 1, "{runs} runs");
            assert!(endings.len() <= runs, "{endings:?} of {runs} runs");
        }
    });
}

#[test]
fn a_duplicate_gets_the_same_bytes_again() {
    for_each_seed(0..50, |seed| {
        let mut net = Network::new(seed);
        net.capture();
        net.set_line(Line { duplication: 1.0, jitter: Duration::from_secs(1), loss: 0.2, ..Line::default() });
        let server = add_counting_server(&mut net);
        send_some_requests(&mut net, server, MessageType::Con);
        net.settle();
        let mut replies = HashMap::new();
        for reply in net.captured().iter().filter(|capture| capture.from == net.address(server)) {
            let first = replies.entry((reply.to, reply.header().2)).or_insert(&reply.bytes);
            assert_eq!(*first, &reply.bytes);
        }
        let duplicates = net.captured().len() - replies.len();
        assert!(duplicates > replies.len(), "the server was asked again, often");
    });
}

/// Sends the same bytes to the server after each of these times; tells how many runs that makes.
fn runs_when_repeated(kind: MessageType, after: &[Duration]) -> Vec<usize> {
    let mut net = Network::new(5);
    let server = add_counting_server(&mut net);
    let stranger = "192.0.2.1:40000".parse().expect("an address");
    let mut request = Pdu::new(kind, Code::POST, 77, 0);
    request.add_option(11, b"count").expect("fits");
    let bytes = request.encode_udp().to_vec();
    let mut runs = Vec::new();
    for &time in after {
        let pause = time.saturating_sub(net.elapsed());
        net.run_for(pause);
        net.inject(stranger, net.address(server), &bytes);
        runs.push(net.served(server).count());
    }
    runs
}

#[test]
fn a_message_id_may_be_used_again_after_its_lifetime() {
    let second = Duration::from_secs(1);
    for (kind, lifetime) in [(MessageType::Con, EXCHANGE_LIFETIME), (MessageType::Non, NON_LIFETIME)] {
        let times = [Duration::ZERO, second, lifetime - second, lifetime + second];
        assert_eq!(runs_when_repeated(kind, &times), [1, 1, 1, 2], "{kind:?}");
    }
}

#[test]
fn the_same_message_id_of_another_peer_is_another_request() {
    let mut net = Network::new(6);
    let server = add_counting_server(&mut net);
    let mut request = Pdu::new(MessageType::Con, Code::POST, 77, 0);
    request.add_option(11, b"count").expect("fits");
    for port in 40000..40010 {
        let stranger = format!("192.0.2.1:{port}").parse().expect("an address");
        net.inject(stranger, net.address(server), request.encode_udp());
    }
    assert_eq!(net.served(server).count(), 10);
}

#[test]
fn equal_requests_with_other_message_ids_are_other_requests() {
    let mut net = Network::new(8);
    let server = add_counting_server(&mut net);
    let stranger = "192.0.2.1:40000".parse().expect("an address");
    for mid in 1..=10 {
        let mut request = Pdu::new(MessageType::Con, Code::POST, mid, 0);
        request.add_option(11, b"count").expect("fits");
        net.inject(stranger, net.address(server), request.encode_udp());
    }
    assert_eq!(net.served(server).count(), 10);
}

/// Sends so many requests from an address.
fn flood(net: &mut Network, server: NodeId, from: &str, count: u16) {
    let stranger = from.parse().expect("an address");
    for mid in 0..count {
        let mut request = Pdu::new(MessageType::Con, Code::POST, mid, 0);
        request.add_option(11, b"count").expect("fits");
        net.inject(stranger, net.address(server), request.encode_udp());
    }
}

#[test]
fn a_peer_that_floods_only_loses_its_own_place_in_the_cache() {
    let mut net = Network::new(9);
    let server = add_counting_server(&mut net);
    net.engine(server).config_mut().reply_cache_bytes = 500_000;
    flood(&mut net, server, "192.0.2.1:40000", 1);
    flood(&mut net, server, "192.0.2.2:40000", 10_000);
    let before = net.served(server).count();
    flood(&mut net, server, "192.0.2.1:40000", 1);
    assert_eq!(net.served(server).count(), before, "still known as a duplicate");
}

#[test]
fn the_cache_of_all_peers_together_is_bounded() {
    let mut net = Network::new(10);
    let limit = 200_000;
    let server = net.add_node_with(Config { reply_cache_bytes: limit, ..Config::default() });
    net.offer(server, "count", |call| call.answer(Code::CHANGED, &[b'x'; 500]));
    for peer in 1..200 {
        flood(&mut net, server, &format!("192.0.2.{peer}:40000"), 20);
        let held = net.engine(server).census().reply_bytes;
        assert!(held <= limit, "{held} bytes");
    }
    assert!(net.engine(server).census().reply_bytes > limit / 2, "and made use of");
}

#[test]
fn an_error_is_not_worked_out_again_for_a_duplicate() {
    let mut net = Network::new(7);
    net.capture();
    net.set_line(Line { duplication: 1.0, ..Line::default() });
    let server = add_counting_server(&mut net);
    let peer = net.add_client(server);
    let request = net.get(peer, "nowhere");
    net.settle();
    assert_eq!(net.code(&request), Code::NOT_FOUND);
    let mut replies = net.captured().iter().filter(|capture| capture.from == net.address(server));
    let first = replies.next().expect("a reply");
    assert_eq!(replies.map(|reply| &reply.bytes).collect::<Vec<_>>(), [&first.bytes]);
}

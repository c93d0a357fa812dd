//! Is the peer still there? Empty confirmable messages (RFC 7252 section 4.3) tell.
use coap_proto::{
    engine::{Config, NackReason, SessionEvent},
    wire::{Code, MessageType},
};
use coap_sim::{Line, Network, NodeId, Outcome, Peer, for_each_seed};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn pings(net: &Network, node: NodeId) -> usize {
    net.count(node, |entry| matches!(entry.outcome, Outcome::Ping))
}

fn pongs(net: &Network, node: NodeId) -> usize {
    net.count(node, |entry| matches!(entry.outcome, Outcome::Pong))
}

fn client_with_keepalive(net: &mut Network, seconds: u64) -> (NodeId, Peer) {
    let server = net.add_node();
    net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
    let keepalive = Some(Duration::from_secs(seconds));
    let client = net.add_node_with(Config { keepalive, ..Config::default() });
    (server, net.connect(client, server))
}

#[test]
fn a_ping_is_answered_with_a_reset() {
    let mut net = Network::new(1);
    net.capture();
    let (server, peer) = client_with_keepalive(&mut net, 1000);
    let now = net.now();
    let mid = net.engine(peer.node).ping(now, peer.session).expect("alive");
    net.settle();
    let headers: Vec<_> = net.captured().iter().map(|capture| capture.header()).collect();
    assert_eq!(headers, [(MessageType::Con, Code::EMPTY, mid), (MessageType::Rst, Code::EMPTY, mid)]);
    assert_eq!(pings(&net, server), 1);
    assert!(!net.engine(peer.node).pending());
}

#[test]
fn a_quiet_session_is_kept_alive() {
    let mut net = Network::new(2);
    let (server, peer) = client_with_keepalive(&mut net, 30);
    net.run_for(301 * SECOND);
    assert!((9..=10).contains(&pings(&net, server)), "{}", pings(&net, server));
    assert_eq!(pongs(&net, peer.node), pings(&net, server));
    assert_eq!(net.session_events(peer.node).count(), 0);
    assert_eq!(net.count(peer.node, |entry| matches!(entry.outcome, Outcome::Nack { .. })), 0);
}

#[test]
fn a_busy_session_is_not_pinged() {
    let mut net = Network::new(3);
    let (server, peer) = client_with_keepalive(&mut net, 30);
    for _ in 0..20 {
        net.get(peer, "hello");
        net.run_for(20 * SECOND);
    }
    assert_eq!(pings(&net, server), 0);
}

#[test]
fn a_dead_peer_is_noticed() {
    for_each_seed(0..50, |seed| {
        let mut net = Network::new(seed);
        let (_, peer) = client_with_keepalive(&mut net, 30);
        net.run_for(100 * SECOND);
        assert_eq!(net.session_events(peer.node).count(), 0);
        net.set_line(Line::dead());
        net.run_for(200 * SECOND);
        let failed =
            net.session_events(peer.node).filter(|&event| event == SessionEvent::KeepaliveFailed).count();
        assert!(failed >= 1, "{failed}");
    });
}

#[test]
fn sessions_without_keepalive_are_left_alone() {
    let mut net = Network::new(4);
    net.capture();
    let server = net.add_node();
    net.add_client(server);
    net.run_for(3600 * SECOND);
    assert!(net.captured().is_empty());
}

#[test]
fn a_ping_without_answer_is_given_up() {
    let mut net = Network::new(5);
    net.capture();
    net.set_line(Line::dead());
    let server = net.add_node();
    let peer = net.add_client(server);
    let now = net.now();
    let mid = net.engine(peer.node).ping(now, peer.session).expect("alive");
    net.settle();
    assert_eq!(net.captured().len(), 5);
    let gave_up = |entry: &coap_sim::Entry| {
        let Outcome::Nack { reason, mid: of, .. } = entry.outcome else { return false };
        reason == NackReason::TooManyRetries && of == mid
    };
    assert_eq!(net.count(peer.node, gave_up), 1);
}

#[test]
fn a_flood_of_pings_is_not_mirrored() {
    let mut net = Network::new(6);
    net.capture();
    let server = net.add_node();
    let stranger = "192.0.2.1:40000".parse().expect("an address");
    for second in 1..=10 {
        for mid in 0..100 {
            net.inject(stranger, net.address(server), &[0x40, 0, second, mid]);
        }
        net.run_for(SECOND);
    }
    let resets = net.captured().len();
    assert!((10..=40).contains(&resets), "{resets} resets for 1,000 pings in 10 seconds");
}

//! Sessions come, rest and go, and leave nothing behind.
use coap_proto::{
    engine::{Census, Config, NackReason, SendError, SessionEvent, SessionId},
    wire::{Code, MessageType},
};
use coap_sim::{Ending, Line, Network, NodeId, Outcome, Peer, for_each_seed};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn add_server(net: &mut Network, config: Config) -> NodeId {
    let server = net.add_node_with(config);
    net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
    server
}

fn sessions(net: &mut Network, node: NodeId) -> Vec<SessionId> {
    net.engine(node).sessions().collect()
}

/// One request, and its response.
fn greet(net: &mut Network, peer: Peer) {
    let request = net.get(peer, "hello");
    net.settle();
    assert_eq!(net.code(&request), Code::CONTENT);
}

/// Everything has ended: nothing is left to wait for, no session, no queue.
fn assert_nothing_left(net: &mut Network, node: NodeId) {
    let engine = net.engine(node);
    assert_eq!(engine.census(), Census::default());
    assert_eq!(engine.poll_timeout(), None);
    assert!(!engine.pending());
}

#[test]
fn nothing_is_left_when_everything_has_ended() {
    for_each_seed(0..200, |seed| {
        let mut net = Network::new(seed);
        let line = Line { loss: 0.5, ..Line::rough(net.rng()) };
        net.set_line(line);
        let server = add_server(&mut net, Config::default());
        let peers: Vec<_> = (0..3).map(|_| net.add_client(server)).collect();
        for (n, &peer) in peers.iter().enumerate() {
            net.get(peer, "hello");
            net.get(peer, "nowhere");
            net.get_non(peer, "hello");
            if n > 0 {
                // The others end their sessions while requests wait.
                let pause = net.rng().u64(0..10_000);
                net.run_for(Duration::from_millis(pause));
                let now = net.now();
                assert!(net.engine(peer.node).release(now, peer.session));
            }
        }
        net.settle();
        let now = net.now();
        assert!(net.engine(peers[0].node).release(now, peers[0].session));
        net.run_out();
        assert_nothing_left(&mut net, server);
        for peer in peers {
            assert_nothing_left(&mut net, peer.node);
        }
    });
}

#[test]
fn a_server_session_rests_five_minutes_and_goes() {
    let mut net = Network::new(1);
    let server = add_server(&mut net, Config::default());
    let peer = net.add_client(server);
    greet(&mut net, peer);
    net.run_for(200 * SECOND);
    greet(&mut net, peer);
    net.run_for(299 * SECOND);
    assert_eq!(sessions(&mut net, server).len(), 1, "the second request began the time anew");
    net.run_for(2 * SECOND);
    assert_eq!(sessions(&mut net, server), []);
    let events: Vec<_> = net.session_events(server).collect();
    assert_eq!(events, [SessionEvent::ServerNew, SessionEvent::ServerDeleted]);
    assert_eq!(net.count(server, |entry| matches!(entry.outcome, Outcome::Closed)), 1);
}

#[test]
fn the_time_that_a_server_session_rests_can_be_set() {
    let mut net = Network::new(2);
    let server = add_server(&mut net, Config { session_timeout: 20 * SECOND, ..Config::default() });
    let peer = net.add_client(server);
    greet(&mut net, peer);
    net.run_for(19 * SECOND);
    assert_eq!(sessions(&mut net, server).len(), 1);
    net.run_for(2 * SECOND);
    assert_eq!(sessions(&mut net, server), []);
    greet(&mut net, peer);
    assert_eq!(sessions(&mut net, server).len(), 1, "a new one for the same peer");
}

#[test]
fn a_server_session_stays_while_it_is_referenced() {
    let mut net = Network::new(3);
    let server = add_server(&mut net, Config::default());
    let peer = net.add_client(server);
    greet(&mut net, peer);
    let session = sessions(&mut net, server)[0];
    assert!(net.engine(server).reference(session));
    net.run_for(1000 * SECOND);
    assert_eq!(sessions(&mut net, server), [session]);
    let now = net.now();
    assert!(net.engine(server).release(now, session));
    assert!(!net.engine(server).release(now, session), "there is nothing more to release");
    net.run_for(1000 * SECOND);
    assert_eq!(sessions(&mut net, server), []);
}

#[test]
fn the_oldest_resting_session_makes_room() {
    let mut net = Network::new(4);
    let server = add_server(&mut net, Config { max_idle_sessions: 3, ..Config::default() });
    let peers: Vec<_> = (0..3).map(|_| net.add_client(server)).collect();
    for &peer in &peers {
        greet(&mut net, peer);
        net.run_for(SECOND);
    }
    let of = |net: &mut Network, peer: Peer| {
        let local = *net.engine(peer.node).session(peer.session).expect("alive").local();
        net.engine(server).find_session(&local, 1)
    };
    assert!(peers.iter().all(|&peer| of(&mut net, peer).is_some()));
    // The first spoke last, if only to no handler.
    net.get(peers[0], "nowhere");
    net.settle();
    let newcomer = net.add_client(server);
    greet(&mut net, newcomer);
    assert_eq!(of(&mut net, peers[1]), None);
    assert!([peers[0], peers[2], newcomer].iter().all(|&peer| of(&mut net, peer).is_some()));
    assert_eq!(sessions(&mut net, server).len(), 3);
}

#[test]
fn a_server_session_stays_while_a_message_waits_for_its_acknowledgement() {
    let mut net = Network::new(11);
    let server = add_server(&mut net, Config { session_timeout: SECOND, ..Config::default() });
    let peer = net.add_client(server);
    greet(&mut net, peer);
    net.set_line(Line::dead());
    let back = Peer { node: server, session: sessions(&mut net, server)[0] };
    let message = net.new_request(back, MessageType::Con, Code::CONTENT, "");
    let message = net.send(back, message);
    net.settle();
    assert_eq!(net.endings(&message), [Ending::Nack(NackReason::TooManyRetries)]);
    net.run_for(2 * SECOND);
    assert_eq!(sessions(&mut net, server), []);
}

#[test]
fn a_server_does_not_hoard_messages_for_a_client_that_fell_silent() {
    let mut net = Network::new(13);
    let server = add_server(&mut net, Config::default());
    let peer = net.add_client(server);
    greet(&mut net, peer);
    net.set_line(Line::dead());
    let back = Peer { node: server, session: sessions(&mut net, server)[0] };
    let refused = (0..10_000).find_map(|_| {
        let message = net.new_request(back, MessageType::Con, Code::CONTENT, "");
        net.try_send(back, message).err()
    });
    assert_eq!(refused, Some(SendError::QueueFull));
}

#[test]
fn a_released_client_session_ends_after_its_last_message() {
    let mut net = Network::new(12);
    let server = add_server(&mut net, Config::default());
    let peer = net.add_client(server);
    let requests: Vec<_> = (0..3).map(|_| net.get(peer, "hello")).collect();
    let now = net.now();
    assert!(net.engine(peer.node).release(now, peer.session));
    net.settle();
    assert!(requests.iter().all(|request| net.code(request) == Code::CONTENT));
    assert_nothing_left(&mut net, peer.node);
}

#[test]
fn a_disconnected_session_tells_of_every_message_that_waits() {
    let mut net = Network::new(5);
    net.set_line(Line::dead());
    let server = add_server(&mut net, Config::default());
    let peer = net.add_client(server);
    let requests: Vec<_> = (0..5).map(|_| net.get(peer, "hello")).collect();
    net.run_for(SECOND);
    let now = net.now();
    net.engine(peer.node).disconnect(now, peer.session, NackReason::NotDeliverable);
    net.settle();
    for request in &requests {
        assert_eq!(net.endings(request), [Ending::Nack(NackReason::NotDeliverable)]);
    }
    let late = net.new_request(peer, MessageType::Con, Code::GET, "hello");
    assert_eq!(net.try_send(peer, late), Err(SendError::NotConnected));
}

#[test]
fn a_closed_endpoint_takes_its_sessions_along() {
    let mut net = Network::new(6);
    let server = add_server(&mut net, Config::default());
    let peers: Vec<_> = (0..4).map(|_| net.add_client(server)).collect();
    peers.iter().for_each(|&peer| greet(&mut net, peer));
    let (now, endpoint) = (net.now(), net.endpoint(server));
    net.engine(server).close_endpoint(now, endpoint);
    net.run_for(SECOND);
    assert_nothing_left(&mut net, server);
    let deleted = net.session_events(server).filter(|&event| event == SessionEvent::ServerDeleted);
    assert_eq!(deleted.count(), 4);
}

#[test]
fn a_handler_may_let_its_own_session_go() {
    let mut net = Network::new(7);
    let server = net.add_node();
    net.offer(server, "bye", |call| {
        call.engine.disconnect(call.now, call.session, NackReason::NotDeliverable);
        call.answer(Code::CONTENT, b"bye");
    });
    let peer = net.add_client(server);
    net.get(peer, "bye");
    net.run_for(300 * SECOND);
    let now = net.now();
    net.engine(peer.node).release(now, peer.session);
    net.run_out();
    assert_nothing_left(&mut net, server);
    assert_nothing_left(&mut net, peer.node);
}

#[test]
fn a_handler_may_remove_its_own_resource() {
    let mut net = Network::new(9);
    let server = net.add_node();
    net.offer(server, "once", |call| {
        call.engine.remove_resource(call.now, call.resource);
        call.answer(Code::DELETED, b"");
    });
    let peer = net.add_client(server);
    let (first, second) = (net.get(peer, "once"), net.get(peer, "once"));
    net.settle();
    assert_eq!(net.code(&first), Code::DELETED);
    assert_eq!(net.code(&second), Code::NOT_FOUND);
}

#[test]
fn a_handler_may_close_the_endpoint_that_the_request_came_by() {
    let mut net = Network::new(10);
    let server = net.add_node();
    let endpoint = net.endpoint(server);
    net.offer(server, "stop", move |call| {
        call.engine.close_endpoint(call.now, endpoint);
        call.answer(Code::CHANGED, b"");
    });
    let peer = net.add_client(server);
    net.get(peer, "stop");
    net.run_for(SECOND);
    assert_nothing_left(&mut net, server);
}

#[test]
fn commands_on_a_session_that_ended_are_refused() {
    let mut net = Network::new(8);
    let server = add_server(&mut net, Config::default());
    let peer = net.add_client(server);
    greet(&mut net, peer);
    let stale = net.new_request(peer, MessageType::Con, Code::GET, "hello");
    let now = net.now();
    assert!(net.engine(peer.node).release(now, peer.session));
    net.run_for(SECOND);
    assert!(net.try_send(peer, stale).is_err());
    let engine = net.engine(peer.node);
    assert!(
        !engine.reference(peer.session) && !engine.release(now, peer.session) && !engine.pin(peer.session)
    );
    assert!(engine.session(peer.session).is_none());
    assert_eq!(engine.ping(now, peer.session), None);
    assert_eq!(engine.new_mid(peer.session), None);
    engine.disconnect(now, peer.session, NackReason::NotDeliverable);
    engine.unpin(now, peer.session);
    engine.forget(peer.session);
    assert_nothing_left(&mut net, peer.node);
}

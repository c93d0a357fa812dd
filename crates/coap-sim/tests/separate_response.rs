//! Responses that come later than the acknowledgement (RFC 7252 section 5.2.2).
use coap_proto::{
    engine::SessionId,
    wire::{Code, MessageType, Pdu},
};
use coap_sim::{Ending, Line, Network, NodeId, Outcome, Peer, Sent, for_each_seed};
use std::time::Duration;

/// A server that needs time, and a client with one request there.
fn pending_request(net: &mut Network) -> (NodeId, Sent) {
    let server = net.add_node();
    net.offer(server, "slow", |_| {});
    let peer = net.add_client(server);
    let request = net.get(peer, "slow");
    (server, request)
}

fn session_of_the_request(net: &Network, server: NodeId) -> Option<SessionId> {
    let served = |entry: &&coap_sim::Entry| matches!(entry.outcome, Outcome::Served { .. });
    net.log(server).iter().find(served).map(|entry| entry.session)
}

fn respond(net: &mut Network, server: NodeId, kind: MessageType, request: &Sent) -> Sent {
    let session = session_of_the_request(net, server).expect("the request came");
    let mid = net.engine(server).new_mid(session).expect("alive");
    let mut response = Pdu::new(kind, Code::CONTENT, mid, 0);
    response.set_token(&request.token).expect("fits");
    response.set_payload(b"at last").expect("fits");
    net.send(Peer { node: server, session }, response)
}

#[test]
fn a_late_answer_is_acknowledged_and_delivered() {
    let mut net = Network::new(1);
    let (server, request) = pending_request(&mut net);
    net.run_for(Duration::from_secs(10));
    assert_eq!(net.endings(&request), [], "acknowledged, so neither repeated nor given up");
    assert!(!net.engine(request.peer.node).pending());
    respond(&mut net, server, MessageType::Con, &request);
    net.settle();
    assert_eq!(net.endings(&request), [Ending::Response(Code::CONTENT, b"at last".to_vec())]);
    assert!(!net.engine(server).pending(), "the server's response was acknowledged");
}

#[test]
fn a_late_answer_is_delivered_once_over_a_rough_line() {
    for_each_seed(0..200, |seed| {
        let mut net = Network::new(seed);
        let line = Line::rough(net.rng());
        net.set_line(line);
        let (server, request) = pending_request(&mut net);
        for _ in 0..20 {
            net.run_for(Duration::from_secs(5));
            if session_of_the_request(&net, server).is_some() {
                break;
            }
        }
        if session_of_the_request(&net, server).is_none() {
            net.settle();
            assert!(matches!(net.endings(&request)[..], [Ending::Nack(_)]));
            return;
        }
        let response = respond(&mut net, server, MessageType::Con, &request);
        net.settle();
        let delivered = net.endings(&request).iter().filter(|ending| ending.code().is_some()).count();
        let given_up = net.endings(&response).len();
        assert!(delivered <= 1, "{delivered} times");
        assert!(delivered == 1 || given_up == 1, "lost without a word");
        assert_eq!(net.served(server).count(), 1);
    });
}

#[test]
fn a_client_acknowledges_each_copy_of_a_separate_response() {
    let mut net = Network::new(3);
    let (server, request) = pending_request(&mut net);
    net.run_for(Duration::from_secs(1));
    net.set_line_between(server, request.peer.node, Line { duplication: 1.0, ..Line::default() });
    net.capture();
    let response = respond(&mut net, server, MessageType::Con, &request);
    net.settle();
    let acks = net.captured().iter().map(|capture| capture.header());
    assert_eq!(acks.filter(|&header| header == (MessageType::Ack, Code::EMPTY, response.mid)).count(), 2);
    assert_eq!(net.endings(&request).len(), 1);
}

#[test]
fn a_response_overtaking_its_acknowledgement_ends_the_request() {
    let mut net = Network::new(4);
    let (server, request) = pending_request(&mut net);
    net.capture();
    // The acknowledgement is lost.
    net.set_line_between(server, request.peer.node, Line::dead());
    net.run_for(Duration::from_millis(100));
    net.set_line_between(server, request.peer.node, Line::default());
    respond(&mut net, server, MessageType::Con, &request);
    net.settle();
    assert_eq!(net.endings(&request), [Ending::Response(Code::CONTENT, b"at last".to_vec())]);
    let requests = net.captured().iter().filter(|capture| capture.header().2 == request.mid);
    assert_eq!(requests.filter(|capture| capture.to == net.address(server)).count(), 1, "not repeated");
    assert_eq!(net.served(server).count(), 1);
}

#[test]
fn a_non_confirmable_answer_serves_as_well() {
    let mut net = Network::new(5);
    let (server, request) = pending_request(&mut net);
    net.run_for(Duration::from_secs(1));
    respond(&mut net, server, MessageType::Non, &request);
    net.settle();
    assert_eq!(net.code(&request), Code::CONTENT);
}

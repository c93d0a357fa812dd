//! CoAP over TCP and WebSockets between nodes whose bytes come in any pieces (RFC 8323).
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, NackReason, SessionEvent},
    wire::{Code, MessageType, Protocol, option},
};
use coap_sim::{End, Ending, Flow, Network, NodeId, Outcome, Peer, Sent, StreamId, for_each_seed};
use std::{sync::Arc, time::Duration};

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };
const BOTH: [Protocol; 2] = [Protocol::Tcp, Protocol::Ws];

fn config() -> Config {
    Config { block_mode: WHOLE, csm_max_message_size: 2000, ..Config::default() }
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

/// A client and a server that offers an echo, something large and something that changes.
struct Story {
    net: Network,
    server: NodeId,
    peer: Peer,
}

impl Story {
    fn new(seed: u64, protocol: Protocol, flow: Flow) -> Self {
        let mut net = Network::new(seed);
        net.set_flow(flow);
        let server = net.add_node_with(config());
        net.offer(server, "echo", |call| {
            let payload = call.request.payload().to_vec();
            call.answer(Code::CONTENT, &payload);
        });
        net.offer(server, "large", |call| call.answer_large(&content(5000), 1, &TEXT));
        net.offer(server, "sink", |call| call.answer(Code::CHANGED, b""));
        let mut count = 0u8;
        net.offer_observable(server, "count", 0, move |call| {
            count += 1;
            call.answer(Code::CONTENT, &[count]);
        });
        let client = net.add_node_with(config());
        let peer = net.connect_stream(client, server, protocol);
        Self { net, server, peer }
    }

    fn stream(&self) -> StreamId {
        self.net.stream_of(self.peer)
    }

    fn echo(&mut self, length: usize) -> Sent {
        let mut request = self.net.new_request(self.peer, MessageType::Con, Code::POST, "echo");
        request.set_max_size(0);
        request.set_payload(&content(length)).unwrap();
        self.net.send(self.peer, request)
    }

    fn put_body(&mut self, length: usize) -> Sent {
        let mut request = self.net.new_request(self.peer, MessageType::Con, Code::PUT, "sink");
        let (now, peer, token) = (self.net.now(), self.peer, request.token().to_vec());
        let engine = self.net.engine(peer.node);
        let body = Body::new(Arc::new(content(length)), 1);
        let large = engine.large_request(peer.session, &mut request, body).unwrap().expect("it is large");
        let mid = engine.send_body(now, peer.session, request, large).unwrap();
        Sent { peer, mid, token }
    }

    fn observe(&mut self) -> Sent {
        let mut request = self.net.new_request(self.peer, MessageType::Con, Code::GET, "count");
        request.insert_option(option::OBSERVE, &[]).unwrap();
        self.net.send(self.peer, request)
    }

    fn events(&self, node: NodeId) -> Vec<SessionEvent> {
        self.net.session_events(node).collect()
    }
}

fn said(content: Vec<u8>) -> Vec<Ending> {
    vec![Ending::Response(Code::CONTENT, content)]
}

/// All that there is in one conversation: empty and large messages, both kinds of blocks, an error, an observation.
fn converse(story: &mut Story) -> Vec<Sent> {
    let mut sent: Vec<_> = [0, 1, 12, 13, 268, 269, 1500].map(|length| story.echo(length)).into();
    sent.push(story.net.get(story.peer, "nowhere"));
    story.net.run_for(Duration::from_secs(1));
    sent.push(story.observe());
    sent.push(story.net.get(story.peer, "large"));
    story.net.run_for(Duration::from_secs(1));
    sent.push(story.put_body(3000));
    story.net.notify(story.server, "count");
    story.net.run_for(Duration::from_secs(1));
    sent
}

fn check_conversation(story: &Story, sent: &[Sent]) {
    for (request, length) in sent.iter().zip([0, 1, 12, 13, 268, 269, 1500]) {
        assert_eq!(story.net.endings(request), said(content(length)));
    }
    assert_eq!(story.net.code(&sent[7]), Code::NOT_FOUND);
    assert_eq!(story.net.endings(&sent[8]), [said(vec![1]), said(vec![2])].concat());
    assert_eq!(story.net.endings(&sent[9]), said(content(5000)));
    assert_eq!(story.net.endings(&sent[10]).len(), 1);
}

#[test]
fn a_conversation_is_the_same_in_whatever_pieces_it_comes() {
    for protocol in BOTH {
        for_each_seed(0..30, |seed| {
            let chunk = [1, 2, 3, 5, 17, 100, 1000, usize::MAX][seed as usize % 8];
            let mut story = Story::new(seed, protocol, Flow { chunk, ..Flow::default() });
            let sent = converse(&mut story);
            check_conversation(&story, &sent);
            let (server, peer) = (story.server, story.peer);
            for node in [server, peer.node] {
                let census = story.net.engine(node).census();
                assert_eq!((census.stream_bytes, census.exchanges), (0, 0));
            }
        });
    }
}

#[test]
fn small_windows_only_make_it_slow() {
    for protocol in BOTH {
        for_each_seed(0..8, |seed| {
            let flow = Flow { chunk: 50, window: 1 + seed as usize * 7, delay: Duration::from_micros(10) };
            let mut story = Story::new(seed, protocol, flow);
            let sent = converse(&mut story);
            check_conversation(&story, &sent);
        });
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |chunk| {
        let mut story = Story::new(5, Protocol::Tcp, Flow { chunk, ..Flow::default() });
        converse(&mut story);
        let stream = story.stream();
        [End::Caller, End::Called].map(|end| story.net.written(stream, end).to_vec())
    };
    assert_eq!(run(usize::MAX), run(usize::MAX));
}

/// A recorded conversation is played to a server of the same seed, cut in two at every place: it must say the same.
#[test]
fn a_server_does_not_care_where_its_stream_is_cut() {
    for protocol in BOTH {
        let (said, heard) = record(protocol);
        let answer = |cut: usize| {
            let mut story = Story::new(5, protocol, Flow::default());
            story.net.run_for(Duration::from_secs(10));
            let stream = story.net.connect_from_outside(story.server, protocol);
            story.net.write(stream, &said[..cut]);
            story.net.run_for(Duration::from_millis(100));
            story.net.write(stream, &said[cut..]);
            story.net.run_for(Duration::from_secs(1));
            story.net.written(stream, End::Called).to_vec()
        };
        let whole = answer(said.len());
        assert!(whole.len() > heard.len() / 2, "it answers");
        for cut in 0..said.len() {
            assert!(answer(cut) == whole, "{protocol:?} cut at {cut}");
        }
    }
}

/// The same for a client: it must come to the same ends.
#[test]
fn a_client_does_not_care_where_its_stream_is_cut() {
    for protocol in BOTH {
        let (_, heard) = record(protocol);
        let told = |cut: usize| {
            let mut story = Story::new(5, protocol, Flow::default());
            let (now, peer) = (story.net.now(), story.peer);
            let requests = [0, 13, 300].map(|length| story.echo(length));
            let engine = story.net.engine(peer.node);
            engine.handle_connected(
                now,
                peer.session,
                "10.0.0.2:32768".parse::<std::net::SocketAddr>().unwrap().into(),
            );
            engine.handle_stream(now, peer.session, &heard[..cut]);
            engine.handle_stream(now, peer.session, &heard[cut..]);
            story.net.run_for(Duration::ZERO);
            requests.map(|request| story.net.endings(&request))
        };
        let whole = told(heard.len());
        assert!(whole.iter().all(|endings| endings.len() == 1), "{whole:?}");
        for cut in 0..heard.len() {
            assert_eq!(told(cut), whole, "{protocol:?} cut at {cut}");
        }
    }
}

/// What a client of seed 5 says, and what it hears.
fn record(protocol: Protocol) -> (Vec<u8>, Vec<u8>) {
    let mut story = Story::new(5, protocol, Flow::default());
    for length in [0, 13, 300] {
        story.echo(length);
    }
    story.net.run_for(Duration::from_secs(1));
    story.net.get(story.peer, "nowhere");
    story.net.run_for(Duration::from_secs(1));
    let stream = story.stream();
    (story.net.written(stream, End::Caller).to_vec(), story.net.written(stream, End::Called).to_vec())
}

#[test]
fn a_stream_that_breaks_anywhere_leaves_nothing_behind() {
    for protocol in BOTH {
        for_each_seed(0..60, |seed| {
            let flow = Flow { chunk: 20, delay: Duration::from_millis(7), ..Flow::default() };
            let mut story = Story::new(seed, protocol, flow);
            let mut sent: Vec<_> = [0, 200, 1500].map(|length| story.echo(length)).into();
            sent.push(story.observe());
            sent.push(story.put_body(3000));
            story.net.run_for(Duration::from_millis(seed * 5));
            let (stream, peer) = (story.stream(), story.peer);
            story.net.break_stream(stream);
            story.net.run_for(Duration::from_secs(1));
            for request in &sent {
                let endings = story.net.endings(request);
                assert!(!endings.is_empty(), "each request ends");
                let nacks = endings.iter().filter(|ending| matches!(ending, Ending::Nack(_))).count();
                assert!(nacks <= 1, "{endings:?}");
            }
            let now = story.net.now();
            story.net.engine(peer.node).release(now, peer.session);
            story.net.run_for(Duration::from_secs(1));
            for node in [story.server, peer.node] {
                let census = story.net.engine(node).census();
                let left = (census.sessions, census.transfers, census.observers, census.stream_bytes);
                assert_eq!(left, (0, 0, 0, 0), "{node:?}");
                assert_eq!(census.body_bytes, 0);
            }
        });
    }
}

#[test]
fn a_stream_that_nobody_takes_is_refused() {
    for protocol in BOTH {
        let mut net = Network::new(1);
        let (server, client) = (net.add_node(), net.add_node());
        let to = net.address(server);
        let peer = net.call(client, to, protocol);
        let request = net.get(peer, "echo");
        net.run_for(Duration::from_secs(1));
        assert_eq!(net.endings(&request), [Ending::Nack(NackReason::NotDeliverable)]);
        let events: Vec<_> = net.session_events(client).collect();
        assert_eq!(events, [SessionEvent::TcpFailed, SessionEvent::Failed]);
    }
}

#[test]
fn half_of_the_clients_stall_and_the_others_are_served() {
    for protocol in BOTH {
        let mut story = Story::new(3, protocol, Flow::default());
        let clients: Vec<_> = (0..40)
            .map(|_| {
                let client = story.net.add_node_with(config());
                story.net.connect_stream(client, story.server, protocol)
            })
            .collect();
        story.net.run_for(Duration::from_secs(1));
        let mut requests = Vec::new();
        for (at, &peer) in clients.iter().enumerate() {
            let stream = story.net.stream_of(peer);
            story.net.stall(stream, End::Caller, at % 2 == 0);
            for _ in 0..10 {
                requests.push((at, story.net.get(peer, "large")));
            }
        }
        story.net.run_for(Duration::from_secs(5));
        for (at, request) in &requests {
            let is_served = !story.net.endings(request).is_empty();
            assert_eq!(is_served, at % 2 == 1, "client {at}");
        }
        for &peer in &clients {
            let stream = story.net.stream_of(peer);
            story.net.stall(stream, End::Caller, false);
        }
        story.net.run_for(Duration::from_secs(5));
        assert!(requests.iter().all(|(_, request)| story.net.endings(request).len() == 1), "nothing is lost");
    }
}

#[test]
fn who_is_called_can_ask_the_caller() {
    for protocol in BOTH {
        let mut story = Story::new(9, protocol, Flow { chunk: 3, ..Flow::default() });
        let (now, stream) = (story.net.now(), story.stream());
        story.net.offer(story.peer.node, "home", |call| call.answer(Code::CONTENT, b"welcome"));
        story.net.run_for(Duration::from_secs(1));
        let called = story.net.peer_at(stream, End::Called).unwrap();
        assert!(story.net.engine(called.node).set_type_client(called.session));
        let request = story.net.get(called, "home");
        story.net.run_for(Duration::from_secs(1));
        assert_eq!(story.net.endings(&request), said(b"welcome".to_vec()));
        story.net.engine(called.node).release(now, called.session);
        story.net.run_for(Duration::from_secs(1));
        assert!(story.events(story.peer.node).contains(&SessionEvent::Disconnected));
        let closed = |entry: &coap_sim::Entry| matches!(entry.outcome, Outcome::Closed);
        assert_eq!(story.net.count(called.node, closed), 1);
    }
}

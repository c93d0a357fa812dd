//! The Echo option (RFC 9175 section 2): handlers that act upon fresh requests only, clients that repeat theirs.
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::Config,
    wire::{
        Code, MessageType, Pdu,
        option::{CONTENT_FORMAT, ECHO, MAX_AGE, OBSERVE, Q_BLOCK1},
    },
};
use coap_sim::{Call, Ending, Line, Network, NodeId, Outcome, Peer, Sent, for_each_seed};
use std::{cell::RefCell, rc::Rc, sync::Arc, time::Duration};

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };
/// How old a request may be for the door to open.
const WINDOW: Duration = Duration::from_secs(5);

fn config(block_mode: BlockMode) -> Config {
    Config { block_mode, ..Config::default() }
}

/// Opens for who asks now; others have to ask once more.
fn open_if_fresh(call: &mut Call<'_>) {
    match call.engine.echo_age(call.now, call.session, call.request) {
        Some(age) if age <= WINDOW => {
            let length = call.request.payload().len().to_string();
            call.answer(Code::CHANGED, length.as_bytes());
        }
        _ => call.engine.ask_for_echo(call.now, call.session, call.response).expect("it fits"),
    }
}

/// A server with a door that takes fresh requests, and a client.
struct Story {
    net: Network,
    server: NodeId,
    peer: Peer,
}

impl Story {
    fn new(seed: u64, mode: BlockMode) -> Self {
        Self::with(seed, mode, open_if_fresh)
    }

    fn with(seed: u64, mode: BlockMode, handler: impl FnMut(&mut Call<'_>) + 'static) -> Self {
        let mut net = Network::new(seed);
        let of_server = mode.with(WHOLE);
        let (server, client) = (net.add_node_with(config(of_server)), net.add_node_with(config(mode)));
        net.offer_observable(server, "door", 0, handler);
        let peer = net.connect(client, server);
        Self { net, server, peer }
    }

    fn request(&mut self, kind: MessageType, code: Code) -> Pdu {
        self.net.new_request(self.peer, kind, code, "door")
    }

    fn send_large(&mut self, mut request: Pdu, length: usize) -> Sent {
        let (now, peer, token) = (self.net.now(), self.peer, request.token().to_vec());
        let engine = self.net.engine(peer.node);
        let body = Body::new(Arc::new(vec![b'x'; length]), 1);
        let large = engine.large_request(peer.session, &mut request, body).expect("fits");
        let mid = match large {
            Some(large) => engine.send_body(now, peer.session, request, large).expect("is sent"),
            None => engine.send(now, peer.session, request).expect("is sent"),
        };
        Sent { peer, mid, token }
    }

    /// How often the handler ran.
    fn served(&self) -> usize {
        self.net.served(self.server).count()
    }
}

/// A raw client, which sees and says what it likes.
struct Raw {
    net: Network,
    server: NodeId,
    from: std::net::SocketAddr,
    mid: u16,
}

impl Raw {
    fn new() -> Self {
        let Story { mut net, server, .. } = Story::new(1, WHOLE);
        net.capture();
        Self { net, server, from: "192.0.2.7:40000".parse().expect("an address"), mid: 0 }
    }

    /// The response to a request with that Echo.
    fn ask(&mut self, echo: Option<&[u8]>) -> Pdu {
        self.mid += 1;
        let mut request = Pdu::new(MessageType::Con, Code::PUT, self.mid, 0);
        request.set_token(b"t").expect("fits");
        request.add_option(coap_proto::wire::option::URI_PATH, b"door").expect("fits");
        if let Some(echo) = echo {
            request.add_option(ECHO, echo).expect("fits");
        }
        let (to, seen) = (self.net.address(self.server), self.net.captured().len());
        self.net.inject(self.from, to, request.encode_udp());
        self.net.run_for(Duration::from_millis(50));
        self.net.captured()[seen].message()
    }

    fn echo(&mut self) -> Vec<u8> {
        let response = self.ask(None);
        assert_eq!(response.code(), Code::UNAUTHORIZED);
        assert_eq!(response.option(MAX_AGE).and_then(|age| age.uint()), Some(0), "nobody is to keep it");
        response.option(ECHO).expect("an Echo").value.to_vec()
    }
}

#[test]
fn a_handler_asks_once_more_and_the_application_does_not_notice() {
    let quick = WHOLE.with(BlockMode::TRY_Q_BLOCK);
    for (kind, mode) in [
        (MessageType::Con, WHOLE),
        (MessageType::Non, WHOLE),
        (MessageType::Con, quick),
        (MessageType::Non, quick),
    ] {
        for length in [0, 10, 5000] {
            let mut story = Story::new(1, mode);
            story.net.capture();
            let request = story.request(kind, Code::PUT);
            let request = story.send_large(request, length);
            story.net.run_for(Duration::from_secs(5));
            let done = Ending::Response(Code::CHANGED, length.to_string().into_bytes());
            assert_eq!(story.net.endings(&request), [done], "{kind:?} {length}");
            assert_eq!(story.served(), 2);
            let is_quick = |it: &coap_sim::Capture| it.message().option(Q_BLOCK1).is_some();
            assert_eq!(story.net.captured().iter().any(is_quick), mode == quick && length == 5000);
            story.net.settle();
            for node in [story.server, story.peer.node] {
                assert_eq!(story.net.engine(node).census().body_bytes, 0);
            }
        }
    }
}

#[test]
fn over_bad_lines_each_request_opens_the_door_or_is_told_not_to_have() {
    for_each_seed(0..200, |seed| {
        let mut story = Story::new(seed, WHOLE);
        let line = Line { loss: 0.2, duplication: 0.2, jitter: Duration::from_secs(1), ..Line::default() };
        story.net.set_line(line);
        for length in [10, 3000] {
            let request = story.request(MessageType::Con, Code::PUT);
            let request = story.send_large(request, length);
            story.net.settle();
            let endings = story.net.endings(&request);
            let length = length.to_string().into_bytes();
            assert!(
                matches!(&endings[..], [Ending::Response(Code::CHANGED, text)] if *text == length)
                    || matches!(endings[..], [Ending::Response(Code::INCOMPLETE | Code::UNAUTHORIZED, _)])
                    || matches!(endings[..], [Ending::Nack(_)]),
                "{endings:?}"
            );
        }
    });
}

#[test]
fn an_echo_serves_its_own_peer_within_its_time() {
    let mut raw = Raw::new();
    let echo = raw.echo();
    assert_eq!(raw.ask(Some(&echo)).code(), Code::CHANGED);
    assert_eq!(raw.ask(Some(&echo)).code(), Code::CHANGED, "whoever must not act twice has to see to it");
    let owner = std::mem::replace(&mut raw.from, "192.0.2.8:40000".parse().expect("an address"));
    assert_eq!(raw.ask(Some(&echo)).code(), Code::UNAUTHORIZED, "stolen");
    raw.from.set_port(owner.port() + 1);
    raw.from.set_ip(owner.ip());
    assert_eq!(raw.ask(Some(&echo)).code(), Code::UNAUTHORIZED, "another port is another peer");
    raw.from = owner;
    raw.net.run_for(WINDOW);
    assert_eq!(raw.ask(Some(&echo)).code(), Code::UNAUTHORIZED, "stale");
}

#[test]
fn an_echo_outlives_the_session_since_nothing_is_remembered() {
    let mut raw = Raw::new();
    let echo = raw.echo();
    let session = raw.net.engine(raw.server).sessions().next().expect("one");
    let now = raw.net.now();
    let engine = raw.net.engine(raw.server);
    engine.disconnect(now, session, coap_proto::engine::NackReason::NotDeliverable);
    assert_eq!(raw.ask(Some(&echo)).code(), Code::CHANGED);
}

#[test]
fn what_is_no_echo_of_ours_opens_nothing() {
    let mut raw = Raw::new();
    let echo = raw.echo();
    let mut forged = echo.clone();
    forged[echo.len() - 1] ^= 1;
    let mut younger = echo.clone();
    younger[5] ^= 1;
    let long = [&echo[..], &[0; 23]].concat();
    assert_eq!(long.len(), 41);
    for value in
        [&forged[..], &younger, &echo[1..], &echo[..4], &long, &long[..40], &[], &[0; 18], &[0xff; 40]]
    {
        assert_eq!(raw.ask(Some(value)).code(), Code::UNAUTHORIZED, "{value:02x?}");
    }
    assert_eq!(raw.ask(Some(&echo)).code(), Code::CHANGED);
}

/// A server whose answers follow a script; it records the Echo of every request.
fn scripted(mode: BlockMode, answers: &[Answer]) -> (Story, Rc<RefCell<Seen>>) {
    let seen = Rc::new(RefCell::new(Seen::new()));
    let (notes, answers) = (Rc::clone(&seen), answers.to_vec());
    let story = Story::with(1, mode, move |call| {
        let turn = notes.borrow().len();
        notes.borrow_mut().push(call.request.option(ECHO).map(|echo| echo.value.to_vec()));
        let (code, echo) = answers[turn.min(answers.len() - 1)];
        call.response.set_code(code);
        if let Some(echo) = echo {
            call.response.insert_option(ECHO, echo).expect("fits");
        }
    });
    (story, seen)
}

/// The Echo of each request.
type Seen = Vec<Option<Vec<u8>>>;
/// The code of a response, and its Echo.
type Answer = (Code, Option<&'static [u8]>);

const REFUSED: Code = Code::UNAUTHORIZED;

#[test]
fn a_server_that_is_never_content_is_given_up() {
    let (mut story, seen) = scripted(WHOLE, &[(REFUSED, Some(b"again"))]);
    let request = story.net.get(story.peer, "door");
    story.net.settle();
    assert_eq!(story.net.code(&request), REFUSED);
    assert_eq!(seen.borrow().len(), 5, "the request and four repetitions");
    let next = story.net.get(story.peer, "door");
    story.net.settle();
    assert_eq!(story.net.code(&next), REFUSED);
    assert_eq!(seen.borrow()[5].as_deref(), Some(&b"again"[..]), "the next request may have more luck");
}

#[test]
fn a_401_without_a_usable_echo_is_the_answer() {
    for echo in [None, Some(&b""[..]), Some(&[7; 41])] {
        let (mut story, seen) = scripted(WHOLE, &[(REFUSED, echo)]);
        let request = story.net.get(story.peer, "door");
        story.net.settle();
        assert_eq!(story.net.code(&request), REFUSED);
        story.net.get(story.peer, "door");
        story.net.settle();
        assert_eq!(*seen.borrow(), [None, None], "{echo:?}");
    }
}

#[test]
fn an_echo_of_any_length_allowed_is_given_back() {
    for echo in [&b"1"[..], &[9; 40]] {
        let (mut story, seen) = scripted(WHOLE, &[(REFUSED, Some(echo)), (Code::VALID, None)]);
        let request = story.net.get(story.peer, "door");
        story.net.settle();
        assert_eq!(story.net.code(&request), Code::VALID);
        assert_eq!(*seen.borrow(), [None, Some(echo.to_vec())]);
    }
}

#[test]
fn an_echo_in_another_response_goes_with_the_next_request_and_no_further() {
    let (mut story, seen) = scripted(WHOLE, &[(Code::CONTENT, Some(b"next")), (Code::CONTENT, None)]);
    for _ in 0..3 {
        story.net.get(story.peer, "door");
        story.net.settle();
    }
    assert_eq!(*seen.borrow(), [None, Some(b"next".to_vec()), None]);
}

#[test]
fn an_echo_in_an_error_or_of_a_session_that_leaves_blocks_alone_is_the_applications() {
    for (mode, code) in [(WHOLE, Code::NOT_FOUND), (BlockMode::NONE, REFUSED)] {
        let (mut story, seen) = scripted(mode, &[(code, Some(b"no")), (Code::CONTENT, None)]);
        let request = story.net.get(story.peer, "door");
        story.net.settle();
        assert_eq!(story.net.code(&request), code);
        story.net.get(story.peer, "door");
        story.net.settle();
        assert_eq!(*seen.borrow(), [None, None]);
    }
}

#[test]
fn who_observes_may_be_asked_first_and_ends_it_by_the_token_that_it_chose() {
    let mut story = Story::new(3, WHOLE);
    for (code, kind) in [(Code::GET, MessageType::Con), (Code::FETCH, MessageType::Non)] {
        let mut request = story.request(kind, code);
        request.insert_option(OBSERVE, b"").expect("fits");
        request.insert_option(CONTENT_FORMAT, b"").expect("fits");
        let length = if code == Code::FETCH { 3000 } else { 0 };
        let request = story.send_large(request, length);
        story.net.run_for(Duration::from_secs(1));
        assert_eq!(story.net.engine(story.server).census().observers, 1, "{code}");
        story.net.notify(story.server, "door");
        story.net.run_for(Duration::from_secs(1));
        let done = Ending::Response(Code::CHANGED, length.to_string().into_bytes());
        assert_eq!(story.net.endings(&request), [done.clone(), done]);
        let (now, peer) = (story.net.now(), story.peer);
        let engine = story.net.engine(peer.node);
        assert!(engine.cancel_observe(now, peer.session, &request.token, MessageType::Con).is_some());
        story.net.run_for(Duration::from_secs(1));
        assert_eq!(story.net.engine(story.server).census().observers, 0, "{code}");
    }
}

#[test]
fn the_blocks_of_a_large_answer_may_each_be_asked_for_once_more() {
    // A server that keeps nothing runs its handler for each block.
    let mut net = Network::new(2);
    let stateless = config(WHOLE.with(BlockMode::STATELESS_BLOCK2));
    let (server, client) = (net.add_node_with(stateless), net.add_node_with(config(WHOLE)));
    net.offer(server, "book", |call| {
        match call.engine.echo_age(call.now, call.session, call.request) {
            Some(_) => call.answer_large(&[b'b'; 5000], 1, &TEXT),
            None => call.engine.ask_for_echo(call.now, call.session, call.response).expect("it fits"),
        };
    });
    let peer = net.connect(client, server);
    let request = net.get(peer, "book");
    net.settle();
    assert_eq!(net.endings(&request), [Ending::Response(Code::CONTENT, vec![b'b'; 5000])]);
    assert_eq!(net.served(server).count(), 10, "five blocks, each twice");
    let told = |outcome: &Outcome| matches!(outcome, Outcome::Response { .. });
    assert_eq!(net.count(client, |entry| told(&entry.outcome)), 1);
}

#[test]
fn one_certain_block_may_be_asked_for_once_more() {
    let mut story = Story::with(4, WHOLE, |call| match call.request.option(ECHO) {
        Some(_) => call.answer_large(&[b'b'; 5000], 1, &TEXT),
        None => call.engine.ask_for_echo(call.now, call.session, call.response).expect("it fits"),
    });
    let mut request = story.request(MessageType::Con, Code::GET);
    request.insert_option(coap_proto::wire::option::BLOCK2, &[0x22]).expect("fits");
    let request = story.net.send(story.peer, request);
    story.net.settle();
    assert_eq!(story.net.endings(&request), [Ending::Response(Code::CONTENT, vec![b'b'; 64])]);
}

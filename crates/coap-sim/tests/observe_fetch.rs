//! Observing with a FETCH whose body takes several messages (RFC 7641, RFC 7959 section 3.4, RFC 8132 section
//! 2.4): the server's notifications bear the token of the last one, the application knows only its own.
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, NackReason, SessionId},
    resource::flags::NOTIFY_CON,
    wire::{
        Code, MessageType, Pdu,
        option::{BLOCK2, CONTENT_FORMAT, OBSERVE, Q_BLOCK1},
    },
};
use coap_sim::{Ending, Entry, Line, Network, NodeId, Outcome, Peer, Sent, for_each_seed};
use std::{cell::Cell, rc::Rc, sync::Arc, time::Duration};

/// Client and server do the blocks, the application sees bodies.
const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
/// The same, in blocks that do not wait for each other.
const QUICK: BlockMode = WHOLE.with(BlockMode::TRY_Q_BLOCK);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };

/// A server that answers a FETCH with a state and the length of what was asked, and a client of it.
struct Story {
    net: Network,
    server: NodeId,
    peer: Peer,
    state: Rc<Cell<u8>>,
}

fn config() -> Config {
    Config { block_mode: WHOLE, max_block_size: 256, ..Config::default() }
}

impl Story {
    /// `length` is that of the responses' bodies.
    fn new(seed: u64, flags: u32, length: usize) -> Self {
        Self::with(seed, flags, length, [config(), config()])
    }

    fn with(seed: u64, flags: u32, length: usize, [server, client]: [Config; 2]) -> Self {
        let (mut net, state) = (Network::new(seed), Rc::new(Cell::new(b'a')));
        let (server, client) = (net.add_node_with(server), net.add_node_with(client));
        let shown = Rc::clone(&state);
        net.offer_observable(server, "state", flags, move |call| {
            let asked = call.request.payload();
            assert!(asked.iter().all(|byte| *byte == b'?'), "the whole body, whenever the handler runs");
            assert_eq!(call.extent.total, asked.len());
            let letter = shown.get();
            call.answer_large(&answer_of(letter, asked.len(), length), letter.into(), &TEXT);
        });
        let peer = net.connect(client, server);
        Self { net, server, peer, state }
    }

    fn fetch(&mut self, length: usize) -> Sent {
        let mut request = self.net.new_request(self.peer, MessageType::Con, Code::FETCH, "state");
        request.insert_option(OBSERVE, b"").expect("fits");
        request.insert_option(CONTENT_FORMAT, &[]).expect("fits");
        self.send(request, length)
    }

    fn send(&mut self, mut request: Pdu, length: usize) -> Sent {
        let (now, peer, token) = (self.net.now(), self.peer, request.token().to_vec());
        let engine = self.net.engine(peer.node);
        let body = Body::new(Arc::new(vec![b'?'; length]), 1);
        let large = engine.large_request(peer.session, &mut request, body).expect("fits");
        let mid = match large {
            Some(large) => engine.send_body(now, peer.session, request, large).expect("is sent"),
            None => engine.send(now, peer.session, request).expect("is sent"),
        };
        Sent { peer, mid, token }
    }

    fn change(&mut self, state: u8) {
        self.state.set(state);
        self.net.notify(self.server, "state");
        self.net.run_for(Duration::from_secs(1));
    }

    fn cancel(&mut self, request: &Sent, kind: MessageType) -> bool {
        let now = self.net.now();
        let engine = self.net.engine(self.peer.node);
        engine.cancel_observe(now, self.peer.session, &request.token, kind).is_some()
    }

    fn observers(&mut self) -> usize {
        self.net.engine(self.server).census().observers
    }

    fn assert_nothing_is_left(&mut self) {
        for node in [self.server, self.peer.node] {
            let census = self.net.engine(node).census();
            assert_eq!((census.observers, census.transfers, census.body_bytes), (0, 0, 0));
        }
    }

    fn released(&self) -> usize {
        self.net.count(self.peer.node, |entry| matches!(entry.outcome, Outcome::BodyReleased(_)))
    }
}

/// What the server says in a state to a request of some length.
fn answer_of(state: u8, asked: usize, length: usize) -> Vec<u8> {
    let mut answer = asked.to_string().into_bytes();
    answer.resize(length.max(answer.len()), state);
    answer
}

fn answers(states: &[u8], asked: usize, length: usize) -> Vec<Ending> {
    let answer = |state: &u8| Ending::Response(Code::CONTENT, answer_of(*state, asked, length));
    states.iter().map(answer).collect()
}

#[test]
fn large_questions_and_large_answers_observe_and_end_by_the_applications_token() {
    for (kind, block_mode) in [
        (MessageType::Con, WHOLE),
        (MessageType::Non, WHOLE),
        (MessageType::Con, QUICK),
        (MessageType::Non, QUICK),
    ] {
        for (flags, asked, answered) in
            [(0, 3000, 5), (NOTIFY_CON, 3000, 5), (0, 3000, 1500), (NOTIFY_CON, 300, 5000), (0, 100, 5)]
        {
            let config = || Config { block_mode, ..config() };
            let mut story = Story::with(3, flags, answered, [config(), config()]);
            story.net.capture();
            let request = story.fetch(asked);
            story.net.run_for(Duration::from_secs(1));
            assert_eq!(story.observers(), 1);
            let is_quick = |it: &coap_sim::Capture| it.message().option(Q_BLOCK1).is_some();
            assert_eq!(story.net.captured().iter().any(is_quick), block_mode == QUICK && asked > 256);
            let bodies = usize::from(asked > 256);
            assert_eq!(story.released(), bodies, "the application's own body is not needed for long");
            story.change(b'b');
            story.change(b'c');
            assert_eq!(story.net.endings(&request), answers(b"abc", asked, answered));
            assert!(story.cancel(&request, kind), "{kind:?} {asked} {answered}");
            story.net.run_for(Duration::from_secs(2));
            assert_eq!(story.observers(), 0, "{kind:?} {asked} {answered}");
            let last = answers(b"abcc", asked, answered);
            assert_eq!(story.net.endings(&request), last, "the cancellation is answered as a request is");
            story.change(b'd');
            story.net.settle();
            assert_eq!(story.net.endings(&request), last);
            assert_eq!(story.released(), bodies, "once");
            assert!(!story.cancel(&request, kind), "it has ended");
            story.assert_nothing_is_left();
        }
    }
}

#[test]
fn notifications_overtaken_by_the_cancellation_are_not_wanted() {
    let mut story = Story::new(4, 0, 5);
    let request = story.fetch(3000);
    story.net.run_for(Duration::from_secs(1));
    story.change(b'b');
    let before = story.net.endings(&request);
    assert!(story.cancel(&request, MessageType::Con));
    // Made before the cancellation arrives, which takes twelve messages.
    story.net.notify(story.server, "state");
    story.net.run_for(Duration::from_secs(5));
    let after = story.net.endings(&request);
    assert_eq!(after.len(), before.len() + 1, "the answer to the cancellation, and nothing else: {after:?}");
    story.net.settle();
    story.assert_nothing_is_left();
}

#[test]
fn the_application_may_end_it_by_a_request_of_its_own() {
    for asked in [3000, 100] {
        let mut story = Story::new(5, 0, 5);
        let request = story.fetch(asked);
        story.net.run_for(Duration::from_secs(1));
        assert_eq!(story.observers(), 1);
        let mut last = story.net.new_request(story.peer, MessageType::Con, Code::FETCH, "state");
        last.update_token(&request.token).expect("fits");
        last.insert_option(OBSERVE, &[1]).expect("fits");
        last.insert_option(CONTENT_FORMAT, &[]).expect("fits");
        story.send(last, asked);
        story.net.run_for(Duration::from_secs(1));
        assert_eq!(story.observers(), 0);
        assert_eq!(story.net.endings(&request), answers(b"aa", asked, 5));
        story.change(b'b');
        story.net.settle();
        assert_eq!(story.net.endings(&request).len(), 2);
        story.assert_nothing_is_left();
    }
}

#[test]
fn two_large_questions_are_two_observations() {
    let mut story = Story::new(6, 0, 5);
    let requests = [story.fetch(3000), story.fetch(2000)];
    story.net.run_for(Duration::from_secs(1));
    story.change(b'b');
    assert_eq!(story.net.endings(&requests[0]), answers(b"ab", 3000, 5));
    assert_eq!(story.net.endings(&requests[1]), answers(b"ab", 2000, 5));
    assert!(story.cancel(&requests[0], MessageType::Con));
    story.net.run_for(Duration::from_secs(1));
    assert_eq!(story.observers(), 1);
    story.change(b'c');
    assert_eq!(story.net.endings(&requests[1]), answers(b"abc", 2000, 5));
    let (now, peer) = (story.net.now(), story.peer);
    story.net.engine(peer.node).release(now, peer.session);
    story.net.report_unreachable();
    (b'd'..b'm').for_each(|state| story.change(state));
    story.net.settle();
    assert_eq!(story.observers(), 0, "nobody is there any more");
}

#[test]
fn over_bad_lines_the_client_ends_with_the_last_state_and_nothing_is_left() {
    for_each_seed(0..100, |seed| {
        let mut story = Story::new(seed, NOTIFY_CON, 700);
        let line =
            Line { loss: 0.1, duplication: 0.1, jitter: Duration::from_millis(300), ..Line::default() };
        story.net.set_line(line);
        let request = story.fetch(2000);
        story.net.run_for(Duration::from_secs(60));
        for state in b'b'..=b'z' {
            story.change(state);
        }
        story.net.run_for(Duration::from_secs(300));
        let seen = story.net.endings(&request);
        // The rest of a notification may never come, which the client is told; the next one comes.
        let is_told = seen.last() == Some(&Ending::Nack(NackReason::TooManyRetries));
        if story.observers() == 1 && !is_told {
            assert_eq!(seen.last(), answers(b"z", 2000, 700).last(), "the client is up to date");
        }
        story.net.set_line(Line::default());
        story.change(b'!');
        let is_observed = story.observers() == 1;
        if is_observed {
            assert_eq!(story.net.endings(&request).last(), answers(b"!", 2000, 700).last());
        }
        // One that was never acknowledged has ended it at the server alone.
        assert!(story.cancel(&request, MessageType::Con) || !is_observed);
        story.net.settle();
        story.assert_nothing_is_left();
    });
}

#[test]
fn questions_that_are_kept_count_against_the_budgets_of_bodies() {
    let small = Config { session_body_bytes: 10_000, ..config() };
    let mut story = Story::with(7, 0, 5, [small, config()]);
    let requests: Vec<_> = (1..=4)
        .map(|n| {
            let request = story.fetch(3000 + n);
            story.net.run_for(Duration::from_secs(1));
            request
        })
        .collect();
    assert!((2..4).contains(&story.observers()), "no more than fit");
    assert!(story.net.engine(story.server).census().body_bytes <= 10_000);
    for (n, request) in requests.iter().enumerate() {
        let first = story.net.endings(request).remove(0);
        let refused = Ending::Response(Code::TOO_LARGE, b"Request Entity Too Large".to_vec());
        assert!(first == answers(b"a", 3001 + n, 5)[0] || first == refused, "{first:?}");
    }
    let session = only_session(&mut story);
    let now = story.net.now();
    story.net.engine(story.server).disconnect(now, session, coap_proto::engine::NackReason::NotDeliverable);
    assert_eq!(story.net.engine(story.server).census().body_bytes, 0);
}

#[test]
fn a_question_that_the_client_cannot_keep_ends_by_a_reset() {
    let small = Config { session_body_bytes: 2000, ..config() };
    let mut story = Story::with(8, 0, 5, [config(), small]);
    let request = story.fetch(3000);
    story.net.run_for(Duration::from_secs(1));
    story.change(b'b');
    assert_eq!(story.net.endings(&request), answers(b"ab", 3000, 5));
    assert!(!story.cancel(&request, MessageType::Con), "it would have to be sent once more");
    story.change(b'c');
    story.net.settle();
    assert_eq!(story.net.endings(&request).len(), 2, "nothing more for the application");
    story.assert_nothing_is_left();
}

#[test]
fn a_state_that_changes_while_it_is_fetched_is_asked_for_anew() {
    for asked in [3000, 100] {
        let mut story = Story::new(9, 0, 5000);
        let request = story.fetch(asked);
        story.net.run_for(Duration::from_secs(2));
        for state in b'b'..=b'z' {
            story.state.set(state);
            story.net.notify(story.server, "state");
            story.net.run_for(Duration::from_millis(53));
        }
        story.net.run_for(Duration::from_secs(20));
        let seen = story.net.endings(&request);
        assert_eq!(seen.last(), answers(b"z", asked, 5000).last(), "{asked}");
        assert!(
            seen.iter().all(|it| matches!(it, Ending::Response(Code::CONTENT, body) if body.len() == 5000))
        );
        assert_eq!(story.observers(), 1);
        assert!(story.cancel(&request, MessageType::Con));
        story.net.settle();
        story.assert_nothing_is_left();
    }
}

#[test]
fn a_notification_whose_rest_is_gone_is_made_up_for() {
    for asked in [3000, 100] {
        let mut story = Story::new(12, 0, 600);
        let request = story.fetch(asked);
        story.net.run_for(Duration::from_secs(2));
        let change = |story: &mut Story, state: u8, milliseconds| {
            story.state.set(state);
            story.net.notify(story.server, "state");
            story.net.run_for(Duration::from_millis(milliseconds));
        };
        // Its first block arrives after 10 ms; while the second is asked for, there is a newer state, of which the
        // client does not hear.
        change(&mut story, b'b', 12);
        let deaf = Line { loss: 1.0, ..Line::default() };
        story.net.set_line_between(story.server, story.peer.node, deaf);
        change(&mut story, b'c', 1);
        story.net.set_line(Line::default());
        story.net.run_for(Duration::from_secs(2));
        assert_eq!(story.net.endings(&request), answers(b"ac", asked, 600), "{asked}");
        change(&mut story, b'd', 1000);
        assert_eq!(story.net.endings(&request), answers(b"acd", asked, 600), "it still observes");
        assert!(story.cancel(&request, MessageType::Con));
        story.net.settle();
        story.assert_nothing_is_left();
    }
}

/// The server hears nothing of the question that is asked anew, and knows the observation by the token of the old one.
#[test]
fn where_the_question_cannot_be_asked_anew_the_server_learns_it_by_a_reset() {
    for asked in [3000, 100] {
        let mut story = Story::new(13, 0, 600);
        let request = story.fetch(asked);
        story.net.run_for(Duration::from_secs(2));
        let deaf = || Line { loss: 1.0, ..Line::default() };
        story.state.set(b'b');
        story.net.notify(story.server, "state");
        story.net.run_for(Duration::from_millis(12));
        story.net.set_line_between(story.server, story.peer.node, deaf());
        story.state.set(b'c');
        story.net.notify(story.server, "state");
        story.net.run_for(Duration::from_millis(1));
        story.net.set_line(Line::default());
        story.net.run_for(Duration::from_millis(10));
        story.net.set_line_between(story.peer.node, story.server, deaf());
        story.net.run_for(Duration::from_secs(100));
        let failure = Ending::Nack(NackReason::TooManyRetries);
        let endings = [answers(b"a", asked, 600), vec![failure]].concat();
        assert_eq!(story.net.endings(&request), endings, "{asked}");
        assert_eq!(story.observers(), 1, "{asked}");
        story.net.set_line(Line::default());
        story.change(b'd');
        assert_eq!(story.observers(), 0, "{asked}");
        assert_eq!(story.net.log(story.peer.node).iter().filter(|it| is_response(it)).count(), 1, "{asked}");
        story.net.settle();
        story.assert_nothing_is_left();
    }
}

fn is_response(entry: &Entry) -> bool {
    matches!(entry.outcome, Outcome::Response { .. })
}

#[test]
fn a_server_that_keeps_no_answer_is_not_asked_for_ever() {
    // Each later block would need the question once more (man coap_block: COAP_BLOCK_STATELESS_FETCH).
    let stateless = Config { block_mode: WHOLE.with(BlockMode::STATELESS_BLOCK2), ..config() };
    let mut story = Story::with(10, 0, 600, [stateless, config()]);
    let request = story.fetch(3000);
    story.net.settle();
    assert_eq!(story.net.code(&request), Code::INCOMPLETE);
    assert!(story.net.served(story.server).count() <= 10);
}

#[test]
fn a_later_block_of_a_forgotten_answer_is_not_the_answer_to_another_question() {
    let mut story = Story::new(11, 0, 1000);
    for (payload, code) in [(&b""[..], Code::INCOMPLETE), (b"??", Code::CONTENT)] {
        let mut request = story.net.new_request(story.peer, MessageType::Con, Code::FETCH, "state");
        request.insert_option(CONTENT_FORMAT, &[]).expect("fits");
        request.insert_option(BLOCK2, &[0x14]).expect("fits");
        request.set_payload(payload).expect("fits");
        let request = story.net.send(story.peer, request);
        story.net.settle();
        assert_eq!(story.net.code(&request), code);
    }
}

fn only_session(story: &mut Story) -> SessionId {
    story.net.engine(story.server).sessions().next().expect("there is one")
}

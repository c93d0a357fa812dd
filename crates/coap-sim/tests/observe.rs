//! Observing over bad lines (RFC 7641): the client's state follows the server's and never goes back.
use coap_proto::{
    block::{BlockMode, Representation},
    engine::{Config, SessionEvent},
    resource::flags::NOTIFY_CON,
    wire::{Code, MessageType, option::OBSERVE},
};
use coap_sim::{Ending, Line, Network, NodeId, Outcome, Peer, Sent, for_each_seed};
use std::{cell::Cell, rc::Rc, time::Duration};

/// Keeps track of observations; two requests alike have the same cache key.
const TRACKING: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::NO_PREEMPTIVE_RTAG);

/// A server whose state is a number, and a client.
struct Story {
    net: Network,
    server: NodeId,
    peer: Peer,
    state: Rc<Cell<u32>>,
}

impl Story {
    fn new(seed: u64, flags: u32) -> Self {
        let (mut net, state) = (Network::new(seed), Rc::new(Cell::new(0)));
        let server = net.add_node();
        let shown = Rc::clone(&state);
        net.offer_observable(server, "state", flags, move |call| {
            call.answer(Code::CONTENT, shown.get().to_string().as_bytes());
        });
        let client = net.add_node_with(Config { block_mode: TRACKING, ..Config::default() });
        let peer = net.connect(client, server);
        Self { net, server, peer, state }
    }

    fn observe(&mut self) -> Sent {
        let mut request = self.net.new_request(self.peer, MessageType::Con, Code::GET, "state");
        request.insert_option(OBSERVE, b"").expect("fits");
        self.net.send(self.peer, request)
    }

    /// The state changes so often, at random times.
    fn change(&mut self, times: u32) {
        for _ in 0..times {
            let pause = self.net.rng().u64(0..4000);
            self.net.run_for(Duration::from_millis(pause));
            self.state.set(self.state.get() + 1);
            self.net.notify(self.server, "state");
        }
    }

    /// The states that the client's application has seen, by the request that asked.
    fn seen(&self, request: &Sent) -> Vec<u32> {
        let state = |entry: &coap_sim::Entry| match &entry.outcome {
            Outcome::Response { received, .. } if received.token() == request.token => {
                std::str::from_utf8(received.payload()).ok()?.parse().ok()
            }
            _ => None,
        };
        self.net.log(self.peer.node).iter().filter_map(state).collect()
    }

    fn observers(&mut self) -> usize {
        self.net.engine(self.server).census().observers
    }
}

fn assert_never_back(seen: &[u32]) {
    assert!(seen.is_sorted_by(|before, after| before < after), "{seen:?}");
}

#[test]
fn with_confirmable_notifications_the_client_ends_with_the_last_state() {
    for_each_seed(0..300, |seed| {
        let mut story = Story::new(seed, NOTIFY_CON);
        let line = Line::rough(story.net.rng());
        story.net.set_line(line);
        let request = story.observe();
        story.change(40);
        story.net.run_for(Duration::from_secs(300));
        let seen = story.seen(&request);
        assert_never_back(&seen);
        if story.observers() == 1 {
            assert_eq!(seen.last(), Some(&story.state.get()), "the client is up to date");
        }
    });
}

#[test]
fn who_registers_again_ends_with_the_last_state_whatever_was_lost() {
    for_each_seed(0..300, |seed| {
        let mut story = Story::new(seed, 0);
        let line = Line::rough(story.net.rng());
        story.net.set_line(line);
        let first = story.observe();
        story.change(40);
        story.net.settle();
        // As a client does when Max-Age is over (RFC 7641 section 3.3.1).
        story.net.set_line(Line::default());
        story.net.run_for(Duration::from_secs(5));
        let second = story.observe();
        story.net.settle();
        assert_never_back(&story.seen(&first));
        assert_eq!(story.seen(&second), [story.state.get()]);
        assert_eq!(story.observers(), 1, "the second registration took the place of the first");
    });
}

#[test]
fn a_hundred_clients_over_bad_lines_are_served_until_they_are_gone() {
    for_each_seed(0..10, |seed| {
        let mut story = Story::new(seed, 0);
        let line = Line { loss: 0.1, jitter: Duration::from_millis(500), ..Line::default() };
        story.net.set_line(line);
        let mut requests = Vec::new();
        for _ in 0..100 {
            let client = story.net.add_node_with(Config { block_mode: TRACKING, ..Config::default() });
            story.peer = story.net.connect(client, story.server);
            requests.push((story.peer, story.observe()));
        }
        story.change(20);
        story.net.settle();
        for (peer, request) in &requests {
            story.peer = *peer;
            assert_never_back(&story.seen(request));
        }
        let now = story.net.now();
        for (peer, _) in requests {
            story.net.engine(peer.node).release(now, peer.session);
        }
        // Some of the cancellations are lost: their clients are found to be gone by the next confirmable one.
        story.net.report_unreachable();
        story.net.set_line(Line::default());
        story.change(10);
        story.net.settle();
        assert_eq!(story.observers(), 0);
    });
}

/// So that client and server do the blocks, the application sees bodies.
const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };

#[test]
fn a_large_notification_is_fetched_in_blocks_and_seen_in_one_piece() {
    for flags in [0, NOTIFY_CON] {
        let (mut net, state) = (Network::new(7), Rc::new(Cell::new(b'a')));
        let config = || Config { block_mode: WHOLE, ..Config::default() };
        let (server, client) = (net.add_node_with(config()), net.add_node_with(config()));
        let shown = Rc::clone(&state);
        net.offer_observable(server, "state", flags, move |call| {
            call.answer_large(&[shown.get(); 5000], shown.get().into(), &TEXT);
        });
        let peer = net.connect(client, server);
        let mut request = net.new_request(peer, MessageType::Con, Code::GET, "state");
        request.insert_option(OBSERVE, b"").expect("fits");
        let request = net.send(peer, request);
        net.run_for(Duration::from_secs(1));
        for next in [b'b', b'c'] {
            state.set(next);
            assert!(net.notify(server, "state"));
            net.run_for(Duration::from_secs(1));
        }
        let body = |letter| Ending::Response(Code::CONTENT, vec![letter; 5000]);
        assert_eq!(net.endings(&request), [body(b'a'), body(b'b'), body(b'c')]);
        assert_eq!(net.served(server).count(), 3, "blocks are served without the handler");
        let now = net.now();
        let mid = net.engine(client).cancel_observe(now, peer.session, &request.token, MessageType::Con);
        assert!(mid.is_some());
        net.settle();
        assert_eq!(net.engine(server).census().observers, 0);
        for node in [server, client] {
            let census = net.engine(node).census();
            assert_eq!((census.transfers, census.body_bytes), (0, 0));
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let mut story = Story::new(5, 0);
        story.net.set_line(Line { loss: 0.2, duplication: 0.2, ..Line::default() });
        story.observe();
        story.change(30);
        story.net.digest()
    };
    assert_eq!(run(), run());
}

/// The body of a state: a small letter stands for 5,000 bytes, a capital for 10.
fn body(letter: u8) -> Vec<u8> {
    vec![letter; if letter.is_ascii_lowercase() { 5000 } else { 10 }]
}

/// A server whose state is a letter, and a client that observes it.
struct Large {
    net: Network,
    server: NodeId,
    peer: Peer,
    request: Sent,
    state: Rc<Cell<u8>>,
}

impl Large {
    /// The client registers; the answer's rest is `lost` or not.
    fn new(lost: bool) -> Self {
        let (mut net, state) = (Network::new(7), Rc::new(Cell::new(b'a')));
        let config = || Config { block_mode: WHOLE, ..Config::default() };
        let (server, client) = (net.add_node_with(config()), net.add_node_with(config()));
        let shown = Rc::clone(&state);
        net.offer_observable(server, "state", 0, move |call| {
            call.answer_large(&body(shown.get()), shown.get().into(), &TEXT);
        });
        let peer = net.connect(client, server);
        let mut request = net.new_request(peer, MessageType::Con, Code::GET, "state");
        request.insert_option(OBSERVE, b"").expect("fits");
        let request = net.send(peer, request);
        let mut large = Self { net, server, peer, request, state };
        large.run(lost);
        large
    }

    /// The state changes; what the client asks for then is `lost` or not.
    fn becomes(&mut self, letter: u8, lost: bool) {
        self.state.set(letter);
        self.net.notify(self.server, "state");
        self.run(lost);
    }

    fn run(&mut self, lost: bool) {
        // The first block arrives, then the line is dead until the client has given up.
        self.net.run_for(Duration::from_millis(25));
        self.net.set_line(if lost { Line::dead() } else { Line::default() });
        self.net.run_for(Duration::from_secs(300));
        self.net.set_line(Line::default());
    }

    /// The letters of the states that were seen in one piece.
    fn seen(&self) -> String {
        let letter = |ending: Ending| match ending {
            Ending::Response(Code::CONTENT, seen) if seen == body(seen[0]) => seen[0].into(),
            Ending::Response(..) => '?',
            Ending::Nack(_) => '!',
        };
        self.net.endings(&self.request).into_iter().map(letter).collect()
    }

    fn partial_bodies(&self) -> usize {
        self.net.session_events(self.peer.node).filter(|event| *event == SessionEvent::PartialBlock).count()
    }

    fn observers(&mut self) -> usize {
        self.net.engine(self.server).census().observers
    }
}

#[test]
fn a_notification_whose_rest_is_lost_does_not_end_the_observation() {
    let mut large = Large::new(false);
    large.becomes(b'b', false);
    large.becomes(b'c', true);
    assert_eq!((large.seen().as_str(), large.partial_bodies()), ("ab", 1));
    large.becomes(b'd', false);
    assert_eq!((large.seen().as_str(), large.partial_bodies()), ("abd", 1));
    assert_eq!(large.observers(), 1);
}

#[test]
fn a_registration_whose_rest_is_lost_ends_on_both_sides() {
    let mut large = Large::new(true);
    assert_eq!((large.seen().as_str(), large.observers()), ("!", 1), "the server does not know yet");
    large.becomes(b'b', false);
    assert_eq!((large.seen().as_str(), large.observers()), ("!", 0), "a Reset tells it");
}

#[test]
fn a_state_that_changes_while_it_is_fetched_is_fetched_anew_and_observed_further() {
    for next in *b"eE" {
        let mut large = Large::new(false);
        // The server keeps nothing of what it answers: the second block is already one of the next state.
        let session = large.net.engine(large.server).sessions().next().expect("the client's");
        let stateless = WHOLE.with(BlockMode::STATELESS_BLOCK2);
        large.net.engine(large.server).session_mut(session).expect("it lives").set_block_mode(stateless);
        large.state.set(b'b');
        large.net.notify(large.server, "state");
        large.net.run_for(Duration::from_millis(45));
        large.state.set(b'c');
        // And once more while the client asks for the first block of that.
        large.net.run_for(Duration::from_millis(30));
        large.state.set(next);
        large.net.run_for(Duration::from_secs(10));
        large.becomes(b'd', false);
        let seen = ['a', char::from(next), 'd'].iter().collect::<String>();
        assert_eq!((large.seen(), large.observers()), (seen, 1));
        let numbers = large.net.log(large.peer.node).iter().filter_map(|entry| match &entry.outcome {
            Outcome::Response { received, .. } => Some(received.option(OBSERVE).and_then(|it| it.uint())),
            _ => None,
        });
        assert!(
            numbers.into_iter().all(|number| number.is_some()),
            "the application sees that it is notified"
        );
    }
}

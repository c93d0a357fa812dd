//! Forged sender addresses (RFC 7252 section 11.3, RFC 9175 section 2.4): who does not get what is sent there must not
//! make a server send much. `Config::verify_addresses` is on, but for the last test.
use coap_proto::{
    block::{BlockMode, Representation},
    engine::Config,
    wire::{
        Code, MessageType, Pdu,
        option::{ECHO, OBSERVE, URI_PATH},
    },
};
use coap_sim::{Ending, Network, NodeId, Outcome, Peer, for_each_seed};
use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };
/// IPv4 and UDP headers.
const HEADERS: usize = 28;

/// A server with much to say, and an address whose owner never asked.
struct Story {
    net: Network,
    server: NodeId,
    victim: SocketAddr,
    mid: u16,
    /// How often something was done that cannot be undone.
    done: Rc<Cell<usize>>,
}

impl Story {
    fn new(seed: u64) -> Self {
        Self::with(seed, Config { verify_addresses: true, block_mode: WHOLE, ..Config::default() })
    }

    fn with(seed: u64, config: Config) -> Self {
        let mut net = Network::new(seed);
        let server = net.add_node_with(config);
        for n in 0..300 {
            net.offer(server, &format!("resource/{n}"), |call| call.answer(Code::CONTENT, b""));
        }
        net.offer(server, "short", |call| call.answer(Code::CONTENT, b"0123456789"));
        net.offer(server, "book", |call| call.answer_large(&[b'b'; 20_000], 1, &TEXT));
        net.offer_observable(server, "state", 0, |call| call.answer(Code::CONTENT, b"a state"));
        let done = Rc::new(Cell::new(0));
        let count = Rc::clone(&done);
        net.offer(server, "act", move |call| {
            let only_reads = matches!(call.request.code(), Code::GET | Code::FETCH);
            count.set(count.get() + usize::from(!only_reads));
            call.answer(Code::CHANGED, &[b'!'; 500]);
        });
        net.capture();
        Self { net, server, victim: "192.0.2.7:40000".parse().expect("an address"), mid: 0, done }
    }

    fn request(&mut self, kind: MessageType, code: Code, path: &str) -> Pdu {
        self.mid += 1;
        let mut request = Pdu::new(kind, code, self.mid, 0);
        request.set_token(b"t").expect("fits");
        for segment in path.split('/') {
            request.add_option(URI_PATH, segment.as_bytes()).expect("fits");
        }
        request
    }

    /// Somebody sends in the victim's name. Returns what the victim gets.
    fn forge(&mut self, mut request: Pdu) -> Vec<Pdu> {
        self.inject(request.encode_udp())
    }

    fn inject(&mut self, bytes: &[u8]) -> Vec<Pdu> {
        let (to, seen) = (self.net.address(self.server), self.net.captured().len());
        self.net.inject(self.victim, to, bytes);
        self.net.run_for(Duration::from_millis(100));
        let sent = &self.net.captured()[seen..];
        sent.iter().filter(|it| it.to == self.victim).map(coap_sim::Capture::message).collect()
    }

    fn get(&mut self, path: &str) -> Vec<Pdu> {
        let request = self.request(MessageType::Con, Code::GET, path);
        self.forge(request)
    }

    /// What the victim got so far, headers included.
    fn traffic(&self) -> usize {
        let sent = self.net.captured().iter().filter(|it| it.to == self.victim);
        sent.map(|it| it.bytes.len() + HEADERS).sum()
    }

    /// The victim says that it is there: it gives back the Echo that it got.
    fn verify(&mut self) {
        let asked = self.get("book");
        let echo = asked[0].option(ECHO).expect("an Echo").value.to_vec();
        let mut request = self.request(MessageType::Con, Code::GET, "short");
        request.insert_option(ECHO, &echo).expect("fits");
        assert_eq!(self.forge(request)[0].code(), Code::CONTENT);
    }

    fn client(&mut self, block_mode: BlockMode) -> Peer {
        let client = self.net.add_node_with(Config { block_mode, ..Config::default() });
        self.net.connect(client, self.server)
    }
}

#[test]
fn what_is_large_becomes_a_question_and_what_is_small_is_answered() {
    for kind in [MessageType::Con, MessageType::Non] {
        for path in [".well-known/core", "book"] {
            let mut story = Story::new(1);
            let request = story.request(kind, Code::GET, path);
            let sent = request.len() + 4 + HEADERS;
            let got = story.forge(request);
            assert_eq!((got.len(), got[0].code()), (1, Code::UNAUTHORIZED), "{path}");
            assert!(got[0].option(ECHO).is_some() && got[0].payload().is_empty());
            assert!(story.traffic() <= 3 * sent);
            let small = story.request(kind, Code::GET, "short");
            assert_eq!(story.forge(small)[0].code(), Code::CONTENT);
            let census = story.net.engine(story.server).census();
            assert_eq!((census.transfers, census.body_bytes), (0, 0), "nothing is kept for it");
        }
    }
}

#[test]
fn even_the_shortest_request_is_asked_back() {
    let mut story = Story::with(2, Config { verify_addresses: true, ..Config::default() });
    let mut root = coap_proto::resource::Resource::new(b"", 0);
    root.methods = coap_proto::resource::MethodMask::ALL;
    story.net.offer_resource(story.server, root, |call| call.answer(Code::CONTENT, &[b'r'; 200]));
    let got = story.inject(&[0x40, 1, 0, 1]);
    assert_eq!(got[0].code(), Code::UNAUTHORIZED);
    let got = story.inject(&[0x48, 1, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(got[0].code(), Code::UNAUTHORIZED, "with the longest token, too");
}

#[test]
fn whatever_is_sent_in_its_name_an_address_gets_three_times_as_much_at_most() {
    for_each_seed(0..60, |seed| {
        let mut story = Story::new(seed);
        let mut sent = 0;
        for _ in 0..200 {
            let choice = story.net.rng().usize(0..10);
            let kind = if story.net.rng().bool() { MessageType::Con } else { MessageType::Non };
            let bytes = match choice {
                0 => vec![0x40, 0, 7, story.net.rng().u8(..)],
                1 => vec![0x40, 1, 9, story.net.rng().u8(..), 0xff],
                2 => vec![0x60 + story.net.rng().u8(0..2) * 16, 0, 0, story.net.rng().u8(..)],
                _ => {
                    let paths = [".well-known/core", "book", "short", "state", "act", "nowhere"];
                    let path = paths[story.net.rng().usize(0..paths.len())];
                    let codes = [Code::GET, Code::GET, Code::PUT, Code::FETCH, Code::DELETE];
                    let code = codes[story.net.rng().usize(0..codes.len())];
                    let mut request = story.request(kind, code, path);
                    if story.net.rng().bool() {
                        request.insert_option(OBSERVE, b"").expect("fits");
                    }
                    if story.net.rng().u8(0..4) == 0 {
                        let block = [story.net.rng().u8(..)];
                        request.insert_option(coap_proto::wire::option::BLOCK2, &block).expect("fits");
                    }
                    request.encode_udp().to_vec()
                }
            };
            sent += bytes.len() + HEADERS;
            let times = story.net.rng().usize(1..3);
            (1..times).for_each(|_| sent += bytes.len() + HEADERS);
            (0..times).for_each(|_| drop(story.inject(&bytes)));
            story.net.notify(story.server, "state");
            assert!(story.traffic() <= 3 * sent, "{} for {sent}", story.traffic());
        }
        story.net.run_for(Duration::from_secs(300));
        assert!(story.traffic() <= 3 * sent, "{} for {sent}, later", story.traffic());
        assert_eq!(story.done.get(), 0, "nothing was done in its name");
    });
}

#[test]
fn who_gives_the_echo_back_gets_everything() {
    let mut story = Story::new(3);
    story.verify();
    assert_eq!(story.get("book")[0].payload().len(), 1024);
    assert_eq!(story.get(".well-known/core")[0].payload().len(), 1024);
}

#[test]
fn an_echo_that_is_forged_stale_or_somebody_elses_proves_nothing() {
    let mut story = Story::new(4);
    let echo = story.get("book")[0].option(ECHO).expect("an Echo").value.to_vec();
    let with = |story: &mut Story, echo: &[u8]| {
        let mut request = story.request(MessageType::Con, Code::GET, "book");
        request.insert_option(ECHO, echo).expect("fits");
        story.forge(request)[0].code()
    };
    let mut forged = echo.clone();
    forged[10] ^= 0x80;
    for value in [&forged[..], &[], &[0; 41], &[0; 18]] {
        assert_eq!(with(&mut story, value), Code::UNAUTHORIZED, "{value:02x?}");
    }
    let victim = std::mem::replace(&mut story.victim, "192.0.2.66:40000".parse().expect("an address"));
    assert_eq!(with(&mut story, &echo), Code::UNAUTHORIZED, "of another peer");
    story.victim = victim;
    story.net.run_for(Duration::from_secs(121));
    assert_eq!(with(&mut story, &echo), Code::UNAUTHORIZED, "stale");
    let echo = story.get("book")[0].option(ECHO).expect("an Echo").value.to_vec();
    story.net.run_for(Duration::from_secs(119));
    assert_eq!(with(&mut story, &echo), Code::CONTENT);
}

#[test]
fn a_client_of_ours_does_not_notice() {
    let mut story = Story::new(5);
    let peer = story.client(WHOLE);
    let listing = story.net.engine(story.server).resources().well_known(b"");
    for (path, body) in [(".well-known/core", listing), ("book", vec![b'b'; 20_000])] {
        let request = story.net.get(peer, path);
        story.net.run_for(Duration::from_secs(5));
        assert_eq!(story.net.endings(&request), [Ending::Response(Code::CONTENT, body)]);
    }
    let books = story.net.served(story.server).count();
    assert_eq!(books, 1, "its address was known by then");
}

#[test]
fn a_client_that_does_not_know_echo_gets_what_is_small() {
    let mut story = Story::new(6);
    let peer = story.client(BlockMode::NONE);
    let (small, large) = (story.net.get(peer, "short"), story.net.get(peer, "book"));
    story.net.run_for(Duration::from_secs(5));
    assert_eq!(story.net.code(&small), Code::CONTENT);
    assert_eq!(story.net.code(&large), Code::UNAUTHORIZED);
}

#[test]
fn nothing_is_done_twice_and_nothing_before_the_address_is_known() {
    let mut story = Story::new(7);
    let request = story.request(MessageType::Con, Code::POST, "act");
    assert_eq!(story.forge(request)[0].code(), Code::UNAUTHORIZED);
    assert_eq!(story.done.get(), 0);
    let peer = story.client(WHOLE);
    let request = story.net.post(peer, "act", b"go");
    story.net.run_for(Duration::from_secs(5));
    assert_eq!(story.net.endings(&request), [Ending::Response(Code::CHANGED, vec![b'!'; 500])]);
    assert_eq!(story.done.get(), 1);
}

#[test]
fn only_who_is_there_observes() {
    let mut story = Story::new(8);
    let observe = |story: &mut Story| {
        let mut request = story.request(MessageType::Con, Code::GET, "state");
        request.insert_option(OBSERVE, b"").expect("fits");
        story.forge(request)[0].code()
    };
    assert_eq!(observe(&mut story), Code::UNAUTHORIZED);
    assert!(!story.net.notify(story.server, "state"));
    story.verify();
    assert_eq!(observe(&mut story), Code::CONTENT);
    let before = story.net.captured().len();
    for _ in 0..5 {
        assert!(story.net.notify(story.server, "state"));
        story.net.run_for(Duration::from_millis(100));
    }
    assert_eq!(story.net.captured().len(), before + 5);
}

#[test]
fn who_answers_a_request_is_there_but_a_mere_acknowledgement_can_be_guessed() {
    for (answers, code) in [(true, Code::CONTENT), (false, Code::UNAUTHORIZED)] {
        let mut story = Story::new(9);
        story.get("short");
        let session = story.net.engine(story.server).sessions().next().expect("one");
        let own = Peer { node: story.server, session };
        let request = story.net.get(own, "x");
        story.net.run_for(Duration::from_millis(50));
        let mid = request.mid;
        let mut answer = match answers {
            true => Pdu::new(MessageType::Ack, Code::CONTENT, mid, 0),
            false => Pdu::new(MessageType::Ack, Code::EMPTY, mid, 0),
        };
        if answers {
            answer.set_token(&request.token).expect("fits");
        }
        story.inject(answer.encode_udp());
        assert_eq!(story.get("book")[0].code(), code);
        let got = |entry: &coap_sim::Entry| matches!(entry.outcome, Outcome::Response { .. });
        assert_eq!(story.net.count(story.server, got), usize::from(answers));
    }
}

#[test]
fn a_new_session_has_to_prove_it_anew() {
    let mut story = Story::new(10);
    story.verify();
    let session = story.net.engine(story.server).sessions().next().expect("one");
    story.net.run_for(Duration::from_secs(301));
    assert!(story.net.engine(story.server).session(session).is_none(), "idle for too long");
    assert_eq!(story.get("book")[0].code(), Code::UNAUTHORIZED);
}

#[test]
fn members_of_a_group_ask_back_too() {
    let mut story = Story::new(11);
    let group: SocketAddr = "224.0.1.187:5683".parse().expect("an address");
    story.net.join(story.server, group);
    let mut request = story.request(MessageType::Non, Code::GET, ".well-known/core");
    story.net.inject(story.victim, group, request.encode_udp());
    story.net.run_for(Duration::from_secs(10));
    let got = story.net.captured().last().expect("an answer").message();
    assert_eq!(got.code(), Code::UNAUTHORIZED);
    assert!(got.option(ECHO).is_some());
}

#[test]
fn by_default_everybody_gets_everything() {
    let mut story = Story::with(12, Config { block_mode: WHOLE, ..Config::default() });
    assert_eq!(story.get("book")[0].payload().len(), 1024);
    assert_eq!(story.get(".well-known/core")[0].code(), Code::CONTENT);
    let request = story.request(MessageType::Con, Code::POST, "act");
    assert_eq!(story.forge(request)[0].code(), Code::CHANGED);
}

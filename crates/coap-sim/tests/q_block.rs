//! Bodies in blocks that do not wait for each other (RFC 9177), between two engines.
use coap_proto::block::{BlockMode, Body, Representation};
use coap_proto::engine::{Config, FixedPoint, NackReason, Parameters, SendError};
use coap_proto::wire::{BlockValue, Code, MessageType, Pdu, option};
use coap_sim::{Ending, Line, Network, NodeId, Outcome, Peer, Sent};
use std::sync::Arc;
use std::time::Duration;

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const QUICK: BlockMode = WHOLE.with(BlockMode::TRY_Q_BLOCK);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };
const SECOND: Duration = Duration::from_secs(1);

fn config(block_mode: BlockMode) -> Config {
    Config { block_mode, ..Config::default() }
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

struct Story {
    net: Network,
    server: NodeId,
    peer: Peer,
    /// So many messages went before the part of the story that matters.
    prelude: usize,
}

impl Story {
    fn new(client: BlockMode, server: BlockMode) -> Self {
        let mut net = Network::new(1);
        let server = net.add_node_with(config(server));
        let node = net.add_node_with(config(client));
        let peer = net.connect(node, server);
        net.offer(server, "store", |call| {
            let length = call.request.payload().len();
            assert!(call.request.payload() == content(length), "a body of {length} bytes came wrong");
            call.response.set_code(Code::CHANGED);
        });
        net.offer(server, "text", |call| call.answer_large(&content(25_000), 9, &TEXT));
        net.capture();
        Self { net, server, peer, prelude: 0 }
    }

    /// Two that know about each other that they know Q-Block.
    fn acquainted(mode: BlockMode) -> Self {
        let mut story = Self::new(mode, QUICK);
        story.net.get(story.peer, "none");
        story.net.run_for(SECOND);
        story.prelude = story.net.captured().len();
        story
    }

    fn put(&mut self, kind: MessageType, length: usize) -> Sent {
        self.try_put(kind, length).expect("it is sent")
    }

    fn try_put(&mut self, kind: MessageType, length: usize) -> Result<Sent, SendError> {
        let mut request = self.net.new_request(self.peer, kind, Code::PUT, "store");
        let (now, token) = (self.net.now(), request.token().to_vec());
        let engine = self.net.engine(self.peer.node);
        let body = Body::new(Arc::new(content(length)), 1);
        let large = engine.large_request(self.peer.session, &mut request, body).expect("there is room");
        let mid = engine.send_body(now, self.peer.session, request, large.expect("in blocks"))?;
        Ok(Sent { peer: self.peer, mid, token })
    }

    fn get(&mut self, kind: MessageType) -> Sent {
        let request = self.net.new_request(self.peer, kind, Code::GET, "text");
        self.net.send(self.peer, request)
    }

    fn cut(&mut self, loss: f64) {
        let line = Line { loss, ..Line::default() };
        self.net.set_line(line);
    }

    /// All messages of the part that matters.
    fn wire(&self) -> Vec<Pdu> {
        self.net.captured()[self.prelude..].iter().map(|it| it.message()).collect()
    }

    fn released(&self, node: NodeId) -> Vec<u64> {
        let bodies = self.net.log(node).iter().filter_map(|entry| match entry.outcome {
            Outcome::BodyReleased(ticket) => Some(ticket),
            _ => None,
        });
        bodies.collect()
    }

    fn nothing_is_left(&mut self) {
        self.net.settle();
        for node in [self.peer.node, self.server] {
            let census = self.net.engine(node).census();
            assert_eq!((census.transfers, census.exchanges, census.body_bytes), (0, 0, 0));
        }
    }
}

fn has(pdu: &Pdu, number: u16) -> bool {
    pdu.option(number).is_some()
}

fn block_of(pdu: &Pdu, number: u16) -> Option<BlockValue> {
    BlockValue::decode(pdu.option(number)?.value)
}

#[test]
fn a_client_asks_once_whether_the_server_knows_q_block() {
    let mut story = Story::new(QUICK, QUICK);
    let first = story.put(MessageType::Non, 3000);
    story.net.run_for(SECOND);
    assert_eq!(story.net.code(&first), Code::CHANGED);
    let wire = story.wire();
    assert_eq!((wire[0].kind(), wire[0].code()), (MessageType::Con, Code::GET), "the question comes first");
    assert_eq!(block_of(&wire[0], option::Q_BLOCK2), Some(BlockValue { num: 0, more: false, szx: 0 }));
    assert_eq!(wire[1].code(), Code::NOT_FOUND, "there is no such resource, but the option was understood");
    assert!(has(&wire[1], option::Q_BLOCK2));
    let numbers: Vec<_> =
        wire[2..].iter().map(|pdu| block_of(pdu, option::Q_BLOCK1).map(|it| it.num)).collect();
    assert_eq!(numbers, [Some(0), Some(1), Some(2), None], "three blocks, and one response");
    story.put(MessageType::Non, 3000);
    story.net.run_for(SECOND);
    let questions = story.wire().iter().filter(|pdu| block_of(pdu, option::Q_BLOCK2).is_some()).count();
    assert_eq!(questions, 2, "the question and its answer");
    story.nothing_is_left();
}

#[test]
fn with_a_server_that_does_not_know_it_nothing_is_lost() {
    for server in [WHOLE, BlockMode::NONE] {
        let mut story = Story::new(QUICK, server);
        if server == BlockMode::NONE {
            story.net.offer(story.server, "store", |call| {
                let block = call.request.option(option::BLOCK1).unwrap().value.to_vec();
                let more = BlockValue::decode(&block).unwrap().more;
                call.response.set_code(if more { Code::CONTINUE } else { Code::CHANGED });
                call.response.insert_option(option::BLOCK1, &block).unwrap();
            });
        }
        let requests = [story.put(MessageType::Con, 5000), story.put(MessageType::Non, 5000)];
        let mut asked = story.net.new_request(story.peer, MessageType::Con, Code::GET, "text");
        asked.insert_option(option::Q_BLOCK2, &[4]).unwrap();
        let asked = story.net.send(story.peer, asked);
        story.net.run_for(60 * SECOND);
        assert!(requests.iter().all(|request| story.net.code(request) == Code::CHANGED), "{server:?}");
        assert_eq!(story.net.endings(&asked), [Ending::Response(Code::CONTENT, content(25_000))]);
        let quick = story.wire().iter().filter(|pdu| has(pdu, option::Q_BLOCK1)).count();
        assert_eq!(quick, 0, "not a single block went with an option that is not understood");
        assert_eq!(story.released(story.peer.node), [1, 1]);
        story.nothing_is_left();
    }
}

#[test]
fn a_server_that_does_not_answer_the_question_gets_plain_blocks() {
    let mut story = Story::new(QUICK, QUICK);
    story.cut(1.0);
    let request = story.put(MessageType::Con, 5000);
    story.net.run_for(100 * SECOND);
    story.cut(0.0);
    story.net.run_for(60 * SECOND);
    assert_eq!(story.net.code(&request), Code::CHANGED);
    assert!(!story.wire().iter().any(|pdu| has(pdu, option::Q_BLOCK1)));
}

#[test]
fn the_blocks_of_a_set_do_not_wait_and_the_next_set_waits_for_a_word() {
    let mut story = Story::acquainted(QUICK);
    let request = story.put(MessageType::Non, 25_000);
    story.net.run_for(SECOND);
    assert_eq!(story.net.code(&request), Code::CHANGED);
    let wire = story.wire();
    let blocks = wire.iter().filter(|pdu| pdu.code() == Code::PUT).collect::<Vec<_>>();
    assert_eq!(blocks.len(), 25);
    let tags: Vec<_> =
        blocks.iter().map(|pdu| pdu.option(option::REQUEST_TAG).map(|tag| tag.value)).collect();
    assert!(tags[0].is_some() && tags.iter().all(|tag| *tag == tags[0]), "one Request-Tag");
    let sizes = blocks.iter().map(|pdu| pdu.option(option::SIZE1).and_then(|size| size.uint()));
    assert!(sizes.eq(std::iter::repeat_n(Some(25_000), 25)), "Size1 in all of them");
    let mut tokens: Vec<_> = blocks.iter().map(|pdu| pdu.token()).collect();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), 25, "each block is a request of its own");
    let words: Vec<_> = wire.iter().filter(|pdu| pdu.code().is_response()).collect();
    let last = |pdu: &Pdu| block_of(pdu, option::Q_BLOCK1).map(|block| block.num);
    assert_eq!(
        words.iter().map(|pdu| pdu.code()).collect::<Vec<_>>(),
        [Code::CONTINUE, Code::CONTINUE, Code::CHANGED]
    );
    assert_eq!(words.iter().map(|pdu| last(pdu)).collect::<Vec<_>>(), [Some(9), Some(19), None]);
    story.nothing_is_left();
}

#[test]
fn max_payloads_and_non_timeout_say_how_fast_a_body_goes_without_a_word() {
    let mut story = Story::acquainted(QUICK);
    let engine = story.net.engine(story.peer.node);
    let parameters = engine.session_mut(story.peer.session).unwrap().parameters_mut();
    *parameters = Parameters { max_payloads: 4, non_timeout: FixedPoint::new(5, 0), ..*parameters };
    story.net.set_line_between(story.server, story.peer.node, Line::dead());
    story.put(MessageType::Non, 12 * 1024);
    let count = |story: &Story| story.wire().iter().filter(|pdu| pdu.code() == Code::PUT).count();
    story.net.run_for(Duration::from_millis(4900));
    assert_eq!(count(&story), 4);
    story.net.run_for(Duration::from_millis(2700));
    assert_eq!(count(&story), 8, "after 5 to 7.5 seconds");
    story.net.run_for(Duration::from_millis(7500));
    assert_eq!(count(&story), 12);
    assert_eq!(story.net.served(story.server).count(), 1, "the body has come");
}

#[test]
fn a_response_comes_in_sets_too() {
    for kind in [MessageType::Non, MessageType::Con] {
        let mut story = Story::acquainted(QUICK);
        let request = story.get(kind);
        story.net.run_for(SECOND);
        assert_eq!(
            story.net.endings(&request),
            [Ending::Response(Code::CONTENT, content(25_000))],
            "{kind:?}"
        );
        assert_eq!(story.net.served(story.server).count(), 1, "the handler ran once");
        let wire = story.wire();
        assert_eq!(block_of(&wire[0], option::Q_BLOCK2), Some(BlockValue { num: 0, more: true, szx: 6 }));
        let blocks: Vec<_> = wire.iter().filter(|pdu| pdu.code() == Code::CONTENT).collect();
        assert_eq!(blocks.len(), 25);
        assert!(blocks.iter().all(|pdu| pdu.token() == wire[0].token()), "one token");
        assert!(blocks.iter().all(|pdu| has(pdu, option::ETAG) && has(pdu, option::SIZE2)));
        let words: Vec<_> = wire[1..].iter().filter(|pdu| pdu.code() == Code::GET).collect();
        let words: Vec<_> = words.iter().filter_map(|pdu| block_of(pdu, option::Q_BLOCK2)).collect();
        let next = |num| BlockValue { num, more: true, szx: 6 };
        let expected = if kind == MessageType::Non { vec![next(10), next(20)] } else { vec![] };
        assert_eq!(words, expected, "confirmable blocks are acknowledged, that is enough");
        story.net.settle();
        assert_eq!(story.released(story.server), [9]);
        story.nothing_is_left();
    }
}

/// Requests do not wait for a server that takes its time, but what it says then counts.
#[test]
fn the_word_on_q_block_may_come_late() {
    let mut net = Network::new(1);
    let node = net.add_node_with(config(QUICK));
    let server = "10.9.9.9:5683".parse().unwrap();
    let peer = net.connect_to(node, server);
    net.capture();
    net.get(peer, "a");
    net.run_for(Duration::ZERO);
    let (question, client) = (net.captured()[0].message(), net.captured()[0].from);
    let mut empty = Pdu::new(MessageType::Ack, Code::EMPTY, question.mid(), 0);
    net.inject(server, client, empty.encode_udp());
    net.run_for(Duration::ZERO);
    assert!(!has(&net.captured()[1].message(), option::Q_BLOCK2), "the request goes without");
    let mut answer = Pdu::new(MessageType::Con, Code::NOT_FOUND, 99, 0);
    answer.set_token(question.token()).unwrap();
    answer.add_option(option::Q_BLOCK2, &[]).unwrap();
    net.inject(server, client, answer.encode_udp());
    let request = net.get_non(peer, "b");
    net.run_for(Duration::ZERO);
    let last = net.captured().last().unwrap().message();
    assert_eq!(last.token(), request.token);
    assert_eq!(block_of(&last, option::Q_BLOCK2), Some(BlockValue { num: 0, more: true, szx: 6 }));
    assert!(net.captured().iter().any(|it| it.header() == (MessageType::Ack, Code::EMPTY, 99)));
    assert_eq!(
        net.count(node, |entry| matches!(entry.outcome, Outcome::Response { .. })),
        0,
        "it is nobody's"
    );
}

/// A server that goes on sending blocks of a response that nobody waits for is told so, and stops.
#[test]
fn blocks_for_a_request_that_was_cancelled_are_rejected() {
    let mut story = Story::acquainted(QUICK);
    let request = story.get(MessageType::Non);
    let engine = story.net.engine(story.peer.node);
    engine.cancel_token(story.peer.session, &request.token);
    story.net.run_for(SECOND);
    assert_eq!(story.net.endings(&request), []);
    let wire = story.wire();
    assert_eq!(wire.iter().filter(|pdu| pdu.code() == Code::CONTENT).count(), 10, "one set");
    assert!(wire.iter().any(|pdu| pdu.kind() == MessageType::Rst));
    assert_eq!(story.released(story.server), [9], "at once");
    story.nothing_is_left();
}

/// A client of a server whose part is played: that knows Q-Block, and has sent blocks 0 and 2 of three.
struct Played {
    net: Network,
    node: NodeId,
    peer: Peer,
    request: Sent,
}

impl Played {
    const SERVER: &str = "10.9.9.9:5683";

    fn new() -> Self {
        let mut net = Network::new(1);
        let node = net.add_node_with(config(QUICK));
        let peer = net.connect_to(node, Self::SERVER.parse().unwrap());
        net.capture();
        let request = net.get(peer, "a");
        net.run_for(Duration::ZERO);
        let question = net.captured()[0].message();
        let mut known = Pdu::new(MessageType::Ack, Code::NOT_FOUND, question.mid(), 0);
        known.set_token(question.token()).unwrap();
        known.add_option(option::Q_BLOCK2, &[]).unwrap();
        let mut played = Self { net, node, peer, request };
        played.say(known);
        let (mid, token) = (played.request.mid, played.request.token.clone());
        played.say_part(MessageType::Ack, mid, &token, 0);
        played.say_part(MessageType::Con, 50, &token, 2);
        played
    }

    fn say(&mut self, mut pdu: Pdu) {
        let client = self.net.captured()[0].from;
        self.net.inject(Self::SERVER.parse().unwrap(), client, pdu.encode_udp());
    }

    fn say_part(&mut self, kind: MessageType, mid: u16, token: &[u8], num: u32) {
        let block = BlockValue { num, more: num < 2, szx: 0 };
        let mut pdu = Pdu::new(kind, Code::CONTENT, mid, 0);
        pdu.set_token(token).unwrap();
        pdu.add_option(option::ETAG, b"e").unwrap();
        pdu.add_option(option::SIZE2, &[48]).unwrap();
        pdu.insert_option(option::Q_BLOCK2, &block.encode()).unwrap();
        pdu.set_payload(&content(48)[block.offset()..][..16]).unwrap();
        self.say(pdu);
    }

    fn nacks(&self) -> usize {
        self.net.count(self.node, |entry| matches!(entry.outcome, Outcome::Nack { .. }))
    }

    fn assert_whole(&self) {
        assert_eq!(self.net.endings(&self.request), [Ending::Response(Code::CONTENT, content(48))]);
    }
}

/// The acknowledgement of a request for what is missing gets lost, what was missing comes: the request is not repeated.
#[test]
fn a_response_may_be_whole_before_the_last_request_for_it_is_acknowledged() {
    let mut played = Played::new();
    played.net.run_for(46 * SECOND);
    let asked = played.net.captured().last().unwrap().message();
    assert_eq!((asked.kind(), asked.code()), (MessageType::Con, Code::GET));
    assert_eq!(block_of(&asked, option::Q_BLOCK2), Some(BlockValue { num: 1, more: false, szx: 0 }));
    played.say_part(MessageType::Con, 51, asked.token(), 1);
    played.net.run_for(300 * SECOND);
    played.assert_whole();
    assert_eq!(played.nacks(), 0, "no failure later");
    assert_eq!(played.net.captured().last().unwrap().header(), (MessageType::Ack, Code::EMPTY, 51));
}

/// What was missing comes while the request for it still waits behind another one (NSTART): it is not sent any more.
#[test]
fn a_response_may_be_whole_before_the_last_request_for_it_is_sent() {
    let mut played = Played::new();
    let other = played.net.get(played.peer, "b");
    played.net.run_for(50 * SECOND);
    let token = played.request.token.clone();
    played.say_part(MessageType::Con, 51, &token, 1);
    played.net.run_for(300 * SECOND);
    played.assert_whole();
    assert_eq!(played.net.endings(&other), [Ending::Nack(NackReason::TooManyRetries)]);
    assert_eq!(played.nacks(), 1);
    let requests = played.net.captured().iter().map(|it| it.message()).filter(|it| it.code() == Code::GET);
    let paths: Vec<_> = requests.filter_map(|it| Some(it.option(option::URI_PATH)?.value.to_vec())).collect();
    assert_eq!(paths.iter().filter(|path| **path == b"a").count(), 1, "once");
}

/// The response to a request comes when that has been given up: the application has been told, and hears no more.
#[test]
fn blocks_of_a_response_that_comes_too_late_are_rejected() {
    for code in [Code::GET, Code::DELETE] {
        let mut story = Story::acquainted(QUICK);
        story.cut(1.0);
        let request = story.net.new_request(story.peer, MessageType::Con, code, "text");
        let request = story.net.send(story.peer, request);
        story.net.run_for(100 * SECOND);
        assert_eq!(story.net.endings(&request), [Ending::Nack(NackReason::TooManyRetries)]);
        story.cut(0.0);
        let (server, client) = (story.net.captured()[0].to, story.net.captured()[0].from);
        for (kind, num) in [(MessageType::Con, 0), (MessageType::Non, 1)] {
            let (mid, block) = (50 + num as u16, BlockValue { num, more: num < 1, szx: 0 });
            let mut pdu = Pdu::new(kind, Code::CONTENT, mid, 0);
            pdu.set_token(&request.token).unwrap();
            pdu.insert_option(option::Q_BLOCK2, &block.encode()).unwrap();
            pdu.set_payload(&content(32)[block.offset()..][..16]).unwrap();
            story.net.inject(server, client, pdu.encode_udp());
            story.net.run_for(SECOND);
            let last = story.net.captured().last().unwrap().header();
            assert_eq!(last, (MessageType::Rst, Code::EMPTY, mid), "{code}");
        }
        assert_eq!(story.net.endings(&request).len(), 1);
        story.net.run_for(100 * SECOND);
        story.nothing_is_left();
    }
}

/// Which blocks it wants a program may say itself; then it gets each by itself, whole body or not.
#[test]
fn blocks_that_were_asked_for_one_by_one_come_one_by_one() {
    for kind in [MessageType::Con, MessageType::Non] {
        let mut story = Story::acquainted(QUICK);
        let mut request = story.net.new_request(story.peer, kind, Code::GET, "text");
        let wanted = BlockValue { num: 1, more: false, szx: 2 };
        request.insert_option(option::Q_BLOCK2, &wanted.encode()).unwrap();
        let request = story.net.send(story.peer, request);
        story.net.run_for(SECOND);
        let endings = story.net.endings(&request);
        let [Ending::Response(Code::CONTENT, block)] = &endings[..] else { panic!("{endings:?}") };
        assert_eq!(block.len(), 64, "{kind:?}");
    }
}

/// RFC 7641 section 3.6: whichever block it is.
#[test]
fn an_observer_may_reject_any_block_of_a_notification() {
    let mut net = Network::new(1);
    let node = net.add_node_with(config(QUICK));
    net.offer_observable(node, "state", 0, |call| call.answer_large(&content(5000), 1, &TEXT));
    net.capture();
    let (client, server) = ("10.9.9.9:1".parse().unwrap(), net.address(node));
    let mut request = Pdu::new(MessageType::Non, Code::GET, 1, 0);
    request.set_token(b"t").unwrap();
    for (number, value) in
        [(option::OBSERVE, &[][..]), (option::URI_PATH, b"state"), (option::Q_BLOCK2, &[0xe])]
    {
        request.insert_option(number, value).unwrap();
    }
    net.inject(client, server, request.encode_udp());
    assert!(net.notify(node, "state"));
    net.run_for(Duration::ZERO);
    let last = net.captured().last().unwrap().message();
    assert_eq!(block_of(&last, option::Q_BLOCK2).map(|block| block.num), Some(4));
    let mut reset = Pdu::new(MessageType::Rst, Code::EMPTY, last.mid(), 0);
    net.inject(client, server, reset.encode_udp());
    assert_eq!(net.engine(node).census().observers, 0);
    assert!(!net.notify(node, "state"));
}

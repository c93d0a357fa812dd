//! Bodies of many blocks between two engines.
use coap_proto::block::{BlockMode, Body, Extent, Representation};
use coap_proto::engine::{Config, NackReason, SendError, SessionEvent};
use coap_proto::wire::{BlockValue, Code, MessageType, Pdu, option};
use coap_sim::{Ending, Line, Network, NodeId, Outcome, Peer, Sent};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const TEXT: Representation = Representation { content_format: 0, max_age: None, etag: 0 };

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
}

impl Story {
    fn new(client: BlockMode, server: BlockMode) -> Self {
        let mut net = Network::new(1);
        let server = net.add_node_with(config(server));
        let node = net.add_node_with(config(client));
        let peer = net.connect(node, server);
        Self { net, server, peer }
    }

    fn send(&mut self, mut request: Pdu, body: &[u8]) -> Result<Sent, SendError> {
        let (now, token) = (self.net.now(), request.token().to_vec());
        let engine = self.net.engine(self.peer.node);
        let body = Body::new(Arc::new(body.to_vec()), 1);
        let large = engine.large_request(self.peer.session, &mut request, body).expect("it fits");
        let mid = match large {
            Some(large) => engine.send_body(now, self.peer.session, request, large)?,
            None => engine.send(now, self.peer.session, request)?,
        };
        Ok(Sent { peer: self.peer, mid, token })
    }

    fn released(&self, node: NodeId) -> Vec<u64> {
        let entries = self.net.log(node).iter();
        entries
            .filter_map(|it| if let Outcome::BodyReleased(ticket) = it.outcome { Some(ticket) } else { None })
            .collect()
    }
}

#[test]
fn a_large_body_goes_up_and_comes_back() {
    for kind in [MessageType::Con, MessageType::Non] {
        let mut story = Story::new(WHOLE, WHOLE);
        story.net.offer(story.server, "echo", |call| {
            assert_eq!(call.extent, Extent { offset: 0, total: 50_000 });
            let body = call.request.payload().to_vec();
            call.answer_large(&body, 77, &TEXT);
        });
        let body = content(50_000);
        let request = story.net.new_request(story.peer, kind, Code::POST, "echo");
        let sent = story.send(request, &body).unwrap();
        story.net.settle();
        assert_eq!(story.net.endings(&sent), [Ending::Response(Code::CONTENT, body)]);
        assert_eq!(story.net.served(story.server).count(), 1);
        assert_eq!(story.released(story.peer.node), [1]);
        assert_eq!(story.released(story.server), [77]);
        for node in [story.server, story.peer.node] {
            let census = story.net.engine(node).census();
            assert_eq!((census.transfers, census.body_bytes), (0, 0));
        }
    }
}

#[test]
fn any_method_s_large_response_is_fetched_to_its_end() {
    for kind in [MessageType::Con, MessageType::Non] {
        for code in (1..=7).map(Code) {
            let mut story = Story::new(WHOLE, WHOLE);
            story.net.offer(story.server, "text", |call| call.answer_large(&content(3000), 7, &TEXT));
            let mut request = story.net.new_request(story.peer, kind, code, "text");
            request.add_option(option::CONTENT_FORMAT, &[]).unwrap();
            let sent = story.net.send(story.peer, request);
            story.net.settle();
            let whole = [Ending::Response(Code::CONTENT, content(3000))];
            assert_eq!(story.net.endings(&sent), whole, "{kind:?} {code:?}");
            assert_eq!(story.net.served(story.server).count(), 1);
        }
    }
}

#[test]
fn who_has_something_older_gets_the_whole_and_the_handler_runs_once() {
    let mut story = Story::new(WHOLE, WHOLE);
    story.net.offer(story.server, "text", |call| call.answer_large(&content(3000), 7, &TEXT));
    let mut request = story.net.new_request(story.peer, MessageType::Con, Code::GET, "text");
    request.insert_option(option::ETAG, b"older").unwrap();
    request.insert_option(option::ETAG, b"oldest").unwrap();
    let sent = story.net.send(story.peer, request);
    story.net.settle();
    assert_eq!(story.net.endings(&sent), [Ending::Response(Code::CONTENT, content(3000))]);
    assert_eq!(story.net.served(story.server).count(), 1);
}

#[test]
fn without_single_body_each_block_is_seen() {
    let mode = BlockMode::USE_LIBCOAP;
    let mut story = Story::new(mode, mode);
    story.net.offer(story.server, "store", |call| call.response.set_code(Code::CHANGED));
    story.net.offer(story.server, "text", |call| call.answer_large(&content(2500), 5, &TEXT));
    let request = story.net.new_request(story.peer, MessageType::Con, Code::PUT, "store");
    let sent = story.send(request, &content(3000)).unwrap();
    story.net.settle();
    let extents: Vec<_> = (story.net.log(story.server).iter())
        .filter_map(|it| if let Outcome::Served { extent, .. } = it.outcome { Some(extent) } else { None })
        .map(|extent| (extent.offset, extent.total))
        .collect();
    assert_eq!(extents, [(0, 3000), (1024, 3000), (2048, 3000)]);
    assert_eq!(story.net.code(&sent), Code::CHANGED);
    let sent = story.net.get(story.peer, "text");
    story.net.settle();
    let pieces: Vec<_> = (story.net.log(story.peer.node).iter())
        .filter_map(|it| match &it.outcome {
            Outcome::Response { received, extent, .. } if received.token() == sent.token => {
                Some((extent.offset, extent.total, received.payload().len()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(pieces, [(0, 2500, 1024), (1024, 2500, 1024), (2048, 2500, 452)]);
}

#[test]
fn a_request_for_one_block_gets_that_block() {
    let mut story = Story::new(WHOLE, WHOLE);
    story.net.offer(story.server, "text", |call| call.answer_large(&content(2500), 5, &TEXT));
    let mut request = story.net.new_request(story.peer, MessageType::Con, Code::GET, "text");
    request.add_option(option::BLOCK2, &[0x21]).unwrap();
    let sent = story.net.send(story.peer, request);
    story.net.settle();
    assert_eq!(story.net.endings(&sent), [Ending::Response(Code::CONTENT, content(2500)[64..96].to_vec())]);
}

#[test]
fn the_last_block_by_itself_says_what_it_belongs_to() {
    let mut story = Story::new(BlockMode::NONE, WHOLE);
    story.net.offer(story.server, "text", |call| call.answer_large(&content(2500), 5, &TEXT));
    let mut ask = |value: &[u8]| {
        let mut request = story.net.new_request(story.peer, MessageType::Con, Code::GET, "text");
        request.add_option(option::BLOCK2, value).unwrap();
        let sent = story.net.send(story.peer, request);
        story.net.settle();
        let mut responses = story.net.log(story.peer.node).iter().filter_map(|entry| match &entry.outcome {
            Outcome::Response { received, .. } if received.token() == sent.token => Some(received.clone()),
            _ => None,
        });
        responses.next_back().unwrap()
    };
    let (last, first) = (ask(&[0x26]), ask(&[6]));
    assert_eq!(last.payload(), &content(2500)[2048..]);
    assert_eq!(last.option(option::SIZE2).unwrap().uint(), Some(2500));
    let etag = |response: &Pdu| response.option(option::ETAG).unwrap().value.to_vec();
    assert_eq!(etag(&last), etag(&first), "of the same body");
}

#[test]
fn a_server_that_answers_later_is_asked_for_the_rest_too() {
    for lost in [0, 1] {
        let mut story = Story::new(WHOLE, WHOLE);
        let ticket = Rc::new(Cell::new(None));
        let kept = ticket.clone();
        story.net.offer(story.server, "slow", move |call| {
            // No answer yet: the request is acknowledged. The response is sent by itself.
            let mid = call.engine.new_mid(call.session).unwrap();
            let mut response = Pdu::new(MessageType::Con, Code::CONTENT, mid, 1148);
            response.set_token(call.request.token()).unwrap();
            let body = Body::new(Arc::new(content(2500)), 6);
            let place = (call.session, Some(call.resource));
            let large = call.engine.large_response(place, call.request, &mut response, body, &TEXT);
            kept.set(Some((call.session, response, large.unwrap().unwrap())));
        });
        let sent = story.net.get(story.peer, "slow");
        story.net.run_for(Duration::from_millis(15));
        let line = if lost > 0 { Line::dead() } else { Line::default() };
        story.net.set_line_between(story.server, story.peer.node, line);
        story.net.run_for(Duration::from_secs(1));
        story.net.set_line_between(story.server, story.peer.node, Line::default());
        let (session, response, large) = ticket.take().unwrap();
        let now = story.net.now();
        story.net.engine(story.server).send_body(now, session, response, large).unwrap();
        story.net.settle();
        assert_eq!(story.net.endings(&sent), [Ending::Response(Code::CONTENT, content(2500))]);
        assert_eq!(story.released(story.server), [6]);
    }
}

#[test]
fn a_body_that_changes_on_the_way_is_fetched_anew() {
    for (mode, told) in [(WHOLE, 0), (BlockMode::USE_LIBCOAP, 1)] {
        let mut story = Story::new(mode, WHOLE.with(BlockMode::STATELESS_BLOCK2));
        let mut asked = 0;
        let after: Vec<u8> = content(2500).into_iter().rev().collect();
        let body = after.clone();
        story.net.offer(story.server, "clock", move |call| {
            asked += 1;
            call.answer_large(if asked < 3 { &[8; 3000] } else { &body }, asked, &TEXT);
        });
        let sent = story.net.get(story.peer, "clock");
        story.net.settle();
        let endings = story.net.endings(&sent);
        let Some(Ending::Response(Code::CONTENT, last)) = endings.last() else { panic!("{endings:?}") };
        assert!(after.ends_with(last));
        assert!(mode != WHOLE || endings.len() == 1 && *last == after);
        let events = story.net.session_events(story.peer.node);
        assert_eq!(events.filter(|event| *event == SessionEvent::PartialBlock).count(), told);
        assert!(story.released(story.server).is_empty(), "nothing is kept");
    }
}

#[test]
fn a_server_that_is_gone_in_mid_transfer_ends_it_under_the_request_s_own_token() {
    for (up, down) in [(3000, 100), (100, 3000)] {
        let mut story = Story::new(WHOLE, WHOLE);
        story.net.offer(story.server, "swap", move |call| call.answer_large(&content(down), 9, &TEXT));
        let request = story.net.new_request(story.peer, MessageType::Con, Code::POST, "swap");
        let sent = story.send(request, &content(up)).unwrap();
        story.net.run_for(Duration::from_millis(30));
        story.net.set_line(Line::dead());
        story.net.settle();
        assert_eq!(story.net.endings(&sent), [Ending::Nack(NackReason::TooManyRetries)]);
        let mut events = story.net.session_events(story.peer.node);
        assert_eq!(events.any(|event| event == SessionEvent::XmitBlockFail), up == 3000);
        assert_eq!(story.released(story.peer.node), if up == 3000 { vec![1] } else { vec![] });
    }
}

#[test]
fn a_kept_body_is_released_when_nobody_asks_for_it_any_more() {
    let mut story = Story::new(BlockMode::NONE, WHOLE);
    story.net.offer(story.server, "text", |call| call.answer_large(&content(3000), 8, &TEXT));
    let ask = |story: &mut Story, num| {
        let mut request = story.net.new_request(story.peer, MessageType::Con, Code::GET, "text");
        let block = BlockValue { num, more: false, szx: 6 };
        request.add_option(option::BLOCK2, &block.encode()).unwrap();
        let sent = story.net.send(story.peer, request);
        story.net.run_for(Duration::from_secs(1));
        assert_eq!(story.net.code(&sent), Code::CONTENT);
    };
    let failures = |story: &Story| {
        story.net.session_events(story.server).filter(|event| *event == SessionEvent::XmitBlockFail).count()
    };
    ask(&mut story, 0);
    ask(&mut story, 2);
    story.net.run_for(Duration::from_secs(6));
    assert!(story.released(story.server).is_empty());
    story.net.run_for(Duration::from_secs(3));
    assert_eq!(story.released(story.server), [8], "8 s after its last block");
    assert_eq!(failures(&story), 0);
    ask(&mut story, 0);
    ask(&mut story, 1);
    story.net.run_for(Duration::from_secs(90));
    assert_eq!(story.released(story.server), [8]);
    story.net.run_for(Duration::from_secs(5));
    assert_eq!(story.released(story.server), [8, 8], "93 s after another one");
    assert_eq!(failures(&story), 1);
}

#[test]
fn a_body_goes_with_its_session() {
    let mut story = Story::new(WHOLE, WHOLE);
    story.net.offer(story.server, "text", |call| call.answer_large(&content(3000), 8, &TEXT));
    let up = story.net.new_request(story.peer, MessageType::Con, Code::PUT, "text");
    let up = story.send(up, &content(5000)).unwrap();
    let down = story.net.get(story.peer, "text");
    story.net.run_for(Duration::from_millis(50));
    let (now, peer) = (story.net.now(), story.peer);
    story.net.engine(peer.node).disconnect(now, peer.session, NackReason::NotDeliverable);
    story.net.run_for(Duration::ZERO);
    assert_eq!(story.released(peer.node), [1]);
    for request in [up, down] {
        assert_eq!(story.net.endings(&request), [Ending::Nack(NackReason::NotDeliverable)]);
    }
    let server = story.net.engine(story.server);
    let session = server.sessions().next().unwrap();
    server.disconnect(now, session, NackReason::NotDeliverable);
    story.net.settle();
    for node in [story.server, peer.node] {
        assert_eq!(story.net.engine(node).census().transfers, 0);
    }
}

#[test]
fn a_request_that_is_cancelled_sends_no_more_blocks() {
    let mut story = Story::new(WHOLE, WHOLE);
    story.net.offer(story.server, "store", |call| call.response.set_code(Code::CHANGED));
    let request = story.net.new_request(story.peer, MessageType::Con, Code::PUT, "store");
    let sent = story.send(request, &content(50_000)).unwrap();
    story.net.run_for(Duration::from_millis(110));
    let engine = story.net.engine(story.peer.node);
    assert_eq!(engine.cancel_token(story.peer.session, &sent.token), 1, "the block under way");
    story.net.settle();
    assert_eq!(story.net.endings(&sent), []);
    assert_eq!(story.net.served(story.server).count(), 0);
    assert_eq!(story.released(story.peer.node), [1]);
}

#[test]
fn a_server_with_less_room_gets_smaller_blocks() {
    let mut net = Network::new(1);
    let server = net.add_node_with(Config { max_block_size: 64, ..config(WHOLE) });
    let node = net.add_node_with(config(WHOLE));
    let peer = net.connect(node, server);
    let mut story = Story { net, server, peer };
    story.net.offer(server, "store", |call| {
        assert_eq!(call.request.payload(), content(5000));
        call.response.set_code(Code::CHANGED);
    });
    story.net.capture();
    let request = story.net.new_request(story.peer, MessageType::Con, Code::PUT, "store");
    let sent = story.send(request, &content(5000)).unwrap();
    story.net.settle();
    assert_eq!(story.net.code(&sent), Code::CHANGED);
    let payloads = story.net.captured().iter().map(|it| Pdu::decode_udp(&it.bytes).unwrap().payload().len());
    assert_eq!(payloads.filter(|size| *size > 64).count(), 1, "only the first block was larger");
}

#[test]
fn a_server_that_finds_blocks_too_large_gets_smaller_ones_from_the_start() {
    let mut story = Story::new(WHOLE, BlockMode::NONE);
    let mut body = Vec::new();
    story.net.offer(story.server, "store", move |call| {
        let block = BlockValue::decode(call.request.option(option::BLOCK1).unwrap().value).unwrap();
        if block.szx > 2 {
            call.response.set_code(Code::TOO_LARGE);
            let wanted = BlockValue { szx: 2, ..block };
            call.response.add_option(option::BLOCK1, &wanted.encode()).unwrap();
            return;
        }
        assert_eq!(block.offset(), body.len());
        body.extend_from_slice(call.request.payload());
        call.response.set_code(if block.more { Code::CONTINUE } else { Code::CHANGED });
        call.response.add_option(option::BLOCK1, &block.encode()).unwrap();
        assert!(block.more || body == content(3000));
    });
    let request = story.net.new_request(story.peer, MessageType::Con, Code::PUT, "store");
    let sent = story.send(request, &content(3000)).unwrap();
    story.net.settle();
    assert_eq!(story.net.code(&sent), Code::CHANGED);
}

#[test]
fn a_server_that_keeps_nothing_gets_the_payload_of_a_fetch_with_each_request() {
    let mode = WHOLE.with(BlockMode::STATELESS_FETCH);
    let mut story = Story::new(mode, WHOLE.with(BlockMode::STATELESS_BLOCK2));
    story.net.offer(story.server, "find", |call| {
        assert_eq!(call.request.payload(), b"what");
        call.answer_large(&content(3000), 4, &TEXT);
    });
    let mut request = story.net.new_request(story.peer, MessageType::Con, Code::FETCH, "find");
    request.add_option(option::CONTENT_FORMAT, &[42]).unwrap();
    request.set_payload(b"what").unwrap();
    let sent = story.net.send(story.peer, request);
    story.net.settle();
    assert_eq!(story.net.endings(&sent), [Ending::Response(Code::CONTENT, content(3000))]);
    assert_eq!(story.net.served(story.server).count(), 3);
}

#[test]
fn many_bodies_of_one_client_do_not_disturb_each_other() {
    let mut story = Story::new(WHOLE, WHOLE);
    story.net.offer(story.server, "echo", |call| {
        let body = call.request.payload().to_vec();
        call.answer_large(&body, 3, &TEXT);
    });
    let mut send = |which: u8| {
        let kind = [MessageType::Con, MessageType::Non][usize::from(which % 2)];
        let request = story.net.new_request(story.peer, kind, Code::POST, "echo");
        let body = vec![which; 4000 + usize::from(which)];
        (story.send(request, &body).unwrap(), body)
    };
    let sent: Vec<_> = (0..30).map(&mut send).collect();
    story.net.settle();
    for (request, body) in sent {
        assert_eq!(story.net.endings(&request), [Ending::Response(Code::CONTENT, body)]);
    }
}

#[test]
fn blocks_that_are_asked_for_again_come_again_and_the_handler_runs_once() {
    // As proxies ask, and at a server that might use Q-Block, too.
    let ways = [(WHOLE, None), (WHOLE, Some(16)), (WHOLE.with(BlockMode::TRY_Q_BLOCK), None)];
    for (seed, (mode, hop_limit)) in (0..30).zip(ways.into_iter().cycle()) {
        let mut story = Story::new(WHOLE, WHOLE);
        let line = Line { loss: 0.1, duplication: 0.5, ..Line::default() };
        story.net = Network::new(seed);
        story.net.set_line(line);
        story.server = story.net.add_node_with(config(mode));
        let node = story.net.add_node_with(config(WHOLE));
        story.peer = story.net.connect(node, story.server);
        story.net.offer(story.server, "large", |call| call.answer_large(&content(20_000), 1, &TEXT));
        let mut request = story.net.new_request(story.peer, MessageType::Con, Code::GET, "large");
        if let Some(hops) = hop_limit {
            request.insert_option(option::HOP_LIMIT, &[hops]).expect("it fits");
        }
        let sent = story.net.send(story.peer, request);
        story.net.run_for(Duration::from_secs(200));
        assert_eq!(story.net.endings(&sent), [Ending::Response(Code::CONTENT, content(20_000))]);
        assert_eq!(story.net.served(story.server).count(), 1);
        // What duplicates of the first request are known by, and no other.
        assert!(story.net.engine(story.server).census().reply_bytes < 3000);
    }
}

#[test]
fn more_of_a_body_is_asked_for_with_options_as_good_as_those_of_any_request() {
    let mut net = Network::new(1);
    let server = net.add_node_with(config(WHOLE));
    net.offer(server, "large", |call| call.answer_large(&content(5000), 1, &TEXT));
    net.capture();
    let mut ask = |num: u32, others: &[(u16, &[u8])]| {
        let mut request = Pdu::new(MessageType::Con, Code::GET, net.captured().len() as u16, 0);
        request.add_option(option::URI_PATH, b"large").expect("it fits");
        request
            .add_option(option::BLOCK2, &BlockValue { num, more: false, szx: 6 }.encode())
            .expect("it fits");
        for (number, value) in others {
            request.insert_option(*number, value).expect("it fits");
        }
        net.inject("192.0.2.1:40000".parse().expect("an address"), net.address(server), request.encode_udp());
        let answer = net.captured().last().expect("an answer").message();
        (answer.code(), answer.payload().to_vec(), net.served(server).count())
    };
    let block = |num: usize| content(5000)[1024 * num..][..1024].to_vec();
    assert_eq!(ask(0, &[]), (Code::CONTENT, block(0), 1));
    assert_eq!(ask(1, &[]), (Code::CONTENT, block(1), 1));
    assert_eq!(ask(2, &[(option::HOP_LIMIT, &[1])]), (Code::CONTENT, block(2), 1), "this is where it ends");
    let refused = |(code, _, served)| (code, served);
    assert_eq!(refused(ask(3, &[(option::HOP_LIMIT, &[0])])), (Code::BAD_REQUEST, 1));
    assert_eq!(refused(ask(3, &[(option::BLOCK2, &[0x36])])), (Code::BAD_OPTION, 1), "which one?");
    assert_eq!(refused(ask(3, &[(option::OSCORE, &[])])), (Code::BAD_OPTION, 1), "it is not understood");
    assert_eq!(refused(ask(3, &[(option::URI_PATH, b"other")])), (Code::NOT_FOUND, 1));
    assert_eq!(refused(ask(3, &[(option::IF_NONE_MATCH, &[])])), (Code::PRECONDITION_FAILED, 1));
    assert_eq!(refused(ask(3, &[(option::URI_QUERY, b"q")])), (Code::CONTENT, 2), "of another body");
    assert_eq!(ask(3, &[]), (Code::CONTENT, block(3), 2));
}

#[test]
fn more_of_a_body_is_not_given_to_who_asks_a_group_confirmably() {
    let mut net = Network::new(1);
    let (server, group) = (net.add_node_with(config(WHOLE)), "224.0.1.187:5683".parse().expect("an address"));
    net.offer(server, "large", |call| call.answer_large(&content(5000), 1, &TEXT));
    net.join(server, group);
    net.capture();
    let own = net.address(server);
    for (num, to, answers) in [(0, own, 1), (1, own, 2), (2, group, 2), (2, own, 3)] {
        let mut request = Pdu::new(MessageType::Con, Code::GET, 100 + answers, 0);
        request.add_option(option::URI_PATH, b"large").expect("it fits");
        let block = BlockValue { num, more: false, szx: 6 };
        request.add_option(option::BLOCK2, &block.encode()).expect("it fits");
        net.inject("192.0.2.1:40000".parse().expect("an address"), to, request.encode_udp());
        net.run_for(Duration::from_secs(10));
        assert_eq!(net.captured().len(), usize::from(answers), "block {num} of {to}");
    }
}

#[test]
fn who_asks_for_the_same_resource_again_and_again_does_not_make_the_server_keep_all_its_bodies() {
    let mut story = Story::new(WHOLE, WHOLE);
    for resource in ["large", "other"] {
        story.net.offer(story.server, resource, |call| call.answer_large(&content(20_000), 1, &TEXT));
    }
    let get = |story: &mut Story, resource: &str| {
        let request = story.net.new_request(story.peer, MessageType::Con, Code::GET, resource);
        let sent = story.net.send(story.peer, request);
        story.net.run_for(Duration::from_secs(1));
        assert_eq!(story.net.endings(&sent), [Ending::Response(Code::CONTENT, content(20_000))]);
    };
    for round in 0..6usize {
        get(&mut story, "large");
        assert_eq!(story.released(story.server).len(), round.saturating_sub(1), "the last two stay");
    }
    get(&mut story, "other");
    assert_eq!(story.released(story.server).len(), 4, "another resource has nothing to do with them");
    story.net.settle();
    assert_eq!(story.released(story.server).len(), 7);
}

#[test]
fn blocks_are_the_application_s_own_business_unless_it_says_otherwise() {
    let mut story = Story::new(BlockMode::NONE, BlockMode::NONE);
    story.net.offer(story.server, "text", |call| {
        assert!(call.request.option(option::REQUEST_TAG).is_none());
        call.response.set_code(Code::CONTENT);
        call.response.add_option(option::BLOCK2, &[8]).unwrap();
        call.response.set_payload(&[1; 16]).unwrap();
    });
    let sent = story.net.get(story.peer, "text");
    let mut request = story.net.new_request(story.peer, MessageType::Con, Code::PUT, "text");
    request.add_option(option::BLOCK1, &[0x18]).unwrap();
    request.set_payload(&[2; 16]).unwrap();
    let put = story.net.send(story.peer, request);
    story.net.settle();
    assert_eq!(story.net.served(story.server).count(), 2);
    for request in [sent, put] {
        assert_eq!(story.net.endings(&request), [Ending::Response(Code::CONTENT, vec![1; 16])]);
    }
}

#[test]
fn what_was_done_is_not_done_again_because_its_response_has_changed() {
    for (code, again) in [(Code::GET, true), (Code::FETCH, true), (Code::POST, false), (Code::PUT, false)] {
        // A server that keeps nothing, and says something else each time, until it has been asked three times.
        let mut story = Story::new(WHOLE, WHOLE.with(BlockMode::STATELESS_BLOCK2));
        let (served, mut turn) = (Rc::new(Cell::new(0)), 0);
        let count = Rc::clone(&served);
        story.net.offer(story.server, "counter", move |call| {
            if call.request.payload() == b"go" || call.request.code() == Code::GET {
                count.set(count.get() + 1);
            }
            turn = (turn + 1).min(3);
            call.answer_large(&[turn; 1500], 1, &TEXT);
        });
        let stateless_fetch = WHOLE.with(BlockMode::STATELESS_FETCH);
        let (node, session) = (story.peer.node, story.peer.session);
        story.net.engine(node).session_mut(session).unwrap().set_block_mode(stateless_fetch);
        let mut request = story.net.new_request(story.peer, MessageType::Con, code, "counter");
        request.insert_option(option::CONTENT_FORMAT, b"").unwrap();
        request.set_payload(if code == Code::GET { b"" } else { b"go" }).unwrap();
        let request = story.net.send(story.peer, request);
        story.net.settle();
        if again {
            assert_eq!(
                story.net.endings(&request),
                [Ending::Response(Code::CONTENT, vec![3; 1500])],
                "{code}"
            );
        } else {
            assert_eq!(story.net.endings(&request), [Ending::Nack(NackReason::BadResponse)], "{code}");
            assert_eq!(served.get(), 1);
        }
    }
}

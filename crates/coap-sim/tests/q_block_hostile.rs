//! Q-Block messages that no good client or server sends: refused or ignored, budgets held, others served.
use coap_proto::{
    block::{BlockMode, Body, Representation},
    engine::{Config, SessionEvent},
    wire::{BlockValue, Code, MessageType, Pdu, missing_blocks, option, uint},
};
use coap_sim::{Ending, Network, NodeId, Outcome, Peer, Sent};
use std::{net::SocketAddr, sync::Arc, time::Duration};

const QUICK: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY).with(BlockMode::TRY_Q_BLOCK);
const MIB: usize = 1 << 20;
const CLIENT: &str = "10.9.9.9:1";

struct Server {
    net: Network,
    node: NodeId,
    mid: u16,
}

/// A block of a request body.
#[derive(Clone, Copy)]
struct Block {
    kind: MessageType,
    num: u32,
    more: bool,
    szx: u8,
    /// Length of the body.
    size: u64,
    tag: u64,
    /// What its bytes are.
    filling: u8,
}

const fn block(num: u32, more: bool, size: u64) -> Block {
    Block { kind: MessageType::Non, num, more, szx: 0, size, tag: 1, filling: 7 }
}

impl Server {
    fn new(config: Config) -> Self {
        let mut net = Network::new(3);
        let node = net.add_node_with(Config { block_mode: QUICK, ..config });
        net.offer(node, "store", |call| call.response.set_code(Code::CHANGED));
        net.offer(node, "text", |call| {
            call.answer_large(&[1; 500], 1, &Representation { content_format: 0, max_age: None, etag: 5 });
        });
        net.capture();
        Self { net, node, mid: 0 }
    }

    fn send(&mut self, from: &str, mut pdu: Pdu) -> Vec<Pdu> {
        self.mid += 1;
        pdu.set_mid(self.mid);
        pdu.update_token(&self.mid.to_be_bytes()).unwrap();
        let before = self.net.captured().len();
        let to = self.net.address(self.node);
        self.net.inject(from.parse().unwrap(), to, pdu.encode_udp());
        self.net.captured()[before..].iter().map(|it| it.message()).collect()
    }

    fn put_from(&mut self, from: &str, block: Block) -> Vec<Pdu> {
        self.send(from, put(block))
    }

    /// The code of the one answer, if there is any.
    fn put(&mut self, block: Block) -> Option<Code> {
        let answers = self.put_from(CLIENT, block);
        assert!(answers.len() <= 1, "at most one answer");
        answers.first().map(|answer| answer.code())
    }

    fn get(&mut self, kind: MessageType, options: &[BlockValue]) -> Vec<Pdu> {
        let mut request = Pdu::new(kind, Code::GET, 0, 0);
        request.add_option(option::URI_PATH, b"text").unwrap();
        for asked in options {
            request.insert_option(option::Q_BLOCK2, &asked.encode()).unwrap();
        }
        self.send(CLIENT, request)
    }

    fn held(&mut self) -> usize {
        self.net.engine(self.node).census().body_bytes
    }

    fn bodies(&self) -> Vec<Vec<u8>> {
        self.net.served(self.node).map(|request| request.payload().to_vec()).collect()
    }

    fn serves_others(&mut self) {
        let client = self.net.add_client(self.node);
        let request = self.net.get(client, "store");
        self.net.settle();
        assert_eq!(self.net.code(&request), Code::CHANGED);
    }
}

fn put(block: Block) -> Pdu {
    let Block { kind, num, more, szx, size, tag, filling } = block;
    let value = BlockValue { num, more, szx };
    let mut pdu = Pdu::new(kind, Code::PUT, 0, 0);
    pdu.add_option(option::URI_PATH, b"store").unwrap();
    pdu.add_option(option::Q_BLOCK1, &value.encode()).unwrap();
    pdu.add_option(option::SIZE1, &uint::encode(size)).unwrap();
    pdu.add_option(option::REQUEST_TAG, &uint::encode(tag)).unwrap();
    let length = if more { value.size() } else { (size as usize).saturating_sub(value.offset()) };
    pdu.set_payload(&vec![filling; length.min(2000)]).unwrap();
    pdu
}

#[test]
fn block_values_without_meaning_are_refused() {
    let mut server = Server::new(Config::default());
    let refused = Some(Code::BAD_REQUEST);
    assert_eq!(server.put(Block { szx: 7, ..block(0, true, 5000) }), refused);
    assert_eq!(server.put(block(1, true, 20)), refused, "not all of it is in the body");
    assert_eq!(server.put(block(0, false, 40)), refused, "not the last one");
    assert_eq!(server.put(block(9, false, 40)), refused, "behind the end");
    for number in [option::SIZE1, option::REQUEST_TAG] {
        let mut without = put(block(0, true, 40));
        without.remove_option(number);
        assert_eq!(server.send(CLIENT, without)[0].code(), Code::BAD_REQUEST, "{number} is missing");
    }
    for options in [
        &[BlockValue { num: 0, more: false, szx: 7 }][..],
        &[BlockValue { num: 2, more: false, szx: 0 }, BlockValue { num: 1, more: false, szx: 0 }],
        &[BlockValue { num: 1, more: false, szx: 0 }, BlockValue { num: 1, more: false, szx: 0 }],
        &[BlockValue { num: 1, more: false, szx: 0 }, BlockValue { num: 2, more: false, szx: 1 }],
    ] {
        let answers = server.get(MessageType::Con, options);
        assert_eq!(answers[0].code(), Code::BAD_REQUEST, "{options:?}");
    }
    assert_eq!((server.held(), server.bodies().len()), (0, 0));
    server.serves_others();
}

/// RFC 9177 section 4.1.
#[test]
fn block_and_q_block_options_do_not_go_together() {
    let mut server = Server::new(Config::default());
    for number in [option::BLOCK1, option::BLOCK2] {
        for kind in [MessageType::Con, MessageType::Non] {
            let mut mixed = put(Block { kind, ..block(0, true, 40) });
            mixed.insert_option(number, &[]).unwrap();
            let answers = server.send(CLIENT, mixed);
            let code = if kind == MessageType::Con { Code::BAD_OPTION } else { Code::EMPTY };
            assert_eq!(answers[0].code(), code, "{number}: a non-confirmable one is rejected");
        }
    }
    let mut doubled = put(Block { kind: MessageType::Con, ..block(0, true, 40) });
    doubled.insert_option(option::Q_BLOCK1, &[8]).unwrap();
    assert_eq!(server.send(CLIENT, doubled)[0].code(), Code::BAD_OPTION, "only Q-Block2 may be repeated");
    assert_eq!(server.held(), 0);
    server.serves_others();
}

#[test]
fn a_server_without_q_block_refuses_both_options() {
    let mut server = Server::new(Config::default());
    server.net.engine(server.node).config_mut().block_mode = BlockMode::USE_LIBCOAP;
    let answers = server.put_from(CLIENT, Block { kind: MessageType::Con, ..block(0, true, 40) });
    assert_eq!(answers[0].code(), Code::BAD_OPTION);
    assert!(answers[0].option(option::Q_BLOCK1).is_some(), "and names the option");
    let answers = server.get(MessageType::Con, &[BlockValue { num: 0, more: true, szx: 0 }]);
    assert_eq!(answers[0].code(), Code::BAD_OPTION);
    assert_eq!(server.put_from(CLIENT, block(0, true, 40))[0].kind(), MessageType::Rst);
}

#[test]
fn the_highest_block_number_takes_the_memory_of_one_block() {
    let mut server = Server::new(Config::default());
    let size = 16 << 20;
    assert_eq!(
        server.put(block(BlockValue::MAX_NUM, false, size)),
        Some(Code::INCOMPLETE),
        "the last one first"
    );
    assert!(server.held() < 2000, "16 bytes came: {}", server.held());
    let huge = Block { szx: 6, ..block(BlockValue::MAX_NUM, false, 1 << 30) };
    assert_eq!(server.put(Block { tag: 2, ..huge }), Some(Code::TOO_LARGE));
    server.net.run_for(Duration::from_secs(300));
    assert_eq!(server.held(), 0);
    let asked: Vec<_> = server.net.captured().iter().map(|it| it.message()).collect();
    let lists = asked.iter().filter(|pdu| pdu.code() == Code::INCOMPLETE);
    let lists: Vec<_> = lists.map(|pdu| missing_blocks::decode(pdu.payload(), 99).unwrap()).collect();
    assert_eq!(lists.len(), 5, "at once, and NON_MAX_RETRANSMIT times");
    assert!(
        lists.iter().all(|list| *list == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        "MAX_PAYLOADS at a time: {lists:?}"
    );
    server.serves_others();
}

#[test]
fn a_body_may_come_backwards_and_twice() {
    let mut server = Server::new(Config::default());
    let size = 16 * 30 - 3;
    for num in (1..30).rev() {
        for _ in 0..2 {
            server.put(block(num, num < 29, size));
        }
    }
    assert_eq!(server.bodies().len(), 0);
    assert_eq!(server.put(block(0, true, size)), Some(Code::CHANGED));
    assert_eq!(server.bodies(), [vec![7; size as usize]]);
    for num in 0..30 {
        assert_eq!(server.put(block(num, num < 29, size)), None, "it was served");
    }
    assert_eq!(server.bodies().len(), 1);
}

#[test]
fn blocks_that_contradict_each_other_end_the_body() {
    for wrong in [
        Block { filling: 9, ..block(1, true, 100) },
        Block { size: 101, ..block(2, true, 100) },
        Block { szx: 1, ..block(1, true, 100) },
    ] {
        let mut server = Server::new(Config::default());
        assert_eq!(server.put(block(0, true, 100)), None);
        assert_eq!(server.put(block(1, true, 100)), None);
        assert_eq!(server.put(wrong), Some(Code::INCOMPLETE));
        assert_eq!(server.held(), 0);
        assert!(server.net.session_events(server.node).any(|event| event == SessionEvent::PartialBlock));
    }
}

#[test]
fn interleaved_bodies_are_told_apart_by_request_tag() {
    let mut server = Server::new(Config::default());
    for num in 0..4 {
        for tag in 1..4 {
            let last = num == 3;
            let answer = server.put(Block { tag, filling: tag as u8, ..block(num, !last, 60) });
            assert_eq!(answer, last.then_some(Code::CHANGED));
        }
    }
    assert_eq!(server.bodies(), [[1; 60], [2; 60], [3; 60]].map(|body| body.to_vec()));
}

#[test]
fn unfinished_bodies_are_held_to_the_budgets() {
    let config = Config { session_body_bytes: MIB, body_bytes: 2 * MIB, ..Config::default() };
    let mut server = Server::new(config);
    for peer in 0..20u64 {
        let from = format!("10.9.{peer}.9:1");
        for tag in 0..1000 {
            server.put_from(&from, Block { tag, szx: 6, ..block(3, true, 60_000) });
            assert!(server.held() <= 2 * MIB);
        }
    }
    server.serves_others();
}

/// A kept response body is sent to nobody for nothing: each request for blocks gets at most one set, once.
/// Their blocks are confirmable, and under way: nobody acknowledges them.
#[test]
fn peers_whose_bodies_made_room_for_those_of_others_fall_idle() {
    let mut server = Server::new(Config { body_bytes: 3000, ..Config::default() });
    for peer in 1..=20 {
        let mut request = Pdu::new(MessageType::Con, Code::GET, 0, 0);
        request.add_option(option::URI_PATH, b"text").unwrap();
        let first = BlockValue { num: 0, more: true, szx: 0 };
        request.add_option(option::Q_BLOCK2, &first.encode()).unwrap();
        assert_eq!(
            server.send(&format!("10.9.9.{peer}:1"), request).len(),
            2,
            "an answer, and the next block"
        );
        assert!(server.held() <= 3000);
    }
    server.net.run_out();
    assert_eq!(server.net.engine(server.node).census().sessions, 0);
}

#[test]
fn requests_for_blocks_get_no_more_than_a_set() {
    let mut server = Server::new(Config::default());
    let all = BlockValue { num: 0, more: true, szx: 0 };
    let one = |num, more| BlockValue { num, more, szx: 0 };
    assert_eq!(server.get(MessageType::Non, &[all]).len(), 10, "the first set");
    let overlapping = [one(3, true), one(4, true), one(5, false)];
    assert_eq!(server.get(MessageType::Non, &overlapping).len(), 7, "3 to 9, each once");
    let many: Vec<_> = (0..32).map(|num| one(num, false)).collect();
    assert_eq!(server.get(MessageType::Non, &many).len(), 10, "not more than MAX_PAYLOADS");
    let behind = server.get(MessageType::Non, &[one(BlockValue::MAX_NUM, false)]);
    assert_eq!(behind.iter().map(Pdu::code).collect::<Vec<_>>(), [Code::BAD_REQUEST]);
    let next = server.get(MessageType::Non, &[one(BlockValue::MAX_NUM - 5, true)]);
    assert_eq!(next.iter().map(Pdu::code).collect::<Vec<_>>(), [Code::BAD_REQUEST]);
    server.net.settle();
    let released = |entry: &coap_sim::Entry| matches!(entry.outcome, Outcome::BodyReleased(1));
    assert_eq!(server.net.count(server.node, released), 1);
}

#[test]
fn who_rejects_a_block_gets_no_more() {
    let mut server = Server::new(Config::default());
    let sent = server.get(MessageType::Non, &[BlockValue { num: 0, more: true, szx: 0 }]);
    let mut reset = Pdu::new(MessageType::Rst, Code::EMPTY, sent[4].mid(), 0);
    let to = server.net.address(server.node);
    server.net.inject(CLIENT.parse().unwrap(), to, reset.encode_udp());
    assert_eq!(server.held(), 0);
    let before = server.net.captured().len();
    server.net.settle();
    assert_eq!(server.net.captured().len(), before);
}

#[test]
fn requests_of_groups_with_q_block2_are_ignored() {
    let mut net = Network::new(3);
    let node = net.add_node_with(Config { block_mode: QUICK, ..Config::default() });
    net.offer(node, "text", |call| call.answer(Code::CONTENT, b"x"));
    let group: SocketAddr = "224.0.1.187:5683".parse().unwrap();
    net.join(node, group);
    let client = net.add_node_with(Config { block_mode: QUICK, ..Config::default() });
    let peer = net.connect_to(client, group);
    for asks in [true, false] {
        let mut request = net.new_request(peer, MessageType::Non, Code::GET, "text");
        if asks {
            request.insert_option(option::Q_BLOCK2, &[8]).unwrap();
        }
        let from = "10.9.9.9:1".parse().unwrap();
        net.inject(from, group, request.encode_udp());
        net.settle();
        assert_eq!(net.served(node).count(), usize::from(!asks));
    }
}

/// A client of ours that sends a body to a server of these tests.
struct Client {
    net: Network,
    peer: Peer,
    request: Sent,
    server: SocketAddr,
}

impl Client {
    fn uploading() -> Self {
        let mut client = Self::acquainted();
        let net = &mut client.net;
        let mut request = net.new_request(client.peer, MessageType::Non, Code::PUT, "store");
        let (now, token) = (net.now(), request.token().to_vec());
        let engine = net.engine(client.peer.node);
        let body = Body::new(Arc::new(vec![5; 30_000]), 1);
        let large = engine.large_request(client.peer.session, &mut request, body).unwrap().unwrap();
        let mid = engine.send_body(now, client.peer.session, request, large).unwrap();
        client.request = Sent { peer: client.peer, mid, token };
        client.net.run_for(Duration::ZERO);
        client
    }

    fn acquainted() -> Self {
        let mut net = Network::new(3);
        let node = net.add_node_with(Config { block_mode: QUICK, ..Config::default() });
        let server = "10.9.9.9:5683".parse().unwrap();
        let peer = net.connect_to(node, server);
        net.capture();
        let request = net.get(peer, "none");
        net.run_for(Duration::ZERO);
        let mut client = Self { net, peer, request, server };
        for _ in 0..2 {
            let asked = client.net.captured().last().unwrap().message();
            let mut answer = Pdu::new(MessageType::Ack, Code::NOT_FOUND, asked.mid(), 0);
            answer.set_token(asked.token()).unwrap();
            answer.insert_option(option::Q_BLOCK2, &[]).unwrap();
            client.says(answer);
        }
        client
    }

    /// The server sends something; returns what the client says then.
    fn says(&mut self, mut pdu: Pdu) -> Vec<Pdu> {
        let before = self.net.captured().len();
        let to = self.net.captured()[0].from;
        self.net.inject(self.server, to, pdu.encode_udp());
        self.net.run_for(Duration::ZERO);
        self.net.captured()[before..].iter().map(|it| it.message()).collect()
    }

    /// A list of missing blocks comes; returns the blocks that the client sends then.
    fn misses(&mut self, mid: u16, list: &[u8]) -> Vec<u32> {
        let token = self.net.captured().last().unwrap().message().token().to_vec();
        let mut pdu = Pdu::new(MessageType::Non, Code::INCOMPLETE, mid, 0);
        pdu.set_token(&token).unwrap();
        pdu.add_option(option::CONTENT_FORMAT, &uint::encode(missing_blocks::CONTENT_FORMAT.into())).unwrap();
        pdu.set_payload(list).unwrap();
        let sent = self.says(pdu);
        let number = |pdu: &Pdu| BlockValue::decode(pdu.option(option::Q_BLOCK1).unwrap().value).unwrap().num;
        sent.iter().map(number).collect()
    }
}

#[test]
fn lists_of_missing_blocks_are_believed_within_bounds() {
    let mut client = Client::uploading();
    assert_eq!(client.misses(1, &[2, 5]), [2, 5]);
    assert_eq!(client.misses(2, &[2, 2, 5, 5]), [2, 5], "repetitions are ignored");
    for (mid, garbage) in
        [&b"garbage"[..], &[5, 2], &[0x18], &[0x1a, 0, 0x10, 0, 0], &[0x81, 1]].into_iter().enumerate()
    {
        assert_eq!(client.misses(10 + mid as u16, garbage), [0; 0], "{garbage:?}");
    }
    assert_eq!(client.misses(20, &[0x1a, 0, 0x0f, 0xff, 0xff]), [0; 0], "no block of the body");
    let everything = missing_blocks::encode(0..30, 1000);
    assert_eq!(client.misses(21, &everything), (0..10).collect::<Vec<_>>(), "MAX_PAYLOADS at a time");
    let huge: Vec<u8> = missing_blocks::encode(0..60_000, 60_000);
    assert_eq!(client.misses(22, &huge), (0..10).collect::<Vec<_>>());
    assert_eq!(
        client.misses(23, &[9, 10]),
        [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
        "it waits for the next set"
    );
    assert_eq!(client.net.endings(&client.request), [], "the application hears nothing of all that");
    client.net.settle();
    assert_eq!(client.net.endings(&client.request), []);
    let told = client.net.session_events(client.peer.node).filter(|it| *it == SessionEvent::XmitBlockFail);
    assert_eq!(told.count(), 1, "no response came");
}

/// RFC 9177 section 4.3: it forgets what it has.
#[test]
fn a_server_that_asks_for_blocks_of_a_cancelled_body_is_rejected() {
    let mut client = Client::uploading();
    let token = client.request.token.clone();
    client.net.engine(client.peer.node).cancel_token(client.peer.session, &token);
    client.net.settle();
    let mut late = Pdu::new(MessageType::Non, Code::INCOMPLETE, 7, 0);
    late.set_token(&token).unwrap();
    late.add_option(option::CONTENT_FORMAT, &uint::encode(missing_blocks::CONTENT_FORMAT.into())).unwrap();
    late.set_payload(&[1]).unwrap();
    let said = client.says(late);
    assert_eq!(said.iter().map(Pdu::kind).collect::<Vec<_>>(), [MessageType::Rst]);
    assert_eq!(client.net.endings(&client.request), []);
}

#[test]
fn responses_that_contradict_themselves_are_given_up() {
    type Change = fn(&mut Pdu);
    let changes: [(&str, Change); 4] = [
        ("another Size2", |pdu| _ = pdu.update_option(option::SIZE2, &[5, 0]).unwrap()),
        ("no ETag", |pdu| _ = pdu.remove_option(option::ETAG)),
        ("another Content-Format", |pdu| _ = pdu.insert_option(option::CONTENT_FORMAT, &[50]).unwrap()),
        ("other bytes", |pdu| {
            pdu.clear_payload();
            pdu.set_payload(&[9; 16]).unwrap();
        }),
    ];
    for (what, change) in changes {
        let mut client = Client::acquainted();
        let asked = client.net.get_non(client.peer, "text");
        client.net.run_for(Duration::ZERO);
        let part = |mid: u16, num: u32| {
            let mut pdu = Pdu::new(MessageType::Non, Code::CONTENT, mid, 0);
            pdu.set_token(&asked.token).unwrap();
            pdu.add_option(option::ETAG, b"e").unwrap();
            pdu.add_option(option::SIZE2, &uint::encode(1000)).unwrap();
            pdu.add_option(option::Q_BLOCK2, &BlockValue { num, more: true, szx: 0 }.encode()).unwrap();
            pdu.set_payload(&[1; 16]).unwrap();
            pdu
        };
        client.says(part(1, 0));
        client.says(part(2, 1));
        let mut wrong = part(3, 1);
        change(&mut wrong);
        client.says(wrong);
        let endings = client.net.endings(&asked);
        assert!(matches!(endings[..], [Ending::Nack(_)]), "{what}: {endings:?}");
        client.says(part(4, 2));
        assert_eq!(client.net.endings(&asked).len(), 1, "what still comes is rejected");
        client.net.settle();
        assert_eq!(client.net.engine(client.peer.node).census().transfers, 0);
    }
}

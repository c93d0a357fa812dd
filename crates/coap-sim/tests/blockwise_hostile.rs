//! Blocks that no good client or server sends: answered with an error, budgets held, others served.
use coap_proto::{
    block::{BlockMode, Representation},
    engine::{Config, NackReason, SessionEvent},
    wire::{BlockValue, Code, MessageType, Pdu, option, uint},
};
use coap_sim::{Ending, Network, NodeId, Outcome};
use std::{net::SocketAddr, time::Duration};

const WHOLE: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
const MIB: usize = 1 << 20;

struct Server {
    net: Network,
    node: NodeId,
    mid: u16,
}

/// A block of a request body.
#[derive(Clone, Copy)]
struct Block<'a> {
    num: u32,
    more: bool,
    szx: u8,
    content: &'a [u8],
    options: &'a [(u16, &'a [u8])],
}

const fn block(num: u32, more: bool, content: &[u8]) -> Block<'_> {
    Block { num, more, szx: 0, content, options: &[] }
}

impl Server {
    fn new(config: Config) -> Self {
        let mut net = Network::new(3);
        let node = net.add_node_with(Config { block_mode: WHOLE, ..config });
        net.offer(node, "store", |call| call.response.set_code(Code::CHANGED));
        net.offer(node, "text", |call| {
            let what = Representation { content_format: 0, max_age: None, etag: 0 };
            call.answer_large(&[1; 5000], 1, &what);
        });
        net.capture();
        Self { net, node, mid: 0 }
    }

    fn send(
        &mut self,
        from: &str,
        kind: MessageType,
        code: Code,
        path: &str,
        options: &[(u16, &[u8])],
        payload: &[u8],
    ) -> Vec<Pdu> {
        self.mid += 1;
        let mut pdu = Pdu::new(kind, code, self.mid, 0);
        pdu.set_token(&self.mid.to_be_bytes()).unwrap();
        pdu.add_option(option::URI_PATH, path.as_bytes()).unwrap();
        for (number, value) in options {
            pdu.insert_option(*number, value).unwrap();
        }
        pdu.set_payload(payload).unwrap();
        let before = self.net.captured().len();
        let to = self.net.address(self.node);
        self.net.inject(from.parse().unwrap(), to, pdu.encode_udp());
        self.net.captured()[before..].iter().map(|it| Pdu::decode_udp(&it.bytes).unwrap()).collect()
    }

    fn put_as(&mut self, from: &str, kind: MessageType, block: Block<'_>) -> Vec<Pdu> {
        let value = BlockValue { num: block.num, more: block.more, szx: block.szx }.encode();
        let mut options = block.options.to_vec();
        options.push((option::BLOCK1, &value));
        self.send(from, kind, Code::PUT, "store", &options, block.content)
    }

    /// The code that a confirmable block is answered with.
    fn put(&mut self, block: Block<'_>) -> Code {
        let answers = self.put_as("10.9.9.9:1", MessageType::Con, block);
        assert_eq!(answers.len(), 1, "one answer");
        answers[0].code()
    }

    fn bodies(&self) -> Vec<Vec<u8>> {
        self.net.served(self.node).map(|request| request.payload().to_vec()).collect()
    }

    fn held(&mut self) -> usize {
        self.net.engine(self.node).census().body_bytes
    }

    fn serves_others(&mut self) {
        let client = self.net.add_client(self.node);
        let request = self.net.get(client, "store");
        self.net.settle();
        assert_eq!(self.net.code(&request), Code::CHANGED);
    }
}

#[test]
fn block_values_without_meaning_are_refused() {
    let mut server = Server::new(Config::default());
    assert_eq!(server.put(Block { szx: 7, ..block(0, true, &[0; 16]) }), Code::BAD_REQUEST);
    assert_eq!(server.put(block(0, true, &[0; 15])), Code::BAD_REQUEST, "shorter than it says");
    assert_eq!(server.put(block(1, true, &[0; 17])), Code::BAD_REQUEST, "longer than it says");
    assert_eq!(server.put(block(1, true, &[])), Code::BAD_REQUEST, "empty in the middle");
    for value in [&[7][..], &[0x17]] {
        let options = [(option::BLOCK2, value)];
        let answers = server.send("10.9.9.9:1", MessageType::Con, Code::GET, "text", &options, &[]);
        assert_eq!(answers[0].code(), Code::BAD_REQUEST);
    }
    let options = [(option::BLOCK1, &[0, 0, 0, 8][..])];
    let answers = server.send("10.9.9.9:1", MessageType::Con, Code::PUT, "store", &options, &[0; 16]);
    assert_eq!(answers[0].code(), Code::BAD_OPTION, "RFC 7252 section 5.4.3: four bytes are too many");
    assert_eq!(server.net.served(server.node).count(), 0);
    server.serves_others();
}

#[test]
fn the_highest_block_number_takes_the_memory_of_one_block() {
    let mut server = Server::new(Config::default());
    assert_eq!(server.put(block(BlockValue::MAX_NUM, true, &[0; 16])), Code::CONTINUE);
    assert!(server.held() < 2000, "16 bytes came: {}", server.held());
    let huge = Block { szx: 6, ..block(BlockValue::MAX_NUM, true, &[0; 1024]) };
    let answers = server.put_as("10.9.9.9:1", MessageType::Con, huge);
    assert_eq!(answers[0].code(), Code::TOO_LARGE);
    assert_eq!(answers[0].option(option::SIZE1).unwrap().uint(), Some(64 * MIB as u64));
    server.serves_others();
}

#[test]
fn an_announced_size_beyond_the_limit_is_refused_at_once() {
    let mut server = Server::new(Config { max_body_size: 1000, ..Config::default() });
    let sized = |size: &'static [u8]| Block {
        options: Box::leak(Box::new([(option::SIZE1, size)])),
        ..block(0, true, &[0; 16])
    };
    assert_eq!(server.put(sized(&[0xff; 4])), Code::TOO_LARGE);
    assert_eq!(server.held(), 0);
    assert_eq!(server.put(sized(&[3, 0xe8])), Code::CONTINUE);
    for num in 1..62 {
        assert_eq!(server.put(block(num, true, &[0; 16])), Code::CONTINUE);
    }
    assert_eq!(server.put(block(62, true, &[0; 16])), Code::TOO_LARGE, "Size1 was a lie");
    assert_eq!(server.held(), 0);
    server.serves_others();
}

#[test]
fn confirmable_blocks_with_gaps_are_incomplete() {
    let mut server = Server::new(Config::default());
    assert_eq!(server.put(block(3, false, &[0; 7])), Code::INCOMPLETE, "the last block first");
    assert_eq!(server.put(block(0, true, &[0; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(2, false, &[0; 7])), Code::INCOMPLETE, "a gap");
    assert_eq!(server.held(), 0);
    assert_eq!(server.net.served(server.node).count(), 0);
    let strict = BlockMode::NOT_RANDOM_BLOCK1;
    let mut server = Server::new(Config::default());
    let client = "10.9.9.9:1";
    server.put_as(client, MessageType::Con, block(0, false, b"x"));
    let session = server.net.engine(server.node).sessions().next().unwrap();
    server.net.engine(server.node).session_mut(session).unwrap().set_block_mode(WHOLE.with(strict));
    assert_eq!(server.put(block(1, true, &[0; 16])), Code::INCOMPLETE, "block 0 is missing");
    assert_eq!(server.put(block(0, true, &[0; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(2, true, &[0; 16])), Code::INCOMPLETE, "block 1 is missing");
    assert_eq!(server.put(block(1, false, &[1])), Code::CHANGED, "and can still come");
}

#[test]
fn non_confirmable_blocks_may_overtake_each_other() {
    let mut server = Server::new(Config::default());
    let (client, non) = ("10.9.9.9:1", MessageType::Non);
    let body: Vec<u8> = (0..50).collect();
    assert_eq!(server.put_as(client, non, block(2, true, &body[32..48]))[0].code(), Code::CONTINUE);
    assert_eq!(server.put_as(client, non, block(0, true, &body[..16]))[0].code(), Code::CONTINUE);
    assert!(server.put_as(client, non, block(3, false, &body[48..])).is_empty(), "one is missing");
    let answers = server.put_as(client, non, block(1, true, &body[16..32]));
    assert_eq!(answers.iter().map(Pdu::code).collect::<Vec<_>>(), [Code::CONTINUE, Code::CHANGED]);
    assert_eq!(answers[1].token(), [0, 3], "the response is that to the last block");
    assert_eq!(server.bodies(), [body]);
    assert_eq!(server.held(), 0);
}

#[test]
fn who_leaves_out_a_block_for_good_is_told_so() {
    let mut server = Server::new(Config::default());
    let (client, non) = ("10.9.9.9:1", MessageType::Non);
    server.put_as(client, non, block(0, true, &[0; 16]));
    let before = server.net.captured().len();
    assert!(server.put_as(client, non, block(2, false, &[0; 7])).is_empty());
    server.net.run_for(Duration::from_secs(9));
    assert_eq!(server.net.captured().len(), before);
    server.net.run_for(Duration::from_secs(2));
    let answer = Pdu::decode_udp(&server.net.captured()[before].bytes).unwrap();
    assert_eq!((answer.code(), answer.token()), (Code::INCOMPLETE, &[0, 2][..]));
    assert_eq!(server.held(), 0);
}

#[test]
fn blocks_that_contradict_each_other_are_refused() {
    let mut server = Server::new(Config::default());
    assert_eq!(server.put(block(0, true, &[0; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(1, true, &[0; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(1, true, &[0; 16])), Code::CONTINUE, "the same again does no harm");
    assert_eq!(server.put(block(1, true, &[9; 16])), Code::INCOMPLETE, "other content");
    assert_eq!(server.put(block(0, true, &[0; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(2, true, &[0; 16])), Code::CONTINUE);
    let wide = Block { szx: 1, ..block(1, true, &[0; 32]) };
    assert_eq!(server.put(wide), Code::INCOMPLETE, "overlaps with what came");
    assert_eq!(server.put(block(0, true, &[0; 16])), Code::CONTINUE);
    let other = [(option::CONTENT_FORMAT, &[50][..])];
    let other = Block { options: &other, ..block(1, true, &[0; 16]) };
    assert_eq!(server.put(other), Code::INCOMPLETE, "another Content-Format");
    assert_eq!(server.held(), 0);
    let told = server.net.session_events(server.node).filter(|event| *event == SessionEvent::PartialBlock);
    assert_eq!(told.count(), 3);
    server.serves_others();
}

#[test]
fn a_client_may_start_over() {
    let mut server = Server::new(Config::default());
    assert_eq!(server.put(block(0, true, &[1; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(1, true, &[1; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(0, true, &[1; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(1, false, &[2; 5])), Code::CHANGED);
    assert_eq!(server.bodies(), [[vec![1; 16], vec![2; 5]].concat()]);
}

#[test]
fn interleaved_bodies_are_told_apart_by_request_tag() {
    let mut server = Server::new(Config::default());
    let tags: Vec<[(u16, &[u8]); 1]> = vec![[(option::REQUEST_TAG, b"a")], [(option::REQUEST_TAG, b"b")]];
    for (num, more) in [(0, true), (1, true), (2, false)] {
        for (which, options) in tags.iter().enumerate() {
            let content = [which as u8 + num as u8 * 10; 16];
            let expected = if more { Code::CONTINUE } else { Code::CHANGED };
            assert_eq!(server.put(Block { options, ..block(num, more, &content) }), expected);
        }
    }
    let body = |which: u8| (0..3).flat_map(|num| [which + num * 10; 16]).collect::<Vec<u8>>();
    assert_eq!(server.bodies(), [body(0), body(1)]);
}

#[test]
fn interleaved_bodies_without_request_tag_are_never_mixed_unseen() {
    let mut server = Server::new(Config::default());
    assert_eq!(server.put(block(0, true, &[1; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(0, true, &[2; 16])), Code::CONTINUE, "the second one replaces the first");
    assert_eq!(server.put(block(1, true, &[1; 16])), Code::CONTINUE);
    assert_eq!(server.put(block(1, true, &[2; 16])), Code::INCOMPLETE);
    assert_eq!(server.put(block(2, false, &[1; 3])), Code::INCOMPLETE);
    assert_eq!(server.put(block(2, false, &[2; 3])), Code::INCOMPLETE);
    assert_eq!(server.bodies().len(), 0);
}

#[test]
fn unfinished_bodies_of_one_peer_are_held_to_its_budget() {
    let mut server = Server::new(Config { session_body_bytes: MIB, ..Config::default() });
    let mut refused = 0;
    for tag in 0..10_000u64 {
        let tag = uint::encode(tag);
        let options = [(option::REQUEST_TAG, &*tag)];
        let unfinished = Block { szx: 6, options: &options, ..block(0, true, &[0; 1024]) };
        match server.put(unfinished) {
            Code::CONTINUE => assert_eq!(refused, 0),
            Code::TOO_LARGE => refused += 1,
            code => panic!("{code}"),
        }
    }
    assert!(refused > 9000);
    assert!(server.held() <= MIB);
    let other = server.put_as("10.9.9.8:1", MessageType::Con, block(0, true, &[0; 16]));
    assert_eq!(other[0].code(), Code::CONTINUE, "others have their own");
    server.net.run_for(Duration::from_secs(600));
    assert_eq!(server.held(), 0, "given up");
}

#[test]
fn unfinished_bodies_of_many_peers_are_held_to_the_budget_of_all() {
    let mut server = Server::new(Config { body_bytes: MIB, ..Config::default() });
    let peers: Vec<String> =
        (0..10_000).map(|peer| format!("10.8.{}.{}:{}", peer / 250, peer % 250, 7)).collect();
    let honest = "10.9.9.9:1";
    server.put_as(honest, MessageType::Con, block(0, true, &[5; 16]));
    let mut next = 1;
    for (place, peer) in peers.iter().enumerate() {
        let unfinished = Block { szx: 6, ..block(0, true, &[0; 1024]) };
        let answers = server.put_as(peer, MessageType::Con, unfinished);
        assert_eq!(answers[0].code(), Code::CONTINUE, "who is silent makes room");
        assert!(server.held() <= MIB + 2048);
        if place % 100 == 0 {
            let answers = server.put_as(honest, MessageType::Con, block(next, true, &[5; 16]));
            assert_eq!(answers[0].code(), Code::CONTINUE);
            next += 1;
        }
    }
    let answers = server.put_as(honest, MessageType::Con, block(next, false, &[5; 16]));
    assert_eq!(answers[0].code(), Code::CHANGED, "who goes on is not in the way");
    assert_eq!(server.bodies()[0].len(), (next as usize + 1) * 16);
}

#[test]
fn bodies_kept_for_a_peer_that_never_fetches_them_are_held_to_its_budget() {
    let mut server = Server::new(Config { session_body_bytes: MIB, ..Config::default() });
    for query in 0..1000 {
        let query = query.to_string();
        let options = [(option::URI_QUERY, query.as_bytes())];
        let answers = server.send("10.9.9.9:1", MessageType::Con, Code::GET, "text", &options, &[]);
        assert_eq!(answers[0].code(), Code::CONTENT);
        assert!(server.held() <= MIB);
    }
    server.net.run_for(Duration::from_secs(200));
    assert_eq!(server.held(), 0);
    let released = server.net.count(server.node, |entry| matches!(entry.outcome, Outcome::BodyReleased(_)));
    assert_eq!(released, 1000, "each once");
}

/// Code and options of a response, and how long its payload is.
type Answer<'a> = (Code, &'a [(u16, &'a [u8])], usize);

/// What a server does to a client that asked for a body.
fn get_from(answers: &[Answer<'_>]) -> (Vec<Ending>, Vec<SessionEvent>, usize) {
    let mut net = Network::new(4);
    let node = net.add_node_with(Config { block_mode: WHOLE, max_body_size: 10_000, ..Config::default() });
    let server: SocketAddr = "10.9.9.9:5683".parse().unwrap();
    let peer = net.connect_to(node, server);
    net.capture();
    let request = net.get(peer, "text");
    for (code, options, length) in answers {
        net.run_for(Duration::ZERO);
        let last = net.captured().last().unwrap();
        let (from, asked) = (last.from, Pdu::decode_udp(&last.bytes).unwrap());
        let mut answer = Pdu::new(MessageType::Ack, *code, asked.mid(), 0);
        answer.set_token(asked.token()).unwrap();
        for (number, value) in *options {
            answer.insert_option(*number, value).unwrap();
        }
        answer.set_payload(&vec![7; *length]).unwrap();
        net.inject(server, from, answer.encode_udp());
    }
    net.settle();
    let events = net.session_events(node).collect();
    let held = net.engine(node).census().transfers;
    (net.endings(&request), events, held)
}

#[test]
fn bad_blocks_of_a_response_end_in_a_bad_response() {
    let bad = (vec![Ending::Nack(NackReason::BadResponse)], vec![SessionEvent::PartialBlock], 0);
    let first: Answer<'_> = (Code::CONTENT, &[(option::BLOCK2, &[8])], 16);
    let rest: [&[(u16, &[u8])]; 3] = [
        &[(option::BLOCK2, &[0x28])],
        &[(option::BLOCK2, &[0xff, 0xff, 0xf8])],
        &[(option::BLOCK2, &[0x18]), (option::CONTENT_FORMAT, &[50])],
    ];
    for options in rest {
        assert_eq!(get_from(&[first, (Code::CONTENT, options, 16)]), bad, "{options:?}");
    }
    assert_eq!(get_from(&[first, (Code::CONTENT, &[(option::BLOCK2, &[0x18])], 15)]), bad, "cut short");
    assert_eq!(get_from(&[first, (Code::CONTENT, &[(option::BLOCK2, &[0x10])], 17)]), bad, "too long");
    let tagged: Answer<'_> = (Code::CONTENT, &[(option::BLOCK2, &[8]), (option::ETAG, b"x")], 16);
    assert_eq!(get_from(&[tagged, (Code::CONTENT, &[(option::BLOCK2, &[0x18])], 16)]), bad, "lost its ETag");
    let large: Answer<'_> = (Code::CONTENT, &[(option::BLOCK2, &[8]), (option::SIZE2, &[0xff; 3])], 16);
    assert_eq!(get_from(&[large]), bad, "more than is wanted");
}

#[test]
fn a_body_that_changes_all_the_time_is_given_up() {
    let etags: Vec<[u8; 1]> = (0..20).map(|tag| [tag]).collect();
    let options: Vec<[(u16, &[u8]); 2]> = (etags.iter().enumerate())
        .map(|(place, etag)| {
            [(option::BLOCK2, if place % 2 == 0 { &[8][..] } else { &[0x18] }), (option::ETAG, &etag[..])]
        })
        .collect();
    let answers: Vec<Answer<'_>> = options.iter().map(|options| (Code::CONTENT, &options[..], 16)).collect();
    let (endings, _, held) = get_from(&answers);
    assert_eq!((endings, held), (vec![Ending::Nack(NackReason::BadResponse)], 0));
}

#[test]
fn an_error_in_the_middle_is_the_response() {
    let first: Answer<'_> = (Code::CONTENT, &[(option::BLOCK2, &[8])], 16);
    let (endings, events, held) = get_from(&[first, (Code::NOT_FOUND, &[], 3)]);
    assert_eq!((endings, held), (vec![Ending::Response(Code::NOT_FOUND, vec![7; 3])], 0));
    assert!(events.is_empty());
}

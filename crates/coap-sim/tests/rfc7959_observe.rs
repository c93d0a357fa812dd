//! RFC 7959 section 3.4: observing and Block2 together, both roles. The state has 309 bytes: blocks of 128, 128 and 53,
//! or of 64.
use coap_proto::{
    block::{BlockMode, Representation},
    engine::Config,
    resource::flags::NOTIFY_CON,
    wire::{
        BlockValue, Code, MessageType, Pdu,
        option::{BLOCK2, CONTENT_FORMAT, ETAG, OBSERVE, SIZE2, URI_PATH},
        uint,
    },
};
use coap_sim::{Ending, Network};
use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};

const MODE: BlockMode =
    BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY).with(BlockMode::NO_PREEMPTIVE_RTAG);
/// The ETags of the first and of the second state.
const ETAGS: [u64; 2] = [0x6f00_f38e, 0x6f00_f392];
const LENGTH: usize = 309;

fn icon(etag: u64) -> Vec<u8> {
    (0..LENGTH).map(|at| (at as u64 * 3 + etag) as u8).collect()
}

fn block(num: u32, more: bool, size: usize) -> BlockValue {
    BlockValue { num, more, szx: BlockValue::szx_for(size).unwrap() }
}

fn get(mid: u16, token: u8, observe: bool, wanted: Option<BlockValue>) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Con, Code::GET, mid, 0);
    pdu.set_token(&[token]).unwrap();
    if observe {
        pdu.insert_option(OBSERVE, b"").unwrap();
    }
    pdu.insert_option(URI_PATH, b"status-icon").unwrap();
    if let Some(block) = wanted {
        pdu.insert_option(BLOCK2, &block.encode()).unwrap();
    }
    pdu
}

/// A response with a block of the state that `etag` names.
fn response(
    kind: MessageType,
    mid: u16,
    token: &[u8],
    number: Option<u64>,
    block: BlockValue,
    etag: u64,
) -> Pdu {
    let mut pdu = Pdu::new(kind, Code::CONTENT, mid, 0);
    pdu.set_token(token).unwrap();
    pdu.insert_option(ETAG, &uint::encode(etag)).unwrap();
    if let Some(number) = number {
        pdu.insert_option(OBSERVE, &uint::encode(number)).unwrap();
    }
    pdu.insert_option(BLOCK2, &block.encode()).unwrap();
    let body = icon(etag);
    let end = LENGTH.min(block.offset() + block.size());
    pdu.set_payload(&body[block.offset()..end]).unwrap();
    pdu
}

fn number(pdu: &Pdu) -> Option<u64> {
    pdu.option(OBSERVE).and_then(|it| it.uint())
}

/// The server's side of figure 12 (`size` 128) and of figure 13 (64, which the client asks for from the start).
fn a_server_notifies(size: usize, asked: Option<BlockValue>) {
    let (mut net, state) = (Network::new(2), Rc::new(Cell::new(ETAGS[0])));
    let node = net.add_node_with(Config { block_mode: MODE, max_block_size: 128, ..Config::default() });
    let shown = Rc::clone(&state);
    net.offer_observable(node, "status-icon", NOTIFY_CON, move |call| {
        let what = Representation { content_format: 0, max_age: None, etag: shown.get() };
        call.answer_large(&icon(shown.get()), shown.get(), &what);
    });
    net.capture();
    let client: SocketAddr = "10.9.9.9:1000".parse().unwrap();
    let to = net.address(node);
    let sends = |net: &mut Network, bytes: &[u8]| {
        let before = net.captured().len();
        net.inject(client, to, bytes);
        net.run_for(Duration::ZERO);
        net.captured()[before..].iter().map(|it| it.message()).collect::<Vec<_>>()
    };
    let assert_is = |sent: &Pdu, mut expected: Pdu| {
        // What our server adds to what the example shows.
        expected.insert_option(CONTENT_FORMAT, b"").unwrap();
        expected.insert_option(SIZE2, &uint::encode(LENGTH as u64)).unwrap();
        assert_eq!(sent.clone().encode_udp(), expected.encode_udp());
    };
    let first = sends(&mut net, get(0x1636, 0xfb, true, asked).encode_udp()).remove(0);
    let registered = number(&first).expect("it observes");
    let ack = MessageType::Ack;
    assert_is(&first, response(ack, 0x1636, &[0xfb], Some(registered), block(0, true, size), ETAGS[0]));

    let before = net.captured().len();
    state.set(ETAGS[1]);
    assert!(net.notify(node, "status-icon"));
    net.run_for(Duration::from_millis(1));
    let notification = net.captured()[before].message();
    let (mid, con) = (notification.mid(), MessageType::Con);
    assert!(number(&notification) > Some(registered));
    let expected = response(con, mid, &[0xfb], number(&notification), block(0, true, size), ETAGS[1]);
    assert_is(&notification, expected);
    let [high, low] = mid.to_be_bytes();
    assert!(sends(&mut net, &[0x60, 0, high, low]).is_empty());

    let blocks = LENGTH.div_ceil(size) as u32;
    for num in 1..blocks {
        let mid = 0x1636 + num as u16;
        let asked = get(mid, 0xfc, false, Some(block(num, false, size))).encode_udp().to_vec();
        let sent = sends(&mut net, &asked).remove(0);
        assert_is(&sent, response(ack, mid, &[0xfc], None, block(num, num + 1 < blocks, size), ETAGS[1]));
    }
    assert_eq!(net.served(node).count(), 2, "one call a state");
    assert_eq!(net.engine(node).census().observers, 1);
}

#[test]
fn figure_12_a_server_notifies_with_a_first_block() {
    a_server_notifies(128, None);
}

#[test]
fn figure_13_a_server_notifies_with_blocks_of_the_size_that_was_asked_for() {
    a_server_notifies(64, Some(block(0, false, 64)));
}

/// The client's side: it acknowledges the first block, and asks for the others with a token that does not observe.
fn a_client_fetches_the_rest(size: usize, asked: Option<BlockValue>) {
    let mut net = Network::new(2);
    let node = net.add_node_with(Config { block_mode: MODE, ..Config::default() });
    let server: SocketAddr = "10.9.9.9:5683".parse().unwrap();
    let peer = net.connect_to(node, server);
    net.capture();
    let mut request = get(0x1636, 0xfb, true, asked);
    request.set_max_size(1152);
    let sent = net.send(peer, request);
    net.run_for(Duration::ZERO);
    let mut seen = 0;
    let mut new = |net: &mut Network| {
        net.run_for(Duration::ZERO);
        let messages: Vec<_> = net.captured()[seen..].iter().map(|it| it.message()).collect();
        seen = net.captured().len();
        messages
    };
    assert_eq!(new(&mut net).remove(0).encode_udp(), get(0x1636, 0xfb, true, asked).encode_udp());
    let from = net.captured()[0].from;
    let blocks = LENGTH.div_ceil(size) as u32;
    let states = [(MessageType::Ack, 0x1636, 62350), (MessageType::Con, 0xaf9c, 62354)];
    for ((kind, mid, number), etag) in states.into_iter().zip(ETAGS) {
        let mut first = response(kind, mid, &[0xfb], Some(number), block(0, true, size), etag);
        net.inject(server, from, first.encode_udp());
        let mut waiting = new(&mut net);
        if kind == MessageType::Con {
            let acknowledged = waiting.iter().position(|pdu| pdu.kind() == MessageType::Ack);
            let mut acknowledgement = waiting.remove(acknowledged.expect("an acknowledgement"));
            assert_eq!(acknowledgement.encode_udp(), [0x60, 0, 0xaf, 0x9c]);
        }
        for num in 1..blocks {
            let mut asked = waiting.pop().unwrap_or_else(|| panic!("block {num} is not asked for"));
            assert!(waiting.is_empty(), "one at a time");
            assert_ne!(asked.token(), [0xfb], "it would be taken for another registration");
            let mut expected = get(asked.mid(), 0, false, Some(block(num, false, size)));
            expected.update_token(asked.token()).unwrap();
            assert_eq!(asked.encode_udp(), expected.encode_udp());
            let block = block(num, num + 1 < blocks, size);
            let mut answer = response(MessageType::Ack, asked.mid(), asked.token(), None, block, etag);
            net.inject(server, from, answer.encode_udp());
            waiting = new(&mut net);
        }
        assert!(waiting.is_empty());
    }
    let whole = |etag| Ending::Response(Code::CONTENT, icon(etag));
    assert_eq!(net.endings(&sent), ETAGS.map(whole));
}

#[test]
fn figure_12_a_client_fetches_the_rest_of_a_notification() {
    a_client_fetches_the_rest(128, None);
}

#[test]
fn figure_13_a_client_fetches_blocks_of_the_size_that_it_asked_for() {
    a_client_fetches_the_rest(64, Some(block(0, false, 64)));
}

/// Section 2.6: who is notified while it fetches a state fetches the new one; the old one is not seen, nor a mixture.
#[test]
fn a_notification_in_the_middle_of_a_fetch_takes_its_place() {
    for with_etag in [true, false] {
        let mut net = Network::new(2);
        let node = net.add_node_with(Config { block_mode: MODE, ..Config::default() });
        let server: SocketAddr = "10.9.9.9:5683".parse().unwrap();
        let peer = net.connect_to(node, server);
        net.capture();
        let mut request = get(0x1636, 0xfb, true, None);
        request.set_max_size(1152);
        let sent = net.send(peer, request);
        net.run_for(Duration::ZERO);
        let from = net.captured()[0].from;
        let tell = |net: &mut Network, mut pdu: Pdu| {
            if !with_etag {
                pdu.remove_option(ETAG);
            }
            net.inject(server, from, pdu.encode_udp());
            net.run_for(Duration::ZERO);
            net.captured().last().unwrap().message()
        };
        let (ack, non) = (MessageType::Ack, MessageType::Non);
        let first =
            |kind, mid, number, etag| response(kind, mid, &[0xfb], Some(number), block(0, true, 128), etag);
        let asked = tell(&mut net, first(ack, 0x1636, 5, ETAGS[0]));
        let asked_late = asked.clone();
        let asked = tell(&mut net, first(non, 1, 6, ETAGS[1]));
        assert_ne!(asked.token(), asked_late.token(), "block 1 is asked for once more");
        assert_eq!(asked.kind(), non, "as the notification");
        let rest = |asked: &Pdu, num, etag| {
            response(non, asked.mid() ^ 0x8000, asked.token(), None, block(num, num < 2, 128), etag)
        };
        // The answer to the request for a block of the old state comes late, and does no harm.
        let mut late =
            response(ack, asked_late.mid(), asked_late.token(), None, block(1, true, 128), ETAGS[0]);
        if !with_etag {
            late.remove_option(ETAG);
        }
        net.inject(server, from, late.encode_udp());
        let last = tell(&mut net, rest(&asked, 1, ETAGS[1]));
        tell(&mut net, rest(&last, 2, ETAGS[1]));
        assert_eq!(net.endings(&sent), [Ending::Response(Code::CONTENT, icon(ETAGS[1]))], "{with_etag}");
    }
}

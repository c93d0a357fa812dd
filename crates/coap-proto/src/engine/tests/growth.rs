//! Nothing that the engine holds makes a message dearer: sessions, resources, observers, requests that are put off,
//! bodies in blocks, answers for duplicates, and messages that wait, of others or of the same peer.
use super::testing::{Pair, SERVER, address};
use crate::Address;
use crate::arena::visits;
use crate::block::BlockMode;
use crate::engine::{Census, Config};
use crate::resource::{MethodMask, Resource};
use crate::wire::{BlockValue, Code, MessageType, Pdu, option, uint};
use std::time::Duration;

/// Who asks. What is kept for one peer is bounded, so that it has fewer of each than there are others.
const ASKER: &str = "203.0.113.1:1";
const OF_ASKER: u16 = 500;

fn message(code: Code, mid: u16, path: &str, options: &[(u16, &[u8])]) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Con, code, mid, 0);
    pdu.set_token(&mid.to_be_bytes()).unwrap();
    pdu.insert_option(option::URI_PATH, path.as_bytes()).unwrap();
    for (number, value) in options {
        pdu.insert_option(*number, value).unwrap();
    }
    pdu
}

fn first_block(mid: u16) -> Pdu {
    let block = BlockValue { num: 0, more: true, szx: 0 };
    let mut put = message(Code::PUT, mid, "test", &[(option::BLOCK1, &block.encode())]);
    put.insert_option(option::URI_QUERY, &mid.to_be_bytes().map(|byte| b'a' + byte % 16)).unwrap();
    put.set_payload(&[7; 16]).unwrap();
    put
}

fn arrive(pair: &mut Pair, from: Address, mut pdu: Pdu) {
    pair.inject(from, address(SERVER), pdu.encode_udp());
    pair.pump();
    pair.wire.clear();
    pair.server_told.clear();
}

/// A confirmable message of the server. Nobody acknowledges it.
fn say(pair: &mut Pair, to: Address, mid: u16) {
    let id = pair.server.find_peer(pair.endpoint, &to).unwrap();
    let mut late = Pdu::new(MessageType::Con, Code::CONTENT, mid, 0);
    late.set_token(&mid.to_be_bytes()).unwrap();
    pair.server.send(pair.now, id, late).unwrap();
}

/// Has a request of that peer wait for its handler.
fn put_off(pair: &mut Pair, from: Address, mid: u16) {
    let id = pair.server.find_peer(pair.endpoint, &from).unwrap();
    let mut request = message(Code::GET, mid, "test", &[]);
    request.update_token(b"put off").unwrap();
    pair.server.register_async(pair.now, id, &request, None).unwrap();
}

/// A server that holds so much of everything.
fn full(count: u16) -> Pair {
    let config = Config {
        block_mode: BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY),
        max_server_messages: usize::MAX,
        max_observers_per_resource: 0,
        max_observers: 0,
        max_async: 0,
        ..Config::default()
    };
    let mut pair = Pair::with(Config::default(), config);
    let mut observed = Resource::new(b"observed", 0);
    (observed.methods, observed.observable) = (MethodMask::ALL, true);
    pair.server.resources_mut().add(observed);
    for n in 0..count {
        let peer = address(&format!("198.18.{}.{}:1", n / 250, n % 250));
        pair.offer(&format!("r{n}"), 0);
        arrive(&mut pair, peer, message(Code::GET, 1, "test", &[]));
        arrive(&mut pair, peer, message(Code::GET, 2, "observed", &[(option::OBSERVE, b"")]));
        arrive(&mut pair, peer, first_block(3));
        put_off(&mut pair, peer, 4);
        (5..8).for_each(|mid| say(&mut pair, peer, mid));
    }
    let asker = address(ASKER);
    for mid in 0..count.min(OF_ASKER) {
        arrive(&mut pair, asker, message(Code::GET, mid, "test", &[]));
        say(&mut pair, asker, mid);
    }
    pair.pump();
    pair
}

/// How often objects are looked at for one of each thing that a peer can send. Tables that grow now and then look at
/// all that is in them: the least of some tries.
fn costs(pair: &mut Pair) -> Vec<(&'static str, usize)> {
    let asker = address(ASKER);
    let dereg = uint::encode(1);
    let mut costs = Vec::new();
    let mut mid = 1000;
    let mut cost = |name, of: &mut dyn FnMut(u16) -> Pdu| {
        let tries = (0..3).map(|_| {
            mid += 1;
            let pdu = of(mid);
            let before = visits();
            arrive(pair, asker, pdu);
            visits() - before
        });
        costs.push((name, tries.min().unwrap()));
    };
    cost("request", &mut |mid| message(Code::GET, mid, "test", &[]));
    cost("its duplicate", &mut |_| message(Code::GET, 1003, "test", &[]));
    cost("request for nothing", &mut |mid| message(Code::GET, mid, "nothing", &[]));
    cost("request for another resource", &mut |mid| message(Code::PUT, mid, "r1", &[]));
    cost("registration", &mut |mid| message(Code::GET, mid, "observed", &[(option::OBSERVE, b"")]));
    cost("its end", &mut |mid| {
        let mut pdu = message(Code::GET, mid, "observed", &[(option::OBSERVE, &dereg)]);
        pdu.update_token(&(mid - 3).to_be_bytes()).unwrap();
        pdu
    });
    cost("first block", &mut first_block);
    cost("unknown option", &mut |mid| message(Code::GET, mid, "test", &[(2049, b"")]));
    cost("ping", &mut |mid| Pdu::new(MessageType::Con, Code::EMPTY, mid, 0));
    cost("response to nothing", &mut |mid| Pdu::new(MessageType::Con, Code::CONTENT, mid, 0));
    let mut first = 0;
    cost("acknowledgement", &mut |_| {
        first += 1;
        Pdu::new(MessageType::Ack, Code::EMPTY, first - 1, 0)
    });
    cost("acknowledgement of nothing", &mut |mid| Pdu::new(MessageType::Ack, Code::EMPTY, mid, 0));
    cost("reset of nothing", &mut |mid| Pdu::new(MessageType::Rst, Code::EMPTY, mid, 0));
    let before = visits();
    pair.server.handle_timeout(pair.now + Duration::from_millis(1));
    costs.push(("time", visits() - before));
    costs
}

#[test]
fn each_message_costs_the_same_in_a_small_and_in_a_large_engine() {
    let (mut small, mut large) = (full(10), full(3000));
    let Census { sessions, exchanges, transfers, observers, asyncs, .. } = large.server.census();
    assert!([sessions, transfers, observers, asyncs].iter().all(|count| *count >= 3000) && exchanges >= 9000);
    assert!(large.server.resources().len() > 3000);
    let (small, large) = (costs(&mut small), costs(&mut large));
    for ((name, small), (_, large)) in small.into_iter().zip(large) {
        // A table may come across another entry, whose hash is much the same.
        assert!(small <= 120 && large.abs_diff(small) <= 2, "{name}: {small}, {large}");
    }
}

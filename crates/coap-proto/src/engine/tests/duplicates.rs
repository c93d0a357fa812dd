//! Duplicates (RFC 7252 section 4.5): the handler runs once, and its answer is repeated.
use super::testing::{CLIENT, Pair, SERVER, Told, address};
use crate::engine::Config;
use crate::wire::{Code, MessageType, Pdu, option};
use std::time::Duration;

fn request(kind: MessageType, mid: u16, token: &[u8]) -> Vec<u8> {
    let mut pdu = Pdu::new(kind, Code::GET, mid, 0);
    pdu.set_token(token).unwrap();
    pdu.add_option(option::URI_PATH, b"test").unwrap();
    pdu.encode_udp().to_vec()
}

fn from_client(pair: &mut Pair, bytes: &[u8]) {
    pair.inject(address(CLIENT), address(SERVER), bytes);
    pair.pump();
}

#[test]
fn a_duplicate_request_gets_the_same_answer_without_the_handler() {
    let mut pair = Pair::new();
    let mut count = 0u8;
    pair.handler = Box::new(move |_, response| {
        count += 1;
        response.set_code(Code::CHANGED);
        response.set_payload(&[count]).unwrap();
    });
    let bytes = request(MessageType::Con, 1, b"t");
    (0..3).for_each(|_| from_client(&mut pair, &bytes));
    assert_eq!(pair.served(), 1);
    assert_eq!(pair.wire.len(), 3);
    assert!(pair.wire.iter().all(|datagram| datagram.bytes == pair.wire[0].bytes));
}

#[test]
fn a_duplicate_that_comes_while_the_handler_works_is_not_answered_twice() {
    let mut pair = Pair::new();
    let bytes = request(MessageType::Con, 1, b"t");
    pair.inject(address(CLIENT), address(SERVER), &bytes);
    pair.inject(address(CLIENT), address(SERVER), &bytes);
    pair.pump();
    assert_eq!((pair.served(), pair.wire.len()), (1, 1));
}

#[test]
fn an_empty_acknowledgement_is_repeated_too() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|_, _| {});
    let bytes = request(MessageType::Con, 1, b"t");
    (0..2).for_each(|_| from_client(&mut pair, &bytes));
    assert_eq!((pair.served(), pair.wire.len()), (1, 2));
    assert!(pair.wire.iter().all(|datagram| datagram.pdu().code().is_empty()));
}

#[test]
fn duplicates_without_confirmation_are_ignored() {
    let mut pair = Pair::new();
    let bytes = request(MessageType::Non, 1, b"t");
    (0..3).for_each(|_| from_client(&mut pair, &bytes));
    assert_eq!((pair.served(), pair.wire.len()), (1, 1));
}

#[test]
fn duplicates_are_known_for_the_lifetime_of_their_exchange() {
    for (kind, lifetime) in [(MessageType::Con, 247), (MessageType::Non, 145)] {
        let mut pair = Pair::new();
        let bytes = request(kind, 1, b"t");
        from_client(&mut pair, &bytes);
        pair.wait(Duration::from_secs(lifetime) - Duration::from_millis(1));
        from_client(&mut pair, &bytes);
        assert_eq!(pair.served(), 1);
        // In whole seconds, so that an entry is small.
        pair.wait(Duration::from_millis(1001));
        from_client(&mut pair, &bytes);
        assert_eq!(pair.served(), 2, "{kind:?}");
    }
}

#[test]
fn a_message_id_used_again_for_another_request_is_another_request() {
    let mut pair = Pair::new();
    from_client(&mut pair, &request(MessageType::Con, 1, b"t"));
    from_client(&mut pair, &request(MessageType::Con, 1, b"u"));
    assert_eq!(pair.served(), 2);
    assert_eq!(pair.wire[1].pdu().token(), b"u");
    // The same from another peer is its own.
    pair.inject(address("192.0.2.3:1"), address(SERVER), &request(MessageType::Con, 1, b"t"));
    pair.pump();
    assert_eq!(pair.served(), 3);
}

#[test]
fn a_duplicate_separate_response_is_acknowledged_again_but_delivered_once() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|_, _| {});
    let mut get = pair.get();
    let token = get.token().to_vec();
    get.set_kind(MessageType::Non);
    pair.send(get);
    let mut late = Pdu::new(MessageType::Con, Code::CONTENT, 9, 0);
    late.set_token(&token).unwrap();
    let bytes = late.encode_udp().to_vec();
    for _ in 0..3 {
        pair.inject_to_client(address(SERVER), &bytes);
        pair.pump();
    }
    let responses = pair.client_told.iter().filter(|told| matches!(told, Told::Response(..))).count();
    assert_eq!(responses, 1);
    let acks: Vec<_> =
        pair.wire[1..].iter().map(|datagram| (datagram.pdu().kind(), datagram.pdu().mid())).collect();
    assert_eq!(acks, [(MessageType::Ack, 9); 3]);
}

#[test]
fn what_is_kept_is_bounded_for_each_session_and_for_all() {
    let limit = 100_000;
    let mut pair = Pair::with(Config::default(), Config { reply_cache_bytes: limit, ..Config::default() });
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[7; 1000]).unwrap();
    });
    let mut most = 0;
    for mid in 0..500 {
        from_client(&mut pair, &request(MessageType::Con, mid, b"t"));
        most = most.max(pair.server.replies.bytes());
    }
    assert!((60_000..=65_536).contains(&most), "one session holds {most} bytes");
    from_client(&mut pair, &request(MessageType::Con, 499, b"t"));
    assert_eq!(pair.served(), 500, "the last ones are still known");
    for port in 1..1000 {
        let peer = address(&format!("192.0.2.9:{port}"));
        pair.inject(peer, address(SERVER), &request(MessageType::Con, 1, b"t"));
        pair.pump();
        assert!(pair.server.replies.bytes() <= limit);
    }
    let sessions: Vec<_> = pair.server.sessions().collect();
    assert_eq!(sessions.len(), 1000);
    pair.wait(Duration::from_secs(1000));
    assert_eq!(pair.server.sessions().count(), 0);
    assert_eq!(pair.server.replies.bytes(), 0, "they go with their sessions");
}

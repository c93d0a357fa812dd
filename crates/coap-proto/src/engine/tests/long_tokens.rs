//! Tokens of more than 8 bytes (RFC 8974).
use super::testing::{CLIENT, Pair, SERVER, Told, address};
use crate::block::BlockMode;
use crate::engine::{Config, Level, NackReason, SendError};
use crate::wire::{Code, MessageType, Pdu, option};
use std::time::Duration;

fn pair(client: usize, server: usize) -> Pair {
    let config = |max_token_size| Config { max_token_size, ..Config::default() };
    Pair::with(config(client), config(server))
}

fn long(pair: &mut Pair, length: usize) -> Pdu {
    let mut request = pair.get();
    request.update_token(&vec![7; length]).unwrap();
    request
}

#[test]
fn the_first_request_waits_until_the_peer_was_asked() {
    let mut pair = pair(300, 400);
    let request = long(&mut pair, 300);
    assert_eq!(pair.ask(request), Some(Code::CONTENT));
    let question = pair.wire[0].pdu();
    assert_eq!(
        (question.kind(), question.code(), question.token().len()),
        (MessageType::Con, Code::GET, 300)
    );
    assert!(question.option(option::IF_NONE_MATCH).is_some());
    assert_eq!(pair.wire.len(), 4);
    let request = long(&mut pair, 20);
    assert_eq!(pair.ask(request), Some(Code::CONTENT));
    assert_eq!(pair.wire.len(), 6, "once is enough");
}

#[test]
fn a_peer_that_knows_only_short_tokens_says_so() {
    // One without extended tokens resets, one with a lower limit answers 4.00.
    for (limit, answer) in [(8, MessageType::Rst), (100, MessageType::Ack)] {
        let mut pair = pair(300, limit);
        pair.client.set_log_level(Level::Warn);
        let (long, short) = (long(&mut pair, 300), pair.get());
        let mid = pair.send(long);
        assert_eq!(pair.wire[1].pdu().kind(), answer);
        assert_eq!(pair.nacks(), [(NackReason::NotDeliverable, mid)], "it waited in vain");
        let why = "coap_send: PDU dropped as token too long (300 > 8)";
        assert!(pair.client_told.iter().any(|told| matches!(told, Told::Log(text) if text == why)));
        assert_eq!(pair.ask(short), Some(Code::CONTENT));
        assert_eq!(pair.client.session(pair.session).unwrap().max_token_size(), 8);
        let again = {
            let mut request = pair.get();
            request.update_token(&[1; 9]).unwrap();
            request
        };
        let refused = pair.client.send(pair.now, pair.session, again);
        assert_eq!(refused, Err(SendError::TokenTooLong { length: 9, limit: 8 }));
    }
}

#[test]
fn requests_do_not_wait_for_a_dead_peer_for_ever() {
    let mut pair = pair(300, 300);
    pair.lose = usize::MAX;
    let request = pair.get();
    let mid = pair.send(request);
    pair.wait(Duration::from_secs(300));
    assert_eq!(pair.nacks(), [(NackReason::TooManyRetries, mid)], "of the question nothing is told");
    assert!(!pair.client.pending());
}

#[test]
fn an_answer_that_comes_separately_is_swallowed() {
    let mut pair = pair(20, 20);
    let request = pair.get();
    pair.lose = 1;
    pair.send(request);
    let question = pair.wire[0].pdu();
    let empty = Pdu::new(MessageType::Ack, Code::EMPTY, question.mid(), 0).encode_udp().to_vec();
    pair.inject_to_client(address(SERVER), &empty);
    let mut late = Pdu::new(MessageType::Con, Code::NOT_FOUND, 99, 0);
    late.set_token(question.token()).unwrap();
    pair.inject_to_client(address(SERVER), late.encode_udp());
    pair.pump();
    let responses = pair.client_told.iter().filter_map(|told| match told {
        Told::Response(_, received) => Some(received.code()),
        _ => None,
    });
    assert_eq!(responses.collect::<Vec<_>>(), [Code::CONTENT]);
    assert!(
        pair.wire
            .iter()
            .any(|sent| sent.from_client && sent.pdu().kind() == MessageType::Ack && sent.pdu().mid() == 99)
    );
}

/// Loses what the client has sent so far and lets a response to its question come to it instead.
fn answer_question(pair: &mut Pair, kind: MessageType, code: Code, option: Option<u16>) {
    let question = pair.wire[0].pdu();
    let mid = if kind == MessageType::Ack { question.mid() } else { 99 };
    let mut answer = Pdu::new(kind, code, mid, 0);
    answer.set_token(question.token()).unwrap();
    if let Some(option) = option {
        answer.add_option(option, b"").unwrap();
    }
    pair.inject_to_client(address(SERVER), answer.encode_udp());
    pair.pump();
}

fn responses(pair: &Pair) -> Vec<Code> {
    let codes = pair.client_told.iter().filter_map(|told| match told {
        Told::Response(_, received) => Some(received.code()),
        _ => None,
    });
    codes.collect()
}

/// RFC 7252 section 5.2.2: a separate response is as good as the acknowledgement that was lost.
#[test]
fn an_answer_without_acknowledgement_ends_the_question() {
    for kind in [MessageType::Con, MessageType::Non] {
        let mut pair = pair(20, 20);
        let request = pair.get();
        pair.lose = 1;
        pair.send(request);
        answer_question(&mut pair, kind, Code::PRECONDITION_FAILED, None);
        assert_eq!(responses(&pair), [Code::CONTENT], "{kind:?}");
        assert_eq!(pair.client.session(pair.session).unwrap().max_token_size(), 20);
        assert!(!pair.client.pending());
    }
}

#[test]
fn a_refusal_without_acknowledgement_is_one() {
    let mut pair = pair(20, 20);
    let request = long(&mut pair, 9);
    pair.lose = 1;
    let mid = pair.send(request);
    answer_question(&mut pair, MessageType::Con, Code::BAD_REQUEST, None);
    assert_eq!(pair.nacks(), [(NackReason::NotDeliverable, mid)]);
    assert_eq!(pair.client.session(pair.session).unwrap().max_token_size(), 8);
}

#[test]
fn an_answer_that_cannot_be_used_ends_the_question() {
    let mut pair = pair(20, 20);
    let request = pair.get();
    pair.lose = 1;
    pair.send(request);
    answer_question(&mut pair, MessageType::Ack, Code::PRECONDITION_FAILED, Some(65_001));
    assert_eq!(responses(&pair), [Code::CONTENT], "the request finds out by itself");
    assert_eq!(pair.nacks(), [], "of the question nothing is told");
}

/// Both questions are in the queue, behind a ping: none of them waits for the other's answer.
#[test]
fn questions_do_not_wait_for_each_other() {
    let quick =
        Config { block_mode: BlockMode::USE_LIBCOAP.with(BlockMode::TRY_Q_BLOCK), ..Config::default() };
    let config = Config { max_token_size: 20, ..quick };
    let mut pair = Pair::with(config.clone(), config);
    pair.client.ping(pair.now, pair.session).expect("nothing else is in flight");
    let request = pair.get();
    assert_eq!(pair.ask(request), Some(Code::CONTENT));
    assert!(!pair.client.pending());
}

#[test]
fn requests_do_not_wait_for_a_question_that_was_cancelled() {
    let mut pair = pair(20, 20);
    let request = pair.get();
    pair.lose = 1;
    pair.send(request);
    let question = pair.wire[0].pdu();
    assert_eq!(pair.client.cancel_token(pair.session, question.token()), 1);
    pair.wait(Duration::from_millis(1));
    assert_eq!(responses(&pair), [Code::CONTENT]);
    assert!(!pair.client.pending());
}

/// The second request is in the queue when the third makes the engine ask, and waits for the answer then.
#[test]
fn a_question_does_not_wait_for_those_that_wait_for_its_answer() {
    let mut pair = Pair::new();
    for count in 0..3 {
        if count == 2 {
            let mode = BlockMode::USE_LIBCOAP.with(BlockMode::TRY_Q_BLOCK);
            pair.client.session_mut(pair.session).unwrap().set_block_mode(mode);
        }
        let request = pair.get();
        pair.client.send(pair.now, pair.session, request).unwrap();
    }
    pair.pump();
    assert_eq!(responses(&pair), [Code::CONTENT; 3]);
    assert!(!pair.client.pending());
}

#[test]
fn servers_refuse_tokens_above_their_limit() {
    for (limit, length, kind, code) in [
        (8, 8, MessageType::Ack, Code::CONTENT),
        (8, 9, MessageType::Rst, Code::EMPTY),
        (100, 100, MessageType::Ack, Code::CONTENT),
        (100, 101, MessageType::Ack, Code::BAD_REQUEST),
    ] {
        let mut pair = pair(8, limit);
        let mut request = Pdu::new(MessageType::Con, Code::GET, 1, 0);
        request.set_token(&vec![1; length]).unwrap();
        request.add_option(option::URI_PATH, b"test").unwrap();
        pair.inject(address(CLIENT), address(SERVER), request.encode_udp());
        pair.pump();
        let answer = pair.wire[0].pdu();
        assert_eq!((answer.kind(), answer.code()), (kind, code), "{length} of {limit}");
        assert!(kind == MessageType::Rst || answer.token() == request.token());
    }
}

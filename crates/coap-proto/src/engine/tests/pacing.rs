//! Non-confirmable messages that must not follow each other too closely.
use super::testing::Pair;
use crate::engine::{Config, SendError};
use crate::wire::{Code, MessageType};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A client that may send one non-confirmable message a second.
fn paced() -> Pair {
    Pair::with(Config { non_interval: Some(SECOND), ..Config::default() }, Config::default())
}

/// When the client sent what, in seconds.
fn sent(pair: &Pair) -> Vec<(u64, MessageType)> {
    let ours = pair.wire.iter().filter(|datagram| datagram.from_client);
    ours.map(|datagram| (datagram.at.as_secs(), datagram.pdu().kind())).collect()
}

#[test]
fn what_comes_too_early_waits_and_order_is_kept() {
    let mut pair = paced();
    let mut tokens = Vec::new();
    for _ in 0..3 {
        let non = pair.request(MessageType::Non, Code::GET, "test");
        tokens.push(non.token().to_vec());
        pair.send(non);
    }
    assert_eq!(sent(&pair), [(0, MessageType::Non)]);
    pair.wait(10 * SECOND);
    assert_eq!(sent(&pair), [0, 1, 2].map(|at| (at, MessageType::Non)));
    let ours = pair.wire.iter().filter(|datagram| datagram.from_client);
    assert_eq!(ours.map(|datagram| datagram.pdu().token().to_vec()).collect::<Vec<_>>(), tokens);
    // After a pause nothing waits.
    let non = pair.request(MessageType::Non, Code::GET, "test");
    pair.send(non);
    assert_eq!(sent(&pair).len(), 4);
}

#[test]
fn confirmable_messages_have_nstart() {
    let mut pair = paced();
    let non = pair.request(MessageType::Non, Code::GET, "test");
    pair.send(non);
    let con = pair.get();
    pair.send(con);
    assert_eq!(sent(&pair), [(0, MessageType::Non), (0, MessageType::Con)]);
}

#[test]
fn a_server_paces_its_answers_and_hoards_no_more_than_elsewhere() {
    let mut pair =
        Pair::with(Config::default(), Config { non_interval: Some(60 * SECOND), ..Config::default() });
    for _ in 0..1100 {
        let non = pair.request(MessageType::Non, Code::GET, "test");
        pair.send(non);
    }
    let answers = |pair: &Pair| pair.wire.iter().filter(|datagram| !datagram.from_client).count();
    assert_eq!(answers(&pair), 1);
    assert_eq!(pair.server.census().exchanges, 1024, "the others are lost, as in a network");
    pair.wait(60 * SECOND);
    assert_eq!(answers(&pair), 2);
}

#[test]
fn a_released_session_ends_with_its_last_message() {
    let mut pair = paced();
    for _ in 0..2 {
        let non = pair.request(MessageType::Non, Code::GET, "test");
        pair.send(non);
    }
    let (now, id) = (pair.now, pair.session);
    pair.client.release(now, id);
    assert!(!pair.client.session(id).unwrap().is_closed());
    pair.wait(SECOND);
    assert!(pair.client.session(id).is_none(), "the second one went out, and nothing keeps it");
    let late = crate::wire::Pdu::new(MessageType::Non, Code::GET, 9, 0);
    assert_eq!(pair.client.send(pair.now, id, late), Err(SendError::Closed));
}

#[test]
fn what_waits_for_an_acknowledgement_sets_no_timer_for_its_turn() {
    let mut pair = paced();
    pair.lose = usize::MAX;
    let non = pair.request(MessageType::Non, Code::GET, "test");
    pair.send(non);
    for _ in 0..2 {
        let con = pair.get();
        pair.send(con);
    }
    // The pause is over, NSTART is not: what comes next is the retransmission.
    pair.now += 2 * SECOND - Duration::from_millis(1);
    pair.client.handle_timeout(pair.now);
    assert!(pair.client.poll_timeout().is_some_and(|at| at > pair.now));
}

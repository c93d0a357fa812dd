//! The side that observes.
use super::*;
use crate::engine::Engine;
use std::time::Duration;

/// A notification for the client.
fn notification(kind: MessageType, mid: u16, number: u64) -> Pdu {
    let mut pdu = Pdu::new(kind, Code::CONTENT, mid, 0);
    pdu.set_token(b"t").unwrap();
    pdu.add_option(option::OBSERVE, &uint::encode(number)).unwrap();
    pdu.set_payload(number.to_string().as_bytes()).unwrap();
    pdu
}

fn to_client(pair: &mut Pair, mut pdu: Pdu) {
    pair.inject_to_client(address(SERVER), pdu.encode_udp());
    pair.pump();
}

/// The empty messages that the client sent since.
fn said(pair: &mut Pair) -> Vec<(MessageType, u16)> {
    let said = pair.wire.drain(..).filter(|datagram| datagram.from_client).map(|datagram| datagram.pdu());
    said.filter(|pdu| pdu.code().is_empty()).map(|pdu| (pdu.kind(), pdu.mid())).collect()
}

fn numbers(pair: &mut Pair) -> Vec<u64> {
    delivered(pair).into_iter().filter_map(|(number, _)| number).collect()
}

#[test]
fn a_notification_that_was_overtaken_is_acknowledged_and_not_delivered() {
    let (mut pair, _) = observing(0);
    for (mid, number) in [(1, 10), (2, 12), (3, 11), (4, 13)] {
        to_client(&mut pair, notification(MessageType::Con, mid, number));
    }
    assert_eq!(numbers(&mut pair), [10, 12, 13]);
    let acknowledged: Vec<_> = (1..=4).map(|mid| (MessageType::Ack, mid)).collect();
    assert_eq!(said(&mut pair), acknowledged);
    to_client(&mut pair, notification(MessageType::Non, 5, 12));
    assert_eq!(numbers(&mut pair), [0; 0]);
    assert_eq!(said(&mut pair), []);
}

#[test]
fn after_two_minutes_a_lower_number_is_a_new_one() {
    let (mut pair, _) = observing(0);
    to_client(&mut pair, notification(MessageType::Non, 1, 1000));
    pair.wait(Duration::from_secs(120));
    to_client(&mut pair, notification(MessageType::Non, 2, 3));
    pair.wait(Duration::from_secs(9));
    to_client(&mut pair, notification(MessageType::Non, 3, 4));
    assert_eq!(numbers(&mut pair), [1000, 4]);
}

#[test]
fn the_answer_to_a_new_registration_counts_whatever_its_number() {
    let (mut pair, resource) = observing(0);
    to_client(&mut pair, notification(MessageType::Non, 1, 1000));
    pair.server.resources_mut().get_mut(resource).unwrap().set_observe_number(7);
    let again = register(&mut pair, b"t");
    pair.send(again);
    change(&mut pair, resource);
    assert_eq!(numbers(&mut pair), [1000, 7, 8]);
}

#[test]
fn who_does_not_keep_track_gets_everything() {
    let mut pair = Pair::new();
    observable(&mut pair, "temp", 0);
    let request = register(&mut pair, b"t");
    pair.send(request);
    for (mid, number) in [(1, 12), (2, 11)] {
        to_client(&mut pair, notification(MessageType::Non, mid, number));
    }
    assert_eq!(numbers(&mut pair), [2, 12, 11]);
    assert_eq!(pair.client.cancel_observe(pair.now, pair.session, b"t", MessageType::Con), None);
}

#[test]
fn a_cancelled_observation_ends_at_the_server_and_what_still_comes_is_rejected() {
    for kind in [MessageType::Con, MessageType::Non] {
        let (mut pair, resource) = observing(0);
        let cancel = |engine: &mut Engine, pair: &Pair| {
            engine.cancel_observe(pair.now, pair.session, b"t", kind).is_some()
        };
        let mut client =
            std::mem::replace(&mut pair.client, Engine::new(Config::default(), pair.now, [0; 32]));
        assert!(cancel(&mut client, &pair));
        assert!(!cancel(&mut client, &pair), "only once");
        pair.client = client;
        pair.pump();
        let request = pair.wire.iter().find(|datagram| datagram.from_client).unwrap().pdu();
        assert_eq!((request.kind(), number(&request), request.token()), (kind, Some(1), &b"t"[..]));
        assert_eq!(delivered(&mut pair), [(None, "2".to_owned())], "the answer");
        assert_eq!(pair.server.observers.len(), 0);
        assert!(!pair.server.notify(pair.now, resource));
        said(&mut pair);
        to_client(&mut pair, notification(MessageType::Con, 7, 9));
        assert_eq!(said(&mut pair), [(MessageType::Rst, 7)]);
        assert_eq!(delivered(&mut pair), []);
    }
}

#[test]
fn a_late_notification_does_not_stop_the_cancellation() {
    let (mut pair, _) = observing(0);
    pair.lose = 1;
    assert!(pair.client.cancel_observe(pair.now, pair.session, b"t", MessageType::Con).is_some());
    pair.pump();
    to_client(&mut pair, notification(MessageType::Non, 7, 9));
    pair.wait(Duration::from_secs(5));
    assert_eq!(pair.server.observers.len(), 0, "the cancellation was repeated");
}

#[test]
fn unknown_observations_cannot_be_cancelled() {
    let (mut pair, _) = observing(0);
    let kinds = [MessageType::Con, MessageType::Ack, MessageType::Rst];
    for (token, kind) in [b"u", b"t", b"t"].into_iter().zip(kinds) {
        assert_eq!(pair.client.cancel_observe(pair.now, pair.session, token, kind), None);
    }
    let plain = pair.get();
    let token = plain.token().to_vec();
    pair.send(plain);
    assert_eq!(pair.client.cancel_observe(pair.now, pair.session, &token, MessageType::Con), None);
}

#[test]
fn the_program_may_cancel_by_itself() {
    let (mut pair, _) = observing(0);
    let cancel = observe_request(&mut pair, b"t", 1);
    pair.send(cancel);
    assert_eq!(pair.client.cancel_observe(pair.now, pair.session, b"t", MessageType::Con), None);
    to_client(&mut pair, notification(MessageType::Con, 7, 9));
    assert!(said(&mut pair).contains(&(MessageType::Rst, 7)));
}

#[test]
fn a_token_that_is_used_again_is_not_stale() {
    let (mut pair, resource) = observing(0);
    let cancel = observe_request(&mut pair, b"t", 1);
    pair.send(cancel);
    let again = register(&mut pair, b"t");
    pair.send(again);
    change(&mut pair, resource);
    assert_eq!(numbers(&mut pair), [2, 3]);
}

#[test]
fn a_session_that_ends_cancels_its_observations_unless_told_not_to() {
    for keep in [false, true] {
        let (mut pair, _) = observing(0);
        if keep {
            pair.client.session_mut(pair.session).unwrap().keep_observations();
        }
        assert!(pair.client.release(pair.now, pair.session));
        pair.pump();
        assert_eq!(pair.server.observers.len(), usize::from(keep));
        assert_eq!(pair.wire.iter().filter(|datagram| datagram.from_client).count(), usize::from(!keep));
    }
}

#[test]
fn a_registration_that_fails_is_forgotten() {
    let (mut pair, _) = observing(0);
    pair.lose = usize::MAX;
    let again = register(&mut pair, b"t");
    pair.send(again);
    pair.wait(Duration::from_secs(100));
    assert_eq!(pair.nacks().len(), 1);
    assert_eq!(pair.client.cancel_observe(pair.now, pair.session, b"t", MessageType::Con), None);
}

#[test]
fn registrations_that_are_not_answered_or_cancelled_leave_nothing() {
    let config = Config { block_mode: TRACKING, ..Config::default() };
    let mut pair = Pair::with(config, Config::default());
    pair.lose = usize::MAX;
    for number in 0..20u8 {
        let mut request = register(&mut pair, &[number]);
        if number % 2 == 0 {
            request.set_kind(MessageType::Non);
        }
        pair.send(request);
        if number % 4 == 1 {
            assert_eq!(pair.client.cancel_token(pair.session, &[number]), 1);
        }
    }
    let known = |pair: &Pair| pair.client.sessions.get(pair.session).unwrap().rare.registrations.len();
    assert_eq!(known(&pair), 15);
    pair.wait(Duration::from_secs(1000));
    assert_eq!(known(&pair), 0);
}

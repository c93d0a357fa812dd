//! Requests that are put off: acknowledged at once, answered later (RFC 7252 section 5.2.2).
use super::testing::{CLIENT, Pair, SERVER, Told, address};
use crate::engine::{AsyncError, AsyncId, Config};
use crate::resource::{MethodMask, Resource};
use crate::wire::{Code, MessageType, Pdu, option};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A server that has put a request off, and the request.
fn put_off(pair: &mut Pair, kind: MessageType, delay: Option<Duration>) -> (AsyncId, Pdu) {
    pair.handler = Box::new(|_, _| {});
    let request = pair.request(kind, Code::GET, "test");
    pair.send(request.clone());
    let session = pair.server_session();
    let id = pair.server.register_async(pair.now, session, &request, delay).unwrap();
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(b"late").unwrap();
    });
    (id, request)
}

/// What the client got, besides acknowledgements.
fn responses(pair: &Pair) -> Vec<Pdu> {
    let response = |told: &Told| match told {
        Told::Response(_, received) => Some(received.clone()),
        _ => None,
    };
    pair.client_told.iter().filter_map(response).collect()
}

/// Types and codes of what the server sent.
fn sent(pair: &Pair) -> Vec<(MessageType, Code)> {
    let ours = pair.wire.iter().filter(|datagram| !datagram.from_client).map(|datagram| datagram.pdu());
    ours.map(|pdu| (pdu.kind(), pdu.code())).collect()
}

#[test]
fn a_request_is_acknowledged_now_and_answered_when_its_time_has_come() {
    let mut pair = Pair::new();
    let (_, request) = put_off(&mut pair, MessageType::Con, Some(3 * SECOND));
    pair.wait(3 * SECOND - Duration::from_millis(1));
    assert_eq!(sent(&pair), [(MessageType::Ack, Code::EMPTY)]);
    pair.wait(Duration::from_millis(1));
    assert_eq!(sent(&pair)[1..], [(MessageType::Con, Code::CONTENT)]);
    let response = &responses(&pair)[0];
    assert_eq!((response.token(), response.payload()), (request.token(), &b"late"[..]));
    assert_ne!(response.mid(), request.mid());
    assert_eq!(pair.served(), 2);
    assert_eq!(pair.server.census().asyncs, 0, "it has ended by itself");
    assert!(!pair.server.pending(), "the response was acknowledged");
}

#[test]
fn the_handler_gets_the_request_as_it_was() {
    let mut pair = Pair::new();
    pair.handler = Box::new(|_, _| {});
    let mut request = pair.get();
    request.insert_option(option::URI_QUERY, b"a=b").unwrap();
    request.insert_option(option::HOP_LIMIT, &[1]).unwrap();
    request.set_payload(b"body").unwrap();
    let session = {
        let first = pair.get();
        pair.send(first);
        pair.server_session()
    };
    pair.server.register_async(pair.now, session, &request, Some(SECOND)).unwrap();
    pair.wait(SECOND);
    let Some(Told::Request(again)) = pair.server_told.iter().rfind(|told| matches!(told, Told::Request(_)))
    else {
        panic!("the handler ran")
    };
    assert_eq!((again.kind(), again.code(), again.body()), (request.kind(), request.code(), request.body()));
}

#[test]
fn a_non_confirmable_one_is_answered_so() {
    let mut pair = Pair::new();
    put_off(&mut pair, MessageType::Non, Some(SECOND));
    assert_eq!(sent(&pair), []);
    pair.wait(SECOND);
    assert_eq!(sent(&pair), [(MessageType::Non, Code::CONTENT)]);
}

#[test]
fn without_a_time_it_waits_until_it_is_triggered() {
    let mut pair = Pair::new();
    let (id, _) = put_off(&mut pair, MessageType::Con, None);
    pair.wait(3600 * SECOND);
    assert_eq!(pair.served(), 1);
    assert!(pair.server.session(pair.server_session()).is_some(), "its session is kept, idle as it is");
    pair.server.trigger_async(pair.now, id);
    pair.wait(Duration::ZERO);
    assert_eq!((pair.served(), responses(&pair).len()), (2, 1));
}

#[test]
fn its_time_can_be_moved_and_taken_away() {
    let mut pair = Pair::new();
    let (id, _) = put_off(&mut pair, MessageType::Con, Some(SECOND));
    pair.server.set_async_delay(pair.now, id, Some(10 * SECOND));
    pair.wait(9 * SECOND);
    assert_eq!(pair.served(), 1);
    pair.server.set_async_delay(pair.now, id, None);
    pair.wait(60 * SECOND);
    assert_eq!(pair.served(), 1);
    pair.server.set_async_delay(pair.now, id, Some(SECOND));
    pair.wait(SECOND);
    assert_eq!(pair.served(), 2);
}

#[test]
fn repetitions_are_acknowledged_and_go_no_further() {
    let mut pair = Pair::new();
    let (_, mut request) = put_off(&mut pair, MessageType::Con, Some(3 * SECOND));
    let same = request.encode_udp().to_vec();
    request.set_mid(request.mid().wrapping_add(77));
    let other_mid = request.encode_udp().to_vec();
    for again in [&same, &other_mid, &other_mid] {
        pair.inject(address(CLIENT), address(SERVER), again);
        pair.pump();
    }
    assert_eq!(sent(&pair), [(MessageType::Ack, Code::EMPTY); 4]);
    let mids: Vec<_> = pair.wire.iter().filter(|it| !it.from_client).map(|it| it.pdu().mid()).collect();
    assert_eq!(mids[2..], [request.mid(); 2]);
    pair.wait(3 * SECOND);
    // Also after the answer.
    pair.inject(address(CLIENT), address(SERVER), &other_mid);
    pair.pump();
    assert_eq!((pair.served(), responses(&pair).len()), (2, 1));
}

#[test]
fn a_request_with_another_token_is_none_of_its_business() {
    let mut pair = Pair::new();
    put_off(&mut pair, MessageType::Con, Some(3 * SECOND));
    let other = pair.get();
    assert_eq!(pair.ask(other), Some(Code::CONTENT));
}

#[test]
fn one_that_is_freed_is_not_answered_any_more() {
    let mut pair = Pair::new();
    let (id, _) = put_off(&mut pair, MessageType::Con, Some(SECOND));
    assert!(pair.server.free_async(pair.now, id));
    assert!(!pair.server.free_async(pair.now, id));
    pair.server.trigger_async(pair.now, id);
    pair.server.set_async_delay(pair.now, id, Some(SECOND));
    pair.wait(10 * SECOND);
    assert_eq!((pair.served(), pair.server.census().asyncs), (1, 0));
}

#[test]
fn what_is_freed_or_put_off_again_when_its_time_has_come_does_not_reach_the_handler() {
    let mut pair = Pair::new();
    let (id, _) = put_off(&mut pair, MessageType::Con, Some(SECOND));
    pair.now += SECOND;
    pair.server.handle_timeout(pair.now);
    pair.server.set_async_delay(pair.now, id, Some(SECOND));
    pair.pump();
    assert_eq!(pair.served(), 1, "put off again");
    pair.now += SECOND;
    pair.server.handle_timeout(pair.now);
    pair.server.free_async(pair.now, id);
    pair.pump();
    assert_eq!(pair.served(), 1, "freed");
    assert_eq!(sent(&pair), [(MessageType::Ack, Code::EMPTY)]);
}

#[test]
fn a_handler_that_says_nothing_the_second_time_sends_nothing() {
    let mut pair = Pair::new();
    put_off(&mut pair, MessageType::Con, Some(SECOND));
    pair.handler = Box::new(|_, _| {});
    pair.wait(10 * SECOND);
    assert_eq!((pair.served(), sent(&pair).len(), pair.server.census().asyncs), (2, 1, 0));
}

#[test]
fn a_resource_that_went_meanwhile_is_not_found() {
    let mut pair = Pair::new();
    put_off(&mut pair, MessageType::Con, Some(SECOND));
    let resource = pair.server.resources().find(b"test").unwrap();
    pair.server.resources_mut().remove(resource);
    pair.wait(SECOND);
    assert_eq!(sent(&pair)[1..], [(MessageType::Con, Code::NOT_FOUND)]);
    assert_eq!(pair.server.census().asyncs, 0);
}

#[test]
fn it_is_found_by_its_token_until_it_is_answered() {
    let mut pair = Pair::new();
    let (id, request) = put_off(&mut pair, MessageType::Con, Some(SECOND));
    let session = pair.server_session();
    assert_eq!(pair.server.find_async(session, request.token()), Some(id));
    assert_eq!(pair.server.find_async(session, b"other"), None);
    let again = pair.server.register_async(pair.now, session, &request, None);
    assert_eq!(again, Err(AsyncError::AlreadyRegistered));
    pair.wait(SECOND);
    assert_eq!(pair.server.find_async(session, request.token()), None);
}

#[test]
fn only_requests_can_be_put_off_and_only_so_many() {
    let config = Config { max_async_per_session: 2, ..Config::default() };
    let mut pair = Pair::with(Config::default(), config);
    let (_, request) = put_off(&mut pair, MessageType::Con, None);
    let session = pair.server_session();
    let mut refused = request.clone();
    refused.set_code(Code::CONTENT);
    let mut register = |pdu: &Pdu| pair.server.register_async(pair.now, session, pdu, None);
    assert_eq!(register(&refused), Err(AsyncError::NotARequest));
    refused.set_code(Code::GET);
    refused.update_token(b"one").unwrap();
    assert!(register(&refused).is_ok());
    refused.update_token(b"two").unwrap();
    assert_eq!(register(&refused), Err(AsyncError::TooMany));
    pair.server.config_mut().max_async_per_session = 0;
    pair.server.config_mut().max_async = 2;
    let again = pair.server.register_async(pair.now, session, &refused, None);
    assert_eq!(again, Err(AsyncError::TooMany));
}

#[test]
fn it_keeps_its_session_and_ends_with_its_endpoint() {
    let mut pair = Pair::new();
    let (id, _) = put_off(&mut pair, MessageType::Con, Some(1000 * SECOND));
    pair.wait(600 * SECOND);
    let session = pair.server_session();
    assert!(!pair.server.session(session).unwrap().is_closed());
    pair.server.close_endpoint(pair.now, pair.endpoint);
    assert!(!pair.server.has_async(id));
    pair.wait(1000 * SECOND);
    assert_eq!((pair.served(), pair.server.census()), (1, Default::default()));
}

#[test]
fn what_is_put_off_again_and_again_leaves_nothing_behind() {
    let mut pair = Pair::new();
    for _ in 0..100 {
        put_off(&mut pair, MessageType::Con, Some(SECOND));
        pair.wait(2 * SECOND);
    }
    assert_eq!((pair.served(), responses(&pair).len()), (200, 100));
    assert_eq!((pair.server.census().asyncs, pair.server.census().exchanges), (0, 0));
}

#[test]
fn its_end_is_told_once_however_it_comes() {
    let ended = |pair: &Pair, id| {
        pair.server_told.iter().filter(|told| matches!(told, Told::AsyncEnded(it) if *it == id)).count()
    };
    let mut pair = Pair::new();
    let (answered, _) = put_off(&mut pair, MessageType::Con, Some(SECOND));
    assert_eq!(ended(&pair, answered), 0);
    pair.wait(SECOND);
    assert_eq!(ended(&pair, answered), 1);
    let (freed, _) = put_off(&mut pair, MessageType::Con, None);
    pair.server.free_async(pair.now, freed);
    let (left, _) = put_off(&mut pair, MessageType::Con, None);
    let endpoint = pair.endpoint;
    pair.server.close_endpoint(pair.now, endpoint);
    pair.wait(60 * SECOND);
    assert_eq!([answered, freed, left].map(|id| ended(&pair, id)), [1, 1, 1]);
}

#[test]
fn one_that_observes_goes_on_observing() {
    for (code, observers) in [(Code::CONTENT, 1), (Code::FORBIDDEN, 0)] {
        let mut pair = Pair::new();
        let mut resource = Resource::new(b"slow", 0);
        resource.methods = MethodMask::ALL;
        resource.observable = true;
        pair.server.add_resource(pair.now, resource);
        pair.handler = Box::new(|_, _| {});
        let mut request = pair.request(MessageType::Con, Code::GET, "slow");
        request.insert_option(option::OBSERVE, &[]).unwrap();
        pair.send(request.clone());
        let session = pair.server_session();
        pair.server.register_async(pair.now, session, &request, Some(SECOND)).unwrap();
        pair.handler = Box::new(move |_, response| response.set_code(code));
        pair.wait(SECOND);
        let response = &responses(&pair)[0];
        assert_eq!(response.code(), code);
        assert_eq!(response.option(option::OBSERVE).is_some(), observers > 0);
        assert_eq!(pair.server.census().observers, observers);
    }
}

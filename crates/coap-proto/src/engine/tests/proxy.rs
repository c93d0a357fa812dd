//! Forwarding step by step, as an application does that passes responses on by itself. (Three nodes and all the
//! rest are in `coap-sim/tests/proxy/`.)
use super::testing::{Pair, SERVER, Told, address};
use crate::engine::{Connect, Forwarded, Path, Relayed, Route, SessionId, UpstreamError, Via, Wanted};
use crate::resource::Resource;
use crate::wire::{Code, MessageType, Pdu, Protocol, option, uint, uri::Scheme};
use std::time::Duration;

const ORIGIN: &str = "192.0.2.9:5683";
const TAG: u64 = 7;

fn route() -> Route {
    Route { by_application: true, tag: TAG, ..Route::default() }
}

/// A request that came to the server, whose handler leaves the answer for later, and is forwarded then.
fn forwarded(pair: &mut Pair, options: &[(u16, &[u8])]) -> Wanted {
    pair.handler = Box::new(|_, _| {});
    pair.server.resources_mut().add(Resource::proxy(vec![b"here".to_vec()], 0));
    let mut request = pair.request(MessageType::Con, Code::GET, "");
    request.insert_option(option::PROXY_URI, b"coap://origin/a").unwrap();
    options.iter().for_each(|(number, value)| _ = request.insert_option(*number, value).unwrap());
    pair.send(request.clone());
    let (session, mut response) = (pair.server_session(), Pdu::new(MessageType::Ack, Code::EMPTY, 0, 0));
    let outcome = pair.server.forward(pair.now, (session, None), &request, &mut response, &route());
    assert!(matches!(outcome, Forwarded::Sent) && response.code().is_empty());
    let wanted = pair.server.poll_upstream().expect("a session to the origin");
    assert_eq!((wanted.server.scheme, &wanted.server.host[..]), (Scheme::Coap, &b"origin"[..]));
    assert_eq!(pair.server.poll_upstream(), None);
    wanted
}

fn connect(pair: &mut Pair) -> SessionId {
    let to = Connect { local: None, remote: address(ORIGIN), protocol: Protocol::Udp };
    pair.server.connect(pair.now, to).unwrap()
}

/// The last message to the origin.
fn sent_on(pair: &mut Pair) -> Pdu {
    pair.pump();
    let to_origin = pair.wire.iter().rev().find(|datagram| datagram.path.remote == address(ORIGIN));
    to_origin.expect("a message to the origin").pdu()
}

/// The origin answers; what came is what the application passes on.
fn answer(pair: &mut Pair, session: SessionId, kind: MessageType, observe: Option<u64>) -> Pdu {
    let request = sent_on(pair);
    let mut response = Pdu::new(kind, Code::CONTENT, request.mid(), 0);
    response.set_token(request.token()).unwrap();
    if let Some(number) = observe {
        response.add_option(option::OBSERVE, &uint::encode(number)).unwrap();
    }
    response.set_payload(b"from the origin").unwrap();
    let path = Path::new(address("192.0.2.2:40001"), address(ORIGIN), 0);
    pair.server.handle_datagram(pair.now, Via::Session(session), path, response.encode_udp());
    pair.pump();
    response
}

fn answers(pair: &Pair) -> Vec<Code> {
    let code =
        |told: &Told| if let Told::Response(_, received) = told { Some(received.code()) } else { None };
    pair.client_told.iter().filter_map(code).collect()
}

fn ended(pair: &Pair) -> Vec<u64> {
    let tag = |told: &Told| if let Told::ForwardEnded(tag) = told { Some(*tag) } else { None };
    pair.server_told.iter().filter_map(tag).collect()
}

#[test]
fn the_applications_name_comes_back_with_the_response() {
    let mut pair = Pair::new();
    let wanted = forwarded(&mut pair, &[]);
    let upstream = connect(&mut pair);
    assert!(pair.server.upstream_connected(pair.now, wanted.upstream, upstream));
    let response = answer(&mut pair, upstream, MessageType::Ack, None);
    assert_eq!(answers(&pair), [], "the application has not passed it on");
    let relayed = pair.server.forward_response(pair.now, upstream, response.token(), &response);
    assert_eq!(relayed, Some(Relayed { tag: TAG, is_last: true }));
    pair.wait(Duration::from_secs(1));
    assert_eq!((answers(&pair), ended(&pair)), (vec![Code::CONTENT], vec![]));
    let again = pair.server.forward_response(pair.now, upstream, response.token(), &response);
    assert_eq!(again, None, "once");
}

#[test]
fn or_by_itself_if_there_is_no_response() {
    for (error, code) in [
        (UpstreamError::Unreachable, Code::BAD_GATEWAY),
        (UpstreamError::Unsupported, Code::PROXYING_NOT_SUPPORTED),
        (UpstreamError::Busy, Code::SERVICE_UNAVAILABLE),
    ] {
        let mut pair = Pair::new();
        let wanted = forwarded(&mut pair, &[]);
        pair.server.upstream_failed(pair.now, wanted.upstream, error);
        pair.wait(Duration::from_secs(1));
        assert_eq!((answers(&pair), ended(&pair)), (vec![code], vec![TAG]));
        // The next request tries again.
        forwarded(&mut pair, &[]);
    }
}

#[test]
fn while_a_request_observes_the_name_stays() {
    let mut pair = Pair::new();
    let wanted = forwarded(&mut pair, &[(option::OBSERVE, b"")]);
    let upstream = connect(&mut pair);
    assert!(pair.server.upstream_connected(pair.now, wanted.upstream, upstream));
    let first = answer(&mut pair, upstream, MessageType::Ack, Some(5));
    let relayed = pair.server.forward_response(pair.now, upstream, first.token(), &first);
    assert_eq!(relayed, Some(Relayed { tag: TAG, is_last: false }));
    pair.pump();
    pair.server.shut_down(pair.now);
    pair.pump();
    assert_eq!((answers(&pair), ended(&pair)), (vec![Code::CONTENT], vec![TAG]));
}

#[test]
fn a_session_that_comes_too_late_or_to_a_group_is_not_taken() {
    let mut pair = Pair::new();
    let wanted = forwarded(&mut pair, &[]);
    pair.wait(Duration::from_secs(121));
    assert_eq!(answers(&pair), [Code::GATEWAY_TIMEOUT]);
    let (first, second) = (connect(&mut pair), connect(&mut pair));
    assert!(pair.server.upstream_connected(pair.now, wanted.upstream, first), "the next request will use it");
    assert!(!pair.server.upstream_connected(pair.now, wanted.upstream, second), "one is enough");
    pair.wait(Duration::from_secs(301));
    assert!(!pair.server.upstream_connected(pair.now, wanted.upstream, second), "forgotten");
    assert_eq!(pair.server.census().upstreams, 0);

    let wanted = forwarded(&mut pair, &[]);
    let to = Connect { local: None, remote: address("224.0.1.187:5683"), protocol: Protocol::Udp };
    let group = pair.server.connect(pair.now, to).unwrap();
    assert!(!pair.server.upstream_connected(pair.now, wanted.upstream, group));
    pair.wait(Duration::from_secs(1));
    assert_eq!(answers(&pair).last(), Some(&Code::PROXYING_NOT_SUPPORTED));
}

#[test]
fn what_a_session_was_lost_with_is_a_bad_gateway() {
    let mut pair = Pair::new();
    let wanted = forwarded(&mut pair, &[]);
    let upstream = connect(&mut pair);
    assert!(pair.server.upstream_connected(pair.now, wanted.upstream, upstream));
    pair.pump();
    // An application that releases what is not its own ends the session.
    pair.server.disconnect(pair.now, upstream, crate::engine::NackReason::NotDeliverable);
    pair.wait(Duration::from_secs(1));
    assert_eq!((answers(&pair), ended(&pair)), (vec![Code::BAD_GATEWAY], vec![TAG]));
    assert!(pair.server.session(upstream).is_none(), "nobody keeps it");
    assert_eq!((pair.server.census().forwards, pair.server.census().upstreams), (0, 0));
}

/// Another request for the same server, from whoever is at that address.
fn forwarded_again(pair: &mut Pair, from: &str, mid: u16, token: &[u8]) -> Forwarded {
    let mut request = Pdu::new(MessageType::Con, Code::GET, mid, 0);
    request.set_token(token).unwrap();
    request.insert_option(option::PROXY_URI, b"coap://origin/a").unwrap();
    pair.inject(address(from), address(SERVER), request.encode_udp());
    pair.pump();
    let path = |pair: &Pair, id| pair.server.session(id).map(|session| *session.remote());
    let session = pair.server.sessions().find(|id| path(pair, *id) == Some(address(from))).unwrap();
    let mut response = Pdu::new(MessageType::Ack, Code::EMPTY, 0, 0);
    let outcome = pair.server.forward(pair.now, (session, None), &request, &mut response, &route());
    assert_eq!(matches!(outcome, Forwarded::Refused), response.code() == Code::SERVICE_UNAVAILABLE);
    outcome
}

#[test]
fn who_repeats_a_token_while_a_name_is_looked_up_takes_no_place_from_others() {
    const HERE: &str = "192.0.2.7:1000";
    const OTHER: &str = "192.0.2.8:1000";
    let mut pair = Pair::new();
    let wanted = forwarded(&mut pair, &[]);
    for mid in 0..200 {
        let outcome = forwarded_again(&mut pair, HERE, mid, b"the same");
        assert!(matches!(outcome, Forwarded::Sent), "{mid}: what went before is of no interest any more");
    }
    assert_eq!(pair.server.census().forwards, 2);
    // There are 64 places for those who wait; the first two are taken.
    for mid in 0..62u16 {
        let outcome = forwarded_again(&mut pair, OTHER, mid, &mid.to_be_bytes());
        assert!(matches!(outcome, Forwarded::Sent), "{mid}");
    }
    assert!(matches!(forwarded_again(&mut pair, OTHER, 99, b"one more"), Forwarded::Refused));
    let upstream = connect(&mut pair);
    assert!(pair.server.upstream_connected(pair.now, wanted.upstream, upstream));
    pair.pump();
    assert_eq!(pair.server.census().forwards, 64, "all of them go on");
}

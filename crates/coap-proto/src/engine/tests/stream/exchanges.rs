//! Requests, responses, bodies and observations over streams.
use super::super::testing::{Pair, Told};
use super::pair;
use crate::block::BlockMode;
use crate::block::Body;
use crate::engine::{Config, NackReason};
use crate::resource::{MethodMask, Resource};
use crate::wire::{Code, MessageType, Pdu, Protocol, option, uint};
use std::time::Duration;

fn with_blocks() -> Config {
    let block_mode = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
    Config { block_mode, ..Config::default() }
}

#[test]
fn nothing_is_acknowledged_repeated_or_taken_for_a_duplicate() {
    let mut pair = pair();
    let written = pair.pipes.each_ref().map(|pipe| pipe.record.len());
    let get = pair.get();
    for _ in 0..2 {
        pair.send(get.clone());
    }
    pair.wait(Duration::from_secs(200));
    assert_eq!(pair.served(), 2, "the same request twice is two requests");
    let mut request = get.clone();
    let request = request.encode_stream();
    assert_eq!(pair.pipes[0].record[written[0]..], [request, request].concat());
    let mut response = Pdu::new(MessageType::Ack, Code::CONTENT, 0, 0);
    response.set_token(get.token()).unwrap();
    response.set_payload(b"hello").unwrap();
    let response = response.encode_stream();
    assert_eq!(pair.pipes[1].record[written[1]..], [response, response].concat());
    assert_eq!(pair.nacks(), []);
}

#[test]
fn many_requests_are_in_flight_at_once() {
    let mut pair = pair();
    for _ in 0..100 {
        let get = pair.get();
        pair.client.send(pair.now, pair.session, get).unwrap();
    }
    pair.pump();
    let responses = pair.client_told.iter().filter(|told| matches!(told, Told::Response(..))).count();
    assert_eq!(responses, 100);
}

#[test]
fn messages_may_come_in_any_pieces() {
    for cut in 1..40 {
        let mut pair = Pair::over(crate::wire::Protocol::Tcp, Config::default(), Config::default());
        pair.pipes[0].cut = cut;
        pair.pipes[1].cut = cut;
        for length in [0, 12, 13, 268, 269, 400] {
            let mut post = pair.request(MessageType::Con, Code::POST, "test");
            post.set_payload(&vec![b'x'; length]).unwrap();
            pair.client.send(pair.now, pair.session, post).unwrap();
        }
        pair.connect_stream();
        let lengths: Vec<_> = pair
            .server_told
            .iter()
            .filter_map(
                |told| if let Told::Request(request) = told { Some(request.payload().len()) } else { None },
            )
            .collect();
        assert_eq!(lengths, [0, 12, 13, 268, 269, 400], "in pieces of {cut}");
        assert_eq!(pair.server.census().stream_bytes, 0);
    }
}

#[test]
fn errors_are_answered() {
    let mut pair = Pair::tcp(with_blocks(), Config::default());
    let get = pair.request(MessageType::Con, Code::GET, "elsewhere");
    assert_eq!(pair.ask(get), Some(Code::NOT_FOUND));
    for kind in [MessageType::Con, MessageType::Non] {
        let mut get = pair.request(kind, Code::GET, "test");
        get.add_option(option::ACCEPT, &[1; 3]).unwrap();
        let mut expected = Pdu::new(kind, Code::BAD_OPTION, 0, 0);
        expected.set_token(get.token()).unwrap();
        expected.add_option(option::ACCEPT, &[1; 3]).unwrap();
        expected.set_payload(b"Bad Option").unwrap();
        let mid = pair.send(get);
        assert!(pair.pipes[1].record.ends_with(expected.encode_stream()), "there are no types over streams");
        assert_eq!(pair.nacks().last(), Some(&(NackReason::BadResponse, mid)), "it names what nobody knows");
    }
}

#[test]
fn messages_as_large_as_the_peer_takes_go_in_one_piece() {
    let mut pair = Pair::tcp(with_blocks(), with_blocks());
    let size = pair.client.session(pair.session).unwrap().max_pdu_size();
    assert_eq!(size, (8 << 20) + 256 - 6);
    let mut post = pair.request(MessageType::Con, Code::POST, "test");
    post.set_max_size(size);
    let room = size - post.len() - 1;
    post.set_payload(&vec![7; room]).unwrap();
    pair.send(post);
    let Some(Told::Request(request)) = pair.server_told.iter().find(|told| matches!(told, Told::Request(_)))
    else {
        panic!("nothing came")
    };
    assert_eq!(request.payload().len(), room);
    let mut post = pair.request(MessageType::Con, Code::POST, "test");
    post.set_payload(&vec![7; room + 10]).unwrap();
    let sent = pair.client.send(pair.now, pair.session, post);
    assert!(matches!(sent, Err(crate::engine::SendError::TooLarge { .. })), "{sent:?}");
}

#[test]
fn larger_bodies_go_in_blocks() {
    let small = || Config { csm_max_message_size: 1000, ..with_blocks() };
    larger_body_goes_in_blocks(Pair::tcp(small(), small()));
}

#[test]
fn a_body_that_is_given_before_the_csm_goes_in_blocks_that_every_peer_takes() {
    let small = Config { csm_max_message_size: 1152, ..with_blocks() };
    larger_body_goes_in_blocks(Pair::over(Protocol::Tcp, with_blocks(), small));
}

fn larger_body_goes_in_blocks(mut pair: Pair) {
    let body: Vec<u8> = (0..5000).map(|at| (at / 7) as u8).collect();
    let answer = body.clone();
    pair.handler = Box::new(move |request, response| {
        response.set_code(Code::CHANGED);
        let _ = response.set_payload(&[request.payload().len() as u8]);
    });
    let mut put = pair.request(MessageType::Con, Code::PUT, "test");
    let session = pair.client.session(pair.session).unwrap();
    let (is_new, room) = (!session.is_established(), session.room_for_message(pair.client.config()));
    put.set_max_size(room);
    let large = pair.client.large_request(pair.session, &mut put, Body::own(answer)).unwrap().unwrap();
    assert_eq!(put.max_size(), room);
    pair.client.send_body(pair.now, pair.session, put, large).unwrap();
    if is_new {
        pair.connect_stream();
    }
    pair.pump();
    let whole = pair.server_told.iter().find_map(|told| match told {
        Told::Request(request) => Some(request.payload().to_vec()),
        _ => None,
    });
    assert_eq!(whole, Some(body));
    assert!(
        pair.client_told
            .iter()
            .any(|told| matches!(told, Told::Response(_, it) if it.code() == Code::CHANGED))
    );
    assert_eq!(pair.server.census().body_bytes, 0);
}

#[test]
fn a_request_that_is_not_answered_is_reported_when_the_connection_breaks() {
    let mut pair = Pair::tcp(with_blocks(), with_blocks());
    pair.handler = Box::new(|_, _| {});
    let get = pair.get();
    let mid = pair.send(get);
    pair.client.handle_stream_end(pair.now, pair.session, crate::engine::StreamEnd::Broken);
    pair.pump();
    assert_eq!(pair.nacks(), [(NackReason::NotDeliverable, mid)]);
}

#[test]
fn observers_are_notified_whatever_the_numbers_say() {
    let mut pair = Pair::tcp(with_blocks(), with_blocks());
    let mut resource = Resource::new(b"time", 0);
    (resource.methods, resource.observable) = (MethodMask::ALL, true);
    let (time, _) = pair.server.add_resource(pair.now, resource);
    let mut count = 0;
    pair.handler = Box::new(move |_, response| {
        count += 1;
        response.set_code(Code::CONTENT);
        if response.option(option::OBSERVE).is_some() {
            // As a server may that leaves the order to TCP.
            response.update_option(option::OBSERVE, &[100 - count]).unwrap();
        }
        response.set_payload(&[count]).unwrap();
    });
    let mut get = pair.request(MessageType::Con, Code::GET, "time");
    get.insert_option(option::OBSERVE, &[]).unwrap();
    let token = get.token().to_vec();
    pair.send(get);
    for _ in 0..10 {
        pair.server.notify(pair.now, time);
        pair.wait(Duration::from_millis(1));
    }
    let payloads = |pair: &Pair| -> Vec<u8> {
        let payload = |told: &Told| match told {
            Told::Response(_, received) => Some(received.payload()[0]),
            _ => None,
        };
        pair.client_told.iter().filter_map(payload).collect()
    };
    assert_eq!(payloads(&pair), (1..=11).collect::<Vec<_>>());
    assert!(pair.client.cancel_observe(pair.now, pair.session, &token, MessageType::Con).is_some());
    pair.pump();
    assert_eq!(pair.server.census().observers, 0);
    let before = payloads(&pair).len();
    pair.server.notify(pair.now, time);
    pair.wait(Duration::from_secs(1));
    assert_eq!(payloads(&pair).len(), before);
}

#[test]
fn observers_go_with_their_connection() {
    let mut pair = Pair::tcp(with_blocks(), with_blocks());
    let mut resource = Resource::new(b"time", 0);
    (resource.methods, resource.observable) = (MethodMask::ALL, true);
    pair.server.add_resource(pair.now, resource);
    let mut get = pair.request(MessageType::Con, Code::GET, "time");
    get.insert_option(option::OBSERVE, &uint::encode(0)).unwrap();
    pair.send(get);
    assert_eq!(pair.server.census().observers, 1);
    pair.wait(Duration::from_secs(1000));
    assert_eq!(pair.server.census().observers, 1, "they keep it");
    let id = pair.accepted();
    pair.server.handle_stream_end(pair.now, id, crate::engine::StreamEnd::Broken);
    pair.pump();
    assert_eq!(pair.server.census().observers, 0);
    assert_eq!(pair.server.census().sessions, 0);
}

#[test]
fn a_request_that_is_put_off_is_answered_later() {
    let mut pair = pair();
    pair.handler = Box::new(|_, _| {});
    let get = pair.get();
    pair.send(get.clone());
    assert!(
        !pair.client_told.iter().any(|told| matches!(told, Told::Response(..))),
        "no acknowledgement either"
    );
    let id = pair.accepted();
    pair.server.register_async(pair.now, id, &get, Some(Duration::from_secs(3))).unwrap();
    pair.handler = Box::new(|_, response| response.set_code(Code::CONTENT));
    pair.wait(Duration::from_secs(4));
    assert!(
        pair.client_told
            .iter()
            .any(|told| matches!(told, Told::Response(_, it) if it.token() == get.token()))
    );
    assert_eq!(pair.server.census().asyncs, 0);
}

#[test]
fn what_is_put_off_goes_with_its_connection() {
    let mut pair = pair();
    pair.handler = Box::new(|_, _| {});
    let get = pair.get();
    pair.send(get.clone());
    let id = pair.accepted();
    pair.server.register_async(pair.now, id, &get, None).unwrap();
    pair.server.handle_stream_end(pair.now, id, crate::engine::StreamEnd::Broken);
    pair.pump();
    assert_eq!((pair.server.census().asyncs, pair.server.census().sessions), (0, 0));
}

//! Signalling messages (RFC 8323 section 5).
use super::super::testing::{Pair, Told};
use super::{events, pair};
use crate::block::BlockMode;
use crate::engine::{Config, NackReason, SessionEvent, SessionState};
use crate::wire::{Code, MessageType, Pdu, StreamHeader, option, signal, uint};
use std::time::Duration;

pub(super) fn signal(code: Code, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut pdu = Pdu::new(MessageType::Con, code, 0, 0);
    for (number, value) in options {
        pdu.add_option(*number, value).unwrap();
    }
    pdu.encode_stream().to_vec()
}

/// The messages that the server has written.
pub(super) fn from_server(pair: &Pair) -> Vec<Pdu> {
    let mut rest = &pair.pipes[1].record[..];
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let total = StreamHeader::parse(rest).unwrap().unwrap().total as usize;
        messages.push(Pdu::decode_stream(&rest[..total]).unwrap());
        rest = &rest[total..];
    }
    messages
}

#[test]
fn a_ping_is_answered_with_its_token_and_with_custody_if_asked() {
    let mut pair = pair();
    let mut ping = Pdu::new(MessageType::Con, Code::PING, 0, 0);
    ping.set_token(b"abc").unwrap();
    pair.write_to_server(ping.encode_stream());
    ping.add_option(signal::CUSTODY, b"").unwrap();
    pair.write_to_server(ping.encode_stream());
    let messages = from_server(&pair);
    let pongs: Vec<_> = messages.iter().filter(|it| it.code() == Code::PONG).collect();
    assert_eq!(pongs.len(), 2);
    assert!(pongs.iter().all(|pong| pong.token() == b"abc"));
    assert!(pongs[0].option(signal::CUSTODY).is_none() && pongs[1].option(signal::CUSTODY).is_some());
    assert_eq!(pair.server_told.iter().filter(|told| matches!(told, Told::Ping)).count(), 2);
}

#[test]
fn silent_clients_ping_and_hear_when_nobody_answers() {
    let client = Config { keepalive: Some(Duration::from_secs(10)), ..Config::default() };
    let mut pair = Pair::tcp(client, Config::default());
    pair.wait(Duration::from_secs(35));
    assert_eq!(pair.client_told.iter().filter(|told| matches!(told, Told::Pong)).count(), 3);
    pair.pipes[1].stalled = true;
    pair.wait(Duration::from_secs(30));
    assert!(events(&pair.client_told).contains(&SessionEvent::KeepaliveFailed));
}

#[test]
fn what_a_csm_says_holds_from_then_on() {
    let server = Config { csm_max_message_size: 300, max_token_size: 20, ..Config::default() };
    let client = Config { max_token_size: 100, ..Config::default() };
    let mut pair = Pair::tcp(client, server);
    let session = pair.client.session(pair.session).unwrap();
    assert_eq!((session.max_pdu_size(), session.max_token_size()), (296, 20));
    let csm = signal(Code::CSM, &[(signal::MAX_MESSAGE_SIZE, &uint::encode(5000))]);
    pair.write_to_server(&csm);
    let session = pair.server.session(pair.accepted()).unwrap();
    assert_eq!((session.max_pdu_size(), session.max_token_size()), (4996, 100), "what is not said stays");
    let mut get = Pdu::new(MessageType::Con, Code::GET, 1, 0);
    get.set_token(&[7; 20]).unwrap();
    get.add_option(option::URI_PATH, b"test").unwrap();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
}

#[test]
fn requests_that_the_csm_forbids_are_reported() {
    let client = Config { max_token_size: 100, ..Config::default() };
    let mut pair = Pair::over(crate::wire::Protocol::Tcp, client, Config::default());
    let mut get = Pdu::new(MessageType::Con, Code::GET, 77, 0);
    get.set_token(&[7; 20]).unwrap();
    pair.send(get);
    let get = pair.get();
    pair.send(get);
    pair.connect_stream();
    assert_eq!(pair.nacks(), [(NackReason::NotDeliverable, 77)]);
    assert_eq!(pair.served(), 1);
}

#[test]
fn a_large_message_waits_for_the_csm_and_goes_whole_if_the_peer_takes_it() {
    for (limit, is_taken) in [(10_000, true), (2000, false)] {
        let server = Config { csm_max_message_size: limit, ..Config::default() };
        let mut pair = Pair::over(crate::wire::Protocol::Tcp, Config::default(), server);
        let config = pair.client.config().clone();
        let room = |pair: &Pair| {
            let session = pair.client.session(pair.session).unwrap();
            (session.max_pdu_size(), session.room_for_message(&config))
        };
        assert_eq!(room(&pair), (1152 - 4, config.csm_max_message_size as usize - 6));
        let mut put = pair.request(MessageType::Con, Code::PUT, "test");
        put.set_payload(&[7; 5000]).unwrap();
        let mid = pair.send(put);
        pair.connect_stream();
        assert_eq!(room(&pair), (limit as usize - 4, limit as usize - 4), "now it is known");
        assert_eq!(pair.served(), usize::from(is_taken));
        let nacks = if is_taken { vec![] } else { vec![(NackReason::NotDeliverable, mid)] };
        assert_eq!(pair.nacks(), nacks);
    }
}

#[test]
fn a_release_says_where_else_to_go_and_closes() {
    let mut pair = pair();
    let id = pair.accepted();
    let hold_off = Some(Duration::from_secs(300));
    assert!(pair.server.release_stream(pair.now, id, Some("other.example:5683"), hold_off));
    pair.pump();
    let messages = from_server(&pair);
    let release = messages.last().unwrap();
    assert_eq!(release.code(), Code::RELEASE);
    assert_eq!(release.option(signal::ALTERNATIVE_ADDRESS).unwrap().value, b"other.example:5683");
    assert_eq!(release.option(signal::HOLD_OFF).unwrap().uint(), Some(300));
    assert!(pair.client_told.iter().any(|told| matches!(told, Told::Released)));
    assert!(events(&pair.client_told).ends_with(&[SessionEvent::TcpClosed, SessionEvent::Disconnected]));
    assert_eq!(pair.client.session(pair.session).unwrap().state(), SessionState::None);
    assert!(pair.server.session(id).is_none());
}

#[test]
fn an_option_of_the_csm_that_is_not_understood_is_named_in_the_abort() {
    let mut pair = pair();
    pair.write_to_server(&signal(Code::CSM, &[(33, b"")]));
    let messages = from_server(&pair);
    let abort = messages.last().unwrap();
    assert_eq!((abort.code(), abort.option(signal::BAD_CSM_OPTION).unwrap().uint()), (Code::ABORT, Some(33)));
    assert!(events(&pair.server_told).contains(&SessionEvent::TcpClosed));
    assert!(pair.client_told.iter().any(|told| matches!(told, Told::Released)));
}

#[test]
fn options_that_need_not_be_understood_are_ignored() {
    let mut pair = pair();
    pair.write_to_server(&signal(Code::CSM, &[(34, b"abc")]));
    pair.write_to_server(&signal(Code::PING, &[(34, b"abc")]));
    assert_eq!(from_server(&pair).last().unwrap().code(), Code::PONG);
}

#[test]
fn a_session_that_is_aborted_by_its_peer_fails_what_waits() {
    let mut pair = pair();
    pair.pipes[0].stalled = true;
    let get = pair.get();
    pair.send(get);
    pair.client.handle_stream(pair.now, pair.session, &signal(Code::ABORT, &[]));
    pair.pump();
    assert!(events(&pair.client_told).ends_with(&[SessionEvent::TcpClosed, SessionEvent::Disconnected]));
}

#[test]
fn signals_may_come_in_the_middle_of_a_body() {
    let server =
        Config { block_mode: BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY), ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    let block = |value: u8, payload: &[u8]| {
        let mut put = Pdu::new(MessageType::Con, Code::PUT, 0, 0);
        put.set_token(&[value]).unwrap();
        put.add_option(option::URI_PATH, b"test").unwrap();
        put.add_option(option::BLOCK1, &[value]).unwrap();
        put.set_payload(payload).unwrap();
        put.encode_stream().to_vec()
    };
    let (first, last) = (block(0x08, &[1; 16]), block(0x10, &[2; 10]));
    let ping = signal(Code::PING, &[(signal::CUSTODY, b"")]);
    let csm = signal(Code::CSM, &[(signal::MAX_MESSAGE_SIZE, &uint::encode(2000))]);
    pair.write_to_server(&[first, csm, ping, signal(Code::PONG, &[]), b"\x00\x00".to_vec(), last].concat());
    let bodies: Vec<_> = pair
        .server_told
        .iter()
        .filter_map(|told| if let Told::Request(it) = told { Some(it.payload().to_vec()) } else { None })
        .collect();
    assert_eq!(bodies, [[&[1; 16][..], &[2; 10]].concat()]);
    let codes: Vec<_> = from_server(&pair).iter().map(|message| message.code()).collect();
    assert_eq!(codes, [Code::CSM, Code::CONTINUE, Code::PONG, Code::CONTENT]);
}

//! The peer wants to end the connection: what it has asked before is answered first (RFC 8323 section 5.5).
use super::super::testing::{Pair, Told};
use super::signals::{from_server, signal};
use super::{events, pair};
use crate::engine::{SessionEvent, StreamEnd};
use crate::wire::{Code, signal};
use std::time::Duration;

fn get_bytes(pair: &mut Pair) -> Vec<u8> {
    let mut get = pair.get();
    get.encode_stream().to_vec()
}

fn codes(pair: &Pair) -> Vec<Code> {
    from_server(pair).iter().map(|message| message.code()).collect()
}

#[test]
fn a_request_right_before_a_release_is_answered() {
    let mut pair = pair();
    let bytes = [get_bytes(&mut pair), get_bytes(&mut pair), signal(Code::RELEASE, &[])].concat();
    pair.write_to_server(&bytes);
    assert_eq!(codes(&pair), [Code::CSM, Code::CONTENT, Code::CONTENT]);
    assert!(pair.server_told.iter().any(|told| matches!(told, Told::Released)));
    assert!(events(&pair.server_told).contains(&SessionEvent::TcpClosed));
    assert_eq!(pair.server.census().sessions, 0);
}

#[test]
fn a_request_right_before_the_end_of_the_peers_direction_is_answered() {
    let mut pair = pair();
    let (id, bytes) = (pair.accepted(), get_bytes(&mut pair));
    pair.server.handle_stream(pair.now, id, &bytes);
    pair.server.handle_stream_end(pair.now, id, StreamEnd::Closed);
    assert!(!pair.server.reads_stream(id));
    pair.pump();
    assert_eq!(codes(&pair), [Code::CSM, Code::CONTENT]);
    assert_eq!(pair.server.census().sessions, 0);
}

#[test]
fn nothing_is_waited_for_when_all_is_answered() {
    let mut pair = pair();
    let id = pair.accepted();
    pair.server.reference(id);
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
    pair.server.handle_stream_end(pair.now, id, StreamEnd::Closed);
    assert_eq!(pair.server.stream(id), None);
}

#[test]
fn an_answer_that_does_not_fit_at_once_is_written_before_the_end() {
    let mut pair = pair();
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[0; 100_000]).unwrap();
    });
    (pair.pipes[1].stalled, pair.pipes[1].capacity) = (true, 1000);
    let bytes = [get_bytes(&mut pair), signal(Code::RELEASE, &[])].concat();
    pair.write_to_server(&bytes);
    assert_eq!(pair.server.census().sessions, 1);
    pair.pipes[1].stalled = false;
    pair.pump();
    assert!(pair.pipes[1].record.len() > 100_000);
    assert_eq!(pair.server.census().sessions, 0);
}

#[test]
fn what_is_put_off_is_answered_before_the_end_but_not_waited_for_without_end() {
    for delay in [Some(Duration::from_secs(3)), None] {
        let mut pair = pair();
        pair.handler = Box::new(|_, _| {});
        let get = pair.get();
        pair.send(get.clone());
        let id = pair.accepted();
        pair.server.register_async(pair.now, id, &get, delay).unwrap();
        pair.handler = Box::new(|_, response| response.set_code(Code::CONTENT));
        pair.write_to_server(&signal(Code::RELEASE, &[]));
        pair.wait(Duration::from_secs(29));
        let answered = delay.is_some();
        assert_eq!(codes(&pair).contains(&Code::CONTENT), answered);
        assert_eq!(pair.server.census().sessions, usize::from(!answered));
        pair.wait(Duration::from_secs(1));
        assert!(pair.server_told.iter().any(|told| matches!(told, Told::Released)));
        assert_eq!((pair.server.census().sessions, pair.server.census().asyncs), (0, 0));
    }
}

#[test]
fn an_abort_is_not_waited_with() {
    let mut pair = pair();
    let bytes = [get_bytes(&mut pair), signal(Code::ABORT, &[])].concat();
    pair.write_to_server(&bytes);
    assert_eq!(codes(&pair), [Code::CSM]);
    assert_eq!(pair.server.census().sessions, 0);
}

#[test]
fn custody_is_given_when_what_came_before_is_done() {
    let mut pair = pair();
    let ping = signal(Code::PING, &[(signal::CUSTODY, b"")]);
    let bytes = [get_bytes(&mut pair), ping, get_bytes(&mut pair), signal(Code::PING, &[])].concat();
    pair.write_to_server(&bytes);
    assert_eq!(codes(&pair)[..4], [Code::CSM, Code::CONTENT, Code::PONG, Code::PONG]);
    assert_eq!(codes(&pair)[4..], [Code::CONTENT], "who does not ask is answered at once");
}

//! How sessions over streams begin and end.
use super::super::testing::{CLIENT, Pair, SERVER, Told, address};
use super::{events, pair};
use crate::engine::{Config, NackReason, Path, SendError, SessionEvent, SessionState, StreamEnd, Via};
use crate::wire::{Code, MessageType, Protocol};
use std::time::Duration;

#[test]
fn a_session_is_established_when_both_csms_have_come() {
    let mut pair = Pair::over(Protocol::Tcp, Config::default(), Config::default());
    let state = |pair: &Pair| pair.client.session(pair.session).unwrap().state();
    assert_eq!(state(&pair), SessionState::Connecting);
    assert_eq!(pair.client.poll_stream(), None, "there is no socket yet");
    pair.client.handle_connected(pair.now, pair.session, address(CLIENT));
    assert_eq!(state(&pair), SessionState::Csm);
    let mut pair = self::pair();
    assert_eq!(pair.client.session(pair.session).unwrap().state(), SessionState::Established);
    assert_eq!(events(&pair.client_told), [SessionEvent::TcpConnected, SessionEvent::Connected]);
    let at_server = [SessionEvent::TcpConnected, SessionEvent::ServerNew, SessionEvent::Connected];
    assert_eq!(events(&pair.server_told), at_server);
    // 7.01 with Max-Message-Size 8388864 and Block-Wise-Transfer.
    assert_eq!(pair.pipes[0].record, b"\x50\xe1\x23\x80\x01\x00\x20");
    assert_eq!(pair.pipes[0].record, pair.pipes[1].record);
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
}

#[test]
fn requests_wait_until_the_session_is_established() {
    let mut pair = Pair::over(Protocol::Tcp, Config::default(), Config::default());
    for _ in 0..3 {
        let get = pair.get();
        pair.send(get);
    }
    assert_eq!(pair.served(), 0);
    pair.connect_stream();
    assert_eq!(pair.served(), 3);
    let is_response = |told: &&Told| matches!(told, Told::Response(..));
    assert_eq!(pair.client_told.iter().filter(is_response).count(), 3);
    assert!(pair.client.can_exit());
}

#[test]
fn a_refused_connection_fails_what_waits() {
    let mut pair = Pair::over(Protocol::Tcp, Config::default(), Config::default());
    let mids = [MessageType::Con, MessageType::Non].map(|kind| {
        let get = pair.request(kind, Code::GET, "test");
        pair.send(get)
    });
    pair.client.handle_stream_end(pair.now, pair.session, StreamEnd::Refused);
    pair.pump();
    let told = format!("{:?}", pair.client_told);
    let nacks = mids.map(|mid| format!("Nack(NotDeliverable, {mid})")).join(", ");
    assert_eq!(told, format!("[Session(TcpFailed), {nacks}, Session(Failed)]"));
    assert_eq!(pair.client.stream(pair.session), None);
    let get = pair.get();
    assert_eq!(pair.client.send(pair.now, pair.session, get), Err(SendError::NotConnected));
    pair.client.release(pair.now, pair.session);
    pair.pump();
    assert!(matches!(pair.client_told.last(), Some(Told::Closed)));
}

#[test]
fn the_end_of_a_stream_ends_both_sessions() {
    let mut pair = pair();
    pair.client_told.clear();
    pair.server_told.clear();
    pair.client.disconnect(pair.now, pair.session, NackReason::NotDeliverable);
    pair.pump();
    assert_eq!(events(&pair.client_told), [SessionEvent::TcpClosed, SessionEvent::Disconnected]);
    let at_server = [SessionEvent::TcpClosed, SessionEvent::Disconnected, SessionEvent::ServerDeleted];
    assert_eq!(events(&pair.server_told), at_server);
    assert!(matches!(pair.server_told.last(), Some(Told::Closed)));
    assert_eq!(pair.server.census().sessions, 0);
    assert_eq!(pair.client.session(pair.session).unwrap().state(), SessionState::None);
}

#[test]
fn a_server_session_that_is_referenced_stays_until_it_is_released() {
    let mut pair = pair();
    let id = pair.accepted();
    pair.server.reference(id);
    pair.client.disconnect(pair.now, pair.session, NackReason::NotDeliverable);
    pair.pump();
    assert!(!pair.server.session(id).unwrap().is_closed());
    assert_eq!(pair.server.session(id).unwrap().state(), SessionState::None);
    pair.server.release(pair.now, id);
    pair.pump();
    assert!(pair.server.session(id).is_none());
}

#[test]
fn who_says_no_csm_is_disconnected_in_time() {
    let config = Config { csm_timeout: Duration::from_secs(7), ..Config::default() };
    let mut pair = Pair::over(Protocol::Tcp, Config::default(), config);
    let path = Path::new(address(SERVER), address("192.0.2.9:1"), 0);
    let id = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
    assert_eq!(pair.server.poll_timeout(), Some(pair.now + Duration::from_secs(7)));
    pair.wait(Duration::from_secs(6));
    assert!(pair.server.session(id).is_some());
    pair.wait(Duration::from_secs(1));
    assert!(pair.server.session(id).is_none());
    let expected = [
        SessionEvent::TcpConnected,
        SessionEvent::ServerNew,
        SessionEvent::TcpClosed,
        SessionEvent::Failed,
        SessionEvent::ServerDeleted,
    ];
    assert_eq!(events(&pair.server_told), expected);
}

#[test]
fn those_that_are_not_established_make_room_for_newcomers() {
    let server = Config { max_handshake_sessions: 3, ..Config::default() };
    let mut pair = Pair::tcp(Config::default(), server);
    let mut accept = |port| {
        let path = Path::new(address(SERVER), address(&format!("192.0.2.9:{port}")), 0);
        pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap()
    };
    let ids: Vec<_> = (1..=5).map(&mut accept).collect();
    pair.pump();
    let left: Vec<bool> = ids.iter().map(|id| pair.server.session(*id).is_some()).collect();
    assert_eq!(left, [false, false, true, true, true]);
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT), "established ones are not touched");
}

#[test]
fn idle_connections_end() {
    let mut pair = pair();
    pair.wait(Duration::from_secs(299));
    assert_eq!(pair.server.census().sessions, 1);
    pair.wait(Duration::from_secs(2));
    assert_eq!(pair.server.census().sessions, 0);
    assert!(events(&pair.client_told).ends_with(&[SessionEvent::TcpClosed, SessionEvent::Disconnected]));
}

#[test]
fn what_was_sent_before_a_release_still_goes_out() {
    let mut pair = pair();
    pair.pipes[0].capacity = 0;
    let put = pair.request(crate::wire::MessageType::Non, Code::PUT, "test");
    pair.client.send(pair.now, pair.session, put).unwrap();
    pair.client.release(pair.now, pair.session);
    pair.pump();
    assert_eq!(pair.served(), 0);
    assert!(!pair.client.session(pair.session).unwrap().is_closed());
    pair.pipes[0].capacity = 1000;
    pair.pump();
    assert_eq!(pair.served(), 1);
    assert!(pair.client.session(pair.session).is_none());
}

#[test]
fn a_released_session_waits_for_a_stalled_peer_only_so_long() {
    let mut pair = pair();
    pair.pipes[0].capacity = 0;
    let get = pair.get();
    pair.client.send(pair.now, pair.session, get).unwrap();
    pair.client.release(pair.now, pair.session);
    pair.wait(Duration::from_secs(31));
    assert!(pair.client.session(pair.session).is_none());
}

#[test]
fn a_released_session_that_is_referenced_again_stays() {
    let mut pair = pair();
    pair.pipes[0].capacity = 0;
    let get = pair.get();
    pair.client.send(pair.now, pair.session, get).unwrap();
    pair.client.release(pair.now, pair.session);
    pair.wait(Duration::from_secs(10));
    assert!(pair.client.reference(pair.session));
    pair.wait(Duration::from_secs(60));
    assert!(pair.client.session(pair.session).unwrap().is_open());
    pair.pipes[0].capacity = 1000;
    pair.pump();
    assert_eq!(pair.served(), 1);
}

#[test]
fn several_connections_may_come_from_one_address() {
    let mut pair = pair();
    let path = Path::new(address(SERVER), address(CLIENT), 1);
    let other = pair.server.accept_stream(pair.now, pair.endpoint, path).unwrap();
    assert_ne!(other, pair.accepted());
    pair.server.handle_stream_end(pair.now, other, StreamEnd::Broken);
    pair.server.handle_unreachable(pair.now, Via::Endpoint(pair.endpoint), Some(address(CLIENT)));
    pair.pump();
    assert!(
        !pair.server_told.iter().any(|told| matches!(told, Told::Nack(..))),
        "datagrams have nothing to do with it"
    );
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
}

#[test]
fn the_one_who_was_called_can_ask_too() {
    let mut pair = pair();
    let id = pair.accepted();
    assert!(pair.server.set_type_client(id));
    let mut resource = crate::resource::Resource::new(b"home", 0);
    resource.methods = crate::resource::MethodMask::ALL;
    pair.client.resources_mut().add(resource);
    let mut get = crate::wire::Pdu::new(crate::wire::MessageType::Con, Code::GET, 1, 0);
    get.set_token(b"t").unwrap();
    get.add_option(crate::wire::option::URI_PATH, b"home").unwrap();
    pair.server.send(pair.now, id, get).unwrap();
    pair.pump();
    assert!(pair.client_told.iter().any(|told| matches!(told, Told::Request(_))));
    assert!(
        pair.server_told
            .iter()
            .any(|told| matches!(told, Told::Response(None, response) if response.token() == b"t"))
    );
    pair.server.release(pair.now, id);
    pair.pump();
    assert!(pair.server.session(id).is_none(), "its reference was the last thing that kept it");
}

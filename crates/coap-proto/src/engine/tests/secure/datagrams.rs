//! DTLS.
use super::{greet, pair, shake_hands, story};
use crate::block::BlockMode;
use crate::engine::tests::testing::{CLIENT, Pair, SERVER, address};
use crate::engine::{
    Config, DTLS_OVERHEAD, NackReason, SecurityEnd, SendError, SessionState, SessionType, Via,
};
use crate::wire::{Code, MessageType, Protocol};
use std::time::Duration;

#[test]
fn messages_wait_for_the_handshake_and_go_in_their_order() {
    let mut pair = pair();
    let mids: Vec<_> = [MessageType::Con, MessageType::Non, MessageType::Con]
        .map(|kind| {
            let get = pair.request(kind, Code::GET, "test");
            pair.send(get)
        })
        .into();
    assert_eq!(pair.client.session(pair.session).unwrap().state(), SessionState::Handshake);
    assert!(pair.wire.is_empty());
    assert!(!pair.client.can_exit(), "they are still to be sent");
    shake_hands(&mut pair);
    assert_eq!(story(&pair.client_told), ["DtlsConnected", "2.05", "2.05", "2.05"]);
    let sent = pair.wire.iter().filter(|datagram| datagram.from_client).map(|datagram| datagram.pdu().mid());
    assert_eq!(sent.collect::<Vec<_>>(), mids);
    assert_eq!(story(&pair.server_told), ["ServerNew", "DtlsConnected"]);
    assert!(pair.client.can_exit());
}

/// What the engine asks the peer before the first request waits for the handshake, and not for each other's answers.
#[test]
fn questions_to_the_peer_wait_for_the_handshake_alone() {
    let block_mode = BlockMode::USE_LIBCOAP.with(BlockMode::TRY_Q_BLOCK);
    let config = Config { max_token_size: 20, block_mode, ..Config::default() };
    let mut pair = Pair::over(Protocol::Dtls, config.clone(), config);
    let get = pair.get();
    pair.send(get);
    shake_hands(&mut pair);
    assert_eq!(story(&pair.client_told), ["DtlsConnected", "2.05"]);
    assert!(!pair.client.pending());
}

#[test]
fn retransmissions_begin_with_the_first_transmission() {
    let mut pair = pair();
    let get = pair.get();
    pair.send(get);
    pair.wait(Duration::from_secs(30));
    assert_eq!(story(&pair.client_told), [] as [&str; 0], "no acknowledgement is missed yet");
    shake_hands(&mut pair);
    assert_eq!(story(&pair.client_told), ["DtlsConnected", "2.05"]);
}

#[test]
fn a_server_session_takes_nothing_before_it_is_secured() {
    let mut pair = pair();
    let accepted = greet(&mut pair);
    let known = pair.server.session(accepted).unwrap();
    assert_eq!((known.kind(), known.state()), (SessionType::Server, SessionState::Handshake));
    let mut get = pair.get();
    let path = super::path_of(CLIENT);
    pair.server.handle_plaintext(pair.now, accepted, path, get.encode_udp());
    pair.pump();
    assert_eq!((pair.served(), pair.wire.len()), (0, 0));
    pair.server.secured(pair.now, accepted);
    pair.server.handle_plaintext(pair.now, accepted, path, get.encode_udp());
    pair.pump();
    assert_eq!(pair.served(), 1);
}

#[test]
fn what_is_not_protected_is_not_heard() {
    let mut pair = pair();
    let mut get = pair.get();
    pair.inject(address(CLIENT), address(SERVER), get.encode_udp());
    assert_eq!(pair.server.census().sessions, 0, "it makes no session");
    let accepted = shake_hands(&mut pair);
    pair.inject(address(CLIENT), address(SERVER), get.encode_udp());
    let mut reset = crate::wire::Pdu::new(MessageType::Rst, Code::EMPTY, 1, 0);
    pair.inject_to_client(address(SERVER), reset.encode_udp());
    pair.pump();
    assert_eq!(pair.served(), 0);
    assert!(pair.server.session(accepted).unwrap().state() == SessionState::Established);
    assert!(pair.wire.is_empty());
}

#[test]
fn a_handshake_that_fails_takes_what_waits_with_it() {
    for (end, first) in [(SecurityEnd::Failed, Some("DtlsError")), (SecurityEnd::TimedOut, None)] {
        let mut pair = pair();
        let get = pair.get();
        pair.send(get);
        let accepted = greet(&mut pair);
        pair.client.insecure(pair.now, pair.session, end, "why");
        pair.server.insecure(pair.now, accepted, end, "why");
        pair.pump();
        let expected: Vec<_> = first.into_iter().chain(["Nack TlsFailed", "DtlsClosed"]).collect();
        assert_eq!(story(&pair.client_told), expected);
        let of_server = ["DtlsClosed", "ServerDeleted", "closed"];
        let expected: Vec<_> = ["ServerNew"].into_iter().chain(first).chain(of_server).collect();
        assert_eq!(story(&pair.server_told), expected);
        assert_eq!(pair.server.census().sessions, 0);
        assert_eq!(pair.client.session(pair.session).unwrap().state(), SessionState::None);
        let get = pair.get();
        assert_eq!(pair.client.send(pair.now, pair.session, get), Err(SendError::NotConnected));
        assert_eq!(pair.client.poll_goodbye(), None, "its channel is gone already");
        pair.client.release(pair.now, pair.session);
        pair.pump();
        assert_eq!(story(&pair.client_told).last().unwrap(), "closed");
    }
}

#[test]
fn a_channel_is_closed_with_its_session() {
    let mut pair = pair();
    let accepted = shake_hands(&mut pair);
    pair.client.release(pair.now, pair.session);
    assert_eq!(pair.client.poll_goodbye(), Some(pair.session));
    assert_eq!(pair.client.poll_goodbye(), None);
    pair.server.disconnect(pair.now, accepted, NackReason::NotDeliverable);
    assert_eq!(pair.server.poll_goodbye(), Some(accepted));
    pair.pump();
    assert_eq!(story(&pair.client_told), ["DtlsConnected", "DtlsClosed", "closed"]);
    let expected = ["ServerNew", "DtlsConnected", "DtlsClosed", "ServerDeleted", "closed"];
    assert_eq!(story(&pair.server_told), expected);
}

#[test]
fn who_comes_back_after_the_end_is_somebody_else() {
    let mut pair = pair();
    let first = shake_hands(&mut pair);
    pair.server.reference(first);
    assert_eq!(pair.server.accept_secure(pair.now, pair.endpoint, super::path_of(CLIENT)), None);
    pair.server.insecure(pair.now, first, SecurityEnd::Closed, "");
    assert_eq!(pair.server.find_peer(pair.endpoint, &address(CLIENT)), None);
    let found =
        |pair: &super::Pair| pair.server.find_session(&address(CLIENT), super::path_of(CLIENT).ifindex);
    assert_eq!(found(&pair), Some(first), "it is still there");
    let second = greet(&mut pair);
    assert_ne!(first, second);
    pair.server.release(pair.now, first);
    pair.pump();
    assert!(pair.server.session(first).is_none());
    assert_eq!(pair.server.find_peer(pair.endpoint, &address(CLIENT)), Some(second));
    assert_eq!(found(&pair), Some(second));
}

#[test]
fn a_renewed_session_goes_on() {
    let mut pair = pair();
    let accepted = shake_hands(&mut pair);
    pair.server.renewed(pair.now, accepted);
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT));
    assert_eq!(story(&pair.server_told), ["ServerNew", "DtlsConnected", "DtlsRenegotiated"]);
}

#[test]
fn records_have_room_in_a_datagram() {
    let pair = pair();
    let session = pair.client.session(pair.session).unwrap();
    assert_eq!(session.max_pdu_size(), session.mtu() - 4 - DTLS_OVERHEAD);
}

#[test]
fn icmp_does_not_end_a_handshake() {
    let mut pair = pair();
    let get = pair.get();
    pair.send(get);
    pair.client.handle_unreachable(pair.now, Via::Session(pair.session), None);
    shake_hands(&mut pair);
    assert_eq!(story(&pair.client_told), ["Nack IcmpIssue", "DtlsConnected", "2.05"]);
}

#[test]
fn a_session_that_shakes_hands_is_not_pinged() {
    let mut pair = pair();
    pair.client.config_mut().keepalive = Some(Duration::from_secs(5));
    pair.wait(Duration::from_secs(30));
    assert_eq!(story(&pair.client_told), [] as [&str; 0]);
    shake_hands(&mut pair);
    pair.wait(Duration::from_secs(6));
    assert!(pair.wire.iter().any(|datagram| datagram.pdu().code() == Code::EMPTY), "but then it is");
}

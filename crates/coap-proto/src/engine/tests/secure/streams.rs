//! TLS and secure WebSockets.
use super::story;
use crate::engine::tests::testing::{CLIENT, Pair, Told, address};
use crate::engine::{Config, NackReason, SecurityEnd, SessionState, StreamEnd};
use crate::wire::{Code, Protocol};
use std::time::Duration;

/// A pair whose stream is connected.
fn connected(protocol: Protocol) -> Pair {
    let mut pair = Pair::over(protocol, Config::default(), Config::default());
    pair.connect_stream();
    pair
}

fn secure(pair: &mut Pair) {
    pair.client.secured(pair.now, pair.session);
    let accepted = pair.accepted();
    pair.server.secured(pair.now, accepted);
    pair.pump();
}

#[test]
fn nothing_is_said_before_the_handshake_is_done() {
    for protocol in [Protocol::Tls, Protocol::Wss] {
        let mut pair = connected(protocol);
        let get = pair.get();
        pair.send(get);
        let accepted = pair.accepted();
        pair.server.handle_stream(pair.now, accepted, b"\x00\x01");
        assert!(pair.pipes.iter().all(|pipe| pipe.record.is_empty()));
        assert_eq!(pair.client.session(pair.session).unwrap().state(), SessionState::Handshake);
        assert_eq!(pair.client.stream(pair.session), Some(&[][..]));
        secure(&mut pair);
        let told = story(&pair.client_told);
        let expected = ["TcpConnected", "DtlsConnected", "Connected", "2.05"];
        assert_eq!(told.iter().filter(|told| !told.starts_with("Ws")).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_csm_is_waited_for_from_the_handshake_on() {
    let mut pair = connected(Protocol::Tls);
    pair.wait(Duration::from_secs(35));
    assert_eq!(story(&pair.client_told), ["TcpConnected"], "the channel has a deadline of its own");
    pair.client.secured(pair.now, pair.session);
    pair.pump();
    pair.wait(Duration::from_secs(31));
    let expected = ["TcpConnected", "DtlsConnected", "TcpClosed", "Failed", "DtlsClosed"];
    assert_eq!(story(&pair.client_told), expected);
}

#[test]
fn a_handshake_that_fails_ends_the_stream() {
    let mut pair = connected(Protocol::Tls);
    let get = pair.get();
    pair.send(get);
    pair.client.insecure(pair.now, pair.session, SecurityEnd::Failed, "why");
    pair.pump();
    let expected = ["TcpConnected", "DtlsError", "Nack TlsFailed", "TcpClosed", "Failed", "DtlsClosed"];
    assert_eq!(story(&pair.client_told), expected);
    assert_eq!(pair.client.stream(pair.session), None, "the socket can be closed");
}

#[test]
fn a_channel_that_gives_up_before_the_stream_is_there() {
    let mut pair = Pair::over(Protocol::Tls, Config::default(), Config::default());
    let get = pair.get();
    pair.send(get);
    pair.client.insecure(pair.now, pair.session, SecurityEnd::TimedOut, "why");
    pair.pump();
    assert_eq!(story(&pair.client_told), ["Nack TlsFailed", "TcpFailed", "Failed"]);
}

#[test]
fn a_goodbye_ends_the_stream() {
    let mut pair = connected(Protocol::Tls);
    secure(&mut pair);
    pair.client_told.clear();
    pair.pipes[0].stalled = true;
    let get = pair.get();
    pair.send(get);
    pair.client.insecure(pair.now, pair.session, SecurityEnd::Closed, "close_notify");
    pair.pump();
    assert_eq!(story(&pair.client_told), ["TcpClosed", "Disconnected", "DtlsClosed"]);
}

#[test]
fn a_stream_that_breaks_takes_its_channel_with_it() {
    let mut pair = connected(Protocol::Tls);
    secure(&mut pair);
    pair.client_told.clear();
    pair.client.handle_stream_end(pair.now, pair.session, StreamEnd::Broken);
    pair.pump();
    assert_eq!(story(&pair.client_told), ["TcpClosed", "Disconnected", "DtlsClosed"]);
    assert_eq!(pair.client.poll_goodbye(), None, "there is nobody to say it to");
    pair.client.insecure(pair.now, pair.session, SecurityEnd::Failed, "late");
    assert!(!pair.client.has_events());
}

#[test]
fn a_refused_connection_has_no_channel_to_close() {
    let mut pair = Pair::over(Protocol::Tls, Config::default(), Config::default());
    pair.client.handle_stream_end(pair.now, pair.session, StreamEnd::Refused);
    pair.pump();
    assert_eq!(story(&pair.client_told), ["TcpFailed", "Failed"]);
}

#[test]
fn a_client_that_leaves_while_it_shakes_hands() {
    let mut pair = connected(Protocol::Tls);
    pair.client.disconnect(pair.now, pair.session, NackReason::NotDeliverable);
    pair.client.release(pair.now, pair.session);
    pair.pump();
    assert!(matches!(pair.client_told.last(), Some(Told::Closed)));
    assert!(story(&pair.client_told).contains(&"DtlsClosed".into()));
}

#[test]
fn requests_go_both_ways_on_an_established_stream() {
    let mut pair = connected(Protocol::Tls);
    secure(&mut pair);
    for _ in 0..3 {
        let get = pair.get();
        assert_eq!(pair.ask(get), Some(Code::CONTENT));
    }
    assert_eq!(*pair.client.session(pair.session).unwrap().remote(), address(super::SERVER));
    assert_ne!(address(CLIENT), address(super::SERVER));
}

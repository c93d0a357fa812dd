//! What strangers may cost.
use super::{path_of, shake_hands};
use crate::engine::Config;
use crate::engine::tests::testing::Pair;
use crate::wire::{Code, Protocol};
use std::time::Duration;

#[test]
fn idle_sessions_make_room() {
    let server = Config { max_idle_sessions: 3, ..Config::default() };
    let mut pair = Pair::over(Protocol::Dtls, Config::default(), server);
    let ids: Vec<_> = (1..=5)
        .map(|port| {
            let path = path_of(&format!("192.0.2.9:{port}"));
            let id = pair.server.accept_secure(pair.now, pair.endpoint, path).unwrap();
            pair.server.secured(pair.now, id);
            id
        })
        .collect();
    assert_eq!([pair.server.poll_goodbye(), pair.server.poll_goodbye()], [Some(ids[0]), Some(ids[1])]);
    pair.pump();
    assert_eq!(pair.server.census().sessions, 3);
    // Who has not proven anything drives nobody away.
    for port in 11..=20 {
        let path = path_of(&format!("192.0.2.9:{port}"));
        pair.server.accept_secure(pair.now, pair.endpoint, path).unwrap();
    }
    assert_eq!(pair.server.poll_goodbye(), None);
    assert!(pair.server.session(ids[2]).is_some_and(|session| session.is_open()));
}

#[test]
fn a_silent_session_ends_and_says_goodbye() {
    let mut pair = super::pair();
    let accepted = shake_hands(&mut pair);
    pair.wait(Duration::from_secs(299));
    assert_eq!(pair.server.poll_goodbye(), None);
    pair.wait(Duration::from_secs(2));
    assert_eq!(pair.server.poll_goodbye(), Some(accepted));
    assert_eq!(pair.server.census().sessions, 0);
}

#[test]
fn a_peer_behind_a_handshake_gets_whatever_it_asks_for() {
    let server = Config { verify_addresses: true, ..Config::default() };
    let mut pair = Pair::over(Protocol::Dtls, Config::default(), server);
    pair.handler = Box::new(|_, response| {
        response.set_code(Code::CONTENT);
        response.set_payload(&[7; 1000]).unwrap();
    });
    shake_hands(&mut pair);
    let get = pair.get();
    assert_eq!(pair.ask(get), Some(Code::CONTENT), "it has shown where it is");
}

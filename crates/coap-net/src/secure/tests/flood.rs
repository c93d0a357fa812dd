//! Floods of first messages.
use super::{
    knows_me,
    line::{SERVER, Story},
    psk_client, psk_server, with_certificates,
};
use coap_proto::engine::SessionId;
use coap_secure::Keys;
use std::{net::SocketAddr, time::Duration};

/// Where the random of a ClientHello begins: after the headers of record and message, and the version.
const RANDOM: std::ops::Range<usize> = 13 + 12 + 2..13 + 12 + 2 + 32;

/// The first datagram of a client.
fn hello(story: &mut Story) -> Vec<u8> {
    story.collect();
    story.record.iter().find(|datagram| datagram.to == SERVER).unwrap().bytes.clone()
}

fn somebody(number: u32) -> SocketAddr {
    let [_, a, b, c] = number.to_be_bytes();
    SocketAddr::from(([10, a, b, c], 1000))
}

fn served(story: &mut Story, session: SessionId) {
    story.client.told.clear();
    story.get(session);
    story.run_for(Duration::from_millis(10));
    assert_eq!(story.client.told, ["2.05"]);
}

#[test]
fn a_hundred_thousand_first_messages_cost_nothing() {
    let mut story = Story::new(1, knows_me());
    let session = story.connect(&psk_client("me", "secret"));
    let hello = hello(&mut story);
    story.run_for(Duration::from_millis(100));
    for number in 0..100_000u32 {
        let mut bytes = hello.clone();
        bytes[RANDOM][..4].copy_from_slice(&number.to_be_bytes());
        story.inject(somebody(number), SERVER, &bytes);
        if number % 10_000 == 0 {
            served(&mut story, session);
            let replies = std::mem::take(&mut story.elsewhere);
            assert!(replies.iter().all(|reply| reply.bytes.len() <= hello.len()));
            story.record.clear();
        }
    }
    served(&mut story, session);
    assert_eq!(story.server.channels.entries.len(), 1);
    assert_eq!(story.server.engine.census().sessions, 1);
    assert_eq!(story.server.told, ["ServerNew", "DtlsConnected"]);
    assert!(story.server.channels.deadline().is_none());
}

#[test]
fn first_messages_of_dtls_13_are_bounded() {
    let (credentials, client) = with_certificates();
    let mut story = Story::new(1, credentials);
    let session = story.connect(&client);
    let hello = hello(&mut story);
    story.run_for(Duration::from_millis(100));
    served(&mut story, session);
    for number in 0..1000 {
        let mut bytes = hello.clone();
        bytes[RANDOM][..4].copy_from_slice(&u32::to_be_bytes(number));
        // In the client's own name, once, so that this is the oldest; then from other networks and from one
        // network.
        let from = match number {
            0 => story.client_at(),
            _ if number % 2 == 0 => somebody(number << 8),
            _ => somebody(number),
        };
        story.inject(from, SERVER, &bytes);
        let handshakes = story.server.handshakes();
        assert!(handshakes <= 100 && story.server.channels.entries.len() <= 101);
    }
    served(&mut story, session);
    // Another client gets in, as it shows where it is.
    story.move_client_to(SocketAddr::from(([203, 0, 113, 5], 9)));
    let second = story.connect(&psk_client("me", "secret"));
    story.run_for(Duration::from_secs(5));
    served(&mut story, second);
    story.run_for(Duration::from_secs(60));
    assert_eq!(story.server.channels.entries.len(), 2, "handshakes that nobody finishes are over");
    assert_eq!(story.server.engine.census().sessions, 2);
}

#[test]
fn the_application_says_how_many_may_shake_hands() {
    let mut story = Story::new(1, psk_server(Keys::Ask));
    story.server.engine.config_mut().max_handshake_sessions = 3;
    let mut second = None;
    for number in 1..=5 {
        if number == 3 {
            // They count together, wherever they have come to.
            second = Some(story.open_another_endpoint());
        }
        story.move_client_to(somebody(number << 16));
        story.connect(&psk_client("me", "secret"));
        story.run_for(Duration::from_millis(1));
        let handshakes = story.server.handshakes();
        assert_eq!(handshakes, 3.min(number as usize));
    }
    assert_eq!(story.server.engine.census().sessions, 3);
    // The oldest gave way, and the application was told of both.
    let closed = story.server.told.iter().filter(|told| *told == "ServerDeleted").count();
    assert_eq!(closed, 2);
    story.server.engine.close_endpoint(story.now, second.unwrap());
    story.run_for(Duration::from_millis(1));
    assert_eq!(story.server.handshakes(), 0, "those of the other endpoint are over");
}

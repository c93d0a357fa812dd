//! Floods of first messages.
use super::{
    knows_me,
    line::{SERVER, Story},
    psk_client, psk_server, with_certificates,
};
use crate::secure::{HelloId, SecurityQuestion};
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

/// The first message of a client that speaks DTLS 1.3 alone, and wants a server that nobody has heard of.
fn hello_of_13_alone(number: u32) -> Vec<u8> {
    let long = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
    let name = format!("r{number}.test");
    let name = long(&long(&[&[0][..], &long(name.as_bytes())].concat()));
    let extensions = long(&[&[0, 43, 0, 3, 2, 0xfe, 0xfc, 0, 0][..], &name].concat());
    let (mut random, suites) = ([7; 32], [0, 2, 0x13, 1]);
    random[..4].copy_from_slice(&number.to_be_bytes());
    let body = [&[0xfe, 0xfd][..], &random, &[0, 0], &suites, &[1, 0], &extensions].concat();
    let length = &(body.len() as u32).to_be_bytes()[1..];
    let message = [&[1][..], length, &[0; 5], length, &body].concat();
    [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0][..], &long(&message)].concat()
}

/// What the server's application is asked about names, without an answer; whether each client is proven.
fn asked(story: &mut Story) -> Vec<(HelloId, bool, Option<String>)> {
    let asked = std::mem::take(&mut story.server.asked).into_iter().filter_map(|asked| match asked {
        SecurityQuestion::Hello { hello, is_proven, name, .. } => Some((hello, is_proven, name)),
        SecurityQuestion::Ask { .. } => None,
    });
    asked.collect()
}

/// Whoever can write a datagram cannot have the application asked as often as he likes, nor lock others out by that.
#[test]
fn strangers_have_the_application_asked_now_and_then() {
    let (credentials, with_certificate) = with_certificates();
    let mut story = Story::new(1, credentials.clone());
    story.server.channels.ask_about_names(true);
    let (mut questions, mut number) = (0, 0);
    for client in [psk_client("me", "secret"), with_certificate] {
        // One second of a flood, and in the middle of it a client of DTLS 1.2, and one of either version.
        story.move_client_to(somebody(0xff_0000 + number));
        let session = story.connect(&client);
        for round in 0..1000 {
            number += 1;
            // The last of them in the client's own name.
            let from = if round == 999 { story.client_at() } else { somebody(number << 8) };
            story.inject(from, SERVER, &hello_of_13_alone(number));
            if round % 10 == 0 {
                story.run_for(Duration::from_millis(10));
            }
        }
        let (proven, others): (Vec<_>, Vec<_>) =
            asked(&mut story).into_iter().partition(|(_, proven, _)| *proven);
        questions += others.len();
        let [(hello, _, None)] = proven[..] else { panic!("{proven:?}") };
        let (channels, engine) = (&mut story.server.channels, &mut story.server.engine);
        assert!(channels.answer_hello(story.now, engine, hello, Some(credentials.clone())));
        assert!(channels.hellos.len() <= 10);
        story.run_for(Duration::from_millis(100));
        served(&mut story, session);
    }
    assert!((10..=40).contains(&questions), "{questions}");
}

#[test]
fn who_is_proven_does_not_wait_behind_a_hello_in_his_name() {
    let mut story = Story::new(1, knows_me());
    story.server.channels.ask_about_names(true);
    let at = story.client_at();
    story.inject(at, SERVER, &hello_of_13_alone(1));
    let [(forged, false, Some(name))] = &asked(&mut story)[..] else { panic!("nobody was asked") };
    assert_eq!(name, "r1.test");
    let forged = *forged;
    let session = story.connect(&psk_client("me", "secret"));
    story.run_for(Duration::from_millis(10));
    let [(hello, true, None)] = asked(&mut story)[..] else { panic!("nobody was asked") };
    // Now that one comes to nothing, and further ones do.
    let at = story.client_at();
    story.inject(at, SERVER, &hello_of_13_alone(2));
    assert!(asked(&mut story).is_empty());
    let (channels, engine) = (&mut story.server.channels, &mut story.server.engine);
    assert!(!channels.answer_hello(story.now, engine, forged, Some(knows_me())));
    assert!(channels.answer_hello(story.now, engine, hello, Some(knows_me())));
    story.run_for(Duration::from_millis(100));
    served(&mut story, session);
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

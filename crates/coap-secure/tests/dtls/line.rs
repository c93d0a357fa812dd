//! Handshakes over bad lines.
use crate::common::{
    KEY,
    pki::{Authority, certificates, server},
    psk_client, psk_server, server_with,
    world::{Line, World},
};
use coap_secure::{Channel, Keys, certificates::Policy, dtls::Dtls};
use std::time::Duration;

/// The documented end: 40 s, and the same again for the second handshake that a server may have begun.
const LONGEST: u64 = 45;

/// Whatever happens on the way, a handshake is done or has failed when the documented time is over, and
/// nothing is left behind.
#[track_caller]
fn ends_in_time(world: &mut World, client: usize) -> bool {
    world.run_for(LONGEST);
    let (story, server_story) = (world.story(client).join(", "), world.server_story(client).join(", "));
    let channel = &world.clients[client].channel;
    assert!(!channel.is_handshaking(), "{story} / {server_story}");
    assert_eq!(world.server.listener.handshakes(), 0, "{story} / {server_story}");
    let established = story.starts_with("established");
    assert!(
        established || story.starts_with("failed Timeout") || story.starts_with("failed Alert"),
        "{story}"
    );
    established
}

#[test]
fn with_pre_shared_keys() {
    let psk = psk_client(b"alice", KEY);
    let (mut done, mut echoed) = (0, 0);
    for seed in 0..200 {
        let mut world = World::new(seed, server_with(Keys::Ask));
        world.line = Line { loss: 20, duplicates: 20, jitter: Duration::from_millis(400), ..Line::default() };
        let client = world.psk(&psk);
        if ends_in_time(&mut world, client) {
            done += 1;
            world.line = Line::default();
            echoed += usize::from(world.echoes(client, b"hello"));
        }
    }
    assert!(done >= 190, "{done} of 200 done");
    assert!(echoed >= done - 2, "{echoed} of {done} hear each other");
}

#[test]
fn with_certificates() {
    let ca = Authority::new("ca.test");
    let [ours, theirs] = ["good.test", "client.test"].map(|name| ca.issues(name));
    let ours = certificates(Some(&ca.pem), Some(&ours), Policy::default());
    let theirs = certificates(Some(&ca.pem), Some(&theirs), Policy::default());
    for (dtls13, expected) in [(false, "established DTLS 1.2"), (true, "established DTLS 1.3")] {
        let (mut done, mut echoed) = (0, 0);
        for seed in 0..40 {
            let mut world = World::new(seed, server(&ours));
            world.set_dtls13(dtls13);
            world.line =
                Line { loss: 15, duplicates: 20, jitter: Duration::from_millis(300), ..Line::default() };
            let client = world.client(|now| Dtls::client(theirs.clone(), now));
            if ends_in_time(&mut world, client) {
                done += 1;
                assert_eq!(world.story(client)[0], expected);
                world.line = Line::default();
                echoed += usize::from(world.echoes(client, b"hello"));
            }
        }
        assert!(done >= 36, "{done} of 40 done, {expected}");
        assert!(echoed >= done - 1, "{echoed} of {done} hear each other, {expected}");
    }
}

/// A line that changes bytes. Handshakes often fail then; they do so for a reason, in time, and leave
/// nothing.
#[test]
fn lines_that_change_bytes() {
    let ca = Authority::new("ca.test");
    let [ours, theirs] = ["good.test", "client.test"].map(|name| ca.issues(name));
    let ours = server(&certificates(Some(&ca.pem), Some(&ours), Policy::default()));
    let theirs = certificates(Some(&ca.pem), Some(&theirs), Policy::default());
    let psk = psk_client(b"alice", KEY);
    let mut done = [0; 3];
    for (kind, done) in done.iter_mut().enumerate() {
        for seed in 0..60 {
            let credentials = if kind == 0 { psk_server() } else { ours.clone() };
            let mut world = World::new(seed, credentials);
            world.set_dtls13(kind == 2);
            world.line = Line { corruption: 20, duplicates: 20, ..Line::default() };
            let client = match kind {
                0 => world.psk(&psk),
                _ => world.client(|now| Dtls::client(theirs.clone(), now)),
            };
            // Whoever is done waits for one who has failed; the server may begin a second time.
            world.run_for(2 * LONGEST);
            let (story, server_story) =
                (world.story(client).join(", "), world.server_story(client).join(", "));
            assert!(
                !world.clients[client].channel.is_handshaking(),
                "{kind} {seed}: {story} / {server_story}"
            );
            assert_eq!(world.server.listener.handshakes(), 0, "{kind} {seed}: {story} / {server_story}");
            for story in [&story, &server_story] {
                assert!(!story.contains("Internal"), "{kind} {seed}: {story}");
            }
            *done += usize::from(story.starts_with("established") && server_story.ends_with(&story));
        }
    }
    assert!(done.iter().all(|done| *done >= 15), "{done:?} of 60 each");
}

#[test]
fn a_server_that_is_not_there() {
    let mut world = World::new(1, psk_server());
    world.line.loss = 100;
    let client = world.psk(&psk_client(b"alice", KEY));
    let start = world.now;
    while !world.clients[client].channel.is_over() {
        let deadline = world.clients[client].channel.deadline().unwrap();
        world.run_until(deadline);
    }
    assert_eq!(world.story(client), ["failed Timeout None"]);
    // 1 + 2 + 4 + 8 + 16 s, give or take a quarter.
    let took = (world.now - start).as_secs_f64();
    assert!((23.2..38.8).contains(&took), "{took} s");
    assert_eq!(world.sent.len(), 5);
}

/// The client's address is real, so there is a half-open channel; then it is silent.
#[test]
fn a_client_that_falls_silent() {
    let mut world = World::new(1, server_with(Keys::Ask));
    world.server.thinks = Duration::from_secs(3600);
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert_eq!(world.server.listener.handshakes(), 1);
    world.line.loss = 100;
    world.run_for(40);
    assert_eq!(world.server_story(client), ["who is alice?", "failed Timeout None"]);
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (0, 0));
}

/// The last flight of the server is lost, and the client's first record comes before it: it is not lost for
/// good, because the client asks again.
#[test]
fn the_last_flight_is_lost() {
    let mut world = World::new(1, psk_server());
    let client = world.psk(&psk_client(b"alice", KEY));
    while world.server_story(client).is_empty() {
        let next = world.now + Duration::from_millis(1);
        world.run_until(next);
    }
    world.lose_what_is_under_way();
    assert!(world.story(client).is_empty());
    world.run_for(5);
    assert_eq!(world.story(client), ["established DTLS 1.2"]);
    assert!(world.echoes(client, b"hello"));
}

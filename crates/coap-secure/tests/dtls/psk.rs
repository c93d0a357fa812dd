//! Handshakes with pre-shared keys.
use crate::common::{
    KEY, outputs, psk_client, psk_server, secret, server_with,
    world::{World, server_address},
};
use coap_secure::{
    Answer, Channel, Event, Keys, PskClient, PskError, PskServer, Question, Settings, WriteError,
    dtls::{Dtls, ServerCredentials},
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

#[test]
fn both_have_the_key() {
    let mut world = World::new(1, psk_server());
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert_eq!(world.story(client), ["established DTLS 1.2"]);
    assert_eq!(world.server_story(client), ["established DTLS 1.2"]);
    assert!(world.echoes(client, b"hello"));
    assert_eq!(world.server.listener.handshakes(), 0);
}

#[test]
fn the_application_knows_the_key_and_thinks_about_it() {
    let mut world = World::new(1, server_with(Keys::Ask));
    world.server.thinks = Duration::from_millis(700);
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(2);
    assert_eq!(world.server_story(client), ["who is alice?", "established DTLS 1.2"]);
    assert!(world.echoes(client, b"hello"));
}

#[test]
fn an_identity_that_the_application_does_not_know() {
    let mut world = World::new(1, server_with(Keys::Ask));
    let client = world.psk(&psk_client(b"mallory", KEY));
    world.run_for(1);
    let failed = "failed Authentication Some(Sent(Alert(115)))";
    assert_eq!(world.server_story(client), ["who is mallory?", failed]);
    assert_eq!(world.story(client), ["failed Alert Some(Received(Alert(115)))"]);
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (0, 0));
}

#[test]
fn a_table_of_identities() {
    let table = [(b"alice".to_vec(), secret(KEY)), (b"bob".to_vec(), secret(b"bob's"))];
    let mut world = World::new(1, server_with(Keys::Table(HashMap::from(table))));
    let alice = world.psk(&psk_client(b"alice", KEY));
    let bob = world.psk(&psk_client(b"bob", b"bob's"));
    let mallory = world.psk(&psk_client(b"mallory", KEY));
    world.run_for(1);
    assert!(world.echoes(alice, b"alice") && world.echoes(bob, b"bob"));
    assert_eq!(world.story(mallory), ["failed Alert Some(Received(Alert(115)))"]);
}

#[test]
fn a_wrong_key() {
    let mut world = World::new(1, psk_server());
    let client = world.psk(&psk_client(b"alice", b"wrong"));
    world.run_for(1);
    assert_eq!(world.server_story(client), ["failed Authentication Some(Sent(Alert(51)))"]);
    assert_eq!(world.story(client), ["failed Alert Some(Received(Alert(51)))"]);
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (0, 0));
}

#[test]
fn identities_are_bytes_and_may_be_long() {
    for identity in [vec![], vec![0, 255, 0], vec![b'i'; 1024]] {
        let mut world = World::new(1, psk_server());
        let client = world.psk(&psk_client(&identity, KEY));
        world.run_for(1);
        assert_eq!(world.story(client), ["established DTLS 1.2"], "{} bytes", identity.len());
    }
}

/// A datagram that a long identity does not fit into: the message comes in fragments.
#[test]
fn an_identity_in_fragments() {
    let settings = Settings { mtu: 200, ..Settings::default() };
    let psk = Arc::new(PskClient::new(vec![b'i'; 600], secret(KEY), &settings).unwrap());
    let mut world = World::new(1, server_with(Keys::Ask));
    world.server.answer = |question| match question {
        Question::Identity(identity) if *identity == vec![b'i'; 600] => Answer::Key(secret(KEY)),
        _ => Answer::Refuse,
    };
    let client = world.psk(&psk);
    world.run_for(1);
    assert_eq!(world.story(client), ["established DTLS 1.2"]);
    assert!(world.echoes(client, b"hello"));
}

fn hinting() -> ServerCredentials {
    let psk = PskServer::new(Some(b"use bob".to_vec()), Keys::Same(secret(KEY)), &Settings::default());
    ServerCredentials { psk: Some(Arc::new(psk.unwrap())), certificates: None }
}

fn asks_about_hints(identity: &[u8], key: &[u8]) -> Arc<PskClient> {
    let psk = PskClient::new(identity.to_vec(), secret(key), &Settings::default()).unwrap();
    Arc::new(psk.ask_about_hints(true))
}

#[test]
fn a_hint_is_shown_and_can_be_passed_over() {
    let mut world = World::new(1, hinting());
    let silent = world.psk(&psk_client(b"alice", KEY));
    let asking = world.psk(&asks_about_hints(b"alice", KEY));
    world.clients[asking].answer = |_| Answer::Accept;
    world.run_for(1);
    assert_eq!(world.story(silent), ["established DTLS 1.2"]);
    assert_eq!(world.story(asking), ["hint use bob?", "established DTLS 1.2"]);
}

#[test]
fn a_hint_leads_to_another_key() {
    let mut world = World::new(1, hinting());
    let client = world.psk(&asks_about_hints(b"alice", b"wrong"));
    world.clients[client].answer = |_| Answer::Client { identity: b"alice".to_vec(), key: secret(KEY) };
    world.run_for(1);
    assert_eq!(world.story(client), ["hint use bob?", "established DTLS 1.2"]);
    assert!(world.echoes(client, b"hello"));
}

/// The handshake begins anew, because the identity of dimpl's configuration is there for good.
#[test]
fn a_hint_leads_to_another_identity() {
    let mut world = World::new(1, hinting());
    let client = world.psk(&asks_about_hints(b"alice", b"wrong"));
    world.clients[client].answer = |_| Answer::Client { identity: b"bob".to_vec(), key: secret(KEY) };
    world.run_for(1);
    assert_eq!(world.story(client), ["hint use bob?", "established DTLS 1.2"]);
    assert_eq!(world.server_story(client), ["established DTLS 1.2"], "of the first it hears nothing");
    assert!(world.echoes(client, b"hello"));
}

#[test]
fn a_hint_that_is_refused() {
    let mut world = World::new(1, hinting());
    let client = world.psk(&asks_about_hints(b"alice", KEY));
    world.run_for(1);
    assert_eq!(world.story(client), ["hint use bob?", "failed Authentication Some(Sent(Alert(40)))"]);
    assert_eq!(world.server_story(client), [] as [&str; 0], "anybody could have said so");
    world.run_for(40);
    assert_eq!(world.server_story(client), ["failed Alert Some(Received(Alert(40)))"]);
}

#[test]
fn goodbye() {
    let mut world = World::new(1, psk_server());
    let [one, two] = [0; 2].map(|_| world.psk(&psk_client(b"alice", KEY)));
    world.run_for(1);
    world.clients[one].channel.close(world.now);
    let peer = world.clients[two].address;
    world.server.channels.get_mut(&peer).unwrap().close(world.now);
    let last = outputs(world.server.channels.get_mut(&peer).unwrap());
    last.into_iter().for_each(|datagram| world.inject(server_address(), peer, datagram));
    world.run_for(1);
    assert_eq!(world.server_story(one), ["established DTLS 1.2", "closed"]);
    assert_eq!(world.story(two), ["established DTLS 1.2", "closed"]);
    let (now, channel) = (world.now, &mut world.clients[two].channel);
    assert!(channel.is_over() && channel.deadline().is_none());
    assert_eq!(channel.write(now, b"?"), Err(WriteError::Closed));
}

#[test]
fn a_server_hears_later_of_a_client_that_gives_up() {
    let mut world = World::new(1, psk_server());
    let client = world.psk(&psk_client(b"alice", KEY));
    // The hello with its cookie arrives after 30 ms, the answer to it after 40.
    world.run_until(world.now + Duration::from_millis(35));
    assert_eq!(world.server.listener.handshakes(), 1);
    world.clients[client].channel.close(world.now);
    world.run_for(39);
    assert_eq!(world.server_story(client), ["failed Alert Some(Received(Alert(90)))"]);
    assert_eq!((world.server.channels.len(), world.server.listener.handshakes()), (0, 0));
}

#[test]
fn writing_before_its_time_and_too_much() {
    let now = Instant::now();
    let mut channel = Dtls::psk_client(psk_client(b"alice", KEY), now).unwrap();
    assert_eq!(channel.write(now, b"early"), Err(WriteError::NotEstablished));
    let mut world = World::new(1, psk_server());
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    let channel = &mut world.clients[client].channel;
    assert_eq!(channel.write(world.now, &[0; 16_385]), Err(WriteError::TooLong));
    assert!(world.echoes(client, &[7; 16_384]), "a full record");
    assert!(world.echoes(client, b""), "an empty one");
}

#[test]
fn an_answer_that_does_not_fit_refuses() {
    let mut world = World::new(1, server_with(Keys::Ask));
    world.server.answer = |_| Answer::Accept;
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert_eq!(world.server_story(client)[1..], ["failed Authentication Some(Sent(Alert(115)))"]);
}

/// Mallory says to be alice, whose key takes a while to be found; then begins anew and says to be bob, with
/// alice's key. The answer to the first question must not be taken for one to the second.
#[test]
fn a_late_answer_is_no_answer_to_another_question() {
    let mut world = World::new(1, server_with(Keys::Ask));
    world.server.answer = |question| match question {
        Question::Identity(identity) if identity == b"mallory" => Answer::Key(secret(b"mallory's")),
        _ => Answer::Refuse,
    };
    world.server.thinks = Duration::from_millis(500);
    let first = world.psk(&psk_client(b"mallory", b"mallory's"));
    world.run_until(world.now + Duration::from_millis(300));
    let address = world.clients[first].address;
    let second = world.client_at(address, |now| Dtls::psk_client(psk_client(b"bob", b"mallory's"), now));
    world.run_for(2);
    assert_eq!(world.story(second), ["failed Alert Some(Received(Alert(115)))"]);
    let heard = ["who is mallory?", "who is bob?", "failed Authentication Some(Sent(Alert(115)))"];
    assert_eq!(world.server_story(first), heard);
}

#[test]
fn the_identity_is_known_afterwards() {
    for keys in [Keys::Ask, Keys::Same(secret(KEY))] {
        let mut world = World::new(1, server_with(keys));
        let client = world.psk(&psk_client(b"alice", KEY));
        world.run_for(1);
        assert_eq!(world.server.channels[&world.clients[client].address].identity(), b"alice");
    }
}

#[test]
fn keys_and_identities_out_of_bounds() {
    let settings = Settings::default();
    let client = |identity: usize, key: usize| {
        PskClient::new(vec![0; identity], secret(&vec![1; key]), &settings).map(drop)
    };
    assert_eq!(client(1, 0), Err(PskError::EmptyKey));
    assert_eq!(client(1, 513), Err(PskError::LongKey(513)));
    assert_eq!(client(1025, 1), Err(PskError::LongIdentity(1025)));
    let server = |hint: usize, keys| PskServer::new(Some(vec![0; hint]), keys, &settings).map(drop);
    assert_eq!(server(1025, Keys::Ask), Err(PskError::LongHint(1025)));
    assert_eq!(server(1, Keys::Same(secret(b""))), Err(PskError::EmptyKey));
    assert!(server(0, Keys::Ask).is_ok());
    let tiny = Settings { mtu: 10, ..settings };
    assert!(matches!(PskClient::new(vec![], secret(KEY), &tiny), Err(PskError::Backend(_))));
}

/// Which server the client wants is known before a key is chosen. (dimpl's client names none.)
#[test]
fn a_client_without_a_name_gets_the_default_server() {
    let mut world = World::new(1, psk_server());
    world.server.credentials = |server, name| name.is_none().then(|| server.default.clone());
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert_eq!(world.story(client), ["established DTLS 1.2"]);
}

#[test]
fn events_come_in_order_and_end() {
    let now = Instant::now();
    let mut channel = Dtls::psk_client(psk_client(b"alice", KEY), now).unwrap();
    assert!(channel.event().is_none());
    assert_eq!(outputs(&mut channel).len(), 1);
    channel.input(now, &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40]);
    assert!(matches!(channel.event(), Some(Event::Failed(_))));
    assert!(channel.event().is_none() && outputs(&mut channel).is_empty());
    channel.input(now, &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40]);
    assert!(channel.event().is_none());
}

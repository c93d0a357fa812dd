//! Handshakes with pre-shared keys.
use crate::common::{KEY, psk_client, psk_server, server_with, world::World};
use coap_secure::{Keys, PskServer, Settings, dtls::ServerCredentials};
use std::sync::Arc;

#[test]
fn both_have_the_key() {
    let mut world = World::new(1, psk_server());
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert_eq!(world.story(client), ["established DTLS 1.2"]);
    assert_eq!(world.server_story(client), ["established DTLS 1.2"]);
    assert!(world.echoes(client, b"hello"));
    assert_eq!(world.server.listener.handshakes(), 0);
    // Two round trips of 20 ms: hello and cookie, then the flights.
    assert_eq!(world.sent.len(), 8);
}

#[test]
fn the_application_knows_the_key() {
    let mut world = World::new(1, server_with(Keys::Ask));
    let client = world.psk(&psk_client(b"alice", KEY));
    world.run_for(1);
    assert_eq!(world.server_story(client), ["who is alice?", "established DTLS 1.2"]);
    assert!(world.echoes(client, b"hello"));
}

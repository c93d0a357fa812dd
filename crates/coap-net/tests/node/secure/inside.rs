//! What CoAP does inside: large bodies, observing.
use super::{
    World,
    certificates::{Pki, client, open_to_all},
    content, knows_me,
    pki::{certificates, server},
    psk_client,
};
use crate::Result;
use coap_proto::{
    block::Body,
    engine::SessionId,
    wire::{Code, Protocol, option},
};
use coap_secure::certificates::Policy;
use std::{sync::Arc, time::Instant};

/// A world and a session of its client.
fn open(protocol: Protocol) -> Result<(World, SessionId)> {
    let pki = Pki::new();
    let (served, asked) = match protocol {
        Protocol::Dtls => (knows_me()?, psk_client("me", "secret")?),
        _ => (
            server(&pki.of_server(open_to_all())),
            client(certificates(Some(&pki.ca.pem), None, Policy::default())),
        ),
    };
    let mut world = World::new(protocol, served)?;
    let session = world.connect(asked)?;
    Ok((world, session))
}

#[test]
fn a_megabyte_goes_up_and_another_comes_down() -> Result {
    for protocol in [Protocol::Dtls, Protocol::Tls, Protocol::Wss] {
        let (mut world, session) = open(protocol)?;
        world.until_client_knows(if protocol == Protocol::Dtls { "DtlsConnected" } else { "Connected" })?;
        let mut put = world.request(session, Code::PUT, "large")?;
        let engine = &mut world.client.node.engine;
        let body = Body::new(Arc::new(content(1 << 20)), 1);
        // Which it need not be: a stream takes it in one message.
        match engine.large_request(session, &mut put, body)? {
            Some(large) => engine.send_body(Instant::now(), session, put, large)?,
            None => engine.send(Instant::now(), session, put)?,
        };
        world.until_client_knows("2.04 7")?;
        assert_eq!(world.client.payloads[0], b"1048576");
        world.get(session, "large")?;
        world.until_client_knows("2.05 1048576")?;
        assert!(world.client.payloads[1] == content(1 << 20), "{protocol:?}: every byte of it");
    }
    Ok(())
}

#[test]
fn an_observer_is_notified() -> Result {
    for protocol in [Protocol::Dtls, Protocol::Tls, Protocol::Wss] {
        let (mut world, session) = open(protocol)?;
        let mut observe = world.request(session, Code::GET, "state")?;
        observe.insert_option(option::OBSERVE, b"")?;
        world.send(session, observe)?;
        for seen in 1..=5 {
            world.run_until(|world| world.client.payloads.len() == seen)?;
            let engine = &mut world.server.node.engine;
            let state = engine.resources().find(b"state").ok_or("no resource")?;
            assert!(engine.notify(Instant::now(), state), "{protocol:?}: it is observed");
        }
    }
    Ok(())
}

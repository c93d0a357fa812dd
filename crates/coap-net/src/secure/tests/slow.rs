//! Peers that take their time.
use super::{line::SERVER, with_certificates};
use crate::secure::Channels;
use coap_proto::{
    engine::{Config, Engine, Event, Path, SessionEvent},
    wire::Protocol,
};
use std::time::{Duration, Instant};

#[test]
fn a_handshake_of_tls_that_comes_byte_by_byte_ends_in_time() {
    let mut now = Instant::now();
    let (mut engine, mut channels) = (Engine::new(Config::default(), now, [1; 32]), Channels::default());
    channels.set_credentials(with_certificates().0);
    let endpoint = engine.open_endpoint(SERVER.into(), Protocol::Tls).unwrap();
    let path = Path::new(SERVER.into(), SERVER.into(), 0);
    let session = engine.accept_stream(now, endpoint, path).unwrap();
    channels.insert_accepted(now, session, Protocol::Tls);
    // The beginning of a ClientHello, which never ends.
    let begin = [22, 3, 1, 1, 0, 1, 0, 0, 252, 3, 3];
    let mut told = Vec::new();
    for second in 0..60 {
        let byte = begin.get(second).copied().unwrap_or(7);
        channels.receive_stream(now, &mut engine, session, &[byte]);
        now += Duration::from_secs(1);
        channels.timeout(now, &mut engine);
        engine.handle_timeout(now);
        while let Some(event) = engine.poll_event() {
            match event {
                Event::Session { event: SessionEvent::DtlsClosed, .. } => told.push(second),
                Event::Closed { session } => {
                    channels.remove_stream(now, session);
                    engine.forget(session);
                }
                _ => {}
            }
        }
    }
    assert_eq!(told, [39], "after 40 seconds");
    assert!(channels.entries.is_empty() && channels.deadline().is_none());
}

/// The application never says which certificate a client is to see: nothing is left of it.
#[test]
fn a_client_of_tls_that_nobody_chooses_credentials_for() {
    let now = Instant::now();
    let (mut engine, mut channels) = (Engine::new(Config::default(), now, [1; 32]), Channels::default());
    let (server, client) = with_certificates();
    channels.set_credentials(server);
    channels.ask_about_names(true);
    let endpoint = engine.open_endpoint(SERVER.into(), Protocol::Tls).unwrap();
    let path = Path::new(SERVER.into(), SERVER.into(), 0);
    let session = engine.accept_stream(now, endpoint, path).unwrap();
    channels.insert_accepted(now, session, Protocol::Tls);
    let mut peer = client.channel(Protocol::Tls, now).unwrap();
    let mut hello = Vec::new();
    assert!(peer.common().output(&mut hello));
    channels.receive_stream(now, &mut engine, session, &hello);
    assert_eq!(channels.hellos.len(), 1);
    let later = now + Duration::from_secs(41);
    channels.timeout(later, &mut engine);
    engine.handle_timeout(later);
    channels.remove_stream(later, session);
    assert_eq!(channels.hellos.len(), 0);
    assert!(channels.poll_question().is_none());
}

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
    let path = Path { local: SERVER.into(), remote: SERVER.into(), ifindex: 0 };
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

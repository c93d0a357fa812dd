//! What secured sessions cost a server. It counts the memory of its whole process, so it has one of its own.
#![cfg(feature = "tls")]
use coap_net::{ClientCredentials, Node};
use coap_proto::{
    engine::{Config, Connect, EndpointId, Event, SessionEvent},
    wire::Protocol,
};
use coap_secure::{Keys, PskClient, PskServer, Settings, dtls::ServerCredentials};
use peak_alloc::PeakAlloc;
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn server(keys: Keys) -> Result<(Node, SocketAddr)> {
    let mut node = Node::new(Config::default(), Instant::now(), [1; 32])?;
    let psk = PskServer::new(None, keys, &Settings::default())?;
    node.set_server_credentials(ServerCredentials { psk: Some(Arc::new(psk)), certificates: None });
    let endpoint: EndpointId = node.listen(SocketAddr::from(([127, 0, 0, 1], 0)), Protocol::Dtls)?;
    let at = node.engine.endpoint(endpoint).and_then(|endpoint| endpoint.local().ip()).ok_or("no address")?;
    Ok((node, at))
}

fn client() -> Result<(Node, ClientCredentials)> {
    let node = Node::new(Config::default(), Instant::now(), [2; 32])?;
    let psk = PskClient::new(b"me".to_vec(), b"secret"[..].into(), &Settings::default())?;
    Ok((node, ClientCredentials::Psk(Arc::new(psk))))
}

/// Has clients begin until the server was told `wanted` so many times, and says how much memory it needs for each.
fn cost(keys: Keys, wanted: SessionEvent, count: usize) -> Result<usize> {
    let (mut server, at) = server(keys)?;
    let before = MEMORY.current_usage();
    let (mut client, credentials) = client()?;
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut seen = 0;
    for _ in 0..count {
        let to = Connect { local: None, remote: at.into(), protocol: Protocol::Dtls };
        client.connect_secure(Instant::now(), to, credentials.clone())?;
        let before = seen;
        while seen == before {
            assert!(Instant::now() < deadline, "{seen} of {count}");
            client.run_once(Some(Duration::ZERO))?;
            server.run_once(Some(Duration::ZERO))?;
            while let Some(event) = server.engine.poll_event() {
                seen += usize::from(matches!(event, Event::Session { event, .. } if event == wanted));
            }
            server.flush(Instant::now());
        }
    }
    // Nobody says goodbye.
    drop(client);
    drop(credentials);
    Ok(MEMORY.current_usage().saturating_sub(before) / count)
}

#[test]
fn a_session_costs_little() -> Result {
    // The areas that are made with the first datagram are not a session's.
    cost(Keys::Same(b"secret"[..].into()), SessionEvent::DtlsConnected, 1)?;
    let areas = 2 << 20;
    let established = cost(Keys::Same(b"secret"[..].into()), SessionEvent::DtlsConnected, 400)?;
    let established = established.saturating_sub(areas / 400);
    let half_open = cost(Keys::Ask, SessionEvent::ServerNew, 25)?.saturating_sub(areas / 25);
    println!("established: {established} bytes, half-open: {half_open} bytes");
    assert!((2_000..14_000).contains(&established), "established: {established}");
    assert!(half_open < 14_000, "half-open: {half_open}");
    Ok(())
}

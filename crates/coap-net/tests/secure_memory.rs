//! What secured sessions cost a server. It counts the memory of its whole process, so it has one of its own.
//! `docs/security.md` has the figures; run with `--nocapture` to see them.
#![cfg(feature = "tls")]
#[path = "../../coap-secure/tests/common/pki.rs"]
#[allow(dead_code, unreachable_pub, reason = "this test uses some of it")]
mod pki;

use coap_net::{ClientCredentials, Node, SecurityQuestion};
use coap_proto::{
    engine::{Config, Connect, EndpointId, Event, SessionEvent},
    wire::Protocol,
};
use coap_secure::{Keys, PskClient, PskServer, Settings, certificates::Policy, dtls::ServerCredentials};
use peak_alloc::PeakAlloc;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One measures at a time: the heap is everybody's.
static TURN: Mutex<()> = Mutex::new(());

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How far sessions come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The server waits for its application, which never says whether the client is the right one.
    HalfOpen,
    Established,
}

/// A server and those who call it.
struct Scene {
    server: Node,
    at: SocketAddr,
    protocol: Protocol,
    credentials: ClientCredentials,
}

impl Scene {
    fn new(protocol: Protocol, ours: ServerCredentials, credentials: ClientCredentials) -> Result<Self> {
        let mut server = Node::new(Config::default(), Instant::now(), [1; 32])?;
        server.set_server_credentials(ours);
        let endpoint: EndpointId = server.listen(SocketAddr::from(([127, 0, 0, 1], 0)), protocol)?;
        let at = server.engine.endpoint(endpoint).and_then(|endpoint| endpoint.local().ip());
        Ok(Self { server, at: at.ok_or("no address")?, protocol, credentials })
    }

    fn with_keys(stage: Stage) -> Result<Self> {
        let keys = match stage {
            Stage::HalfOpen => Keys::Ask,
            Stage::Established => Keys::Same(b"secret"[..].into()),
        };
        let psk = PskServer::new(None, keys, &Settings::default())?;
        let ours = ServerCredentials { psk: Some(Arc::new(psk)), certificates: None };
        let psk = PskClient::new(b"me".to_vec(), b"secret"[..].into(), &Settings::default())?;
        Self::new(Protocol::Dtls, ours, ClientCredentials::Psk(Arc::new(psk)))
    }

    /// Both have a certificate.
    fn with_certificates(protocol: Protocol, stage: Stage) -> Result<Self> {
        let ca = pki::Authority::new("ca.test");
        let policy = match stage {
            Stage::HalfOpen => pki::asking(),
            Stage::Established => Policy::default(),
        };
        let ours = pki::certificates(Some(&ca.pem), Some(&ca.issues("good.test")), policy);
        let theirs = pki::certificates(Some(&ca.pem), Some(&ca.issues("client.test")), Policy::default());
        let theirs = ClientCredentials::Certificates { certificates: theirs, name: None };
        Self::new(protocol, pki::server(&ours), theirs)
    }

    /// As many sessions of one client, each of which has come to `stage` before the next begins.
    fn call(&mut self, stage: Stage, count: usize) -> Result<Node> {
        let mut client = Node::new(Config::default(), Instant::now(), [2; 32])?;
        let deadline = Instant::now() + Duration::from_secs(60);
        for done in 0..count {
            let to = Connect { local: None, remote: self.at.into(), protocol: self.protocol };
            client.connect_secure(Instant::now(), to, self.credentials.clone())?;
            while !self.turn(stage)? {
                assert!(Instant::now() < deadline, "{done} of {count}");
                client.run_once(Some(Duration::ZERO))?;
                while client.engine.poll_event().is_some() {}
                client.flush(Instant::now());
            }
        }
        Ok(client)
    }

    /// Whether the server has heard of a session that has come to `stage`.
    fn turn(&mut self, stage: Stage) -> Result<bool> {
        let mut there = false;
        self.server.run_once(Some(Duration::ZERO))?;
        while let Some(event) = self.server.engine.poll_event() {
            let connected = matches!(event, Event::Session { event: SessionEvent::DtlsConnected, .. });
            there |= connected && stage == Stage::Established;
        }
        while let Some(question) = self.server.poll_question() {
            assert!(stage == Stage::HalfOpen && matches!(question, SecurityQuestion::Ask { .. }));
            there = true;
        }
        self.server.flush(Instant::now());
        Ok(there)
    }
}

/// Bytes that each session costs the server. Areas that are made with the first are not a session's.
fn cost(mut scene: Scene, stage: Stage, count: usize) -> Result<usize> {
    let first = scene.call(stage, 1)?;
    let before = MEMORY.current_usage();
    let others = scene.call(stage, count)?;
    // Nobody says goodbye.
    drop(others);
    let used = MEMORY.current_usage().saturating_sub(before) / count;
    drop(first);
    Ok(used)
}

#[track_caller]
fn check(what: &str, stage: Stage, scene: impl FnOnce(Stage) -> Result<Scene>, most: usize) {
    let _turn = TURN.lock().expect("the others have not failed");
    // A prefix may have 25 that shake hands.
    let count = if stage == Stage::HalfOpen { 24 } else { 200 };
    let used = scene(stage).and_then(|scene| cost(scene, stage, count)).expect("a server and its clients");
    println!("{what}: {used} bytes");
    assert!((most / 4..=most).contains(&used), "{what}: {used} bytes, expected at most {most}");
}

#[test]
fn dtls_with_a_pre_shared_key() {
    check("DTLS 1.2, PSK, half-open", Stage::HalfOpen, Scene::with_keys, 11_000);
    check("DTLS 1.2, PSK, established", Stage::Established, Scene::with_keys, 14_000);
}

#[test]
fn dtls_with_certificates() {
    let scene = |stage| Scene::with_certificates(Protocol::Dtls, stage);
    check("DTLS 1.3, ECDSA both ways, half-open", Stage::HalfOpen, scene, 26_000);
    check("DTLS 1.3, ECDSA both ways, established", Stage::Established, scene, 26_000);
}

#[test]
fn tls_with_certificates() {
    let scene = |stage| Scene::with_certificates(Protocol::Tls, stage);
    check("TLS 1.3, ECDSA both ways, half-open", Stage::HalfOpen, scene, 16_000);
    check("TLS 1.3, ECDSA both ways, established", Stage::Established, scene, 16_000);
}

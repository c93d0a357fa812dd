//! Three nodes on this machine, to try things out: `coap-sessiond demo`.
mod certificates;
mod target;

use crate::{
    config::{Api, Auth, Config, Credentials, Listen, Peer, Scheme, Server, ServerPsk, Uri},
    identity::{GenerateError, Identity},
    model::PeerId,
    policy::{Policy, RuleError},
    rest::{self, Limits},
    run::{self, Daemon, StopSignals, Stopper},
};
use certificates::Authority;
use coap_secure::Secret;
use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr},
    thread::{self, JoinHandle},
};
use thiserror::Error;

/// Where the REST interface is, if that is free.
const API: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 3001);
/// Any free port of the loopback interface.
const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// What the entry says to be to the relay.
const ENTRY: &[u8] = b"entry";

/// Why the demonstration does not start, or cannot go on.
#[derive(Debug, Error)]
pub enum DemoError {
    /// A node does not start.
    #[error(transparent)]
    Node(#[from] run::StartError),
    /// The REST interface does not.
    #[error(transparent)]
    Rest(#[from] rest::StartError),
    /// There are no random numbers.
    #[error(transparent)]
    Identity(#[from] GenerateError),
    /// No certificates could be made.
    #[error("no certificates: {0}")]
    Certificates(#[from] rcgen::Error),
    /// What is allowed is written wrongly.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The system's.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// What somebody who wants to use the demonstration has to know.
struct Facts {
    url: String,
    token: String,
    relay: PeerId,
    exit: PeerId,
    target: SocketAddr,
}

/// A node in a thread of its own, which stops when this is dropped.
struct Running {
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Runs an entry, a relay, an exit and a target that sends everything back, until SIGINT or SIGTERM. What is needed to
/// use them is written to `out`: words for people, and lines `NAME=value` for programs.
///
/// # Errors
/// [`DemoError`]
pub fn run(out: &mut impl Write) -> Result<(), DemoError> {
    // Before any other thread starts.
    let signals = StopSignals::new()?;
    let target = target::start()?;
    let authority = Authority::new()?;
    let (key, token) = (random_text()?, random_text()?);

    let exit = Daemon::new(exit(&authority)?)?;
    let exit_peer = as_peer(&exit, authority.credentials("relay")?, false);
    let relay = Daemon::new(relay(exit_peer.clone(), &key)?)?;
    let psk = Credentials::Psk { identity: ENTRY.to_vec(), key: Secret::from(key.as_bytes()) };
    let relay_peer = as_peer(&relay, psk, true);

    let mut config = Config::new(Identity::generate()?);
    let direct = Peer { credentials: authority.credentials("entry")?, ..exit_peer };
    config.peers = vec![relay_peer, direct];
    let api = Api { listen: API, ..Api::new(Auth::Token(Secret::from(token.as_bytes()))) };
    config.api = Some(api.clone());
    let mut entry = Daemon::new(config)?;
    entry.stop_on(signals)?;
    let rest = rest::Server::start(&api, Limits::default(), entry.commands()).or_else(|_| {
        let elsewhere = Api { listen: ANYWHERE, ..api };
        rest::Server::start(&elsewhere, Limits::default(), entry.commands())
    })?;

    let url = format!("http://{}", rest.address());
    let facts = Facts { url, token, relay: relay.id(), exit: exit.id(), target };
    let others = [start(exit)?, start(relay)?];
    // Nobody reads it: it can be used all the same.
    let _ = facts.write(out);
    let outcome = entry.run();
    drop((rest, others));
    Ok(outcome?)
}

fn exit(authority: &Authority) -> Result<Config, DemoError> {
    let mut config = Config::new(Identity::generate()?);
    config.node.listen = vec![Listen { scheme: Scheme::CoapsTcp, address: ANYWHERE }];
    config.server = Server { psk: Vec::new(), certificates: Some(authority.parts("127.0.0.1")?) };
    let rules = ["127.0.0.0/8:*", "[::1]:*", "localhost:*"];
    config.exit.allow = Policy::new(rules.iter().map(|rule| rule.parse()).collect::<Result<_, _>>()?);
    Ok(config)
}

fn relay(exit: Peer, key: &str) -> Result<Config, DemoError> {
    let mut config = Config::new(Identity::generate()?);
    config.node.listen = vec![Listen { scheme: Scheme::Coaps, address: ANYWHERE }];
    let psk = ServerPsk { identity: ENTRY.to_vec(), key: Secret::from(key.as_bytes()), peer: None };
    config.server = Server { psk: vec![psk], certificates: None };
    config.peers = vec![exit];
    Ok(config)
}

fn as_peer(daemon: &Daemon, credentials: Credentials, relay: bool) -> Peer {
    let Listen { scheme, address } = daemon.listens()[0];
    let uri = Uri { scheme, host: address.ip().to_string(), port: address.port() };
    Peer { id: daemon.id(), uri, credentials, relay }
}

fn start(daemon: Daemon) -> io::Result<Running> {
    let stopper = daemon.stopper();
    let thread = thread::Builder::new().spawn(move || {
        if let Err(error) = daemon.run() {
            log::error!(error:%; "a node has failed");
        }
    })?;
    Ok(Running { stopper, thread: Some(thread) })
}

/// 32 random digits.
fn random_text() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Facts {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { url, token, relay, exit, target } = self;
        let program = std::env::args().next().unwrap_or_else(|| "coap-sessiond".to_owned());
        write!(
            out,
            "\
Three nodes are running on this machine: an entry, which has the REST interface, a relay
(DTLS with a key between them) and an exit (TLS with certificates between the relay and it).
The exit forwards to everything on this machine; a target that sends everything back is there.

URL={url}
TOKEN={token}
RELAY={relay}
EXIT={exit}
TARGET={target}

A listener, from which a relay and the exit lead to the target:
  curl -s {url}/api/v3/session/tcp -H 'X-Auth-Token: {token}' -H 'Content-Type: application/json' -d '{{
    \"destination\": \"{exit}\", \"path\": {{\"Hops\": 1}},
    \"target\": {{\"Plain\": \"{target}\"}}}}'
The answer has its port; `nc 127.0.0.1 PORT` (or `socat - TCP:127.0.0.1:PORT`) talks to the target. With `udp`
instead of `tcp`: `nc -u` (or `UDP:`).
What goes on: {program} status --url {url} --token {token}
It ends with Ctrl-C.
"
        )?;
        out.flush()
    }
}

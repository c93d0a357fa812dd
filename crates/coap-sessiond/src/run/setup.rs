//! A node as its configuration wants it.
use super::{
    exchanges::{FRAMES, OPEN},
    links::protocol,
};
use crate::{
    config::{Config, Credentials, Listen},
    model::PeerId,
    protocol::Settings,
};
use coap_net::{ClientCredentials, ListenError, Node, NodeError};
use coap_proto::{
    engine::{self, Level, ResourceId},
    resource::{MethodMask, Resource},
    wire::Code,
};
use coap_secure::{
    Certificates, Keys, PskClient, PskError, PskServer,
    certificates::{Policy, SetupError, WallClock},
    dtls::ServerCredentials,
};
use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use thiserror::Error;

/// Bytes that wait to be written to one stream: all that the core has under way there, and answers.
const STREAM_OUTPUT: usize = 4 << 20;
/// The longest message that is taken over streams; larger ones are not sent.
const STREAM_MESSAGE: u32 = 64 << 10;
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// Answers that are kept for repeated requests, in bytes.
const REPLIES: usize = 4 << 20;

/// Why a node does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The system has no descriptors, or no random numbers.
    #[error("the system gives no event loop: {0}")]
    System(#[from] io::Error),
    /// The same.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// It cannot listen for other nodes.
    #[error("{scheme}://{address}: {source}", scheme = .listen.scheme, address = .listen.address)]
    Listen {
        /// Where.
        listen: Listen,
        /// Why not.
        source: ListenError,
    },
    /// A pre-shared key cannot be used.
    #[error("{whose}: {source}")]
    Psk {
        /// For the link to which node, or `server`.
        whose: String,
        /// Why not.
        source: PskError,
    },
    /// Certificates cannot be used.
    #[error("{whose}: {source}")]
    Certificates {
        /// For the link to which node, or `server`.
        whose: String,
        /// Why not.
        source: SetupError,
    },
}

/// A CoAP node that listens, the resource where tunnels are opened, and where it really listens.
pub(super) type Made = (Node, ResourceId, Vec<Listen>);

/// Limits and times of the core.
pub(super) fn settings(config: &Config) -> Settings {
    let limits = &config.limits;
    Settings {
        relay: config.node.relay,
        tunnels: limits.tunnels,
        tunnels_per_link: limits.tunnels_per_peer,
        buffer: limits.buffer,
        memory: limits.memory,
        idle: limits.idle_timeout,
        keep_alive: limits.keep_alive,
        link_idle: limits.link_idle_timeout,
        ..Settings::default()
    }
}

pub(super) fn node(config: &Config, now: Instant) -> Result<Made, StartError> {
    let settings = engine::Config {
        csm_max_message_size: STREAM_MESSAGE,
        stream_output_bytes: STREAM_OUTPUT,
        reply_cache_bytes: REPLIES,
        // Each has a socket over streams. Links hold references and are not meant.
        max_handshake_sessions: config.limits.strangers(),
        max_idle_sessions: config.limits.strangers(),
        // A tunnel's nodes know their neighbours alone; and a path may come to a node again.
        names_hops: false,
        log_level: Level::Warn,
        ..engine::Config::default()
    };
    let seed = coap_net::random::seed().map_err(io::Error::other)?;
    let mut node = Node::new(settings, now, seed)?;
    let resources = node.engine.resources_mut();
    let mut open = Resource::new(OPEN, 0);
    open.methods = MethodMask::NONE.with(Code::POST);
    let (open, _) = resources.add(open);
    let mut frames = Resource::new(FRAMES, 0);
    frames.methods = MethodMask::NONE.with(Code::POST).with(Code::GET);
    resources.add(frames);
    node.set_server_credentials(server_credentials(config)?);
    let mut listens = Vec::new();
    for listen in &config.node.listen {
        let opened = node.listen(listen.address, protocol(listen.scheme));
        let endpoint = opened.map_err(|source| StartError::Listen { listen: *listen, source })?;
        let at: Option<SocketAddr> =
            node.engine.endpoint(endpoint).and_then(|endpoint| endpoint.local().ip());
        listens.push(Listen { address: at.unwrap_or(listen.address), ..*listen });
    }
    Ok((node, open, listens))
}

fn server_credentials(config: &Config) -> Result<ServerCredentials, StartError> {
    let whose = || "server".to_owned();
    let mut credentials = ServerCredentials::default();
    if !config.server.psk.is_empty() {
        let keys = config.server.psk.iter().map(|known| (known.identity.clone(), known.key.clone()));
        let made = PskServer::new(None, Keys::Table(keys.collect()), &handshakes());
        let psk = made.map_err(|source| StartError::Psk { whose: whose(), source })?;
        credentials.psk = Some(Arc::new(psk));
    }
    if let Some(parts) = &config.server.certificates {
        let made = Certificates::new(parts, Policy::default(), WallClock(SystemTime::now), &handshakes());
        let certificates = made.map_err(|source| StartError::Certificates { whose: whose(), source })?;
        credentials.certificates = Some(Arc::new(certificates));
    }
    Ok(credentials)
}

/// With what links to other nodes are opened; there is nothing for those that are not protected.
pub(super) fn client_credentials(config: &Config) -> Result<HashMap<PeerId, ClientCredentials>, StartError> {
    let mut all = HashMap::new();
    for peer in &config.peers {
        let whose = || format!("peer {}", peer.id);
        let credentials = match &peer.credentials {
            Credentials::None => continue,
            Credentials::Psk { identity, key } => {
                let made = PskClient::new(identity.clone(), key.clone(), &handshakes());
                let psk = made.map_err(|source| StartError::Psk { whose: whose(), source })?;
                ClientCredentials::Psk(Arc::new(psk))
            }
            Credentials::Certificates { parts, name } => {
                // Whose certificate it is is looked at when it is there.
                let policy = Policy { ask: true, ..Policy::default() };
                let made = Certificates::new(parts, policy, WallClock(SystemTime::now), &handshakes());
                let made = made.map_err(|source| StartError::Certificates { whose: whose(), source })?;
                let name = Some(name.clone()).filter(|name| name.parse::<std::net::IpAddr>().is_err());
                ClientCredentials::Certificates { certificates: Arc::new(made), name }
            }
        };
        all.insert(peer.id, credentials);
    }
    Ok(all)
}

fn handshakes() -> coap_secure::Settings {
    coap_secure::Settings { handshake_timeout: HANDSHAKE, ..coap_secure::Settings::default() }
}

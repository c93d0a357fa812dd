//! What a node is configured to do.
//!
//! A [`Config`] holds what its files held: keys, tokens and the identity are read and checked when it is made, so that
//! one that is there can be used, and one can be made without files.
mod credentials;
mod load;
mod note;
mod secrets;
mod table;
mod uri;

pub use load::LoadError;
pub use note::{Note, Severity};
pub use uri::{Scheme, Uri, UriError};
pub(crate) use uri::{decimal, is_host};

use crate::{identity::Identity, model::PeerId, policy::Policy};
use coap_secure::{Secret, certificates::Parts};
use std::{
    net::{Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

/// The whole configuration of a node.
#[derive(Debug)]
pub struct Config {
    /// `[node]`: who it is, and where other nodes reach it.
    pub node: Node,
    /// `[api]`: the REST interface; `None`: there is none, which is what relays and exits need.
    pub api: Option<Api>,
    /// `[[peer]]`: the nodes that this one knows the way to. No ID is there twice, and none is its own.
    pub peers: Vec<Peer>,
    /// `[server]`: whom it lets in on its secure listeners.
    pub server: Server,
    /// `[exit]`: what it forwards to.
    pub exit: Exit,
    /// `[limits]`
    pub limits: Limits,
    /// `[log]`
    pub log: Log,
}

impl Config {
    /// A node with `identity` and the defaults of everything else: it listens nowhere and knows nobody.
    pub fn new(identity: Identity) -> Self {
        Self {
            node: Node { identity, listen: Vec::new(), relay: true },
            api: None,
            peers: Vec::new(),
            server: Server::default(),
            exit: Exit::default(),
            limits: Limits::default(),
            log: Log::default(),
        }
    }

    /// The peer with this ID.
    pub fn peer(&self, id: &PeerId) -> Option<&Peer> {
        self.peers.iter().find(|peer| peer.id == *id)
    }
}

/// Who the node is, and where other nodes reach it.
#[derive(Debug)]
pub struct Node {
    /// `identity`: its key pair.
    pub identity: Identity,
    /// `listen`: where it takes links from other nodes. A node that only opens tunnels needs none.
    pub listen: Vec<Listen>,
    /// `relay`: whether it passes tunnels on between other nodes, to its [`Config::peers`] alone. The default is yes.
    pub relay: bool,
}

/// Where a node takes links. Written as a URI whose host is an address: `coaps://[::]:5684`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Over what.
    pub scheme: Scheme,
    /// Where; an unspecified address is all of its family, port 0 any that is free.
    pub address: SocketAddr,
}

/// The REST interface.
#[derive(Clone, Debug)]
pub struct Api {
    /// `listen`: where it is; the default is `127.0.0.1:3001`.
    pub listen: SocketAddr,
    /// `token`, `token_file` or `auth = "none"`: who may use it. There is no default.
    pub auth: Auth,
    /// `default_entry_listen_host`: where listeners are opened whose requests do not say where, or say only half;
    /// the default is `127.0.0.1:0`.
    pub default_entry_listen_host: SocketAddr,
    /// `port_range`: from which ports those are taken that requests leave open (port 0); `None`: the system chooses.
    pub port_range: Option<RangeInclusive<u16>>,
}

impl Api {
    /// The address and the listen host that are usual.
    pub fn new(auth: Auth) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3001)),
            auth,
            default_entry_listen_host: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            port_range: None,
        }
    }
}

/// Who may use the REST interface.
#[derive(Clone, Debug)]
pub enum Auth {
    /// Everybody who reaches it.
    None,
    /// Who sends this token, of at least 8 bytes of visible ASCII.
    Token(Secret),
}

/// A node that this one knows the way to.
#[derive(Clone, Debug)]
pub struct Peer {
    /// `id`
    pub id: PeerId,
    /// `uri`: where it listens.
    pub uri: Uri,
    /// `psk` or `certificates`: with what both prove who they are. As the scheme needs it: [`Credentials::None`] if
    /// [`Scheme::is_secure`] is false, certificates with [`Scheme::CoapsTcp`], either with [`Scheme::Coaps`].
    pub credentials: Credentials,
    /// `relay`: whether it may be chosen where a request says how many relays, not which; the default is yes.
    pub relay: bool,
}

/// With what a node that opens a link proves who it is, and what it expects of the other.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// Nothing: the link is not protected.
    None,
    /// A pre-shared key.
    Psk {
        /// What we say to be.
        identity: Vec<u8>,
        /// The key.
        key: Secret,
    },
    /// Certificates on both sides.
    Certificates {
        /// Ours, its private key, and the CA that the other's is checked with.
        parts: Parts,
        /// The name that the other's certificate must be for; the default is the host of its URI.
        name: String,
    },
}

/// Whom a node lets in on its secure listeners.
#[derive(Clone, Debug, Default)]
pub struct Server {
    /// `[[server.psk]]`: those with a pre-shared key. No identity is there twice.
    pub psk: Vec<ServerPsk>,
    /// `[server.certificates]`: our certificate and key; let in is who has a certificate from the `ca`.
    pub certificates: Option<Parts>,
}

/// A node that proves who it is with a pre-shared key.
#[derive(Clone, Debug)]
pub struct ServerPsk {
    /// What it says to be.
    pub identity: Vec<u8>,
    /// The key.
    pub key: Secret,
    /// `peer`: which node it is, if that is known: tunnels to it then go over a link that it has opened, too.
    pub peer: Option<PeerId>,
}

/// What a node forwards to.
#[derive(Clone, Debug)]
pub struct Exit {
    /// `allow`: targets that may be reached; the default is none.
    pub allow: Policy,
    /// `services`: which services of its own it offers. There is one, 0, which sends everything back; it is offered
    /// by default, as it reaches nothing.
    pub services: Vec<u32>,
    /// `connect_timeout`: how long a target has to answer, 10 s by default; at most 25 s, so that the entry, which
    /// waits for 30 s, hears of it.
    pub connect_timeout: Duration,
}

impl Default for Exit {
    fn default() -> Self {
        Self { allow: Policy::default(), services: vec![0], connect_timeout: Duration::from_secs(10) }
    }
}

/// What bounds a node.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `tunnels`: how many there may be, of all roles together; 4,096 by default.
    pub tunnels: usize,
    /// `tunnels_per_peer`: how many of them on one link; 1,024 by default.
    pub tunnels_per_peer: usize,
    /// `udp_peers`: how many local peers a UDP listener has at a time, each with a tunnel; 256 by default, or a quarter
    /// of the above if that is less. One more takes the place of the one that has been silent for longest.
    pub udp_peers: usize,
    /// `listeners`: how many local listeners the REST interface may open; 1,024 by default.
    pub listeners: usize,
    /// `links`: how many there may be to and from other nodes; 256 by default.
    pub links: usize,
    /// `buffer`: how many bytes of one direction of a tunnel are held for a slow reader; 256 KiB by default.
    pub buffer: usize,
    /// `memory`: how many bytes the buffers of all tunnels may take; 2 GiB by default. Each tunnel counts with two full
    /// ones: there are no more tunnels than have room.
    pub memory: u64,
    /// `idle_timeout`: after how long without a frame in either direction a tunnel ends; 180 s by default.
    pub idle_timeout: Duration,
    /// `keep_alive`: after how long without anything on a link with tunnels the other is asked; 15 s by default.
    pub keep_alive: Duration,
    /// `link_idle_timeout`: after how long a link without tunnels is closed; 60 s by default.
    pub link_idle_timeout: Duration,
}

impl Limits {
    /// Fewer strangers would drive each other away before they can say who they are.
    const FEWEST_STRANGERS: usize = 64;

    /// How many sessions that others have opened may be shaking hands, and how many more may have asked for nothing
    /// yet: as many as `links`, but at least 64.
    pub(crate) fn strangers(&self) -> usize {
        self.links.max(Self::FEWEST_STRANGERS)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tunnels: 4096,
            tunnels_per_peer: 1024,
            udp_peers: 256,
            listeners: 1024,
            links: 256,
            buffer: 256 * 1024,
            memory: 2 << 30,
            idle_timeout: Duration::from_secs(180),
            keep_alive: Duration::from_secs(15),
            link_idle_timeout: Duration::from_secs(60),
        }
    }
}

/// What is written to stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// `level`: the least important that is written.
    pub level: Level,
    /// `format`
    pub format: LogFormat,
}

/// How important a log line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something does not work.
    Error,
    /// Something is not as it should be, or was refused.
    Warn,
    /// What an operator wants to know: starts, listeners, links.
    #[default]
    Info,
    /// Each tunnel.
    Debug,
    /// Each frame.
    Trace,
}

impl Level {
    /// All, as they are written.
    pub const WORDS: [(&str, Self); 5] = [
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

/// What a log line looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// A sentence and `key=value`.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

#[cfg(test)]
mod tests;

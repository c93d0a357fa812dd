//! What the REST interface, the event loop and the protocol between nodes talk about.
pub use crate::identity::PeerId;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What a tunnel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// Which nodes a tunnel goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routing {
    /// So many relays, 0 to 3, chosen at random for each tunnel among those that are configured.
    Hops(u8),
    /// These, in this order; of more than [`MAX_RELAYS`], the first.
    Path(Vec<PeerId>),
}

/// Relays that a tunnel goes by at most.
pub const MAX_RELAYS: usize = 3;

impl Routing {
    /// The relays that are named and used: HOPR's nodes take longer paths, show them as they came, and go by their
    /// first three nodes.
    pub fn named(&self) -> &[PeerId] {
        match self {
            Self::Hops(_) => &[],
            Self::Path(relays) => &relays[..relays.len().min(MAX_RELAYS)],
        }
    }
}

/// What the exit is to forward to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A name or address, and a port; looked up at the exit.
    Plain {
        /// Name, IPv4 address, or IPv6 address without brackets.
        host: String,
        /// Port.
        port: u16,
    },
    /// The same, encrypted to the exit's key: see `docs/session-protocol.md`.
    Sealed(Vec<u8>),
    /// A service of the exit's own: 0 sends everything back.
    Service(u32),
}

/// How a tunnel carries (HOPR's capabilities).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Datagrams that do not fit into one message go in several.
    pub segmentation: bool,
    /// What is lost is sent again, and order is kept; always so for TCP.
    pub retransmission: bool,
    /// The same to us as `retransmission`; told apart because clients may.
    pub retransmission_ack_only: bool,
    /// Small pieces do not wait for others.
    pub no_delay: bool,
}

impl Capabilities {
    /// What a listener has whose request does not say (HOPR's defaults): for TCP `Segmentation` and
    /// `Retransmission`, for UDP nothing.
    pub fn usual(transport: Transport) -> Self {
        let tcp = transport == Transport::Tcp;
        Self { segmentation: tcp, retransmission: tcp, ..Self::default() }
    }

    /// Whether everything arrives, in order, or the tunnel ends.
    pub fn is_reliable(self, transport: Transport) -> bool {
        transport == Transport::Tcp || self.retransmission || self.retransmission_ack_only
    }
}

/// A listener to open.
#[derive(Clone, Debug)]
pub struct ListenerRequest {
    /// What it takes.
    pub transport: Transport,
    /// Where to listen; port 0: any that is free.
    pub listen: SocketAddr,
    /// The exit.
    pub destination: PeerId,
    /// The way there.
    pub routing: Routing,
    /// Where the exit forwards to.
    pub target: Target,
    /// How.
    pub capabilities: Capabilities,
}

/// A listener that is open.
#[derive(Clone, Debug)]
pub struct Listener {
    /// As asked for; `request.listen` has the port that it really got.
    pub request: ListenerRequest,
    /// Its tunnels, and what they have carried.
    pub tunnels: Vec<TunnelStatus>,
}

/// A tunnel, for tables and metrics.
#[derive(Clone, Debug)]
pub struct TunnelStatus {
    /// The node's own number for it.
    pub number: u64,
    /// Entry, relay or exit here.
    pub role: Role,
    /// What it carries.
    pub transport: Transport,
    /// What it connects here.
    pub ends: Ends,
    /// Bytes towards the target, and back.
    pub bytes: (u64, u64),
    /// Smoothed time between a data frame and its answer, in microseconds; 0: not known.
    pub round_trip_us: u64,
    /// Datagrams dropped, messages repeated.
    pub losses: u64,
    /// Since when, in seconds.
    pub age_s: u64,
}

/// What a tunnel connects at a node. It becomes text where somebody reads it: not in the event loop, which has many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ends {
    /// Nothing yet: the local peer has not sent anything.
    #[default]
    Nothing,
    /// The local peer (entry).
    Peer(SocketAddr),
    /// The target (exit).
    Target(Arc<str>),
    /// The nodes before and behind (relay), as far as known.
    Nodes([Option<PeerId>; 2]),
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Peer(peer) => peer.fmt(f),
            Self::Target(target) => f.write_str(target),
            Self::Nodes([before, behind]) => {
                let name = |node: &Option<PeerId>| node.map_or("?".to_owned(), |node| node.to_string());
                write!(f, "{} - {}", name(before), name(behind))
            }
        }
    }
}

/// What a node is to a tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Its listener took the connection.
    Entry,
    /// It passes the tunnel on.
    Relay,
    /// It has the target.
    Exit,
}

/// Which listeners to close.
#[derive(Clone, Copy, Debug)]
pub struct ListenerFilter {
    /// What they take.
    pub transport: Transport,
    /// Exactly this address.
    pub ip: IpAddr,
    /// This port; 0: all.
    pub port: u16,
}

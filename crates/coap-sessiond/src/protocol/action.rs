//! What goes in and out of a core, and the names of things.
use crate::model::{Capabilities, PeerId, Role, Target, Transport};
use coap_proto::wire::Code;
use std::fmt;
use std::time::Duration;
use thiserror::Error;
use thunderdome::Index;

/// A link of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub(super) Index);

/// A tunnel of a node. Never used again for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TunnelId(pub(super) Index);

/// A request of ours that waits for its answer, among those of its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub(super) Index);

impl MessageId {
    /// As eight bytes, which serve as a token where nobody can guess and forge responses (DTLS, TLS).
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_bits().to_be_bytes()
    }

    /// The same again; `None`: it was none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Index::from_bits(u64::from_be_bytes(bytes.try_into().ok()?)).map(Self)
    }
}

/// What the caller calls a request that may be answered later: a request that is repeated is called the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// A tunnel to open from here.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The nodes on the way and last the exit: 1 to 4.
    pub path: Vec<PeerId>,
    /// What it carries.
    pub transport: Transport,
    /// What the exit forwards to.
    pub target: Target,
    /// How it carries.
    pub capabilities: Capabilities,
}

/// Why a tunnel was not even begun.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// There are as many tunnels as there may be.
    #[error("too many tunnels")]
    Full,
    /// The node stops.
    #[error("the node stops")]
    Stopping,
    /// No nodes, or more than four.
    #[error("a path has one to four nodes, the exit among them")]
    Path,
    /// The target's name has more than 255 bytes, or the sealed target more than 512.
    #[error("the target is too long")]
    Target,
    /// A node's key is none.
    #[error("nothing can be encrypted for a node of the path: its key is not valid")]
    Key(PeerId),
}

/// A link that came to be.
#[derive(Clone, Copy, Debug)]
pub struct LinkUp {
    /// Whose key the other node has, if that is known: tunnels to it then use this link, whoever opened it.
    pub peer: Option<PeerId>,
    /// Whether this node opened it.
    pub initiated: bool,
    /// Whether a stream carries it (RFC 8323).
    pub is_stream: bool,
    /// The longest payload of a request to `t`, in bytes, at least 64.
    pub max_payload: usize,
}

/// Why there is no link to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkFailure {
    /// It is not configured.
    Unknown,
    /// It cannot be reached, or refuses us.
    Unreachable(String),
}

/// An answer: of ours to a request, or of a peer to ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its code.
    pub code: Code,
    /// Its payload; of an error, text.
    pub payload: Vec<u8>,
    /// How long it holds (Max-Age), if it says.
    pub max_age: Option<Duration>,
}

/// Which request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// POST to `open`, confirmable, Content-Format 60, with this Hop-Limit.
    Open {
        /// RFC 8768.
        hop_limit: u8,
    },
    /// POST to `t`, confirmable.
    Frame,
    /// POST to `t`, non-confirmable, with No-Response 26 (RFC 7967): nobody waits for an answer.
    Datagram,
    /// GET of `t`, confirmable.
    KeepAlive,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open a link to this node, then tell by [`Core::link_up`](super::Core::link_up) or
    /// [`Core::link_failed`](super::Core::link_failed). Not asked again before one of them was called.
    WantLink {
        /// To whom.
        peer: PeerId,
    },
    /// Send a request on a link. Those that are confirmable end with [`Core::response`](super::Core::response) or
    /// [`Core::failed`](super::Core::failed).
    Send {
        /// On which link.
        link: LinkId,
        /// What it is called. `None`: nothing is to be told about it.
        message: Option<MessageId>,
        /// Which.
        request: Request,
        /// Its payload.
        payload: Vec<u8>,
    },
    /// Answer a request to `open` that was put off. Not asked for when its link is lost.
    Answer {
        /// On which link it came.
        link: LinkId,
        /// Which.
        ticket: Ticket,
        /// With what.
        reply: Reply,
    },
    /// Look whether the target is allowed, look it up and connect to it, then tell by
    /// [`Core::connected`](super::Core::connected) or [`Core::target_failed`](super::Core::target_failed).
    ConnectTarget {
        /// Of which tunnel.
        tunnel: TunnelId,
        /// With what.
        transport: Transport,
        /// To what; sealed ones are not decrypted yet.
        target: Target,
        /// How it carries.
        capabilities: Capabilities,
        /// Who asks, as far as known: the node before this one.
        from: Option<PeerId>,
    },
    /// The tunnel is open (at its entry).
    Opened {
        /// Which.
        tunnel: TunnelId,
    },
    /// There are bytes for the local socket, see [`Core::readable`](super::Core::readable), or datagrams of a reliable
    /// tunnel, see [`Core::readable_record`](super::Core::readable_record). Comes when there were none before; the
    /// rest is the caller's to remember.
    Deliver {
        /// Of which tunnel.
        tunnel: TunnelId,
    },
    /// A datagram of an unreliable tunnel for the local socket. If it takes none now, it is lost.
    Datagram {
        /// Of which tunnel.
        tunnel: TunnelId,
        /// May be empty.
        bytes: Vec<u8>,
    },
    /// There is [`Core::room`](super::Core::room) again for bytes of the local socket, at least half a buffer, and for
    /// any datagram.
    Resume {
        /// Of which tunnel.
        tunnel: TunnelId,
    },
    /// The stream to the local socket has ended and all of it was taken: close the socket for writing.
    Finish {
        /// Of which tunnel.
        tunnel: TunnelId,
    },
    /// The tunnel is over; its id names nothing any more. Unless it has finished, its local socket is to be reset.
    Ended {
        /// Which.
        tunnel: TunnelId,
        /// What this node was to it.
        role: Role,
        /// How it ended.
        ending: Ending,
    },
    /// Give the session of this link another ACK_TIMEOUT, for messages that are sent from now on: its round trips are
    /// longer, or not as long as they were.
    SetAckTimeout {
        /// Which.
        link: LinkId,
        /// At least [`Settings::ack_timeout`](super::Settings::ack_timeout).
        ack_timeout: Duration,
    },
    /// End the session of this link. The link is gone already: nothing is to be told about it.
    CloseLink {
        /// Which.
        link: LinkId,
    },
}

/// How a tunnel ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// In which way.
    pub end: End,
    /// More about it, for people; may be empty.
    pub text: String,
}

/// In which way a tunnel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Both directions have ended, and both ends have got everything.
    Finished,
    /// It was never open: the answer to its opening.
    Refused(Code),
    /// It was cut off.
    Aborted(Reason),
}

/// Why a tunnel was cut off (`docs/session-protocol.md`, reasons of an abort).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// By the application: its listener was closed.
    Closed = 0,
    /// The local peer or the target has reset its connection.
    Reset = 1,
    /// Nothing was sent for too long.
    Idle = 2,
    /// A link was lost, or a node has restarted.
    Lost = 3,
    /// A node did what the protocol does not allow.
    Protocol = 4,
    /// A node stops.
    Stopped = 5,
    /// It was given up while it was being opened.
    GivenUp = 6,
}

impl Reason {
    /// The reason with that number; one that nobody knows is [`Protocol`](Self::Protocol).
    pub fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Closed,
            1 => Self::Reset,
            2 => Self::Idle,
            3 => Self::Lost,
            5 => Self::Stopped,
            6 => Self::GivenUp,
            _ => Self::Protocol,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::Idle => "idle",
            Self::Lost => "node lost",
            Self::Protocol => "protocol violated",
            Self::Stopped => "node stopped",
            Self::GivenUp => "given up",
        })
    }
}

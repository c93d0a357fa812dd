//! What a session has beyond its addresses, its state and the answers that it gave. Peers that send requests and
//! get responses need none of it, and there may be very many of them.
use super::exchange::Queues;
use super::seldom::{Seldom, Usual};
use super::token::TokenSource;
use super::{UpstreamId, asynchronous, blockwise, caching, observe, proxy};
use crate::{Address, wire::BlockValue};
use std::time::Instant;

/// What an idle session of a server does without.
///
/// It is in memory in this order: what each request of a client looks at comes first and takes little room. Where many
/// sessions ask by turns, it is in no cache of a processor's own.
#[derive(Debug, PartialEq)]
#[repr(C)]
pub(super) struct Rare {
    pub(super) tokens: TokenSource,
    /// Its messages that are under way or wait.
    pub(super) queues: Queues,
    /// The message ID of the last keep-alive ping, until it is answered.
    pub(super) unanswered_ping: Option<u16>,
    /// The group that it was opened to.
    pub(super) multicast: Option<Box<Address>>,
    /// What the peer wants to see in the next request (RFC 9175 section 2.3).
    pub(super) echo: Option<Box<[u8]>>,
    /// What this node observes there, if it keeps track of that.
    pub(super) registrations: Seldom<observe::Registrations>,
    /// Requests are forwarded on it: to this server.
    pub(super) upstream: Option<UpstreamId>,
    /// What the peer observes here.
    pub(super) observers: observe::OfPeer,
    /// What a client session's socket is bound to.
    pub(super) bound: Address,
    /// Token of the request that asks whether the peer knows Q-Block.
    pub(super) q_block_token: u64,
    /// Before this no non-confirmable message goes out.
    pub(super) next_non_at: Option<Instant>,
    pub(super) transfers: blockwise::Kept,
    /// When it ends, the peer is not told that this node observes no more.
    pub(super) keeps_observations: bool,
    pub(super) asyncs: asynchronous::OfSession,
    pub(super) caches: caching::OfSession,
    /// Its requests that are forwarded.
    pub(super) forwards: proxy::OfClient,
    /// Those of them that have no answer yet.
    pub(super) forwards_owed: u32,
    /// Servers to which it has sessions for itself.
    pub(super) own_upstreams: Vec<UpstreamId>,
    /// Message ID of the last request whose body was joined, and the block that came last.
    pub(super) joined: Option<(u16, BlockValue)>,
}

impl Rare {
    const fn new() -> Self {
        Self {
            tokens: TokenSource::Random,
            queues: Queues::new(),
            unanswered_ping: None,
            multicast: None,
            echo: None,
            registrations: Seldom::usual(),
            upstream: None,
            observers: observe::OfPeer::new(),
            bound: Address::UNSPECIFIED,
            q_block_token: 0,
            next_non_at: None,
            transfers: blockwise::Kept::new(),
            keeps_observations: false,
            asyncs: asynchronous::OfSession::new(),
            caches: caching::OfSession::new(),
            forwards: proxy::OfClient::new(),
            forwards_owed: 0,
            own_upstreams: Vec::new(),
            joined: None,
        }
    }

    /// Whether it does not keep its session, and is not to be tidied up either: block-wise transfers use it.
    #[inline(never)] // most sessions have none
    pub(super) fn is_settled(&self) -> bool {
        !self.transfers.is_empty() && !self.is_held()
    }

    /// Whether it keeps its session: messages are under way, requests are put off or forwarded, the peer observes.
    pub(super) fn is_held(&self) -> bool {
        let owes_answers = !self.asyncs.is_empty() || !self.observers.is_empty() || !self.forwards.is_empty();
        !self.queues.is_empty() || owes_answers
    }
}

impl Default for Rare {
    fn default() -> Self {
        Self::new()
    }
}

impl Usual for Rare {
    const USUAL: &'static Self = &Self::new();
}

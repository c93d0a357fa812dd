//! One session: what this node knows about one peer over one transport.
use super::list::{Links, List, Member};
use super::q_block::QBlock;
use super::recent::RecentMids;
use super::secure::{DTLS_OVERHEAD, Security};
use super::sessions::{ByRemote, OnShelf, Shelf};
use super::stream::Connection;
use super::token::TokenSource;
use super::{
    EndpointId, Parameters, Path, SessionState, SessionType, UpstreamId, asynchronous, blockwise, caching,
    echo, exchange, observe, proxy, replies,
};
use crate::wire::{BlockValue, Protocol, signal::BASE_MESSAGE_SIZE};
use crate::{Address, block::BlockMode};
use std::time::Instant;

/// Every session can carry a token of this many bytes (RFC 7252 section 3).
pub(super) const BASIC_TOKEN_SIZE: usize = 8;
/// What a message has before its token.
pub(super) const HEADER_SIZE: usize = 4;
pub(super) const MIN_MTU: usize = 64;

/// What this node knows about one peer over one transport.
#[derive(Debug)]
pub struct Session {
    pub(super) kind: SessionType,
    pub(super) state: SessionState,
    pub(super) protocol: Protocol,
    pub(super) local: Address,
    /// What a client session's socket is bound to.
    pub(super) bound: Address,
    pub(super) remote: Address,
    pub(super) multicast: Option<Address>,
    pub(super) ifindex: u32,
    pub(super) endpoint: Option<EndpointId>,
    pub(super) parameters: Parameters,
    pub(super) mtu: usize,
    pub(super) refs: u32,
    pub(super) pins: u32,
    /// Messages that the application works on.
    pub(super) handed_out: u32,
    pub(super) max_token_size: usize,
    pub(super) token_check: TokenCheck,
    /// Its last event was given out.
    pub(super) closed: bool,
    /// A client session that was disconnected: its transport is gone, only its end is to come.
    pub(super) severed: bool,
    /// A request was sent on it: it can get responses.
    pub(super) requested: bool,
    /// When something last came or went.
    pub(super) active_at: Instant,
    /// When an empty message was last rejected.
    pub(super) rejected_at: Option<Instant>,
    /// The message ID of the last keep-alive ping, until it is answered.
    pub(super) unanswered_ping: Option<u16>,
    pub(super) last_mid: u16,
    pub(super) tokens: TokenSource,
    pub(super) recent_nons: RecentMids,
    /// Before this no non-confirmable message goes out.
    pub(super) next_non_at: Option<Instant>,
    pub(super) queues: exchange::Queues,
    pub(super) replies: replies::Kept,
    pub(super) block_mode: BlockMode,
    pub(super) q_block: QBlock,
    /// The Request-Tag given last.
    pub(super) request_tag: u32,
    pub(super) transfers: blockwise::Kept,
    /// What the peer wants to see in the next request (RFC 9175 section 2.3).
    pub(super) echo: Option<Box<[u8]>>,
    /// What the peer may get before it has shown that it is there.
    pub(super) allowance: echo::Allowance,
    /// What the peer observes here.
    pub(super) observers: observe::OfPeer,
    /// What this node observes there, if it keeps track of that.
    pub(super) registrations: observe::Registrations,
    /// When it ends, the peer is not told that this node observes no more.
    pub(super) keeps_observations: bool,
    pub(super) asyncs: asynchronous::OfSession,
    pub(super) caches: caching::OfSession,
    /// Its requests that are forwarded.
    pub(super) forwards: proxy::OfClient,
    /// Those of them that have no answer yet.
    pub(super) forwards_owed: u32,
    /// Requests are forwarded on it: to this server.
    pub(super) upstream: Option<UpstreamId>,
    /// Servers to which it has sessions for itself.
    pub(super) own_upstreams: Vec<UpstreamId>,
    /// Message ID of the last request whose body was joined, and the block that came last.
    pub(super) joined: Option<(u16, BlockValue)>,
    /// What it has instead of datagrams.
    pub(super) stream: Option<Box<Connection>>,
    /// What is beneath it.
    pub(super) security: Security,
    pub(super) shelf: Shelf,
    pub(super) shelf_links: Links,
    pub(super) remote_links: Links,
}

/// Whether the peer takes tokens of more than 8 bytes (RFC 8974 section 2.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenCheck {
    /// Not known; the first request will ask.
    Unknown,
    /// The request with this message ID asks. Other requests wait.
    Asking(u16),
    /// Known, or of no interest.
    Done,
}

impl Session {
    /// Client, server, or not known yet.
    pub fn kind(&self) -> SessionType {
        self.kind
    }
    /// How far the session is.
    pub fn state(&self) -> SessionState {
        self.state
    }
    /// Its transport.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }
    /// This node's address: for a server session the one that the peer's last datagram was sent to.
    pub fn local(&self) -> &Address {
        &self.local
    }
    /// The peer. For a session to a group: the member that answered last, the group again after the next
    /// send.
    pub fn remote(&self) -> &Address {
        &self.remote
    }
    /// The group that the session was opened to, if it was one.
    pub fn multicast(&self) -> Option<&Address> {
        self.multicast.as_ref()
    }
    /// The peer's address reaches a group although it does not look so: it is the broadcast address of a
    /// network.
    pub fn set_group(&mut self) {
        self.multicast = Some(self.multicast.unwrap_or(self.remote));
    }
    /// Interface that the peer's last datagram came in by; 0 if not known.
    pub fn ifindex(&self) -> u32 {
        self.ifindex
    }
    /// The endpoint that a server session belongs to.
    pub fn endpoint(&self) -> Option<EndpointId> {
        self.endpoint
    }
    /// Transmission parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }
    /// Transmission parameters, to be changed. They hold for messages sent from then on.
    pub fn parameters_mut(&mut self) -> &mut Parameters {
        &mut self.parameters
    }
    /// Largest datagram in bytes, header included.
    pub fn mtu(&self) -> usize {
        self.mtu
    }
    /// Changes the largest datagram (bytes, header included; at least 64).
    pub fn set_mtu(&mut self, mtu: usize) {
        self.mtu = mtu.max(MIN_MTU);
    }
    /// Largest token, options and payload together (bytes) that fit into one message.
    pub fn max_pdu_size(&self) -> usize {
        let header = match (self.protocol, self.mtu) {
            (Protocol::Udp, _) => HEADER_SIZE,
            (Protocol::Dtls, _) => HEADER_SIZE + DTLS_OVERHEAD,
            // RFC 8323 section 3.2, 4.2; there may be no token.
            (Protocol::Ws | Protocol::Wss, _) | (_, ..15) => 2,
            (_, 15..272) => 3,
            (_, 272..65_809) => 4,
            _ => 6,
        };
        self.mtu.saturating_sub(header)
    }
    /// Whether both sides know BERT: each says so in its CSM, by a Max-Message-Size beyond the basic one (RFC 8323
    /// section 6).
    pub(super) fn knows_bert(&self, config: &super::Config) -> bool {
        let peer_knows = self.stream.as_deref().is_some_and(Connection::peer_knows_blocks);
        peer_knows && self.mtu > BASE_MESSAGE_SIZE && config.csm_max_message_size as usize > BASE_MESSAGE_SIZE
    }
    /// How it treats large bodies.
    pub fn block_mode(&self) -> BlockMode {
        self.block_mode
    }
    /// Changes how it treats large bodies that come.
    pub fn set_block_mode(&mut self, mode: BlockMode) {
        let takes_q_block = self.stream.is_none();
        // RFC 9177 section 4.1: Q-Block is for datagrams.
        self.block_mode = if takes_q_block { mode } else { mode.without(BlockMode::TRY_Q_BLOCK) };
    }
    /// Whether it keeps track of the observations that requests on it begin.
    pub fn tracks_observations(&self) -> bool {
        self.block_mode.has(BlockMode::USE_LIBCOAP)
    }
    /// References held by the application.
    pub fn refs(&self) -> u32 {
        self.refs
    }
    /// References held by calls in progress.
    pub fn pins(&self) -> u32 {
        self.pins
    }
    /// Longest token (bytes) that the session takes and sends.
    pub fn max_token_size(&self) -> usize {
        self.max_token_size
    }
    /// Whether its last event was given out: it takes no more commands.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
    /// `local <-> remote (interface) protocol`, as it stands in log lines.
    pub fn describe(&self) -> String {
        let Self { local, remote, ifindex, .. } = self;
        let interface = if *ifindex > 0 { format!(" (if{ifindex})") } else { String::new() };
        format!("{local} <-> {remote}{interface} {:<4}", self.protocol.name())
    }

    /// The addresses that its last message came with.
    pub(super) fn path(&self) -> Path {
        Path { local: self.local, remote: self.remote, ifindex: self.ifindex }
    }

    /// Whether anything but the application's memory keeps it: references, calls in progress, messages that
    /// the application works on or that are under way, requests that are put off or forwarded, observations by the
    /// peer.
    pub(super) fn is_held(&self) -> bool {
        let is_in_use = self.refs > 0 || self.pins > 0 || self.handed_out > 0;
        let owes_answers = !self.asyncs.is_empty() || !self.observers.is_empty() || !self.forwards.is_empty();
        is_in_use || !self.queues.is_empty() || owes_answers
    }

    /// Whether a peer made it by writing here: what such sessions hold is bounded more tightly.
    pub(super) fn is_of_server(&self) -> bool {
        self.kind != SessionType::Client
    }

    pub(super) fn next_request_tag(&mut self) -> u32 {
        self.request_tag = self.request_tag.wrapping_add(1);
        self.request_tag
    }

    /// Whether it was reached through a group address: then errors are not answered, and answers are delayed
    /// (RFC 7252 section 8).
    pub(super) fn was_reached_by_group(&self) -> bool {
        self.local.is_multicast()
    }

    /// Messages can go out now.
    pub(super) fn is_open(&self) -> bool {
        !self.closed && !self.severed
    }
}

impl Member<OnShelf> for Session {
    fn links(&self) -> &Links {
        &self.shelf_links
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.shelf_links
    }
}

impl Member<ByRemote> for Session {
    fn links(&self) -> &Links {
        &self.remote_links
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.remote_links
    }
}

/// Sessions with one remote address.
pub(super) type Namesakes = List<ByRemote>;

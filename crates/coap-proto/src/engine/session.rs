//! One session: what this node knows about one peer over one transport.
use super::echo::Allowance;
use super::list::{Links, List, Member};
use super::q_block::QBlock;
use super::random::Random;
use super::rare::Rare;
use super::recent::RecentMids;
use super::secure::{DTLS_OVERHEAD, Security};
use super::seldom::Seldom;
use super::sessions::{ByRemote, OnShelf, Shelf};
use super::stream::Connection;
use super::{Config, EndpointId, Parameters, Path, SessionState, SessionType, replies};
use crate::wire::{Protocol, signal::BASE_MESSAGE_SIZE};
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
    /// What is beneath it.
    pub(super) security: Security,
    pub(super) shelf: Shelf,
    /// Its last event was given out.
    pub(super) closed: bool,
    /// A client session that was disconnected: its transport is gone, only its end is to come.
    pub(super) severed: bool,
    /// A request was sent on it: it can get responses.
    pub(super) requested: bool,
    /// Its local address is that of everybody on a network ([`Path::broadcast`]).
    pub(super) broadcast: bool,
    pub(super) last_mid: u16,
    pub(super) q_block: QBlock,
    pub(super) token_check: TokenCheck,
    pub(super) block_mode: BlockMode,
    pub(super) ifindex: u32,
    pub(super) refs: u32,
    pub(super) pins: u32,
    /// Messages that the application works on.
    pub(super) handed_out: u32,
    /// The Request-Tag given last.
    pub(super) request_tag: u32,
    mtu: u32,
    max_token_size: u32,
    pub(super) local: Address,
    pub(super) remote: Address,
    pub(super) endpoint: Option<EndpointId>,
    pub(super) parameters: Seldom<Parameters>,
    /// When something last came or went.
    pub(super) active_at: Instant,
    /// When an empty message was last rejected.
    pub(super) rejected_at: Option<Instant>,
    /// What the peer may get before it has shown that it is there.
    pub(super) allowance: Allowance,
    pub(super) recent_nons: RecentMids,
    pub(super) replies: replies::Kept,
    /// What it has instead of datagrams.
    pub(super) stream: Option<Box<Connection>>,
    pub(super) rare: Seldom<Rare>,
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
    /// A session that nothing has happened in.
    pub(super) fn new(
        (kind, protocol, path): (SessionType, Protocol, Path),
        config: &Config,
        now: Instant,
        random: &mut Random,
    ) -> Self {
        let is_stream = protocol.is_reliable();
        let last_mid = random.u16();
        let mut session = Self {
            kind,
            state: SessionState::Established,
            protocol,
            security: Security::default(),
            shelf: Shelf::None,
            closed: false,
            severed: false,
            requested: false,
            broadcast: path.broadcast,
            last_mid,
            q_block: QBlock::Unknown,
            token_check: TokenCheck::Done,
            block_mode: config.block_mode,
            ifindex: path.ifindex,
            refs: 0,
            pins: 0,
            handed_out: 0,
            request_tag: random.u64() as u32,
            mtu: narrow(if is_stream { BASE_MESSAGE_SIZE } else { config.mtu }),
            max_token_size: narrow(config.max_token_size),
            local: path.local,
            remote: path.remote,
            endpoint: None,
            parameters: Seldom::default(),
            active_at: now,
            rejected_at: None,
            allowance: if is_stream { Allowance::verified() } else { Allowance::default() },
            recent_nons: RecentMids::default(),
            replies: replies::Kept::default(),
            stream: None,
            rare: Seldom::default(),
            shelf_links: Links::default(),
            remote_links: Links::default(),
        };
        if is_stream {
            session.block_mode = config.block_mode.without(BlockMode::TRY_Q_BLOCK);
        }
        session
    }

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
        self.rare.multicast.as_deref()
    }
    /// The peer's address reaches a group although it does not look so: it is the broadcast address of a
    /// network.
    pub fn set_group(&mut self) {
        let remote = self.remote;
        self.rare.make_mut().multicast.get_or_insert_with(|| remote.into());
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
        self.parameters.make_mut()
    }
    /// Largest datagram in bytes, header included.
    pub fn mtu(&self) -> usize {
        self.mtu as usize
    }
    /// Changes the largest datagram (bytes, header included; at least 64).
    pub fn set_mtu(&mut self, mtu: usize) {
        self.mtu = narrow(mtu.max(MIN_MTU));
    }
    /// Largest token, options and payload together (bytes) that fit into one message.
    pub fn max_pdu_size(&self) -> usize {
        self.room_within(self.mtu())
    }
    /// Largest token, options and payload together (bytes) of a message that is made now: more than
    /// [`Session::max_pdu_size`] over a stream whose peer has not said yet how much it takes. Then it counts what this
    /// node takes, which most peers do; if this one turns out not to, the message is a NACK.
    pub fn room_for_message(&self, config: &super::Config) -> usize {
        let own = if self.awaits_csm() { config.csm_max_message_size as usize } else { 0 };
        self.room_within(self.mtu().max(own))
    }
    /// Over a stream, as long as the peer has not said how much it takes.
    pub(super) fn awaits_csm(&self) -> bool {
        self.stream.is_some() && !self.is_established()
    }
    /// What is left of a message of `mtu` bytes without its header.
    fn room_within(&self, mtu: usize) -> usize {
        let header = match (self.protocol, mtu) {
            (Protocol::Udp, _) => HEADER_SIZE,
            (Protocol::Dtls, _) => HEADER_SIZE + DTLS_OVERHEAD,
            // RFC 8323 section 3.2, 4.2; there may be no token.
            (Protocol::Ws | Protocol::Wss, _) | (_, ..15) => 2,
            (_, 15..272) => 3,
            (_, 272..65_809) => 4,
            _ => 6,
        };
        mtu.saturating_sub(header)
    }
    /// Whether both sides know BERT: each says so in its CSM, by a Max-Message-Size beyond the basic one (RFC 8323
    /// section 6).
    pub(super) fn knows_bert(&self, config: &super::Config) -> bool {
        let peer_knows = self.stream.as_deref().is_some_and(Connection::peer_knows_blocks);
        peer_knows
            && self.mtu() > BASE_MESSAGE_SIZE
            && config.csm_max_message_size as usize > BASE_MESSAGE_SIZE
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
    /// Whether a call in progress uses it, or a message of it that was given out is not finished.
    pub fn is_at_work(&self) -> bool {
        self.pins > 0 || self.handed_out > 0
    }
    /// Longest token (bytes) that the session takes and sends.
    pub fn max_token_size(&self) -> usize {
        self.max_token_size as usize
    }
    /// The peer takes no longer tokens (bytes) than that.
    pub(super) fn set_max_token_size(&mut self, size: usize) {
        self.max_token_size = narrow(size);
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

    /// Gives back what an idle session needs no more.
    pub(super) fn tidy(&mut self, now: Instant) {
        if let Some(rare) = self.rare.own_mut() {
            rare.next_non_at = rare.next_non_at.filter(|at| *at > now);
        }
        self.rare.tidy();
    }

    /// What it is found by: its peer, or the group that it was opened to.
    pub(super) fn address(&self) -> &Address {
        self.rare.multicast.as_deref().unwrap_or(&self.remote)
    }

    /// The way by which its peer has reached this node last.
    pub(super) fn arrive_by(&mut self, path: &Path) {
        (self.local, self.ifindex, self.broadcast) = (path.local, path.ifindex, path.broadcast);
    }

    /// The addresses that its last message came with.
    pub(super) fn path(&self) -> Path {
        Path { broadcast: self.broadcast, ..Path::new(self.local, self.remote, self.ifindex) }
    }

    /// Whether anything but the application's memory keeps it: what [`Session::is_in_use`] says, and messages that the
    /// application works on.
    pub(super) fn is_held(&self) -> bool {
        self.handed_out > 0 || self.is_in_use()
    }

    /// Whether it has references, calls in progress, messages under way, requests that are put off or forwarded, or
    /// observations by the peer.
    pub(super) fn is_in_use(&self) -> bool {
        self.refs > 0 || self.pins > 0 || self.rare.own().is_some_and(Rare::is_held)
    }

    /// Whether it is where it belongs, and has nothing to be tidied up.
    pub(super) fn is_settled(&self) -> bool {
        self.shelf == Shelf::Idle
            && self.is_open()
            && self.stream.is_none()
            && self.refs == 0
            && self.pins == 0
            && self.rare.own().is_none_or(Rare::is_settled)
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
        self.broadcast || self.local.is_multicast()
    }

    /// Messages can go out now.
    pub(super) fn is_open(&self) -> bool {
        !self.closed && !self.severed
    }
}

/// Sizes in bytes are kept in 32 bits. There are no larger ones.
fn narrow(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_session_is_small() {
        assert!(size_of::<Session>() <= 224, "{} bytes; there may be 200,000 of them", size_of::<Session>());
    }
}

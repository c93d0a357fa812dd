//! The tunnels and links of a node, and what happens to them.
use super::{
    Action, Keyring, LinkFailure, LinkId, LinkUp, MessageId, OpenError, Opening, Reason, Reply, Settings,
    Ticket, TunnelId,
};
use crate::model::{PeerId, TunnelStatus};
use coap_proto::wire::Code;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The session protocol of one node: see the [module's](super) page.
#[allow(dead_code)] // bodies follow
pub struct Core {
    settings: Settings,
    keyring: Box<dyn Keyring + Send>,
}

/// What a node has counted since it started.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Tunnels that were opened: from here, through here or to here.
    pub established: u64,
    /// Openings that failed, by code of the answer (as in "4.03").
    pub refused: BTreeMap<Code, u64>,
    /// Tunnels that were aborted, by reason.
    pub aborted: BTreeMap<Reason, u64>,
    /// Datagrams that were too long or found no room.
    pub dropped: u64,
    /// Bytes from local sockets, and to them.
    pub bytes: (u64, u64),
}

/// A link, for logs and for setting its session's times.
#[derive(Clone, Copy, Debug)]
pub struct LinkStatus {
    /// Whose key the other node has, if known.
    pub peer: Option<PeerId>,
    /// Its tunnels.
    pub tunnels: usize,
    /// Messages that may wait for their answer (bytes, over streams).
    pub window: usize,
    /// Messages that do (bytes, over streams).
    pub in_flight: usize,
    /// Smoothed round-trip time, and its variation, if one was measured (RFC 6298).
    pub round_trip: Option<(Duration, Duration)>,
}

#[allow(unused_variables)] // bodies follow
impl Core {
    /// A node without links. `seed` must be secret: the boot number and the places in hash tables follow from it.
    pub fn new(settings: Settings, keyring: Box<dyn Keyring + Send>, now: Instant, seed: [u8; 32]) -> Self {
        Self { settings, keyring }
    }

    /// The next thing to do. To be called until there is none, after every other call.
    pub fn poll(&mut self) -> Option<Action> {
        todo!()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        todo!()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        todo!()
    }

    /// Opens a tunnel from here. [`Action::Opened`] or [`Action::Ended`] tells what came of it. Bytes and datagrams of
    /// the local socket are taken meanwhile.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&mut self, now: Instant, opening: &Opening) -> Result<TunnelId, OpenError> {
        todo!()
    }

    /// A link has come to be: a session that this node opened, or the first request of a peer's session.
    pub fn link_up(&mut self, now: Instant, link: LinkUp) -> LinkId {
        todo!()
    }

    /// A link that was wanted cannot be had.
    pub fn link_failed(&mut self, now: Instant, peer: &PeerId, why: LinkFailure) {
        todo!()
    }

    /// The session of a link has ended.
    pub fn link_lost(&mut self, now: Instant, link: LinkId) {
        todo!()
    }

    /// A POST to `open` came. `None`: [`Action::Answer`] with this ticket follows. `hop_limit` is that of the request;
    /// 16 if it has none (RFC 8768).
    pub fn open_request(
        &mut self,
        now: Instant,
        link: LinkId,
        hop_limit: u8,
        payload: &[u8],
        ticket: Ticket,
    ) -> Option<Reply> {
        todo!()
    }

    /// A POST to `t` came, confirmable or not. The answer is to be given at once (the engine drops it if the request
    /// wants none).
    pub fn frame_request(&mut self, now: Instant, link: LinkId, payload: &[u8]) -> Reply {
        todo!()
    }

    /// A GET of `t` came. The answer is to be given at once.
    pub fn keep_alive_request(&mut self, now: Instant, link: LinkId) -> Reply {
        todo!()
    }

    /// A request was answered.
    pub fn response(&mut self, now: Instant, link: LinkId, message: MessageId, reply: Reply) {
        todo!()
    }

    /// A request will not be answered: no acknowledgement, reset, or no way to send it. Ends its link.
    pub fn failed(&mut self, now: Instant, link: LinkId, message: MessageId) {
        todo!()
    }

    /// CoAP has repeated a message of this link. If nobody tells, long waits for answers do.
    pub fn repeated(&mut self, now: Instant, link: LinkId) {
        todo!()
    }

    /// The target is connected (TCP), or known and its socket there (UDP).
    pub fn connected(&mut self, now: Instant, tunnel: TunnelId) {
        todo!()
    }

    /// There will be no connection to the target. `code` goes to the entry: 4.03, 4.04, 5.02 or 5.04, 4.00 for a
    /// sealed target that cannot be decrypted.
    pub fn target_failed(&mut self, now: Instant, tunnel: TunnelId, code: Code, text: &str) {
        todo!()
    }

    /// How many bytes [`local_data`](Self::local_data) would take.
    pub fn room(&self, tunnel: TunnelId) -> usize {
        todo!()
    }

    /// Bytes of the local connection. Returns how many were taken; when they were not all,
    /// [`Action::Resume`] tells when to come back.
    pub fn local_data(&mut self, now: Instant, tunnel: TunnelId, bytes: &[u8]) -> usize {
        todo!()
    }

    /// A datagram of the local peer or target, at most 65,535 bytes. `false`: it was dropped, and counted. Those of
    /// reliable tunnels that are dropped for want of room need not be: see [`room`](Self::room) and
    /// [`Action::Resume`].
    pub fn local_datagram(&mut self, now: Instant, tunnel: TunnelId, bytes: &[u8]) -> bool {
        todo!()
    }

    /// The local socket has ended its stream (end of file).
    pub fn local_finished(&mut self, now: Instant, tunnel: TunnelId) {
        todo!()
    }

    /// The local connection was reset or has failed. The other end is told; [`Action::Ended`] follows.
    pub fn local_reset(&mut self, now: Instant, tunnel: TunnelId) {
        self.close(now, tunnel, Reason::Reset, "");
    }

    /// What is to be written to the local socket, in order: the second slice follows the first.
    pub fn readable(&self, tunnel: TunnelId) -> [&[u8]; 2] {
        todo!()
    }

    /// The local socket has taken the first `count` bytes of [`readable`](Self::readable).
    pub fn local_taken(&mut self, now: Instant, tunnel: TunnelId, count: usize) {
        todo!()
    }

    /// Cuts a tunnel off. The other end is told; [`Action::Ended`] follows.
    pub fn close(&mut self, now: Instant, tunnel: TunnelId, reason: Reason, text: &str) {
        todo!()
    }

    /// Cuts all tunnels off, and takes no more: the node stops. Links close when their peers have been told.
    pub fn shut_down(&mut self, now: Instant) {
        todo!()
    }

    /// Whether there is nothing left: no tunnel, no message that waits for its answer.
    pub fn is_idle(&self) -> bool {
        todo!()
    }

    /// A tunnel, for tables. `ends` is left empty: see [`neighbours`](Self::neighbours).
    pub fn status(&self, now: Instant, tunnel: TunnelId) -> Option<TunnelStatus> {
        todo!()
    }

    /// The nodes before and behind this one on a tunnel's path, as far as known. `None` too where the local socket is.
    pub fn neighbours(&self, tunnel: TunnelId) -> [Option<PeerId>; 2] {
        todo!()
    }

    /// All tunnels, in no order.
    pub fn tunnels(&self) -> impl Iterator<Item = TunnelId> + '_ {
        std::iter::empty()
    }

    /// A link.
    pub fn link(&self, link: LinkId) -> Option<LinkStatus> {
        todo!()
    }

    /// How many links are up.
    pub fn link_count(&self) -> usize {
        todo!()
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        todo!()
    }
}

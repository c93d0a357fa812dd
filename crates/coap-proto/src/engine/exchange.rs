//! Messages that this node keeps: confirmable ones until they are acknowledged (RFC 7252 section 4.2), those
//! that wait for their turn (section 4.7), and answers to group requests until their time has come (section
//! 8.2).
use super::blockwise::TransferId;
use super::list::{Links, List, Member};
use super::timer::Timers;
use super::{ObserverId, SessionId};
use crate::arena::{Arena, Index};
use crate::hash::Keyed;
use crate::wire::Pdu;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

/// Answers to group requests that wait, of all sessions: who can forge sender addresses must not fill the
/// memory.
const MAX_LEISURE: usize = 4096;

/// What a kept message waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// To be sent at all: NSTART others are in flight, or the session is not ready.
    Delayed,
    /// For its acknowledgement.
    InFlight,
    /// For the end of its delay; it is the answer to a group request.
    Leisure,
}

/// A message that this node keeps.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) session: SessionId,
    pub(super) pdu: Pdu,
    pub(super) phase: Phase,
    /// Retransmissions so far.
    pub(super) attempts: u16,
    /// First wait for the acknowledgement.
    pub(super) timeout: Duration,
    /// The engine's own request: the application hears nothing of it.
    pub(super) hidden: bool,
    /// It counts among the messages of server sessions.
    pub(super) of_server: bool,
    /// It is a notification for this observer.
    pub(super) notifies: Option<ObserverId>,
    /// It bears one of several blocks that do not wait for each other, of this transfer.
    pub(super) carries: Option<TransferId>,
    /// Under what it is in the table of tokens: the hash of its session, token and role. `None`: it is in no table.
    token_hash: Option<u64>,
    in_session: Links,
    same_token: Links,
    of_servers: Links,
}

/// Lists of exchanges: those of one session in one phase.
#[derive(Debug)]
pub(super) enum InSession {}
/// Lists of exchanges: those of one session, token and role.
#[derive(Debug)]
pub(super) enum SameToken {}
/// The list of those in flight or delayed of all server sessions, the oldest first.
#[derive(Debug)]
pub(super) enum OfServers {}

impl Member<InSession> for Exchange {
    fn links(&self) -> &Links {
        &self.in_session
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.in_session
    }
}

impl Member<SameToken> for Exchange {
    fn links(&self) -> &Links {
        &self.same_token
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.same_token
    }
}

impl Member<OfServers> for Exchange {
    fn links(&self) -> &Links {
        &self.of_servers
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_servers
    }
}

/// What a kept message is to someone who looks for its token. Who looks for one role passes by none of the
/// others, however many have that token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// A request in flight: it can be answered.
    Asking,
    /// A response.
    Response,
    /// A request that was not sent yet, or an empty message.
    Other,
}

impl Role {
    pub(super) const ALL: [Self; 3] = [Self::Asking, Self::Response, Self::Other];
}

/// The exchanges of one session.
#[derive(Debug, PartialEq)]
pub(super) struct Queues {
    delayed: List<InSession>,
    in_flight: List<InSession>,
    leisure: List<InSession>,
}

impl Queues {
    pub(super) const fn new() -> Self {
        Self { delayed: List::new(), in_flight: List::new(), leisure: List::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.delayed.is_empty() && self.in_flight.is_empty() && self.leisure.is_empty()
    }

    pub(super) fn count(&self, phase: Phase) -> usize {
        self.of(phase).len()
    }

    /// The first exchange in a phase.
    pub(super) fn first(&self, phase: Phase) -> Option<ExchangeId> {
        self.of(phase).front().map(ExchangeId)
    }

    fn len(&self) -> usize {
        self.delayed.len() + self.in_flight.len() + self.leisure.len()
    }

    /// Any of them.
    fn first_of_all(&self) -> Option<Index> {
        self.in_flight.front().or(self.delayed.front()).or(self.leisure.front())
    }

    fn of(&self, phase: Phase) -> &List<InSession> {
        match phase {
            Phase::Delayed => &self.delayed,
            Phase::InFlight => &self.in_flight,
            Phase::Leisure => &self.leisure,
        }
    }

    fn of_mut(&mut self, phase: Phase) -> &mut List<InSession> {
        match phase {
            Phase::Delayed => &mut self.delayed,
            Phase::InFlight => &mut self.in_flight,
            Phase::Leisure => &mut self.leisure,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExchangeId(Index);

impl Exchange {
    pub(super) fn new(session: SessionId, pdu: Pdu, phase: Phase, timeout: Duration) -> Self {
        Self {
            session,
            pdu,
            phase,
            attempts: 0,
            timeout,
            hidden: false,
            of_server: false,
            notifies: None,
            carries: None,
            token_hash: None,
            in_session: Links::default(),
            same_token: Links::default(),
            of_servers: Links::default(),
        }
    }

    fn role(&self) -> Role {
        match self.pdu.code() {
            code if code.is_response() => Role::Response,
            code if code.is_request() && self.phase == Phase::InFlight => Role::Asking,
            _ => Role::Other,
        }
    }

    /// The wait that follows now: it doubles with each retransmission.
    pub(super) fn wait(&self) -> Duration {
        self.timeout.saturating_mul(1u32.checked_shl(self.attempts.into()).unwrap_or(u32::MAX))
    }
}

/// All exchanges of an engine, found by id, by session and message ID, and by session, token and role.
///
/// Most sessions have one at a time (NSTART is 1), and that one is found by its session. Only those that have had
/// company there are in tables: what is known of them costs hashes.
#[derive(Debug)]
pub(super) struct Exchanges {
    arena: Arena<Exchange>,
    timers: Timers,
    /// Those in flight or delayed that have had company. An answer to a group request bears the requester's message ID.
    mids: HashMap<(SessionId, u16), ExchangeId, Keyed>,
    /// The same, and those in leisure, by the hash of session, token and role, which holds for them: it is keyed.
    tokens: HashTable<(u64, List<SameToken>)>,
    of_servers: List<OfServers>,
    /// How many are in [`Phase::Leisure`].
    leisure: usize,
}

impl Exchanges {
    pub(super) fn new(hasher: Keyed) -> Self {
        Self {
            arena: Arena::new(),
            timers: Timers::default(),
            mids: HashMap::with_hasher(hasher),
            tokens: HashTable::new(),
            of_servers: List::default(),
            leisure: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.arena.len()
    }

    pub(super) fn get(&self, id: ExchangeId) -> Option<&Exchange> {
        self.arena.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: ExchangeId) -> Option<&mut Exchange> {
        self.arena.get_mut(id.0)
    }

    /// The exchange of a message of ours that is in flight or delayed, of a session with these `queues`.
    pub(super) fn with_mid(&self, queues: &Queues, session: SessionId, mid: u16) -> Option<ExchangeId> {
        let first = queues.first_of_all()?;
        if queues.len() > 1 {
            return self.mids.get(&(session, mid)).copied();
        }
        let fits = |it: &Exchange| it.pdu.mid() == mid && it.phase != Phase::Leisure;
        self.arena.get(first).is_some_and(fits).then_some(ExchangeId(first))
    }

    /// An exchange of a session with these `queues` that has that token and role.
    pub(super) fn with_token(
        &self,
        queues: &Queues,
        session: SessionId,
        token: &[u8],
        role: Role,
    ) -> Option<ExchangeId> {
        let first = queues.first_of_all()?;
        let fits = |at: &Index| {
            let exchange = self.arena.get(*at);
            exchange.is_some_and(|it| it.session == session && it.role() == role && it.pdu.token() == token)
        };
        if queues.len() == 1 {
            return Some(first).filter(fits).map(ExchangeId);
        }
        let hash = self.token_hash(session, token, role);
        let first = self.tokens.find(hash, |(it, _)| *it == hash).and_then(|(_, list)| list.front());
        let next = |at: &Index| List::<SameToken>::after(&self.arena, *at);
        std::iter::successors(first, next).find(fits).map(ExchangeId)
    }

    /// How many of server sessions are in flight or delayed.
    pub(super) fn of_servers(&self) -> usize {
        self.of_servers.len()
    }

    /// The oldest of them.
    pub(super) fn oldest_of_servers(&self) -> Option<ExchangeId> {
        self.of_servers.front().map(ExchangeId)
    }

    /// Keeps a message, as the last one of its phase in its session's `queues`.
    pub(super) fn insert(&mut self, queues: &mut Queues, exchange: Exchange) -> ExchangeId {
        let (phase, of_server) = (exchange.phase, exchange.of_server);
        let index = self.arena.insert(exchange);
        self.leisure += usize::from(phase == Phase::Leisure);
        if of_server {
            self.of_servers.push_back(&mut self.arena, index);
        }
        if let Some(other) = queues.first_of_all() {
            self.enlist(other);
            self.enlist(index);
        }
        queues.of_mut(phase).push_back(&mut self.arena, index);
        ExchangeId(index)
    }

    /// Moves a message to the end of another phase.
    pub(super) fn advance(&mut self, queues: &mut Queues, id: ExchangeId, phase: Phase) {
        let is_listed = self.unlist_token(id.0);
        let Some(exchange) = self.arena.get_mut(id.0) else { return };
        let from = std::mem::replace(&mut exchange.phase, phase);
        queues.of_mut(from).remove(&mut self.arena, id.0);
        queues.of_mut(phase).push_back(&mut self.arena, id.0);
        if is_listed {
            self.list_token(id.0);
        }
    }

    /// Forgets a message.
    pub(super) fn remove(&mut self, queues: &mut Queues, id: ExchangeId) -> Option<Exchange> {
        let exchange = self.arena.get(id.0)?;
        let (session, mid, phase) = (exchange.session, exchange.pdu.mid(), exchange.phase);
        if exchange.of_server {
            self.of_servers.remove(&mut self.arena, id.0);
        }
        if self.unlist_token(id.0) && phase != Phase::Leisure {
            self.mids.remove(&(session, mid));
        }
        queues.of_mut(phase).remove(&mut self.arena, id.0);
        self.timers.clear(id.0.slot());
        self.leisure -= usize::from(phase == Phase::Leisure);
        self.arena.remove(id.0)
    }

    /// The exchanges of a session's `queues` in a phase.
    pub(super) fn list(&self, queues: &Queues, phase: Phase) -> Vec<ExchangeId> {
        let next = |at: &Index| List::<InSession>::after(&self.arena, *at);
        std::iter::successors(queues.of(phase).front(), next).map(ExchangeId).collect()
    }

    /// Whether one more answer to a group request can be kept.
    pub(super) fn has_leisure(&self) -> bool {
        self.leisure < MAX_LEISURE
    }

    pub(super) fn set_timer(&mut self, id: ExchangeId, at: Instant) {
        self.timers.set(id.0.slot(), at);
    }

    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The exchange whose time came first, if it has come.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<ExchangeId> {
        let slot = self.timers.pop_due(now)?;
        self.arena.contains_slot(slot).map(ExchangeId)
    }

    /// Puts one into the tables that is not alone in its session, or will not be.
    fn enlist(&mut self, at: Index) {
        let Some(exchange) = self.arena.get(at).filter(|it| it.token_hash.is_none()) else { return };
        if exchange.phase != Phase::Leisure {
            self.mids.insert((exchange.session, exchange.pdu.mid()), ExchangeId(at));
        }
        self.list_token(at);
    }

    fn list_token(&mut self, at: Index) {
        let Some(exchange) = self.arena.get(at) else { return };
        let hash = self.token_hash(exchange.session, exchange.pdu.token(), exchange.role());
        if let Some(exchange) = self.arena.get_mut(at) {
            exchange.token_hash = Some(hash);
        }
        let list = self.tokens.entry(hash, |(it, _)| *it == hash, |(it, _)| *it);
        list.or_insert_with(|| (hash, List::default())).into_mut().1.push_back(&mut self.arena, at);
    }

    /// Whether it was in the tables. In that of tokens it is no longer.
    fn unlist_token(&mut self, at: Index) -> bool {
        let Some(hash) = self.arena.get_mut(at).and_then(|exchange| exchange.token_hash.take()) else {
            return false;
        };
        if let Ok(mut place) = self.tokens.find_entry(hash, |(it, _)| *it == hash) {
            let (_, list) = place.get_mut();
            list.remove(&mut self.arena, at);
            if list.is_empty() {
                place.remove();
            }
        }
        true
    }

    fn token_hash(&self, session: SessionId, token: &[u8], role: Role) -> u64 {
        self.mids.hasher().hash_one((session, token, role))
    }
}

#[cfg(test)]
mod tests;

//! All block-wise transfers of an engine.
use super::client::Client;
use crate::arena::{Arena, Index};
use crate::block::quick::{QuickIntake, QuickOffer};
use crate::block::{Body, Intake, Offer, RequestKey};
use crate::engine::list::{Links, List, Member};
use crate::engine::sessions::Sessions;
use crate::engine::timer::Timers;
use crate::engine::{ResourceId, SessionId};
use crate::hash::Keyed;
use crate::wire::Pdu;
use hashbrown::hash_table::Entry;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Counted for each transfer besides what it holds.
const OVERHEAD: usize = 512;

/// What the tokens of all messages with blocks of one request body begin with (RFC 9177 section 6): there may be too
/// many to know each. The rest counts the messages.
pub(super) type Family = [u8; 5];

/// A block-wise transfer.
#[derive(Debug)]
pub(in crate::engine) struct Transfer {
    pub(super) session: SessionId,
    pub(super) kind: Kind,
    /// Message IDs of its confirmable messages that are under way and that do not wait for each other.
    pub(super) in_flight: Vec<u16>,
    /// NON_TIMEOUT_RANDOM: between two sets of its blocks (RFC 9177 section 7.2).
    pub(super) pause: Duration,
    /// What it counts against the limits.
    cost: usize,
    /// Its tokens are in the table of all.
    is_listed: bool,
    in_session: Links,
    by_age: Links,
}

/// Whose body goes which way.
#[derive(Debug)]
pub(super) enum Kind {
    /// A peer's request body comes in.
    Intake(Arc<ServedKey>, Intake),
    /// A response body is kept for a peer.
    Offer(Arc<ServedKey>, Offer),
    /// A peer's request body comes in, in blocks that do not wait for each other.
    QuickIntake(Arc<ServedKey>, Box<QuickIntake>),
    /// Such a body has come. If blocks of it come again, they are not the beginning of another one.
    Received(Arc<ServedKey>),
    /// A response body is sent in blocks that do not wait for each other, and kept for a while.
    QuickOffer(Arc<ServedKey>, Box<QuickOffer>),
    /// A request of this node, whose body goes out, whose response's body comes in, or both.
    Client(Box<Client>),
}

/// By what a peer's requests find their transfer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ServedKey {
    pub(super) session: SessionId,
    pub(super) resource: ResourceId,
    pub(super) side: Side,
    pub(super) request: RequestKey,
}

/// Which body of an exchange is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Request,
    Response,
}

#[derive(Debug)]
enum InSession {}
#[derive(Debug)]
enum ByAge {}

impl Member<InSession> for Transfer {
    fn links(&self) -> &Links {
        &self.in_session
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.in_session
    }
}

impl Member<ByAge> for Transfer {
    fn links(&self) -> &Links {
        &self.by_age
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.by_age
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) struct TransferId(Index);

/// The transfers of one session, each kind in the order in which they were last used.
#[derive(Debug, PartialEq)]
pub(in crate::engine) struct Kept {
    intakes: List<InSession>,
    offers: List<InSession>,
    clients: List<InSession>,
    bytes: usize,
}

impl Kept {
    pub(in crate::engine) const fn new() -> Self {
        Self { intakes: List::new(), offers: List::new(), clients: List::new(), bytes: 0 }
    }

    /// Whether there is none.
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.intakes.is_empty() && self.offers.is_empty() && self.clients.is_empty()
    }

    /// What the session's transfers count against the limit.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn clients(&self) -> usize {
        self.clients.len()
    }

    pub(super) fn first_client(&self) -> Option<TransferId> {
        self.clients.front().map(TransferId)
    }

    /// The only client.
    fn only_client(&self) -> Option<TransferId> {
        self.first_client().filter(|_| self.clients.len() == 1)
    }

    pub(super) fn first_offer(&self) -> Option<TransferId> {
        self.offers.front().map(TransferId)
    }

    pub(super) fn offers(&self) -> usize {
        self.offers.len()
    }

    /// Any of them.
    pub(super) fn first(&self) -> Option<TransferId> {
        self.first_client().or(self.first_offer()).or(self.intakes.front().map(TransferId))
    }

    fn of_mut(&mut self, kind: &Kind) -> &mut List<InSession> {
        match kind {
            Kind::Intake(..) | Kind::QuickIntake(..) | Kind::Received(_) => &mut self.intakes,
            Kind::Offer(..) | Kind::QuickOffer(..) => &mut self.offers,
            Kind::Client(_) => &mut self.clients,
        }
    }
}

/// All transfers: those with peers' requests by [`ServedKey`], those of this node's requests by token.
///
/// Most sessions have one request of this node at a time, and that one is found by its session. Only the tokens of
/// those that have had company there are in a table: each of their messages costs hashes.
#[derive(Debug)]
pub(in crate::engine) struct Transfers {
    arena: Arena<Transfer>,
    timers: Timers,
    served: HashMap<Arc<ServedKey>, TransferId, Keyed>,
    /// By session and token: their hash holds for them, since it is keyed.
    tokens: HashTable<(u64, TransferId)>,
    hasher: Keyed,
    families: HashMap<(SessionId, Family), TransferId, Keyed>,
    /// Those that peers have caused, in the order in which they were last used.
    by_age: List<ByAge>,
    bytes: usize,
}

impl Transfers {
    pub(in crate::engine) fn new(hasher: Keyed) -> Self {
        Self {
            arena: Arena::new(),
            timers: Timers::default(),
            served: HashMap::with_hasher(hasher.clone()),
            tokens: HashTable::new(),
            families: HashMap::with_hasher(hasher.clone()),
            hasher,
            by_age: List::default(),
            bytes: 0,
        }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        self.arena.len()
    }

    /// Something else that a session holds counts as its bodies do.
    pub(in crate::engine) fn charge(&mut self, sessions: &mut Sessions, session: SessionId, bytes: usize) {
        if let Some(owner) = sessions.get_mut(session) {
            owner.rare.make_mut().transfers.bytes += bytes;
            self.bytes += bytes;
        }
    }

    /// It is gone.
    pub(in crate::engine) fn refund(&mut self, sessions: &mut Sessions, session: SessionId, bytes: usize) {
        if let Some(owner) = sessions.get_mut(session) {
            owner.rare.make_mut().transfers.bytes -= bytes;
            self.bytes -= bytes;
        }
    }

    /// What all transfers, and what else was charged, count against the limit.
    pub(in crate::engine) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn get(&self, id: TransferId) -> Option<&Transfer> {
        self.arena.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: TransferId) -> Option<&mut Transfer> {
        self.arena.get_mut(id.0)
    }

    pub(super) fn client(&self, id: TransferId) -> Option<&Client> {
        match &self.arena.get(id.0)?.kind {
            Kind::Client(client) => Some(client),
            _ => None,
        }
    }

    pub(super) fn client_mut(&mut self, id: TransferId) -> Option<&mut Client> {
        match &mut self.arena.get_mut(id.0)?.kind {
            Kind::Client(client) => Some(client),
            _ => None,
        }
    }

    pub(super) fn served(&self, key: &ServedKey) -> Option<TransferId> {
        self.served.get(key).copied()
    }

    /// The transfer that a peer's request belongs to. Most often it is the one that was used last: then no key is made.
    pub(super) fn of_request(
        &self,
        sessions: &Sessions,
        (session, resource, side): (SessionId, ResourceId, Side),
        request: &Pdu,
    ) -> Option<TransferId> {
        let kept = &sessions.get(session)?.rare.transfers;
        let last = match side {
            Side::Request => kept.intakes.back(),
            Side::Response => kept.offers.back(),
        };
        let is_it = |at: &Index| {
            let key = self.arena.get(*at).and_then(|transfer| transfer.kind.served_key());
            key.is_some_and(|key| (key.resource, key.side) == (resource, side) && key.request.is_of(request))
        };
        last.filter(is_it)
            .map(TransferId)
            .or_else(|| self.served(&ServedKey { session, resource, side, request: RequestKey::of(request) }))
    }

    pub(in crate::engine) fn with_token(
        &self,
        sessions: &Sessions,
        session: SessionId,
        token: &[u8],
    ) -> Option<TransferId> {
        let kept = &sessions.get(session)?.rare.transfers;
        kept.first_client()?;
        let found = match kept.only_client() {
            Some(only) => Some(only).filter(|_| self.client(only).is_some_and(|it| it.has_token(token))),
            None => {
                let hash = self.token_hash(session, token);
                self.tokens.find(hash, |(other, _)| *other == hash).map(|(_, id)| *id)
            }
        };
        found.or_else(|| self.of_family(session, token))
    }

    /// The transfer that a token of a family leads to.
    pub(super) fn of_family(&self, session: SessionId, token: &[u8]) -> Option<TransferId> {
        const LENGTH: usize = size_of::<Family>() + Client::COUNT_LENGTH;
        let family = token.first_chunk().filter(|_| token.len() == LENGTH)?;
        self.families.get(&(session, *family)).copied()
    }

    /// From now on a family of tokens leads to a transfer.
    pub(super) fn add_family(&mut self, id: TransferId, family: Family) {
        if let Some(transfer) = self.arena.get(id.0) {
            self.families.insert((transfer.session, family), id);
        }
    }

    /// A client has got a token: from now on that leads to it.
    pub(super) fn add_token(&mut self, id: TransferId, token: &[u8]) {
        if let Some(transfer) = self.arena.get(id.0).filter(|transfer| transfer.is_listed) {
            let hash = self.token_hash(transfer.session, token);
            match self.tokens.entry(hash, |(other, _)| *other == hash, |(other, _)| *other) {
                Entry::Occupied(mut known) => known.get_mut().1 = id,
                Entry::Vacant(place) => {
                    place.insert((hash, id));
                }
            }
        }
    }

    /// From now on those tokens of a client lead nowhere that are of no interest any more.
    pub(super) fn drop_old_tokens(&mut self, id: TransferId) {
        while let Some(old) = self.client_mut(id).and_then(Client::drop_token) {
            let Some(transfer) = self.arena.get(id.0).filter(|transfer| transfer.is_listed) else { continue };
            let session = transfer.session;
            // It may be its own or that of its registration.
            if self.client(id).is_some_and(|client| !client.has_token(&old)) {
                self.unlist_token(id, session, &old);
            }
        }
    }

    fn unlist_token(&mut self, id: TransferId, session: SessionId, token: &[u8]) {
        let hash = self.token_hash(session, token);
        if let Ok(known) = self.tokens.find_entry(hash, |known| *known == (hash, id)) {
            known.remove();
        }
    }

    /// Puts the tokens of a client into the table that is not alone in its session, or will not be.
    fn list_tokens(&mut self, id: TransferId) {
        let Some(transfer) = self.arena.get_mut(id.0).filter(|transfer| !transfer.is_listed) else { return };
        transfer.is_listed = true;
        let tokens = self.client(id).map(Client::tokens).unwrap_or_default();
        tokens.iter().for_each(|token| self.add_token(id, token));
    }

    fn token_hash(&self, session: SessionId, token: &[u8]) -> u64 {
        self.hasher.hash_one((session, token))
    }

    /// Keeps a transfer of a session.
    pub(super) fn insert(
        &mut self,
        sessions: &mut Sessions,
        session: SessionId,
        kind: Kind,
    ) -> Option<TransferId> {
        let owner = sessions.get_mut(session)?;
        let cost = kind.cost();
        let (served, index) = (kind.served_key().cloned(), {
            let (in_session, by_age) = (Links::default(), Links::default());
            let (in_flight, pause) = (Vec::new(), Duration::ZERO);
            let is_listed = false;
            self.arena.insert(Transfer {
                session,
                kind,
                in_flight,
                pause,
                cost,
                is_listed,
                in_session,
                by_age,
            })
        });
        if let Some(transfer) = self.arena.get(index) {
            let kept = &mut owner.rare.make_mut().transfers;
            kept.bytes += cost;
            self.bytes += cost;
            let other = kept.first_client().filter(|_| matches!(transfer.kind, Kind::Client(_)));
            kept.of_mut(&transfer.kind).push_back(&mut self.arena, index);
            if let Some(other) = other {
                self.list_tokens(other);
                self.list_tokens(TransferId(index));
            }
        }
        if let Some(key) = served {
            self.served.insert(key, TransferId(index));
            self.by_age.push_back(&mut self.arena, index);
        }
        Some(TransferId(index))
    }

    /// A transfer was used: it is the last to make room for others, and what it counts has changed.
    pub(super) fn touch(&mut self, sessions: &mut Sessions, id: TransferId) {
        let Some(transfer) = self.arena.get_mut(id.0) else { return };
        let (old, new) = (transfer.cost, transfer.kind.cost());
        transfer.cost = new;
        let (session, is_served) = (transfer.session, transfer.kind.served_key().is_some());
        self.bytes = self.bytes - old + new;
        if let (Some(owner), Some(transfer)) = (sessions.get_mut(session), self.arena.get(id.0)) {
            let kept = &mut owner.rare.make_mut().transfers;
            kept.bytes = kept.bytes - old + new;
            kept.of_mut(&transfer.kind).move_to_back(&mut self.arena, id.0);
        }
        if is_served {
            self.by_age.move_to_back(&mut self.arena, id.0);
        }
    }

    /// Forgets a transfer.
    pub(super) fn remove(&mut self, sessions: &mut Sessions, id: TransferId) -> Option<Transfer> {
        let transfer = self.arena.get(id.0)?;
        let (session, cost, is_listed) = (transfer.session, transfer.cost, transfer.is_listed);
        if let Some(owner) = sessions.get_mut(session) {
            let kept = &mut owner.rare.make_mut().transfers;
            kept.of_mut(&transfer.kind).remove(&mut self.arena, id.0);
            kept.bytes -= cost;
        }
        self.bytes -= cost;
        self.timers.clear(id.0.slot());
        if let Some(family) = self.client(id).and_then(Client::family) {
            self.families.remove(&(session, family));
        }
        let listed = self.client(id).filter(|_| is_listed).map(Client::tokens);
        for token in listed.unwrap_or_default() {
            self.unlist_token(id, session, &token);
        }
        if let Some(key) = self.arena.get(id.0).and_then(|transfer| transfer.kind.served_key()) {
            self.served.remove(key);
            self.by_age.remove(&mut self.arena, id.0);
        }
        self.arena.remove(id.0)
    }

    /// The transfer that a peer has caused and that was used least recently.
    pub(super) fn oldest_served(&self) -> Option<TransferId> {
        self.by_age.front().map(TransferId)
    }

    pub(super) fn set_timer(&mut self, id: TransferId, at: Instant) {
        self.timers.set(id.0.slot(), at);
    }

    pub(super) fn clear_timer(&mut self, id: TransferId) {
        self.timers.clear(id.0.slot());
    }

    pub(in crate::engine) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The transfer whose time came first, if it has come.
    pub(in crate::engine) fn pop_due(&mut self, now: Instant) -> Option<TransferId> {
        let slot = self.timers.pop_due(now)?;
        self.arena.contains_slot(slot).map(TransferId)
    }
}

impl Kind {
    /// The body that the application gave away for it.
    pub(super) fn into_body(self) -> Option<Body> {
        match self {
            Self::Intake(..) | Self::QuickIntake(..) | Self::Received(_) => None,
            Self::Offer(_, offer) => Some(offer.into_body()),
            Self::QuickOffer(_, offer) => Some(offer.into_body()),
            Self::Client(client) => client.into_body(),
        }
    }

    fn served_key(&self) -> Option<&Arc<ServedKey>> {
        match self {
            Self::Intake(key, _)
            | Self::Offer(key, _)
            | Self::QuickIntake(key, _)
            | Self::Received(key)
            | Self::QuickOffer(key, _) => Some(key),
            Self::Client(_) => None,
        }
    }

    fn cost(&self) -> usize {
        OVERHEAD
            + match self {
                Self::Intake(key, intake) => key.request.size() + intake.cost(),
                Self::Offer(key, offer) => key.request.size() + offer.cost(),
                Self::QuickIntake(key, intake) => key.request.size() + intake.cost(),
                Self::Received(key) => key.request.size(),
                Self::QuickOffer(key, offer) => key.request.size() + offer.cost(),
                Self::Client(client) => client.cost(),
            }
    }
}

#[cfg(test)]
mod tests;

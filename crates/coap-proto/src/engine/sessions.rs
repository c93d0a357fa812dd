//! All sessions of an engine, found by id and by address, and kept in the order in which they fell silent.
use super::list::List;
use super::routing::BATCH;
use super::session::{Namesakes, Session};
use super::{EndpointId, Received, SessionId, SessionType};
use crate::Address;
use crate::arena::Arena;
use crate::hash::Keyed;
use hashbrown::hash_map::Entry;
use hashbrown::hash_table::OccupiedEntry;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::time::Instant;

/// Lists that a session is in: those of one remote address.
#[derive(Debug)]
pub(super) enum ByRemote {}
/// Lists that a session is in: those of one [`Shelf`].
#[derive(Debug)]
pub(super) enum OnShelf {}

/// What a session waits for. Its members are ordered by the time when something last came or went, so the
/// first of them is the first whose time is over: no timer is touched when a message passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shelf {
    /// Nothing: it is in use.
    None,
    /// A server session that nobody uses, to be dropped. The application may work on messages of it, which is soon over
    /// most of the time: then it is not idle, but does not leave before that is of interest.
    Idle,
    /// A client session, to be pinged.
    Client,
}

#[derive(Debug)]
pub(super) struct Sessions {
    arena: Arena<Session>,
    /// Sessions that share the socket of an endpoint, by endpoint and peer: the slots of those. There may be very many,
    /// so that they hold their keys themselves.
    peers: HashTable<u32>,
    /// That of them which was looked for last by itself.
    last: Option<SessionId>,
    /// How often one has left those.
    departures: u64,
    /// All others by peer, or by group.
    remotes: HashMap<Address, Namesakes, Keyed>,
    /// Client sessions by the addresses that they were opened between: how many. Streams see to that by themselves.
    connections: HashMap<(Address, Address), usize, Keyed>,
    idle: List<OnShelf>,
    /// How many of those have messages that the application works on.
    at_work: usize,
    clients: List<OnShelf>,
    /// Those that perhaps nothing keeps any more, since amid other work messages of theirs were recalled.
    left: Vec<SessionId>,
    hasher: Keyed,
}

impl Sessions {
    pub(super) fn new(hasher: Keyed) -> Self {
        Self {
            arena: Arena::new(),
            peers: HashTable::new(),
            last: None,
            departures: 0,
            remotes: HashMap::with_hasher(hasher.clone()),
            connections: HashMap::with_hasher(hasher.clone()),
            idle: List::default(),
            at_work: 0,
            clients: List::default(),
            left: Vec::new(),
            hasher,
        }
    }

    /// Perhaps nothing keeps a session any more, and this is not the time to settle it.
    pub(super) fn leave(&mut self, id: SessionId) {
        if self.left.last() != Some(&id) {
            self.left.push(id);
        }
    }

    /// A session that was left so.
    pub(super) fn pop_left(&mut self) -> Option<SessionId> {
        self.left.pop()
    }

    /// Whether there is one.
    pub(super) fn has_left(&self) -> bool {
        !self.left.is_empty()
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.arena.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.arena.get_mut(id.0)
    }

    /// The session that is in a place now.
    pub(super) fn at(&self, slot: u32) -> Option<SessionId> {
        self.arena.contains_slot(slot).map(SessionId)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.arena.iter().map(|(index, _)| SessionId(index))
    }

    /// The session with a peer of an endpoint.
    pub(super) fn of_peer(&self, endpoint: EndpointId, remote: &Address) -> Option<SessionId> {
        self.of_peer_at(peer_hash(&self.hasher, endpoint, remote), endpoint, remote)
    }

    /// The same, and quicker for the peer that was looked for last: who waits for an answer to each of its messages, as
    /// for each block of a body, is often the only one who sends.
    pub(super) fn of_peer_again(&mut self, endpoint: EndpointId, remote: &Address) -> Option<SessionId> {
        let is_it = |session: &Session| session.endpoint == Some(endpoint) && session.address() == remote;
        let last = self.last.filter(|last| self.get(*last).is_some_and(is_it));
        self.last = last.or_else(|| self.of_peer(endpoint, remote));
        self.last
    }

    /// The same for the senders of several datagrams, no more than [`BATCH`]. What one look-up waits for is on its way
    /// while the next ones are made.
    pub(super) fn of_peers(
        &self,
        endpoint: EndpointId,
        batch: &[Received<'_>],
    ) -> [Option<SessionId>; BATCH] {
        let mut found = [None; BATCH];
        let (mut hashes, mut is_repeated) = ([0; BATCH], [false; BATCH]);
        for (at, received) in batch.iter().enumerate() {
            // Who sends much has several of them in a row.
            is_repeated[at] = at > 0 && received.path.remote == batch[at - 1].path.remote;
            if !is_repeated[at] {
                hashes[at] = peer_hash(&self.hasher, endpoint, &received.path.remote);
            }
        }
        for (at, received) in batch.iter().enumerate() {
            found[at] = match is_repeated[at] {
                true => found[at - 1],
                false => self.of_peer_at(hashes[at], endpoint, &received.path.remote),
            };
        }
        found
    }

    fn of_peer_at(&self, hash: u64, endpoint: EndpointId, remote: &Address) -> Option<SessionId> {
        let is_it = |&slot: &u32| {
            let session = self.arena.get_by_slot(slot).map(|(_, session)| session);
            session.is_some_and(|it| it.endpoint == Some(endpoint) && it.address() == remote)
        };
        let slot = self.peers.find(hash, is_it)?;
        self.arena.contains_slot(*slot).map(SessionId)
    }

    /// How many have left their endpoints.
    pub(super) fn departures(&self) -> u64 {
        self.departures
    }

    /// A session with that peer or group that no endpoint's socket leads to: of a client, else the oldest of a stream,
    /// or of one that its endpoint has forgotten. Only those with the same remote address are looked at.
    pub(super) fn of_remote(&self, remote: &Address, ifindex: u32) -> Option<SessionId> {
        let mut found = None;
        let mut place = self.remotes.get(remote)?.front();
        while let Some(at) = place {
            let session = self.arena.get(at)?;
            if session.ifindex == ifindex && session.endpoint.is_none() {
                return Some(SessionId(at));
            }
            if session.ifindex == ifindex && found.is_none() {
                found = Some(SessionId(at));
            }
            place = Namesakes::after(&self.arena, at);
        }
        found
    }

    /// Whether a client session is between these addresses.
    pub(super) fn has_client(&self, local: &Address, remote: &Address) -> bool {
        self.connections.contains_key(&(*local, *remote))
    }

    /// A client session's socket is bound to that address.
    pub(super) fn bind(&mut self, id: SessionId, local: Address) {
        self.disconnect(id);
        if let Some(session) = self.arena.get_mut(id.0) {
            (session.local, session.rare.make_mut().bound) = (local, local);
        }
        self.connect(id);
    }

    pub(super) fn insert(&mut self, session: Session) -> SessionId {
        // A stream has a socket of its own.
        let endpoint = session.endpoint.filter(|_| session.stream.is_none());
        let remote = *session.address();
        let index = self.arena.insert(session);
        let id = SessionId(index);
        match endpoint {
            Some(endpoint) => {
                let hash = peer_hash(&self.hasher, endpoint, &remote);
                let (arena, hasher) = (&self.arena, &self.hasher);
                self.peers.insert_unique(hash, index.slot(), |slot| hash_of(arena, hasher, *slot));
            }
            None => self.remotes.entry(remote).or_default().push_back(&mut self.arena, index),
        }
        self.connect(id);
        self.shelve(id);
        id
    }

    /// From now on it can be reached by its id only.
    pub(super) fn hide(&mut self, id: SessionId) {
        self.move_to(id, Shelf::None);
        self.disconnect(id);
        if self.leave_endpoint(id) {
            return;
        }
        let Some(remote) = self.arena.get(id.0).map(|session| *session.address()) else { return };
        if let Some(namesakes) = self.remotes.get_mut(&remote) {
            namesakes.remove(&mut self.arena, id.0);
            if namesakes.is_empty() {
                self.remotes.remove(&remote);
            }
        }
    }

    /// What its peer sends to its endpoint from now on is of another session.
    pub(super) fn forget_peer(&mut self, id: SessionId) {
        let Some(remote) = self.arena.get(id.0).map(|session| *session.address()) else { return };
        if self.leave_endpoint(id) {
            self.remotes.entry(remote).or_default().push_back(&mut self.arena, id.0);
        }
    }

    /// Whether it was among those that share an endpoint's socket. It no longer is.
    fn leave_endpoint(&mut self, id: SessionId) -> bool {
        // A later session in the same place is not meant.
        if self.arena.get(id.0).is_none() {
            return false;
        }
        let hash = hash_of(&self.arena, &self.hasher, id.slot());
        let was_there =
            self.peers.find_entry(hash, |slot| *slot == id.slot()).map(OccupiedEntry::remove).is_ok();
        self.departures += u64::from(was_there);
        self.last = None;
        was_there
    }

    /// Drops a session that is hidden.
    pub(super) fn remove(&mut self, id: SessionId) {
        self.arena.remove(id.0);
    }

    /// Something came or went. `true`: the session is where it belongs.
    pub(super) fn touch(&mut self, id: SessionId, now: Instant) -> bool {
        let Some(session) = self.get_mut(id) else { return true };
        let (shelf, is_settled) = (session.shelf, session.is_settled());
        // It gets its place, and the time that goes with it, when its work is over.
        if shelf == Shelf::Idle && session.handed_out > 0 {
            return is_settled;
        }
        session.active_at = now;
        match shelf {
            Shelf::None => {}
            Shelf::Idle => self.idle.move_to_back(&mut self.arena, id.0),
            Shelf::Client => self.clients.move_to_back(&mut self.arena, id.0),
        }
        is_settled
    }

    /// The application gets a message of a session, this one, to work on.
    pub(super) fn hand_out(&mut self, id: SessionId) -> Option<&mut Session> {
        let session = self.arena.get_mut(id.0)?;
        self.at_work += usize::from(session.shelf == Shelf::Idle && session.handed_out == 0);
        session.handed_out += 1;
        Some(session)
    }

    /// The application has finished with one. `true`: nothing that keeps the session has changed besides.
    pub(super) fn take_back(&mut self, id: SessionId, now: Instant) -> bool {
        let Some(session) = self.arena.get_mut(id.0).filter(|session| session.handed_out > 0) else {
            return false;
        };
        session.handed_out -= 1;
        let (is_settled, is_at_work) = (session.is_settled(), session.handed_out > 0);
        if session.shelf == Shelf::Idle && !is_at_work {
            self.at_work -= 1;
            session.active_at = now;
            self.idle.move_to_back(&mut self.arena, id.0);
        }
        is_settled
    }

    /// Puts a session where it belongs after its references, its queues or its kind have changed. One that
    /// falls idle counts as active until now.
    pub(super) fn settle(&mut self, id: SessionId, now: Instant) {
        let Some(session) = self.get_mut(id) else { return };
        let shelf = wanted_shelf(session);
        if shelf == Shelf::Idle {
            session.tidy(now);
        }
        if session.shelf != shelf {
            session.active_at = session.active_at.max(now);
            self.move_to(id, shelf);
        }
    }

    /// The idle session that has been silent for longest, and since when; or one that is at work, which
    /// was silent until then since that time.
    pub(super) fn longest_idle(&self) -> Option<(SessionId, Instant)> {
        self.front_of(&self.idle)
    }

    /// Has the first of the idle sessions be one that really is, if there is any.
    pub(super) fn pass_over_working(&mut self) {
        while let Some(first) = self.idle.front()
            && self.arena.get(first).is_some_and(|session| session.handed_out > 0)
        {
            self.move_to(SessionId(first), Shelf::None);
        }
    }

    /// The client session that has been silent for longest, and since when.
    pub(super) fn longest_silent_client(&self) -> Option<(SessionId, Instant)> {
        self.front_of(&self.clients)
    }

    pub(super) fn len(&self) -> usize {
        self.arena.len()
    }

    pub(super) fn idle_count(&self) -> usize {
        self.idle.len() - self.at_work
    }

    fn front_of(&self, list: &List<OnShelf>) -> Option<(SessionId, Instant)> {
        let index = list.front()?;
        Some((SessionId(index), self.arena.get(index)?.active_at))
    }

    fn connect(&mut self, id: SessionId) {
        if let Some(connection) = self.connection(id) {
            *self.connections.entry(connection).or_default() += 1;
        }
    }

    fn disconnect(&mut self, id: SessionId) {
        let Some(connection) = self.connection(id) else { return };
        if let Entry::Occupied(mut count) = self.connections.entry(connection) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    fn connection(&self, id: SessionId) -> Option<(Address, Address)> {
        let of_datagrams = |session: &&Session| session.endpoint.is_none() && session.stream.is_none();
        let session = self.arena.get(id.0).filter(of_datagrams)?;
        Some((session.rare.bound, *session.address()))
    }

    fn shelve(&mut self, id: SessionId) {
        if let Some(shelf) = self.arena.get(id.0).map(wanted_shelf) {
            self.move_to(id, shelf);
        }
    }

    fn move_to(&mut self, id: SessionId, shelf: Shelf) {
        let Some(session) = self.arena.get_mut(id.0) else { return };
        let before = std::mem::replace(&mut session.shelf, shelf);
        if session.handed_out > 0 {
            self.at_work -= usize::from(before == Shelf::Idle);
            self.at_work += usize::from(shelf == Shelf::Idle);
        }
        match before {
            Shelf::None => {}
            Shelf::Idle => self.idle.remove(&mut self.arena, id.0),
            Shelf::Client => self.clients.remove(&mut self.arena, id.0),
        }
        match shelf {
            Shelf::None => {}
            Shelf::Idle => self.idle.push_back(&mut self.arena, id.0),
            Shelf::Client => self.clients.push_back(&mut self.arena, id.0),
        }
    }
}

/// Where a session is among those that share an endpoint's socket.
fn hash_of(arena: &Arena<Session>, hasher: &Keyed, slot: u32) -> u64 {
    let session = arena.get_by_slot(slot).map(|(_, session)| session);
    let peer = session.and_then(|session| Some((session.endpoint?, session.address())));
    peer.map_or(0, |(endpoint, remote)| peer_hash(hasher, endpoint, remote))
}

/// The same, of who writes to an endpoint: once for each datagram.
fn peer_hash(hasher: &Keyed, endpoint: EndpointId, remote: &Address) -> u64 {
    let endpoint = u64::from(endpoint.slot());
    match remote {
        Address::Ip(SocketAddr::V4(remote)) => {
            hasher.hash_words([u64::from(remote.ip().to_bits()) << 16 | u64::from(remote.port()), endpoint])
        }
        Address::Ip(SocketAddr::V6(remote)) => {
            let ip = remote.ip().to_bits();
            // Endpoints are few, and so are interfaces: these do not overlap.
            let rest = endpoint << 48 | u64::from(remote.scope_id()) << 16 | u64::from(remote.port());
            hasher.hash_words([(ip >> 64) as u64, ip as u64, rest])
        }
        Address::Unix(remote) => hasher.hash_one((remote, endpoint)),
    }
}

#[inline]
fn wanted_shelf(session: &Session) -> Shelf {
    match session.kind {
        _ if !session.is_open() => Shelf::None,
        SessionType::Client => Shelf::Client,
        SessionType::Server | SessionType::Hello if !session.is_in_use() => Shelf::Idle,
        SessionType::Server | SessionType::Hello => Shelf::None,
    }
}

//! The requests that are put off, found by id and by session and token.
use crate::arena::{Arena, Index};
use crate::engine::list::{Links, List, Member};
use crate::engine::timer::Timers;
use crate::engine::{AsyncId, Path, SessionId};
use crate::hash::Keyed;
use crate::wire::Pdu;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::time::Instant;

/// A request that is put off.
#[derive(Debug)]
pub(super) struct AsyncRequest {
    pub(super) session: SessionId,
    pub(super) request: Pdu,
    /// The way it came: the response leaves from the address that the request was sent to.
    pub(super) path: Path,
    pub(super) stage: Stage,
    in_session: Links,
}

/// How far a request that is put off is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// For its time, or to be triggered.
    Waiting,
    /// Its time has come; the application is to be told.
    Due,
    /// The handler runs.
    Running,
}

/// Lists of requests that are put off: those of one session.
#[derive(Debug)]
pub(in crate::engine) enum InSession {}
/// The requests of one session that are put off.
pub(in crate::engine) type OfSession = List<InSession>;

impl Member<InSession> for AsyncRequest {
    fn links(&self) -> &Links {
        &self.in_session
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.in_session
    }
}

impl AsyncRequest {
    pub(super) fn new(session: SessionId, request: Pdu, path: Path) -> Self {
        Self { session, request, path, stage: Stage::Waiting, in_session: Links::default() }
    }
}

/// All requests of an engine that are put off.
#[derive(Debug)]
pub(in crate::engine) struct AsyncRequests {
    arena: Arena<AsyncRequest>,
    timers: Timers,
    tokens: HashTable<Index>,
    hasher: Keyed,
}

impl AsyncRequests {
    pub(in crate::engine) fn new(hasher: Keyed) -> Self {
        Self { arena: Arena::new(), timers: Timers::default(), tokens: HashTable::new(), hasher }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        self.arena.len()
    }

    pub(super) fn get(&self, id: AsyncId) -> Option<&AsyncRequest> {
        self.arena.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: AsyncId) -> Option<&mut AsyncRequest> {
        self.arena.get_mut(id.0)
    }

    /// The request of a session with that token.
    pub(in crate::engine) fn with_token(&self, session: SessionId, token: &[u8]) -> Option<AsyncId> {
        let is_it = |at: &Index| {
            self.arena.get(*at).is_some_and(|it| it.session == session && it.request.token() == token)
        };
        let hash = self.hasher.hash_one((session, token));
        self.tokens.find(hash, is_it).map(|at| AsyncId(*at))
    }

    /// Keeps a request whose token no other of its session has.
    pub(super) fn insert(&mut self, of_session: &mut OfSession, request: AsyncRequest) -> AsyncId {
        let hash = self.hash(&request);
        let index = self.arena.insert(request);
        of_session.push_back(&mut self.arena, index);
        let (arena, hasher) = (&self.arena, &self.hasher);
        let rehash =
            |at: &Index| arena.get(*at).map_or(0, |it| hasher.hash_one((it.session, it.request.token())));
        self.tokens.insert_unique(hash, index, rehash);
        AsyncId(index)
    }

    /// Forgets a request.
    pub(super) fn remove(&mut self, of_session: &mut OfSession, id: AsyncId) {
        let Some(request) = self.arena.get(id.0) else { return };
        let hash = self.hash(request);
        if let Ok(place) = self.tokens.find_entry(hash, |at| *at == id.0) {
            place.remove();
        }
        of_session.remove(&mut self.arena, id.0);
        self.timers.clear(id.0.slot());
        self.arena.remove(id.0);
    }

    /// Sets, moves or drops the time of a request.
    pub(super) fn set_time(&mut self, id: AsyncId, at: Option<Instant>) {
        match at {
            Some(at) => self.timers.set(id.0.slot(), at),
            None => self.timers.clear(id.0.slot()),
        }
    }

    pub(in crate::engine) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The request whose time came first, if it has come.
    pub(in crate::engine) fn pop_due(&mut self, now: Instant) -> Option<AsyncId> {
        let slot = self.timers.pop_due(now)?;
        self.arena.contains_slot(slot).map(AsyncId)
    }

    fn hash(&self, request: &AsyncRequest) -> u64 {
        self.hasher.hash_one((request.session, request.request.token()))
    }
}

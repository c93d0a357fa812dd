//! All observers of an engine.
use super::key::cache_key;
use super::observer::{Observer, OfResource, OfSession, Stage, Waiting};
use crate::arena::{Arena, Index};
use crate::engine::list::List;
use crate::engine::sessions::Sessions;
use crate::engine::{ObserverId, ResourceId, SessionId};
use crate::hash::Keyed;
use crate::wire::Pdu;
use hashbrown::{HashMap, HashTable};
use std::collections::VecDeque;
use std::hash::{BuildHasher, Hash, Hasher};

/// Observers by token, by request, by resource and by the message ID of their last notification.
#[derive(Debug)]
pub(in crate::engine) struct Observers {
    arena: Arena<Observer>,
    by_token: HashTable<Index>,
    by_request: HashTable<Index>,
    mids: HashMap<(SessionId, u16), ObserverId, Keyed>,
    watched: HashMap<ResourceId, Watched, Keyed>,
    /// Resources that have changed, until all their observers were visited.
    changed: VecDeque<ResourceId>,
    due: List<Waiting>,
    hasher: Keyed,
}

/// A resource that has observers.
#[derive(Debug, Default)]
struct Watched {
    observers: List<OfResource>,
    /// It is in [`Observers::changed`].
    listed: bool,
    /// The next observer to be visited.
    next: Option<Index>,
    /// It has changed again: when all were visited, they are once more.
    again: bool,
    changes: u64,
}

/// The observers of one session.
#[derive(Debug, PartialEq)]
pub(in crate::engine) struct OfPeer {
    all: List<OfSession>,
    held: List<Waiting>,
    /// Confirmable notifications whose handlers run.
    pub(super) running: usize,
}

impl OfPeer {
    pub(in crate::engine) const fn new() -> Self {
        Self { all: List::new(), held: List::new(), running: 0 }
    }

    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn first(&self) -> Option<ObserverId> {
        self.all.front().map(ObserverId)
    }
}

impl Observers {
    pub(in crate::engine) fn new(hasher: Keyed) -> Self {
        Self {
            arena: Arena::new(),
            by_token: HashTable::new(),
            by_request: HashTable::new(),
            mids: HashMap::with_hasher(hasher.clone()),
            watched: HashMap::with_hasher(hasher.clone()),
            changed: VecDeque::new(),
            due: List::default(),
            hasher,
        }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        self.arena.len()
    }

    /// Everything that is kept, in all tables together.
    #[cfg(test)]
    pub(in crate::engine) fn entries(&self) -> usize {
        let tables = self.by_token.len() + self.by_request.len() + self.mids.len() + self.watched.len();
        self.arena.len() + tables + self.due.len()
    }

    /// How many a resource has.
    pub(super) fn count(&self, resource: ResourceId) -> usize {
        self.watched.get(&resource).map_or(0, |watched| watched.observers.len())
    }

    pub(super) fn get(&self, id: ObserverId) -> Option<&Observer> {
        self.arena.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: ObserverId) -> Option<&mut Observer> {
        self.arena.get_mut(id.0)
    }

    pub(in crate::engine) fn with_token(&self, session: SessionId, token: &[u8]) -> Option<ObserverId> {
        let fits = |&at: &Index| {
            self.arena.get(at).is_some_and(|it| it.session == session && it.request.token() == token)
        };
        self.by_token.find(self.token_hash(session, token), fits).copied().map(ObserverId)
    }

    /// The observer with another token that asked the same.
    pub(super) fn with_request(
        &self,
        session: SessionId,
        resource: ResourceId,
        request: &Pdu,
    ) -> Option<ObserverId> {
        let fits = |&at: &Index| {
            self.arena.get(at).is_some_and(|it| {
                (it.session, it.resource) == (session, resource)
                    && cache_key(&it.request).eq(cache_key(request))
            })
        };
        let hash = self.request_hash(session, resource, request);
        self.by_request.find(hash, fits).copied().map(ObserverId)
    }

    /// The observer whose last notification had that message ID.
    pub(super) fn with_mid(&self, session: SessionId, mid: u16) -> Option<ObserverId> {
        self.mids.get(&(session, mid)).copied()
    }

    /// Whether its resource has changed since what it was last told.
    pub(super) fn is_behind(&self, id: ObserverId) -> bool {
        let Some(observer) = self.get(id) else { return false };
        self.watched.get(&observer.resource).is_some_and(|watched| watched.changes != observer.told)
    }

    /// It is told about all changes until now.
    pub(super) fn catch_up(&mut self, id: ObserverId) {
        let Some(observer) = self.arena.get_mut(id.0) else { return };
        if let Some(watched) = self.watched.get(&observer.resource) {
            observer.told = watched.changes;
        }
    }

    /// What it was told last did not leave: it is to be told once more.
    pub(super) fn fall_behind(&mut self, id: ObserverId) {
        if let Some(observer) = self.arena.get_mut(id.0) {
            observer.told = observer.told.wrapping_sub(1);
        }
    }

    pub(super) fn first_of(&self, resource: ResourceId) -> Option<ObserverId> {
        self.watched.get(&resource)?.observers.front().map(ObserverId)
    }

    /// Adds an observer that differs from all others in token and request.
    pub(super) fn insert(&mut self, sessions: &mut Sessions, observer: Observer) -> Option<ObserverId> {
        let (session, resource) = (observer.session, observer.resource);
        let token = self.token_hash(session, observer.request.token());
        let request = self.request_hash(session, resource, &observer.request);
        let of_peer = &mut sessions.get_mut(session)?.rare.make_mut().observers;
        let at = self.arena.insert(observer);
        of_peer.all.push_back(&mut self.arena, at);
        // Who came last is notified first, as by libcoap.
        self.watched.entry(resource).or_default().observers.push_front(&mut self.arena, at);
        self.catch_up(ObserverId(at));
        let (arena, hasher) = (&self.arena, &self.hasher);
        let rehash =
            |&at: &Index| arena.get(at).map_or(0, |it| token_hash(hasher, it.session, it.request.token()));
        self.by_token.insert_unique(token, at, rehash);
        let rehash = |&at: &Index| {
            arena.get(at).map_or(0, |it| request_hash(hasher, it.session, it.resource, &it.request))
        };
        self.by_request.insert_unique(request, at, rehash);
        Some(ObserverId(at))
    }

    pub(super) fn remove(&mut self, sessions: &mut Sessions, id: ObserverId) -> Option<Observer> {
        let at = id.0;
        self.forget_mid(id);
        let observer = self.arena.get(at)?;
        let (session, resource, stage) = (observer.session, observer.resource, observer.stage);
        let token = self.token_hash(session, observer.request.token());
        let request = self.request_hash(session, resource, &observer.request);
        for (table, hash) in [(&mut self.by_token, token), (&mut self.by_request, request)] {
            if let Ok(found) = table.find_entry(hash, |&other| other == at) {
                found.remove();
            }
        }
        if stage == Stage::Due {
            self.due.remove(&mut self.arena, at);
        }
        if let Some(own) = sessions.get_mut(session).and_then(|session| session.rare.own_mut()) {
            if stage == Stage::Held {
                own.observers.held.remove(&mut self.arena, at);
            }
            own.observers.all.remove(&mut self.arena, at);
        }
        self.leave_resource(resource, at);
        self.arena.remove(at)
    }

    /// Observers of a resource are to be visited. `false`: there are none.
    pub(super) fn note_change(&mut self, resource: ResourceId) -> bool {
        let Some(watched) = self.watched.get_mut(&resource) else { return false };
        watched.changes += 1;
        if watched.listed {
            watched.again = true;
        } else {
            watched.listed = true;
            watched.next = watched.observers.front();
            self.changed.push_back(resource);
        }
        true
    }

    /// The next observer to be visited: resources that have changed take turns.
    pub(super) fn next_to_visit(&mut self) -> Option<ObserverId> {
        loop {
            let resource = *self.changed.front()?;
            let watched = self.watched.get_mut(&resource);
            let Some(watched) = watched.filter(|watched| watched.next.is_some() || watched.again) else {
                self.changed.pop_front();
                if let Some(watched) = self.watched.get_mut(&resource) {
                    watched.listed = false;
                }
                continue;
            };
            let Some(at) = watched.next else {
                watched.again = false;
                watched.next = watched.observers.front();
                continue;
            };
            watched.next = List::<OfResource>::after(&self.arena, at);
            self.changed.rotate_left(1);
            return Some(ObserverId(at));
        }
    }

    /// Whether somebody is to be notified who does not wait for a peer.
    pub(in crate::engine) fn has_work(&self) -> bool {
        !self.due.is_empty() || !self.changed.is_empty()
    }

    /// A notification is to be made soon.
    pub(super) fn make_due(&mut self, id: ObserverId) {
        if let Some(observer) = self.arena.get_mut(id.0) {
            observer.stage = Stage::Due;
            self.due.push_back(&mut self.arena, id.0);
        }
    }

    /// The first observer that is due, now resting.
    pub(super) fn take_due(&mut self) -> Option<ObserverId> {
        let at = self.due.front()?;
        self.due.remove(&mut self.arena, at);
        self.arena.get_mut(at)?.stage = Stage::Resting;
        Some(ObserverId(at))
    }

    /// A notification waits until fewer messages are in flight to its peer.
    pub(super) fn hold(&mut self, sessions: &mut Sessions, id: ObserverId) {
        let Some(observer) = self.arena.get_mut(id.0) else { return };
        let Some(session) = sessions.get_mut(observer.session) else { return };
        observer.stage = Stage::Held;
        session.rare.make_mut().observers.held.push_back(&mut self.arena, id.0);
    }

    /// Makes the first observer due that is held in a session. `false`: there is none.
    pub(super) fn release_one(&mut self, sessions: &mut Sessions, session: SessionId) -> bool {
        let Some(own) = sessions.get_mut(session).and_then(|session| session.rare.own_mut()) else {
            return false;
        };
        let Some(at) = own.observers.held.front() else { return false };
        own.observers.held.remove(&mut self.arena, at);
        self.make_due(ObserverId(at));
        true
    }

    /// A notification was sent. It can be known again by its message ID until the next one is sent.
    pub(in crate::engine) fn note_mid(&mut self, id: ObserverId, mid: u16) {
        self.forget_mid(id);
        if let Some(observer) = self.arena.get_mut(id.0) {
            observer.mid = Some(mid);
            self.mids.insert((observer.session, mid), id);
        }
    }

    fn forget_mid(&mut self, id: ObserverId) {
        let Some((session, mid)) = self.arena.get(id.0).and_then(|it| Some((it.session, it.mid?))) else {
            return;
        };
        if self.mids.get(&(session, mid)) == Some(&id) {
            self.mids.remove(&(session, mid));
        }
    }

    fn leave_resource(&mut self, resource: ResourceId, at: Index) {
        let Some(watched) = self.watched.get_mut(&resource) else { return };
        if watched.next == Some(at) {
            watched.next = List::<OfResource>::after(&self.arena, at);
        }
        watched.observers.remove(&mut self.arena, at);
        if watched.observers.is_empty() {
            self.watched.remove(&resource);
        }
    }

    fn token_hash(&self, session: SessionId, token: &[u8]) -> u64 {
        token_hash(&self.hasher, session, token)
    }

    fn request_hash(&self, session: SessionId, resource: ResourceId, request: &Pdu) -> u64 {
        request_hash(&self.hasher, session, resource, request)
    }
}

fn token_hash(hasher: &Keyed, session: SessionId, token: &[u8]) -> u64 {
    hasher.hash_one((session, token))
}

fn request_hash(hasher: &Keyed, session: SessionId, resource: ResourceId, request: &Pdu) -> u64 {
    let mut state = hasher.build_hasher();
    (session, resource).hash(&mut state);
    cache_key(request).for_each(|part| part.hash(&mut state));
    state.finish()
}

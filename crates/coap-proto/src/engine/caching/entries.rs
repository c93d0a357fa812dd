//! The cache entries of an engine, found by id and by key.
use crate::arena::Arena;
use crate::cache::CacheKey;
use crate::engine::list::{Links, List, Member};
use crate::engine::timer::Timers;
use crate::engine::{CacheEntryId, SessionId};
use crate::hash::Keyed;
use hashbrown::HashMap;
use std::time::{Duration, Instant};

/// What is known of a cache entry here; the rest is the application's.
#[derive(Debug)]
pub(super) struct CacheEntry {
    pub(super) session: SessionId,
    key: CacheKey,
    /// It ends when nobody has asked for it for so long.
    idle: Option<Duration>,
    /// It can be found no more.
    ended: bool,
    in_session: Links,
    same_key: Links,
}

/// Lists of cache entries: those made in one session.
#[derive(Debug)]
pub(in crate::engine) enum InSession {}
/// Lists of cache entries: those with one key.
#[derive(Debug)]
pub(super) enum SameKey {}
/// The cache entries made in one session.
pub(in crate::engine) type OfSession = List<InSession>;

impl Member<InSession> for CacheEntry {
    fn links(&self) -> &Links {
        &self.in_session
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.in_session
    }
}

impl Member<SameKey> for CacheEntry {
    fn links(&self) -> &Links {
        &self.same_key
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.same_key
    }
}

impl CacheEntry {
    pub(super) fn new(session: SessionId, key: CacheKey, idle: Option<Duration>) -> Self {
        let (in_session, same_key) = (Links::default(), Links::default());
        Self { session, key, idle, ended: false, in_session, same_key }
    }
}

/// All cache entries of an engine.
#[derive(Debug)]
pub(in crate::engine) struct CacheEntries {
    arena: Arena<CacheEntry>,
    timers: Timers,
    keys: HashMap<CacheKey, List<SameKey>, Keyed>,
}

impl CacheEntries {
    pub(in crate::engine) fn new(hasher: Keyed) -> Self {
        Self { arena: Arena::new(), timers: Timers::default(), keys: HashMap::with_hasher(hasher) }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        self.arena.len()
    }

    /// An entry that has not ended.
    pub(super) fn get(&self, id: CacheEntryId) -> Option<&CacheEntry> {
        self.arena.get(id.0).filter(|entry| !entry.ended)
    }

    /// The entry with a key that was made last.
    pub(super) fn with_key(&self, key: &CacheKey) -> Option<CacheEntryId> {
        self.keys.get(key).and_then(List::back).map(CacheEntryId)
    }

    pub(super) fn insert(
        &mut self,
        of_session: &mut OfSession,
        entry: CacheEntry,
        now: Instant,
    ) -> CacheEntryId {
        let key = entry.key;
        let index = self.arena.insert(entry);
        of_session.push_back(&mut self.arena, index);
        self.keys.entry(key).or_default().push_back(&mut self.arena, index);
        self.touch(CacheEntryId(index), now);
        CacheEntryId(index)
    }

    /// Somebody asked for an entry.
    pub(super) fn touch(&mut self, id: CacheEntryId, now: Instant) {
        let idle = self.arena.get(id.0).and_then(|entry| entry.idle);
        if let Some(at) = idle.and_then(|idle| now.checked_add(idle)) {
            self.timers.set(id.0.slot(), at);
        }
    }

    /// From now on an entry cannot be found.
    pub(super) fn end(&mut self, of_session: &mut OfSession, id: CacheEntryId) {
        let Some(entry) = self.arena.get_mut(id.0).filter(|entry| !entry.ended) else { return };
        entry.ended = true;
        let key = entry.key;
        if let Some(list) = self.keys.get_mut(&key) {
            list.remove(&mut self.arena, id.0);
            if list.is_empty() {
                self.keys.remove(&key);
            }
        }
        of_session.remove(&mut self.arena, id.0);
        self.timers.clear(id.0.slot());
    }

    /// Drops an entry that has ended.
    pub(super) fn forget(&mut self, id: CacheEntryId) {
        if self.arena.get(id.0).is_some_and(|entry| entry.ended) {
            self.arena.remove(id.0);
        }
    }

    pub(in crate::engine) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The entry whose time was over first, if it is.
    pub(in crate::engine) fn pop_due(&mut self, now: Instant) -> Option<CacheEntryId> {
        let slot = self.timers.pop_due(now)?;
        self.arena.contains_slot(slot).map(CacheEntryId)
    }
}

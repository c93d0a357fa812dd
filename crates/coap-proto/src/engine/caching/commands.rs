//! What the application does with cache entries, and how they end.
use super::entries::CacheEntry;
use crate::cache::CacheKey;
use crate::engine::config::is_full;
use crate::engine::log::log;
use crate::engine::{CacheEntryId, Engine, Event, SessionId};
use crate::wire::Pdu;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Why there is no new cache entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CacheError {
    /// The session ended.
    #[error("the session is closed")]
    Closed,
    /// The session has
    /// [`Config::max_cache_entries_per_session`](crate::engine::Config::max_cache_entries_per_session) of them, or
    /// all together [`Config::max_cache_entries`](crate::engine::Config::max_cache_entries).
    #[error("there are too many cache entries")]
    TooMany,
}

impl Engine {
    /// The cache key of a request, less the options of
    /// [`Config::cache_ignored_options`](crate::engine::Config::cache_ignored_options). With a `session` it
    /// holds for requests of that session only.
    pub fn cache_key(&self, request: &Pdu, session: Option<SessionId>) -> CacheKey {
        CacheKey::of(request, session, &self.config.cache_ignored_options)
    }

    /// Makes a cache entry. It ends with its session; with `idle`, also when nobody has asked for it for so
    /// long. Of several with one key, the newest is found.
    ///
    /// # Errors
    /// See [`CacheError`].
    pub fn new_cache_entry(
        &mut self,
        now: Instant,
        id: SessionId,
        key: CacheKey,
        idle: Option<Duration>,
    ) -> Result<CacheEntryId, CacheError> {
        self.advance_clock(now);
        let session =
            self.sessions.get_mut(id).filter(|session| session.is_open()).ok_or(CacheError::Closed)?;
        if is_full(session.rare.caches.len(), self.config.max_cache_entries_per_session)
            || is_full(self.caches.len(), self.config.max_cache_entries)
        {
            log!(self, Warn, "{}: too many cache entries", self.name(id));
            return Err(CacheError::TooMany);
        }
        Ok(self.caches.insert(&mut session.rare.make_mut().caches, CacheEntry::new(id, key, idle), self.now))
    }

    /// The cache entry with that key. Its idle time starts anew.
    pub fn find_cache_entry(&mut self, now: Instant, key: &CacheKey) -> Option<CacheEntryId> {
        self.advance_clock(now);
        let found = self.caches.with_key(key)?;
        self.caches.touch(found, self.now);
        Some(found)
    }

    /// Whether a cache entry has not ended.
    #[cfg(test)]
    pub(in crate::engine) fn has_cache_entry(&self, id: CacheEntryId) -> bool {
        self.caches.get(id).is_some()
    }

    /// Ends a cache entry without [`Event::CacheEntryEnded`], and forgets it. `false`: it has ended before.
    pub fn remove_cache_entry(&mut self, id: CacheEntryId) -> bool {
        let was_there = self.withdraw(id);
        if was_there {
            self.caches.forget(id);
        }
        was_there
    }

    /// Drops what is left of a cache entry after its [`Event::CacheEntryEnded`].
    pub fn forget_cache_entry(&mut self, id: CacheEntryId) {
        self.caches.forget(id);
    }

    /// A cache entry ends by itself.
    pub(in crate::engine) fn end_cache_entry(&mut self, id: CacheEntryId) {
        if self.withdraw(id) {
            self.events.push_back(Event::CacheEntryEnded { entry: id });
        }
    }

    /// A session ends.
    pub(in crate::engine) fn end_cache_entries(&mut self, id: SessionId) {
        while let Some(first) = self.sessions.get(id).and_then(|session| session.rare.caches.front()) {
            self.end_cache_entry(CacheEntryId(first));
        }
    }

    fn withdraw(&mut self, id: CacheEntryId) -> bool {
        let Some(session) = self.caches.get(id).map(|entry| entry.session) else { return false };
        if let Some(owner) = self.sessions.get_mut(session) {
            self.caches.end(&mut owner.rare.make_mut().caches, id);
        }
        true
    }
}

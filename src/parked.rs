//! C's side of what is kept for later: requests that are put off, and cache entries.
use crate::{
    context::Context,
    keys::{Key, Kind, Target},
    pdu_handle,
    user_data::{AppData, Release},
};
use coap_proto::engine::{AsyncId, CacheEntryId};

/// C's side of a request that is put off. The engine may have forgotten it, and be about to tell.
pub(crate) struct AsyncFace {
    pub(crate) key: Key,
    pub(crate) id: AsyncId,
    pub(crate) app_data: AppData,
}

/// C's side of a cache entry.
pub(crate) struct CacheEntryFace {
    pub(crate) key: Key,
    pub(crate) id: CacheEntryId,
    /// The request that it was made for, if the program wants it kept; C may look at it.
    pub(crate) pdu: Option<Key>,
    pub(crate) app_data: AppData,
}

impl AsyncFace {
    /// The end of the request. What the program wants to be told about its data: not under the lock.
    pub(crate) fn end(self) -> Option<Release> {
        self.key.free();
        self.app_data.end()
    }
}

impl CacheEntryFace {
    /// The end of the entry, of the request that it kept, and of the program's data. Not under a lock.
    pub(crate) fn end(self) {
        self.key.free();
        if let Some(pdu) = self.pdu {
            pdu_handle::take(pdu.pointer());
        }
        self.app_data.end().into_iter().for_each(Release::call);
    }
}

impl Context {
    /// C's key of a request that was just put off.
    pub(crate) fn add_async(&mut self, id: AsyncId) -> Option<Key> {
        if let Some(ended) = self.asyncs.take(id.slot()) {
            let release = ended.end();
            self.releases.extend(release);
        }
        let key = self.cell.keys.alloc(Target { kind: Kind::Async, cell: self.cell.index, id: id.slot() })?;
        self.asyncs.put(id.slot(), AsyncFace { key, id, app_data: AppData::default() });
        Some(key)
    }

    /// C's key of a request that is put off.
    pub(crate) fn async_key(&self, id: AsyncId) -> Option<Key> {
        self.asyncs.get(id.slot()).filter(|face| face.id == id).map(|face| face.key)
    }

    /// Ends C's side of a request that the engine has forgotten.
    pub(crate) fn end_async(&mut self, id: AsyncId) -> Option<Release> {
        self.asyncs.get(id.slot()).filter(|face| face.id == id)?;
        self.asyncs.take(id.slot())?.end()
    }

    /// C's key of a cache entry that was just made.
    pub(crate) fn add_cache_entry(&mut self, id: CacheEntryId, pdu: Option<Key>) -> Option<Key> {
        let target = Target { kind: Kind::CacheEntry, cell: self.cell.index, id: id.slot() };
        let key = self.cell.keys.alloc(target)?;
        let face = CacheEntryFace { key, id, pdu, app_data: AppData::default() };
        self.cache_entries.put(id.slot(), face);
        Some(key)
    }

    /// C's key of a cache entry.
    pub(crate) fn cache_entry_key(&self, id: CacheEntryId) -> Option<Key> {
        self.cache_entries.get(id.slot()).filter(|face| face.id == id).map(|face| face.key)
    }

    /// Takes out a cache entry, whether the engine has ended it or not. What comes back is to be ended with the
    /// lock open.
    pub(crate) fn end_cache_entry(&mut self, id: CacheEntryId) -> Option<CacheEntryFace> {
        let engine = &mut self.node.engine;
        if !engine.remove_cache_entry(id) {
            engine.forget_cache_entry(id);
        }
        self.cache_entries.get(id.slot()).filter(|face| face.id == id)?;
        self.cache_entries.take(id.slot())
    }

    /// As [`Context::end_cache_entry`], for all.
    pub(crate) fn end_cache_entries(&mut self) -> Vec<CacheEntryFace> {
        let faces: Vec<_> = self.cache_entries.drain().collect();
        for face in &faces {
            self.node.engine.remove_cache_entry(face.id);
            self.node.engine.forget_cache_entry(face.id);
        }
        faces
    }
}

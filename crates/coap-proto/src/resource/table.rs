//! The resources of an engine.
use super::{Resource, ResourceId, ResourceKind};
use crate::arena::{Arena, Index};
use crate::hash::Keyed;
use hashbrown::HashTable;
use std::collections::BTreeMap;

/// Resources by id and by path, in the order in which they were added.
#[derive(Debug)]
pub struct Resources {
    arena: Arena<Entry>,
    by_path: HashTable<Index>,
    /// The plain one that was asked for last, if it was there. It may be gone.
    last: Option<Index>,
    hasher: Keyed,
    /// Plain resources as they are listed, by the number of their addition.
    order: BTreeMap<u64, Index>,
    additions: u64,
    /// How many were made because a request came for them.
    dynamic: usize,
    unknown: Option<Index>,
    proxy: Option<Index>,
    /// How often all resources were looked at.
    #[cfg(test)]
    pub(crate) scans: std::cell::Cell<usize>,
}

#[derive(Debug)]
struct Entry {
    resource: Resource,
    addition: u64,
}

impl Resources {
    /// An empty table.
    pub(crate) fn new(hasher: Keyed) -> Self {
        Self {
            arena: Arena::new(),
            by_path: HashTable::new(),
            last: None,
            hasher,
            order: BTreeMap::new(),
            additions: 0,
            dynamic: 0,
            unknown: None,
            proxy: None,
            #[cfg(test)]
            scans: std::cell::Cell::new(0),
        }
    }

    /// Adds a resource at the end of the listing. One of the same path, or a second unknown or proxy
    /// resource, takes the place of the one before, which comes back.
    pub fn add(&mut self, resource: Resource) -> (ResourceId, Option<(ResourceId, Resource)>) {
        let rival = match resource.kind() {
            ResourceKind::Plain => self.find(resource.path()),
            ResourceKind::Unknown => self.unknown(),
            ResourceKind::Proxy { .. } => self.proxy(),
        };
        let replaced = rival.and_then(|id| Some((id, self.remove(id)?)));
        (self.insert(resource), replaced)
    }

    /// Takes a resource out.
    pub fn remove(&mut self, id: ResourceId) -> Option<Resource> {
        let Entry { resource, addition } = self.arena.remove(id.0)?;
        self.dynamic -= usize::from(resource.dynamic);
        match resource.kind() {
            ResourceKind::Plain => {
                let hash = self.hasher.hash_bytes(resource.path());
                if let Ok(found) = self.by_path.find_entry(hash, |&index| index == id.0) {
                    found.remove();
                }
                self.order.remove(&addition);
            }
            ResourceKind::Unknown => self.unknown = None,
            ResourceKind::Proxy { .. } => self.proxy = None,
        }
        Some(resource)
    }

    /// The plain resource at `path`, written without its leading `/`.
    pub fn find(&self, path: &[u8]) -> Option<ResourceId> {
        let hash = self.hasher.hash_bytes(path);
        let found = self.by_path.find(hash, |&index| self.path_at(index) == path);
        found.copied().map(ResourceId)
    }

    /// As [`find`](Self::find), and quicker for the path that was asked for last: all blocks of a body have one path,
    /// and who reads something goes on reading it.
    pub(crate) fn find_again(&mut self, path: &[u8]) -> Option<ResourceId> {
        let is_it = |index: &Index| self.arena.get(*index).is_some_and(|it| it.resource.path() == path);
        self.last = self.last.filter(is_it).or_else(|| self.find(path).map(|id| id.0));
        self.last.map(ResourceId)
    }

    /// The resource for paths that have none.
    pub fn unknown(&self) -> Option<ResourceId> {
        self.unknown.map(ResourceId)
    }

    /// The resource for requests to be forwarded.
    pub fn proxy(&self) -> Option<ResourceId> {
        self.proxy.map(ResourceId)
    }

    /// A resource by its id.
    pub fn get(&self, id: ResourceId) -> Option<&Resource> {
        self.arena.get(id.0).map(|entry| &entry.resource)
    }

    /// A resource by its id, to be changed.
    pub fn get_mut(&mut self, id: ResourceId) -> Option<&mut Resource> {
        self.arena.get_mut(id.0).map(|entry| &mut entry.resource)
    }

    /// The id of what is at a place ([`ResourceId::slot`]).
    pub fn at(&self, slot: u32) -> Option<ResourceId> {
        self.arena.contains_slot(slot).map(ResourceId)
    }

    /// How many there are, unknown and proxy resources included.
    pub fn len(&self) -> usize {
        self.arena.len()
    }

    /// How many were made because a request came for them ([`Resource::into_dynamic`]).
    pub fn dynamic(&self) -> usize {
        self.dynamic
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.arena.is_empty()
    }

    /// The plain resources in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (ResourceId, &Resource)> {
        #[cfg(test)]
        self.scans.set(self.scans.get() + 1);
        self.order.values().filter_map(|&index| Some((ResourceId(index), &self.arena.get(index)?.resource)))
    }

    /// All resources, the unknown and the proxy resource last.
    pub fn ids(&self) -> impl Iterator<Item = ResourceId> {
        self.order.values().copied().chain(self.unknown).chain(self.proxy).map(ResourceId)
    }

    fn insert(&mut self, resource: Resource) -> ResourceId {
        let addition = self.additions;
        self.additions += 1;
        self.dynamic += usize::from(resource.dynamic);
        let hash = self.hasher.hash_bytes(resource.path());
        let index = self.arena.insert(Entry { resource, addition });
        match self.arena.get(index).map(|entry| entry.resource.kind()) {
            Some(ResourceKind::Unknown) => self.unknown = Some(index),
            Some(ResourceKind::Proxy { .. }) => self.proxy = Some(index),
            Some(ResourceKind::Plain) | None => {
                let (arena, hasher) = (&self.arena, &self.hasher);
                let rehash = |&other: &Index| hasher.hash_bytes(path_in(arena, other));
                self.by_path.insert_unique(hash, index, rehash);
                self.order.insert(addition, index);
            }
        }
        ResourceId(index)
    }

    fn path_at(&self, index: Index) -> &[u8] {
        path_in(&self.arena, index)
    }
}

/// The path of an entry; what the table of paths names is always there.
fn path_in(arena: &Arena<Entry>, index: Index) -> &[u8] {
    arena.get(index).map_or(&[], |entry| entry.resource.path())
}

//! Where objects are kept that are known by ids. In tests it is counted how often one is looked at: so it is shown
//! that the work for a packet does not grow with what else there is.
pub(crate) use thunderdome::Index;

/// A [`thunderdome::Arena`] that counts, in tests.
#[derive(Debug)]
pub(crate) struct Arena<T>(thunderdome::Arena<T>);

#[cfg(test)]
thread_local!(static VISITS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });

/// How often this thread has looked at an object, in any arena.
#[cfg(test)]
pub(crate) fn visits() -> usize {
    VISITS.get()
}

#[inline]
fn visit() {
    #[cfg(test)]
    VISITS.set(VISITS.get() + 1);
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Arena<T> {
    pub(crate) const fn new() -> Self {
        Self(thunderdome::Arena::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(crate) fn insert(&mut self, object: T) -> Index {
        visit();
        self.0.insert(object)
    }

    #[inline]
    pub(crate) fn remove(&mut self, at: Index) -> Option<T> {
        visit();
        self.0.remove(at)
    }

    /// What is at `at` goes by another id from now on, that of an object that takes its place.
    #[inline]
    pub(crate) fn renew(&mut self, at: Index) -> Option<(Index, &mut T)> {
        let at = self.0.invalidate(at)?;
        Some((at, self.get_mut(at)?))
    }

    #[inline]
    pub(crate) fn get(&self, at: Index) -> Option<&T> {
        visit();
        self.0.get(at)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, at: Index) -> Option<&mut T> {
        visit();
        self.0.get_mut(at)
    }

    #[inline]
    pub(crate) fn get_by_slot(&self, slot: u32) -> Option<(Index, &T)> {
        visit();
        self.0.get_by_slot(slot)
    }

    #[inline]
    pub(crate) fn get_by_slot_mut(&mut self, slot: u32) -> Option<(Index, &mut T)> {
        visit();
        self.0.get_by_slot_mut(slot)
    }

    /// The id of what is in a slot now.
    #[inline]
    pub(crate) fn contains_slot(&self, slot: u32) -> Option<Index> {
        self.0.contains_slot(slot)
    }

    /// All of them. Not for the packet path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Index, &T)> {
        self.0.iter().inspect(|_| visit())
    }

    /// All of them, to be changed. Not for the packet path.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Index, &mut T)> {
        self.0.iter_mut().inspect(|_| visit())
    }
}

//! Deadlines in their order.
use std::collections::BTreeSet;
use std::time::Instant;

/// Deadlines, one for each thing that has one. Whoever has a deadline keeps it beside, so that it can be moved.
#[derive(Debug)]
pub(super) struct Timers<K>(BTreeSet<(Instant, K)>);

impl<K: Ord + Copy> Timers<K> {
    /// None.
    pub(super) fn new() -> Self {
        Self(BTreeSet::new())
    }

    /// Moves a deadline from where its owner says that it is, or takes it away.
    pub(super) fn set(&mut self, of: K, old: &mut Option<Instant>, new: Option<Instant>) {
        if *old == new {
            return;
        }
        if let Some(at) = old.take() {
            self.0.remove(&(at, of));
        }
        if let Some(at) = new {
            self.0.insert((at, of));
            *old = new;
        }
    }

    /// The earliest.
    pub(super) fn first(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Whose deadline has come. It stays until it is moved.
    pub(super) fn due(&self, now: Instant) -> Option<K> {
        self.0.first().filter(|(at, _)| *at <= now).map(|(_, of)| *of)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

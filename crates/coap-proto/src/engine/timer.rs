//! Deadlines, the earliest first: a binary heap that knows where each of its entries is.
use std::time::Instant;

const NONE: u32 = u32::MAX;

/// At most one deadline for each of a set of small numbers (slots of an arena).
///
/// Setting, moving and clearing one costs O(log n); looking at the earliest O(1). Of equal deadlines, the one
/// that was set first comes first.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: Vec<Entry>,
    /// Where in `heap` each slot's entry is.
    places: Vec<u32>,
    settings: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: Instant,
    order: u64,
    slot: u32,
}

impl Timers {
    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.first().map(|entry| entry.at)
    }

    /// Takes out the slot with the earliest deadline, if that is not after `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<u32> {
        let entry = *self.heap.first().filter(|entry| entry.at <= now)?;
        self.clear(entry.slot);
        Some(entry.slot)
    }

    /// Sets or moves the deadline of a slot.
    pub(super) fn set(&mut self, slot: u32, at: Instant) {
        self.settings += 1;
        let entry = Entry { at, order: self.settings, slot };
        if self.places.len() <= slot as usize {
            self.places.resize(slot as usize + 1, NONE);
        }
        match self.places[slot as usize] {
            NONE => {
                self.heap.push(entry);
                self.rise(self.heap.len() - 1);
            }
            place => {
                let before = std::mem::replace(&mut self.heap[place as usize], entry);
                if entry < before {
                    self.rise(place as usize);
                } else {
                    self.sink(place as usize);
                }
            }
        }
    }

    /// Drops the deadline of a slot, if it has one.
    pub(super) fn clear(&mut self, slot: u32) {
        let Some(place) = self.places.get_mut(slot as usize) else { return };
        let place = std::mem::replace(place, NONE);
        if place == NONE {
            return;
        }
        let place = place as usize;
        self.heap.swap_remove(place);
        if place < self.heap.len() {
            let place = self.rise(place);
            self.sink(place);
        }
    }

    fn rise(&mut self, mut place: usize) -> usize {
        while place > 0 {
            let parent = (place - 1) / 2;
            if self.heap[parent] <= self.heap[place] {
                break;
            }
            self.heap.swap(parent, place);
            self.settle(place);
            place = parent;
        }
        self.settle(place);
        place
    }

    fn sink(&mut self, mut place: usize) {
        loop {
            let children = 2 * place + 1..self.heap.len().min(2 * place + 3);
            let Some(least) = children.min_by_key(|child| self.heap[*child]) else { break };
            if self.heap[place] <= self.heap[least] {
                break;
            }
            self.heap.swap(place, least);
            self.settle(place);
            place = least;
        }
        self.settle(place);
    }

    fn settle(&mut self, place: usize) {
        self.places[self.heap[place].slot as usize] = place as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// A model that scans.
    fn earliest(model: &[Option<(u64, u64)>]) -> Option<usize> {
        (0..model.len()).filter(|slot| model[*slot].is_some()).min_by_key(|slot| model[*slot])
    }

    #[test]
    fn the_earliest_comes_first_whatever_is_set_moved_and_cleared() {
        let start = Instant::now();
        let (mut timers, mut model) = (Timers::default(), vec![None; 50]);
        let mut random = 12345u64;
        for step in 0..20_000u64 {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let slot = (random >> 33) as usize % model.len();
            match random >> 60 {
                0..9 => {
                    let at = (random >> 40) % 100;
                    timers.set(slot as u32, start + Duration::from_millis(at));
                    model[slot] = Some((at, step));
                }
                9..12 => {
                    timers.clear(slot as u32);
                    model[slot] = None;
                }
                _ => {
                    let popped = timers.pop_due(start + Duration::from_millis(50)).map(|slot| slot as usize);
                    let due = earliest(&model).filter(|slot| model[*slot].is_some_and(|(at, _)| at <= 50));
                    assert_eq!(popped, due);
                    if let Some(slot) = popped {
                        model[slot] = None;
                    }
                }
            }
            let next = earliest(&model).and_then(|slot| model[slot]);
            assert_eq!(timers.next(), next.map(|(at, _)| start + Duration::from_millis(at)));
        }
    }

    #[test]
    fn clearing_what_was_never_set_changes_nothing() {
        let mut timers = Timers::default();
        timers.clear(7);
        assert_eq!(timers.next(), None);
        assert_eq!(timers.pop_due(Instant::now()), None);
    }
}

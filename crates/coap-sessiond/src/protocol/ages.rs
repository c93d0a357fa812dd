//! How old the oldest of many things is.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Things that are begun within this time are as old as the first of them.
const WIDTH: Duration = Duration::from_secs(1);

/// When things began that are not over yet. They may be over in any order; what is kept depends on how long they last
/// and not on how many they are.
#[derive(Debug, Default)]
pub(super) struct Ages {
    /// When the first of each group began, and how many of it are not over; the oldest group first, which is not over.
    groups: VecDeque<(Instant, usize)>,
    /// The number of the oldest group.
    first: u64,
}

impl Ages {
    /// Something begins; the number of its group.
    pub(super) fn begin(&mut self, now: Instant) -> u64 {
        match self.groups.back_mut() {
            Some((since, count)) if now < *since + WIDTH => *count += 1,
            _ => self.groups.push_back((now, 1)),
        }
        self.first + self.groups.len() as u64 - 1
    }

    /// Something of that group is over.
    pub(super) fn end(&mut self, group: u64) {
        let at = usize::try_from(group.wrapping_sub(self.first)).unwrap_or(usize::MAX);
        if let Some((_, count)) = self.groups.get_mut(at) {
            *count = count.saturating_sub(1);
        }
        while self.groups.front().is_some_and(|(_, count)| *count == 0) {
            self.groups.pop_front();
            self.first += 1;
        }
    }

    /// When the oldest began, or up to a second earlier.
    pub(super) fn oldest(&self) -> Option<Instant> {
        self.groups.front().map(|(since, _)| *since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_known_whatever_ends_first() {
        for seed in 0..100 {
            let (mut ages, mut rng) = (Ages::default(), fastrand::Rng::with_seed(seed));
            let (mut now, mut open) = (Instant::now(), Vec::<(Instant, u64)>::new());
            for _ in 0..500 {
                now += Duration::from_millis(rng.u64(..700));
                if rng.bool() {
                    open.push((now, ages.begin(now)));
                } else if !open.is_empty() {
                    ages.end(open.swap_remove(rng.usize(..open.len())).1);
                }
                let expected = open.iter().map(|(since, _)| *since).min();
                assert_eq!(expected.is_some(), ages.oldest().is_some());
                if let (Some(expected), Some(oldest)) = (expected, ages.oldest()) {
                    assert!(oldest <= expected && expected < oldest + WIDTH, "seed {seed}");
                }
            }
        }
    }

    #[test]
    fn many_at_a_time_cost_as_much_as_one() {
        let (mut ages, now) = (Ages::default(), Instant::now());
        for milli in 0..100_000 {
            let group = ages.begin(now + Duration::from_millis(milli));
            if milli > 0 {
                ages.end(group);
            }
        }
        assert!(ages.groups.len() <= 101, "{}", ages.groups.len());
    }
}

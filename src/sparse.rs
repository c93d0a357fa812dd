//! Tables that never move or shrink, read without a lock.
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

/// Places of a [`Sparse`] table that are made together.
const CHUNK: usize = 256;

/// A table of `CHUNKS` x 256 places, each filled at most once. An unused one costs next to nothing, in the library's
/// file as well as in memory.
pub(crate) struct Sparse<T, const CHUNKS: usize>([OnceLock<Box<[OnceLock<T>]>>; CHUNKS]);

impl<T, const CHUNKS: usize> Sparse<T, CHUNKS> {
    pub(crate) const fn new() -> Self {
        Self([const { OnceLock::new() }; CHUNKS])
    }
    /// What is at a place, if the place is there and filled.
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / CHUNK)?.get()?[at % CHUNK].get()
    }
    /// What is at a place, filled now if need be. `None`: there is no such place.
    pub(crate) fn get_or_init(&self, at: usize, make: impl FnOnce() -> T) -> Option<&T> {
        let chunk = self.0.get(at / CHUNK)?.get_or_init(|| (0..CHUNK).map(|_| OnceLock::new()).collect());
        Some(chunk[at % CHUNK].get_or_init(make))
    }
}

/// An open-addressed table from a block's number (its address divided by its size) to what is kept of the block.
/// Append-only. `N` places, `CHUNKS` x 256 of them.
pub(crate) struct BlockTable<B, const N: usize, const CHUNKS: usize> {
    /// A static of its own: all zero, it takes no room in the library's file.
    numbers: &'static [AtomicUsize; N],
    blocks: Sparse<B, CHUNKS>,
}

impl<B, const N: usize, const CHUNKS: usize> BlockTable<B, N, CHUNKS> {
    /// Blocks that it takes: a search must always meet a free place.
    pub(crate) const LIMIT: usize = N / 4 * 3;

    /// `numbers` is this table's alone and all zero.
    pub(crate) const fn new(numbers: &'static [AtomicUsize; N]) -> Self {
        assert!(N.is_power_of_two() && N == CHUNKS * CHUNK);
        Self { numbers, blocks: Sparse::new() }
    }

    /// The block of this number, if there is one.
    pub(crate) fn find(&self, number: usize) -> Option<&B> {
        let mut at = Self::home(number);
        loop {
            match self.numbers[at].load(Ordering::Acquire) {
                0 => return None,
                found if found == number => return self.blocks.get(at),
                _ => at = (at + 1) % N,
            }
        }
    }

    /// Adds a block. The caller, alone at this, adds no number twice and no more than [`Self::LIMIT`] of them.
    pub(crate) fn add(&self, number: usize, block: B) {
        let mut at = Self::home(number);
        while self.numbers[at].load(Ordering::Relaxed) != 0 {
            at = (at + 1) % N;
        }
        self.blocks.get_or_init(at, || block);
        self.numbers[at].store(number, Ordering::Release); // published last
    }

    /// Where the search for a block starts.
    fn home(number: usize) -> usize {
        ((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - N.trailing_zeros())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_of_a_full_table_is_found_and_no_other() {
        static NUMBERS: [AtomicUsize; 256] = [const { AtomicUsize::new(0) }; 256];
        static TABLE: BlockTable<usize, 256, 1> = BlockTable::new(&NUMBERS);
        const LIMIT: usize = BlockTable::<usize, 256, 1>::LIMIT;
        for number in 1..=LIMIT {
            assert_eq!(TABLE.find(number), None);
            TABLE.add(number, number * 2);
        }
        assert!((1..=LIMIT).all(|number| TABLE.find(number) == Some(&(number * 2))));
        assert_eq!((TABLE.find(LIMIT + 1), TABLE.find(usize::MAX)), (None, None));
    }

    #[test]
    fn a_place_is_filled_once_and_only_inside_the_table() {
        let table: Sparse<u8, 2> = Sparse::new();
        assert_eq!(table.get_or_init(300, || 7), Some(&7));
        assert_eq!(table.get_or_init(300, || 8), Some(&7));
        assert_eq!((table.get(301), table.get(512)), (None, None));
        assert_eq!(table.get_or_init(512, || 9), None);
    }
}

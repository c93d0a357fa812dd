//! Tables that never move or shrink, read without a lock.
use std::{
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicPtr, AtomicUsize, Ordering},
    },
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

/// A place of a [`BlockTable`].
struct Place<B> {
    /// 0: it is free.
    number: AtomicUsize,
    /// Of a `&'static B`, once there is a number.
    block: AtomicPtr<B>,
}

impl<B> Place<B> {
    /// All zero, so that a table takes no room in the library's file.
    const fn free() -> Self {
        Self { number: AtomicUsize::new(0), block: AtomicPtr::new(ptr::null_mut()) }
    }
}

/// An open-addressed table from a block's number (its address divided by its size) to what is kept of the block.
/// Append-only. `N` is a power of two.
pub(crate) struct BlockTable<B: 'static, const N: usize>([Place<B>; N]);

impl<B: Sync, const N: usize> BlockTable<B, N> {
    /// Blocks that it takes: a search must always meet a free place.
    pub(crate) const LIMIT: usize = N / 4 * 3;

    pub(crate) const fn new() -> Self {
        assert!(N.is_power_of_two());
        Self([const { Place::free() }; N])
    }

    /// The block of this number, if there is one.
    #[inline]
    pub(crate) fn find(&self, number: usize) -> Option<&'static B> {
        let mut at = Self::home(number);
        loop {
            let place = &self.0[at];
            match place.number.load(Ordering::Acquire) {
                0 => return None,
                // SAFETY: null, or from a `&'static B`, see `add`; where there is a number it is not null, as it was
                // stored before.
                found if found == number => return unsafe { place.block.load(Ordering::Relaxed).as_ref() },
                _ => at = (at + 1) % N,
            }
        }
    }

    /// Adds a block. The caller, alone at this, adds no number twice and no more than [`Self::LIMIT`] of them.
    pub(crate) fn add(&self, number: usize, block: &'static B) {
        let mut at = Self::home(number);
        while self.0[at].number.load(Ordering::Relaxed) != 0 {
            at = (at + 1) % N;
        }
        self.0[at].block.store(ptr::from_ref(block).cast_mut(), Ordering::Relaxed);
        self.0[at].number.store(number, Ordering::Release); // published last
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
        static TABLE: BlockTable<usize, 256> = BlockTable::new();
        const LIMIT: usize = BlockTable::<usize, 256>::LIMIT;
        for number in 1..=LIMIT {
            assert_eq!(TABLE.find(number), None);
            TABLE.add(number, Box::leak(Box::new(number * 2)));
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

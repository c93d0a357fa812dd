//! Keys: the addresses that C holds as `coap_session_t *` and the like.
//!
//! A key is an address that was reserved from the allocator, is never read or written, and is never given back, so that
//! no other allocation can get one. What it stands for is found without a lock: address, then block (an append-only
//! table), then slot (one atomic word). The word is a hint, to be confirmed under the lock of the place it names:
//! places are reused at once, keys rest first.
use crate::sparse::BlockTable;
use std::{
    ops::Range,
    ptr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// malloc's alignment: programs may tag the low bits of a pointer, or check them.
const STRIDE: usize = 16;
const SLOTS: usize = 1024;
const BLOCK: usize = STRIDE * SLOTS;
/// Blocks reserved at a time (1 MiB of address space, no memory).
const CHUNK: usize = 64;
/// Size of the block table. Three quarters of it can be used: 25 million keys.
const TABLE: usize = if cfg!(miri) { 1 << 8 } else { 1 << 15 };

/// What a program may hold a key of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Kind {
    Context = 1,
    Endpoint,
    Session,
    Resource,
    Attribute,
    Async,
    CacheEntry,
    Subscription,
}

/// An address that C holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key(usize);

impl Key {
    /// What C passed, whatever it is.
    pub(crate) fn of<T>(pointer: *const T) -> Self {
        Self(pointer.addr())
    }
    /// What C gets. It may be compared, kept and passed back, nothing else.
    pub(crate) fn pointer<T>(self) -> *mut T {
        ptr::without_provenance_mut(self.0)
    }
    /// The slot behind the address, if the address is one of ours at all.
    pub(crate) fn slot(self) -> Option<&'static Slot> {
        find(self.0).map(|(block, i)| &block.slots[i])
    }
    /// What the key stands for, if it lives and is of this kind.
    pub(crate) fn target(self, kind: Kind) -> Option<Target> {
        self.slot()?.target(kind)
    }
    /// Ends the key. The caller has just removed the object under its lock, so this happens once per key.
    pub(crate) fn free(self) {
        let Some((block, i)) = find(self.0) else { return };
        block.slots[i].0.store(0, Ordering::Release);
        block.owner.resting().push(self.0);
    }
}

/// What a key stands for: an object's place in a cell (24 bits). A hint until confirmed under that cell's
/// lock.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Target {
    pub(crate) kind: Kind,
    pub(crate) cell: u32,
    pub(crate) id: u32,
}

impl Target {
    fn pack(self) -> u64 {
        (self.kind as u64) << 56 | u64::from(self.cell) << 32 | u64::from(self.id)
    }
}

/// One key's word: a packed [`Target`], or the next resting key (addresses leave the top byte zero).
pub(crate) struct Slot(AtomicU64);

impl Slot {
    /// The target, if the key lives and is of this kind.
    pub(crate) fn target(&self, kind: Kind) -> Option<Target> {
        let word = self.0.load(Ordering::Acquire);
        let (cell, id) = ((word >> 32) as u32 & 0xff_ffff, word as u32);
        (word >> 56 == kind as u64).then_some(Target { kind, cell, id })
    }
    /// The object moved and keeps its key.
    pub(crate) fn retarget(&self, to: Target) {
        self.0.store(to.pack(), Ordering::Release);
    }
}

/// Hands out and takes back keys. Its lock is a leaf: it may be taken with a cell locked and is held over
/// nothing.
pub(crate) struct KeySpace {
    resting: Mutex<Resting>,
    /// Keys of this space that end at least between the end of a key and its next use.
    quarantine: usize,
}

impl KeySpace {
    /// A resting key costs eight bytes, and 16 of address space.
    pub(crate) const fn new(quarantine: usize) -> Self {
        Self { resting: Mutex::new(Resting { oldest: 0, newest: 0, count: 0, fresh: 0..0 }), quarantine }
    }
    /// `None`: out of addresses, to be treated as out of memory.
    pub(crate) fn alloc(&'static self, target: Target) -> Option<Key> {
        #[cfg(test)]
        if SPENT.get() {
            return None;
        }
        let mut resting = self.resting();
        let address = if resting.count > self.quarantine {
            resting.pop()?
        } else {
            if resting.fresh.is_empty() {
                let base = RESERVE.lock().unwrap_or_else(PoisonError::into_inner).block(self)?;
                resting.fresh = base..base + BLOCK;
            }
            resting.fresh.start += STRIDE;
            resting.fresh.start - STRIDE
        };
        Key(address).slot()?.retarget(target);
        Some(Key(address))
    }
    fn resting(&self) -> MutexGuard<'_, Resting> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ended keys, first in first out, linked through their slots; and those of the newest block never used yet.
struct Resting {
    oldest: usize,
    newest: usize,
    count: usize,
    fresh: Range<usize>,
}

impl Resting {
    fn push(&mut self, address: usize) {
        match Key(self.newest).slot() {
            Some(newest) if self.count > 0 => newest.0.store(address as u64, Ordering::Release),
            _ => self.oldest = address,
        }
        self.newest = address;
        self.count += 1;
    }
    fn pop(&mut self) -> Option<usize> {
        let oldest = self.oldest;
        self.oldest = Key(oldest).slot()?.0.load(Ordering::Relaxed) as usize;
        self.count -= 1;
        Some(oldest)
    }
}

struct Block {
    slots: [Slot; SLOTS],
    owner: &'static KeySpace,
}

static BLOCKS: BlockTable<Block, TABLE> = BlockTable::new();
static RESERVE: Mutex<Reserve> = Mutex::new(Reserve { chunks: Vec::new(), next: 0, left: 0, blocks: 0 });

struct Reserve {
    /// Kept so that leak checkers see them as reachable.
    chunks: Vec<Vec<u8>>,
    next: usize,
    left: usize,
    blocks: usize,
}

impl Reserve {
    fn block(&mut self, owner: &'static KeySpace) -> Option<usize> {
        if self.blocks >= BlockTable::<Block, TABLE>::LIMIT {
            return None;
        }
        if self.left == 0 {
            let mut chunk = Vec::<u8>::new(); // capacity only: the pages stay untouched
            chunk.try_reserve_exact((CHUNK + 1) * BLOCK).ok()?;
            (self.next, self.left) = (chunk.as_ptr().addr().next_multiple_of(BLOCK), CHUNK);
            self.chunks.push(chunk);
        }
        let base = self.next;
        (self.next, self.left, self.blocks) = (base + BLOCK, self.left - 1, self.blocks + 1);
        let slots = [const { Slot(AtomicU64::new(0)) }; SLOTS];
        BLOCKS.add(base / BLOCK, Box::leak(Box::new(Block { slots, owner })));
        Some(base)
    }
}

fn find(address: usize) -> Option<(&'static Block, usize)> {
    let (number, at) = (address / BLOCK, address % BLOCK);
    (number != 0 && at % STRIDE == 0).then(|| Some((BLOCKS.find(number)?, at / STRIDE)))?
}

// Whether no keys are left, as far as this thread is told.
#[cfg(test)]
thread_local!(pub(crate) static SPENT: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });

//! Which block of a body is sent next (RFC 9177 section 7.2).
use super::super::body_blocks;
use crate::wire::BlockValue;
use std::collections::VecDeque;

/// The order in which the blocks of a body are sent: one set after the other with a pause between them, and those
/// that are asked for again first.
#[derive(Debug)]
pub struct Pace {
    szx: u8,
    /// How many blocks the body has.
    blocks: u32,
    /// MAX_PAYLOADS; `None`: there are no pauses.
    set: Option<u32>,
    /// The first block that was never sent.
    next: u32,
    /// Blocks to be sent again.
    again: VecDeque<u32>,
    /// A set has been sent, the next one may not be sent yet.
    pausing: bool,
}

impl Pace {
    /// Nothing is sent yet of a body of `length` bytes. `set` is how many blocks go out without a pause; `None` for
    /// confirmable messages, which NSTART holds back (section 7.1).
    pub fn new(length: usize, szx: u8, set: Option<u16>) -> Self {
        let set = set.map(|set| u32::from(set.max(1)));
        Self { szx, blocks: body_blocks(length, szx), set, next: 0, again: VecDeque::new(), pausing: false }
    }

    /// The block that is to be sent now, which counts as sent, and whether it is a repetition. `None`: none, for
    /// now or at all.
    pub fn take(&mut self) -> Option<(BlockValue, bool)> {
        if let Some(number) = self.again.pop_front() {
            return Some((self.block(number), true));
        }
        if self.pausing || self.next >= self.blocks {
            return None;
        }
        let number = self.next;
        self.next += 1;
        self.pausing = self.set.is_some_and(|set| self.next.is_multiple_of(set));
        Some((self.block(number), false))
    }

    /// The pause is over.
    pub fn go_on(&mut self) {
        self.pausing = false;
    }

    /// The receiver has all blocks before `next`. If more were not sent, there is no reason to pause.
    pub fn confirm(&mut self, next: u32) {
        self.pausing &= next < self.next;
    }

    /// The receiver wants these blocks again; those last asked for before need not be sent any more. If it wants
    /// some that were never sent, it has all before them that it will get by itself: there is no reason to pause.
    pub fn repeat(&mut self, numbers: &[u32]) {
        let known = numbers.iter().copied().filter(|number| *number < self.next);
        self.again = known.take(self.set()).collect();
        self.pausing &= !numbers.iter().any(|number| (self.next..self.blocks).contains(number));
    }

    /// How many blocks may be asked for at once.
    pub fn set(&self) -> usize {
        self.set.map_or(usize::from(u16::MAX), |set| set as usize)
    }

    /// The first block that was never sent.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// How many blocks the body has.
    pub fn blocks(&self) -> u32 {
        self.blocks
    }

    /// Size exponent of its blocks.
    pub fn szx(&self) -> u8 {
        self.szx
    }

    /// Whether the last block was sent, and none is to be repeated.
    pub fn all_sent(&self) -> bool {
        self.next >= self.blocks && self.again.is_empty()
    }

    fn block(&self, num: u32) -> BlockValue {
        BlockValue { num, more: num + 1 < self.blocks, szx: self.szx }
    }
}

//! A stretch of a stream.

/// The smallest memory that is asked for.
const SMALLEST: usize = 1024;

/// The bytes of a stream from one offset on, in memory that is there only while there are some.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// The length is 0 or a power of two; the byte of an offset is at its remainder.
    memory: Vec<u8>,
    start: u64,
    end: u64,
}

impl Ring {
    /// The offset of the first byte that is kept.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// Bytes of memory in use.
    pub(super) fn memory(&self) -> usize {
        self.memory.len()
    }

    /// Puts bytes where they belong, which must not be before the start. The caller bounds how far behind it.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        debug_assert!(offset >= self.start);
        if bytes.is_empty() {
            return;
        }
        self.end = self.end.max(offset + bytes.len() as u64);
        self.grow((self.end - self.start) as usize);
        let at = self.place(offset);
        let (first, second) = bytes.split_at(bytes.len().min(self.memory.len() - at));
        self.memory[at..at + first.len()].copy_from_slice(first);
        self.memory[..second.len()].copy_from_slice(second);
    }

    /// The bytes between two offsets, in two pieces.
    pub(super) fn slices(&self, from: u64, to: u64) -> [&[u8]; 2] {
        debug_assert!(self.start <= from && from <= to && (from == to || to <= self.end));
        if from == to {
            return [&[], &[]];
        }
        let (at, length) = (self.place(from), (to - from) as usize);
        let first = length.min(self.memory.len() - at);
        [&self.memory[at..at + first], &self.memory[..length - first]]
    }

    /// What is before that offset is needed no more.
    pub(super) fn advance(&mut self, start: u64) {
        debug_assert!(start >= self.start);
        self.start = start;
        if start >= self.end {
            (self.memory, self.end) = (Vec::new(), start);
        }
    }

    fn place(&self, offset: u64) -> usize {
        offset as usize & (self.memory.len() - 1)
    }

    fn grow(&mut self, needed: usize) {
        if needed <= self.memory.len() {
            return;
        }
        let size = needed.next_power_of_two().max(SMALLEST);
        let old = std::mem::replace(&mut self.memory, vec![0; size]);
        if old.is_empty() {
            return;
        }
        // All of the old memory may hold something: what was received out of order lies apart.
        let (from, to) = (self.start, self.start + old.len() as u64);
        let mut offset = from;
        while offset < to {
            let (old_at, new_at) = (offset as usize & (old.len() - 1), self.place(offset));
            let length = (old.len() - old_at).min(size - new_at).min((to - offset) as usize);
            self.memory[new_at..new_at + length].copy_from_slice(&old[old_at..old_at + length]);
            offset += length as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byte_at(offset: u64) -> u8 {
        (offset % 251) as u8
    }

    fn bytes(from: u64, to: u64) -> Vec<u8> {
        (from..to).map(byte_at).collect()
    }

    #[test]
    fn bytes_keep_their_offsets_while_it_turns_and_grows() {
        let mut rng = fastrand::Rng::with_seed(4);
        let (mut ring, mut end) = (Ring::default(), 0);
        for _ in 0..3000 {
            let more = end + rng.u64(..4000);
            // The later half first, so that growing meets holes.
            let middle = end + (more - end) / 2;
            ring.write(middle, &bytes(middle, more));
            ring.write(end, &bytes(end, middle));
            end = more;
            let from = ring.start() + rng.u64(..=end - ring.start());
            assert_eq!(ring.slices(ring.start(), from).concat(), bytes(ring.start(), from));
            let keeps = end - from <= 20_000 && rng.u8(..4) > 0;
            ring.advance(if keeps { from } else { end });
            assert!(ring.memory() <= 65_536);
        }
    }

    #[test]
    fn nothing_costs_nothing() {
        let mut ring = Ring::default();
        ring.write(0, &[1; 5000]);
        assert_eq!(ring.memory(), 8192);
        ring.advance(5000);
        assert_eq!((ring.memory(), ring.slices(5000, 5000)), (0, [&[][..], &[]]));
    }
}

//! Bytes of a stream that wait.

/// What is kept of an empty buffer's memory: connections that are silent shall cost little.
const KEPT: usize = 4096;

/// A queue of bytes, all of which can be looked at in one piece.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// So many of them, from the front, are taken already.
    start: usize,
}

impl Buffer {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Gets memory to begin with, if it has none.
    pub(super) fn begin_in(&mut self, memory: impl FnOnce() -> Vec<u8>) {
        if self.bytes.capacity() == 0 {
            self.bytes = memory();
        }
    }

    /// Gives its memory away, if it is empty.
    pub(super) fn give_memory(&mut self) -> Vec<u8> {
        if self.is_empty() { std::mem::take(self).bytes } else { Vec::new() }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Lets somebody write behind what is there.
    pub(super) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
    }

    /// Drops the first `count` bytes, or all if there are not so many. What is left moves only when it is less than
    /// what was taken before it: each byte is moved at most once on average.
    pub(super) fn take(&mut self, count: usize) {
        self.start += count.min(self.len());
        if self.is_empty() {
            self.clear();
        } else if self.start > self.len() {
            self.bytes.drain(..self.start);
            self.start = 0;
            if self.bytes.capacity() > 4 * self.bytes.len().max(KEPT) {
                self.bytes.shrink_to(2 * self.bytes.len());
            }
        }
    }

    /// Drops all bytes.
    pub(super) fn clear(&mut self) {
        self.start = 0;
        self.bytes.clear();
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_in_any_pieces() {
        let (mut buffer, mut random) = (Buffer::default(), 1u32);
        let (mut put, mut taken) = (0u32, 0u32);
        for _ in 0..10_000 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let count = (random >> 24) as usize;
            if random & 1 << 20 == 0 {
                let bytes: Vec<u8> = (0..count).map(|at| (put as usize + at) as u8).collect();
                buffer.push(&bytes);
                put += count as u32;
            } else {
                let count = count.min(buffer.len());
                assert!((0..count).all(|at| buffer.as_slice()[at] == (taken as usize + at) as u8));
                buffer.take(count);
                taken += count as u32;
            }
            assert_eq!(buffer.len(), (put - taken) as usize);
        }
        assert!(taken > 100_000);
        buffer.take(usize::MAX);
        assert!(buffer.is_empty() && buffer.bytes.capacity() <= KEPT, "its memory is given back");
    }
}

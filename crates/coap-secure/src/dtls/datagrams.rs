//! A queue of byte strings in one piece of memory.
use std::collections::VecDeque;

/// Empty queues give memory back beyond this many bytes: most channels are idle most of the time.
const KEPT: usize = 256;

/// Datagrams, or the contents of records, first in first out.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    bytes: Vec<u8>,
    lengths: VecDeque<usize>,
    /// How much of `bytes` was taken.
    taken: usize,
}

impl Datagrams {
    pub(super) fn push(&mut self, datagram: &[u8]) {
        self.bytes.extend_from_slice(datagram);
        self.lengths.push_back(datagram.len());
    }

    /// Appends the first one to `out`; false if there is none.
    pub(super) fn pop(&mut self, out: &mut Vec<u8>) -> bool {
        let Some(length) = self.lengths.pop_front() else {
            return false;
        };
        out.extend_from_slice(&self.bytes[self.taken..self.taken + length]);
        self.taken += length;
        if self.lengths.is_empty() {
            self.clear();
        }
        true
    }

    pub(super) fn clear(&mut self) {
        self.taken = 0;
        self.bytes.clear();
        self.lengths.clear();
        if self.bytes.capacity() > KEPT {
            *self = Self::default();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Datagrams;

    #[test]
    fn first_in_first_out_with_their_bounds() {
        let mut queue = Datagrams::default();
        queue.push(b"one");
        queue.push(b"");
        queue.push(&[3; 1000]);
        assert_eq!(queue.len(), 3);
        let mut out = b"> ".to_vec();
        assert!(queue.pop(&mut out));
        assert_eq!(out, b"> one");
        out.clear();
        assert!(queue.pop(&mut out) && out.is_empty());
        assert!(queue.pop(&mut out) && out.len() == 1000);
        assert!(!queue.pop(&mut out));
        assert_eq!(queue.bytes.capacity(), 0, "a long datagram leaves nothing behind");
    }
}

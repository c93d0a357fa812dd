//! Memory that messages have left behind, for those to come: a server that answers small requests allocates nothing.
use super::{Engine, RequestEvent};
use crate::wire::{Datagram, Pdu};

/// Small pieces, and boxes, that are kept; more than are usually under way between two system calls.
const PIECES: usize = 256;
/// Capacity of the largest of them.
const SMALL: usize = 256;
/// Pieces with room for a block that are kept, as many as one batch of messages needs.
const BLOCK_PIECES: usize = 64;
/// What one of those has room for: 1,024 bytes with their options.
const BLOCK: usize = 1280;
/// Capacity of the largest of them. Larger ones are not kept: a few large messages must not make this node hold on to
/// much.
const LARGEST: usize = 2048;

/// Pieces of memory without content.
#[derive(Debug, Default)]
pub(super) struct Spares {
    small: Vec<Vec<u8>>,
    for_blocks: Vec<Vec<u8>>,
    /// What is in them is of no use.
    #[expect(clippy::vec_box, reason = "the boxes are what serves again")]
    boxes: Vec<Box<RequestEvent>>,
}

impl Spares {
    /// A small one of them, empty; one that has no room yet if there is none left.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.small.pop().unwrap_or_default()
    }

    /// One for so many bytes, empty. It may have to grow.
    pub(super) fn take_for(&mut self, bytes: usize) -> Vec<u8> {
        if bytes <= SMALL {
            self.take()
        } else if bytes <= BLOCK {
            self.for_blocks.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK))
        } else {
            Vec::new()
        }
    }

    /// Keeps a piece, if it is of use.
    pub(super) fn give(&mut self, mut piece: Vec<u8>) {
        let (pieces, most) = match piece.capacity() {
            1..=SMALL => (&mut self.small, PIECES),
            BLOCK..=LARGEST => (&mut self.for_blocks, BLOCK_PIECES),
            _ => return,
        };
        if pieces.len() < most {
            piece.clear();
            pieces.push(piece);
        }
    }

    /// Puts a request into a box.
    #[inline(always)]
    pub(super) fn enclose(&mut self, event: RequestEvent) -> Box<RequestEvent> {
        match self.boxes.pop() {
            Some(mut place) => {
                *place = event;
                place
            }
            None => Box::new(event),
        }
    }

    /// Keeps a request's box, and what it holds.
    pub(super) fn give_box(&mut self, mut event: Box<RequestEvent>) {
        for message in [&mut event.request, &mut event.response] {
            self.give(std::mem::take(message).into_memory());
        }
        if self.boxes.len() < PIECES {
            self.boxes.push(event);
        }
    }

    /// How many pieces and boxes there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> [usize; 2] {
        [self.small.len() + self.for_blocks.len(), self.boxes.len()]
    }

    /// A datagram with a copy of these bytes.
    pub(super) fn copy(&mut self, bytes: &[u8]) -> Datagram {
        let mut piece = self.take_for(bytes.len());
        piece.extend_from_slice(bytes);
        piece.into()
    }
}

impl Engine {
    /// A message is no longer needed. Its memory serves for others.
    pub fn reuse_pdu(&mut self, pdu: Pdu) {
        self.spares.give(pdu.into_memory());
    }

    /// A datagram was sent, or will not be. Its memory serves for others.
    pub fn reuse_datagram(&mut self, datagram: Datagram) {
        self.spares.give(datagram.into_memory());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_number_of_small_pieces_is_kept() {
        let mut spares = Spares::default();
        for _ in 0..2 * PIECES {
            spares.give(vec![7; 64]);
        }
        assert_eq!(spares.len(), [PIECES, 0]);
        let piece = spares.take();
        assert!(piece.is_empty() && piece.capacity() >= 64);
        for length in [0, SMALL + 1, LARGEST + 1, 65_507] {
            spares.give(Vec::with_capacity(length));
        }
        assert_eq!(spares.len(), [PIECES - 1, 0]);
        let all: Vec<_> = (0..PIECES).map(|_| spares.take()).collect();
        assert_eq!(all.iter().filter(|piece| piece.capacity() == 0).count(), 1, "when none is left");
    }

    #[test]
    fn pieces_for_blocks_are_kept_apart_from_small_ones() {
        let (mut spares, mut pieces) = (Spares::default(), Vec::new());
        for _ in 0..2 * BLOCK_PIECES {
            let piece = spares.take_for(SMALL + 1);
            assert!(piece.capacity() >= 1024, "room for a block");
            pieces.push(piece);
        }
        for piece in pieces {
            spares.give(piece);
        }
        assert_eq!(spares.len(), [BLOCK_PIECES, 0]);
        assert_eq!(spares.take().capacity(), 0, "there is no small one");
        assert!(spares.take_for(1100).capacity() >= 1100);
        assert_eq!(spares.len(), [BLOCK_PIECES - 1, 0]);
    }
}

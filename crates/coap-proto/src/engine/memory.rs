//! Memory that messages have left behind, for those to come: a server that answers small requests allocates nothing.
use super::Engine;
use crate::wire::{Datagram, Pdu};

/// Pieces that are kept; more than are usually under way between two system calls.
const PIECES: usize = 256;
/// Larger ones are not kept: a few large messages must not make this node hold on to much.
const LARGEST: usize = 256;

/// Pieces of memory without content.
#[derive(Debug, Default)]
pub(super) struct Spares(Vec<Vec<u8>>);

impl Spares {
    /// One of them, empty; one that has no room yet if there is none left.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.0.pop().unwrap_or_default()
    }

    /// Keeps a piece, if it is of use.
    pub(super) fn give(&mut self, mut piece: Vec<u8>) {
        let is_of_use = (1..=LARGEST).contains(&piece.capacity()) && self.0.len() < PIECES;
        if is_of_use {
            piece.clear();
            self.0.push(piece);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// A datagram with a copy of these bytes.
    pub(super) fn copy(&mut self, bytes: &[u8]) -> Datagram {
        let mut piece = self.take();
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
        assert_eq!(spares.0.len(), PIECES);
        let piece = spares.take();
        assert!(piece.is_empty() && piece.capacity() >= 64);
        for length in [0, LARGEST + 1, 65_507] {
            spares.give(Vec::with_capacity(length));
        }
        assert_eq!(spares.0.len(), PIECES - 1);
        let all: Vec<_> = (0..PIECES).map(|_| spares.take()).collect();
        assert_eq!(all.iter().filter(|piece| piece.capacity() == 0).count(), 1, "when none is left");
    }
}

//! Putting a body together.
use super::joined::Joined;
use crate::wire::Pdu;
use std::collections::BTreeMap;

/// Counted for each piece that waits for others, besides its bytes.
const PIECE_OVERHEAD: usize = 64;

/// A body of which pieces come in any order. It takes the memory of what has come, never of what was
/// announced.
#[derive(Debug, Default)]
pub struct Assembly {
    /// What there is without a gap from the start.
    head: Joined,
    /// Pieces behind the first gap, by offset. They do not overlap and none follows `head` directly.
    ahead: BTreeMap<usize, Vec<u8>>,
    ahead_bytes: usize,
    /// Where runs of pieces in `ahead` without a gap between them start and end: what is missing is found without
    /// looking at what is there.
    runs: BTreeMap<usize, usize>,
    /// Length of the body, when its last piece has come.
    end: Option<usize>,
}

/// What a piece was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// Missing until now.
    New,
    /// There already, with the same content.
    Known,
}

/// Why a piece cannot belong to the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// Other bytes are there already.
    Differs,
    /// It is behind the end of the body, or would move it.
    PastEnd,
}

impl Assembly {
    /// Nothing has come yet of what will be the payload of a message like `message`; `expected` is the length that was
    /// announced.
    pub(super) fn for_payload_of(message: &Pdu, expected: usize) -> Self {
        Self { head: Joined::of(message, expected), ..Self::default() }
    }

    /// Takes a piece; `last` says that the body ends with it. After an error the body is as it was.
    ///
    /// # Errors
    /// See [`Misfit`].
    pub fn place(&mut self, offset: usize, piece: &[u8], last: bool) -> Result<Placed, Misfit> {
        let end = offset.saturating_add(piece.len());
        self.check_end(end, last)?;
        self.check_overlap(offset, piece)?;
        if last {
            self.end = Some(end);
        }
        if end <= self.head.len() || self.ahead.contains_key(&offset) {
            return Ok(if last && piece.is_empty() { Placed::New } else { Placed::Known });
        }
        match self.head.len().checked_sub(offset) {
            Some(known) => {
                self.head.push(&piece[known..]);
                self.close_gap();
            }
            None => {
                self.ahead.insert(offset, piece.to_vec());
                self.ahead_bytes += piece.len();
                self.join_runs(offset, end);
            }
        }
        Ok(Placed::New)
    }

    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        self.end == Some(self.head.len())
    }

    /// Whether nothing has come.
    pub fn is_empty(&self) -> bool {
        (self.head.len() == 0) && self.ahead.is_empty()
    }

    /// How many bytes there are without a gap from the start.
    pub fn contiguous(&self) -> usize {
        self.head.len()
    }

    /// Length of the body, if its last piece has come.
    pub fn end(&self) -> Option<usize> {
        self.end
    }

    /// Memory that it takes, in bytes.
    pub fn cost(&self) -> usize {
        self.head.cost() + self.ahead_bytes + self.ahead.len() * PIECE_OVERHEAD
    }

    /// Memory that one more piece of `length` bytes takes.
    pub fn cost_of(length: usize) -> usize {
        length + PIECE_OVERHEAD
    }

    /// Numbers of the blocks of `size` bytes that are missing before byte `end`.
    pub fn missing(&self, size: usize, end: usize) -> impl Iterator<Item = u32> + '_ {
        let ends = self.runs.keys().copied().chain([end]);
        let starts = self.runs.values().copied();
        let gaps = [self.head.len()].into_iter().chain(starts).zip(ends);
        gaps.flat_map(move |(start, stop)| start.div_ceil(size)..stop.min(end).div_ceil(size))
            .map(|number| number as u32)
    }

    /// How many runs without a gap there are behind the first gap: what a look for what is missing visits.
    #[cfg(test)]
    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// The body, as far as it is there without a gap.
    pub fn into_bytes(self) -> Vec<u8> {
        self.head.into_bytes()
    }

    /// Makes that the payload of a message.
    pub(super) fn become_payload_of(self, message: &mut Pdu) {
        self.head.become_payload_of(message);
    }

    fn check_end(&self, end: usize, last: bool) -> Result<(), Misfit> {
        let reached =
            self.ahead.last_key_value().map_or(self.head.len(), |(offset, piece)| offset + piece.len());
        let fits = match self.end {
            Some(known) if last => end == known,
            Some(known) => end < known,
            None => !last || reached <= end,
        };
        if fits { Ok(()) } else { Err(Misfit::PastEnd) }
    }

    fn check_overlap(&self, offset: usize, piece: &[u8]) -> Result<(), Misfit> {
        let known = self.head.bytes().get(offset..).unwrap_or_default();
        let length = known.len().min(piece.len());
        if known[..length] != piece[..length] {
            return Err(Misfit::Differs);
        }
        // Of what is ahead, only a piece of the same place is known content: one that has another size would
        // have to be cut, and who changes sizes while blocks are missing cannot be followed.
        let end = offset + piece.len();
        let overlaps =
            self.ahead.range(..end).next_back().filter(|(start, there)| *start + there.len() > offset);
        match overlaps {
            Some((start, there)) if *start != offset || there != piece => Err(Misfit::Differs),
            _ => Ok(()),
        }
    }

    /// A piece has come behind the first gap.
    fn join_runs(&mut self, start: usize, end: usize) {
        let end = self.runs.remove(&end).unwrap_or(end);
        let before = self.runs.range_mut(..start).next_back().filter(|(_, stop)| **stop == start);
        match before {
            Some((_, stop)) => *stop = end,
            None => {
                self.runs.insert(start, end);
            }
        }
    }

    fn close_gap(&mut self) {
        while let Some(next) = self.ahead.first_entry().filter(|next| *next.key() == self.head.len()) {
            let piece = next.remove();
            self.ahead_bytes -= piece.len();
            self.head.push(&piece);
        }
        while let Some(run) = self.runs.first_entry().filter(|run| *run.get() <= self.head.len()) {
            run.remove();
        }
    }
}

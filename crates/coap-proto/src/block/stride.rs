//! How a body is cut into messages.
use super::LARGEST;
use crate::wire::BlockValue;

/// Bytes of one BERT block (RFC 8323 section 6).
pub(super) const BERT_BLOCK: usize = 1 << (LARGEST + 4);
/// So many bytes of a body go into one message with BERT: other things are not to wait for megabytes.
const MOST: usize = 64 << 10;

/// How much of a body each of its messages bears: one block or, with BERT (RFC 8323 section 6), as many blocks of 1,024
/// bytes as there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stride {
    szx: u8,
    bytes: usize,
}

impl Stride {
    /// One block with that size exponent a message.
    pub const fn of(szx: u8) -> Self {
        Self { szx, bytes: BlockValue { num: 0, more: false, szx }.size() }
    }

    /// What the first message with a block option shows: `payload` bytes came with `block`, which is not the last one.
    pub const fn shown(block: BlockValue, payload: usize) -> Self {
        match block.szx {
            BlockValue::BERT => Self { szx: block.szx, bytes: whole_blocks(payload) },
            szx => Self::of(szx),
        }
    }

    /// With BERT, as many blocks as there is room for; `None` if there is room for none.
    pub(super) fn bert(room: usize) -> Option<Self> {
        let room = room.min(MOST);
        (room >= BERT_BLOCK).then(|| Self { szx: BlockValue::BERT, bytes: whole_blocks(room) })
    }

    /// The size exponent.
    pub const fn szx(&self) -> u8 {
        self.szx
    }

    /// Bytes of the body in each message but the last one.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// This, or smaller blocks, if those are wanted.
    pub(super) const fn at_most(self, szx: u8) -> Self {
        if szx < self.szx { Self::of(szx) } else { self }
    }
}

const fn whole_blocks(bytes: usize) -> usize {
    match bytes - bytes % BERT_BLOCK {
        0 => BERT_BLOCK,
        whole => whole,
    }
}

/// The number of the block that starts where block `num` of size exponent `from` does, for the exponent `to`, which is
/// not larger. Blocks of BERT are as long as the largest others.
pub(super) const fn renumber(num: u32, from: u8, to: u8) -> u32 {
    let (from, to) = (if from > LARGEST { LARGEST } else { from }, if to > LARGEST { LARGEST } else { to });
    num << (from - to)
}

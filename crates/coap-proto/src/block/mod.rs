//! Bodies that do not fit into one message (RFC 7959), as state machines that know nothing of sessions.
//!
//! * [`Upload`] is a request body that is being sent, [`Intake`] one that is being received (Block1).
//! * [`Download`] is a response body that is being received, [`Offer`] one that is kept for its receiver
//!   (Block2).
//! * [`Assembly`] puts a body together from blocks in any order.
//! * [`quick`] has the same four roles for blocks that do not wait for each other (RFC 9177).
//! * [`large`] decides whether a body fits into its message and begins a transfer if not.
//!
//! [`Engine`](crate::engine::Engine) runs them when the session's [`BlockMode`] says so.
mod assembly;
mod body;
mod download;
mod intake;
mod joined;
mod key;
pub mod large;
mod mode;
mod offer;
pub mod quick;
mod stride;
#[cfg(test)]
mod tests;
mod upload;

pub use assembly::{Assembly, Misfit, Placed};
pub use body::{Body, Bytes};
pub use download::{Arrival, BadBlock, Download};
pub(crate) use intake::check_size;
pub use intake::{Intake, Received, Refusal};
pub use key::RequestKey;
pub use large::{LargeBody, LargeError, Representation};
pub use mode::BlockMode;
pub use offer::Offer;
pub use stride::Stride;
pub use upload::{Acknowledged, Upload};

use crate::wire::{BlockValue, OptionRef, Pdu, uint};

/// The size exponent of the largest blocks (1,024 bytes) that are no BERT.
pub const LARGEST: u8 = 6;

/// The longest body that blocks of 1,024 bytes can carry: 2 ^ 20 of them.
pub const MAX_BODY: usize = (BlockValue::MAX_NUM as usize + 1) << (LARGEST + 4);

/// Where a payload belongs in its body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Where it starts, in bytes.
    pub offset: usize,
    /// Length of the body. While more is to come this is what is known of it: more than `offset` and the
    /// payload's length together.
    pub total: usize,
}

impl Extent {
    /// That of a payload which is the whole body.
    pub fn whole(pdu: &Pdu) -> Self {
        Self { offset: 0, total: pdu.payload().len() }
    }

    /// That of the payload of a message with a block option. `announced` is what Size1 or Size2 says (RFC
    /// 7959 section 4: an estimate).
    pub fn of_block(pdu: &Pdu, block: BlockValue, announced: Option<usize>) -> Self {
        let (offset, length) = (block.offset(), pdu.payload().len());
        let least = offset + length + usize::from(block.more);
        Self { offset, total: announced.filter(|_| block.more).unwrap_or(0).max(least) }
    }
}

/// How many blocks a body of `length` bytes has; an empty one has one, too.
pub(crate) fn body_blocks(length: usize, szx: u8) -> u32 {
    let size = BlockValue { num: 0, more: false, szx }.size();
    u32::try_from(length.div_ceil(size)).unwrap_or(u32::MAX).max(1)
}

/// What a message says in a block option.
///
/// # Errors
/// [`NotABlock`] for a value of more than three bytes, and for a size exponent of 7: over datagrams that is
/// reserved (RFC 7959 section 2.2).
pub fn block_option(pdu: &Pdu, number: u16) -> Result<Option<BlockValue>, NotABlock> {
    block_option_up_to(pdu, number, LARGEST)
}

/// As [`block_option`], with size exponents up to `largest`: [`BlockValue::BERT`] in sessions where both sides know it
/// (RFC 8323 section 6).
///
/// # Errors
/// [`NotABlock`] for a value of more than three bytes, and for a larger size exponent.
#[inline]
pub fn block_option_up_to(pdu: &Pdu, number: u16, largest: u8) -> Result<Option<BlockValue>, NotABlock> {
    let Some(OptionRef { value, .. }) = pdu.option(number) else { return Ok(None) };
    match BlockValue::decode(value) {
        Some(block) if block.szx <= largest => Ok(Some(block)),
        _ => Err(NotABlock),
    }
}

/// Whether the payload of a message with that block is as long as the option says: a whole block or, with BERT, some
/// whole blocks, but for the last one.
pub(crate) fn has_right_size(payload: &[u8], block: BlockValue) -> bool {
    let (length, size) = (payload.len(), block.size());
    match (block.szx, block.more) {
        (BlockValue::BERT, true) => length > 0 && length.is_multiple_of(size),
        (BlockValue::BERT, false) => true,
        (_, true) => length == size,
        (_, false) => length <= size,
    }
}

/// A block option whose value has no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotABlock;

/// Length of a body as Size1 or Size2 announce it.
pub(crate) fn announced_size(pdu: &Pdu, number: u16) -> Option<usize> {
    as_size(pdu.option(number)?.value)
}

/// The value of Size1 or Size2.
fn as_size(value: &[u8]) -> Option<usize> {
    uint::decode(value).map(|size| usize::try_from(size).unwrap_or(usize::MAX))
}

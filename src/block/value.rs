//! A block of a body.
use crate::{log::Lines, pdu::payload_room, types::*};
use coap_proto::wire::{BlockValue, Pdu};
use std::ffi::c_uint;

/// A block, as C's two structures have it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Block {
    /// Its number.
    pub(super) num: u32,
    /// Whether more follow.
    pub(super) more: bool,
    /// Its size exponent.
    pub(super) szx: u8,
    /// Whether it was read from a message.
    defined: bool,
}

impl Block {
    /// The block of this number; whether more follow is not known yet.
    pub(super) fn new(num: u32, szx: u8) -> Self {
        Self { num, szx, ..Self::default() }
    }

    /// Reads an option's value; `None` for a malformed one, and for BERT.
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let BlockValue { num, more, szx } = BlockValue::decode(value)?;
        (szx != BlockValue::BERT).then_some(Self { num, more, szx, defined: true })
    }

    /// Where it starts in the body.
    pub(super) fn start(&self) -> u64 {
        u64::from(self.num) << (self.szx + 4)
    }

    /// Bytes of a whole block.
    pub(super) fn size(&self) -> usize {
        16 << self.szx
    }

    /// Whether a body of this length has the block; it always has the first.
    pub(super) fn within(&self, length: usize) -> bool {
        self.num == 0 || (length as u64) > self.start()
    }

    /// Its bytes in the body.
    pub(super) fn of<'a>(&self, body: &'a [u8]) -> &'a [u8] {
        let start = usize::try_from(self.start()).unwrap_or(usize::MAX).min(body.len());
        &body[start..body.len().min(start.saturating_add(self.size()))]
    }

    /// Makes the block no larger than this; it starts at the same place.
    pub(super) fn narrow(&mut self, szx: u8) {
        if szx < self.szx {
            self.num <<= self.szx - szx;
            self.szx = szx;
        }
    }

    /// Makes the block as small as the PDU needs, and sees whether more follow. `false`: not even 16 bytes fit.
    pub(super) fn fit(&mut self, pdu: &Pdu, length: usize) -> bool {
        let room = payload_room(pdu);
        let rest = (length as u64).saturating_sub(self.start());
        if room < self.size() && rest >= room as u64 {
            let Some(szx) = BlockValue::szx_for(room) else { return false };
            self.narrow(szx);
        }
        self.more = (self.size() as u64) < rest;
        true
    }

    /// Puts its option into the PDU.
    pub(super) fn write(&self, pdu: &mut Pdu, number: u16, lines: &mut Lines) {
        let value = BlockValue { num: self.num, more: self.more, szx: self.szx }.encode();
        if let Err(error) = pdu.update_option(number, &value) {
            lines.add(COAP_LOG_WARN, format_args!("block option not added: {error}"));
        }
    }
}

impl From<coap_block_t> for Block {
    fn from(c: coap_block_t) -> Self {
        Self { num: c.num, more: c.bits & 1 != 0, szx: (c.bits >> 1 & 7) as u8, defined: false }
    }
}

impl From<Block> for coap_block_t {
    fn from(block: Block) -> Self {
        Self { num: block.num, bits: c_uint::from(block.more) | c_uint::from(block.szx) << 1 }
    }
}

impl From<coap_block_b_t> for Block {
    fn from(c: coap_block_b_t) -> Self {
        Self { num: c.num, more: c.bits & 1 != 0, szx: (c.bits >> 1 & 7) as u8, defined: false }
    }
}

impl From<Block> for coap_block_b_t {
    fn from(block: Block) -> Self {
        let szx = c_uint::from(block.szx);
        let bits = c_uint::from(block.more) | szx << 1 | szx << 4 | c_uint::from(block.defined) << 7;
        let chunk_size = if block == Block::default() { 0 } else { block.size() as u32 };
        Self { num: block.num, bits, chunk_size }
    }
}

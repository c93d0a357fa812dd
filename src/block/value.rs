//! A block of a body.
use crate::{log::Lines, pdu::payload_room, types::*};
use coap_proto::wire::{BlockValue, Pdu};
use std::ffi::c_uint;

/// Size exponent and bytes of the largest blocks.
const LARGEST: u8 = coap_proto::block::LARGEST;
const WHOLE: usize = 1024;

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
    /// Bytes of its message, if that has several blocks of 1,024 bytes: BERT (RFC 8323 section 6).
    bert: Option<u32>,
}

impl Block {
    /// The block of this number; whether more follow is not known yet.
    pub(super) fn new(num: u32, szx: u8) -> Self {
        Self { num, szx, ..Self::default() }
    }

    /// Reads an option's value; `None` for a malformed one, and for BERT.
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let BlockValue { num, more, szx } = BlockValue::decode(value)?;
        (szx != BlockValue::BERT).then_some(Self { num, more, szx, defined: true, bert: None })
    }

    /// Reads a message's option in a session where BERT has a meaning; `None` for a malformed one.
    pub(super) fn decode_bert(pdu: &Pdu, number: u16) -> Option<Self> {
        let value = pdu.option(number)?.value;
        let BlockValue { num, more, szx } = BlockValue::decode(value)?;
        if szx != BlockValue::BERT {
            return Self::decode(value);
        }
        let length = pdu.payload().len();
        let whole = if more { length - length % WHOLE } else { length };
        let bert = Some(u32::try_from(whole).unwrap_or(u32::MAX));
        Some(Self { num, more, szx: LARGEST, defined: true, bert })
    }

    /// Where it starts in the body.
    pub(super) fn start(&self) -> u64 {
        u64::from(self.num) << (self.szx + 4)
    }

    /// Bytes of a whole block, or of all in a message.
    pub(super) fn size(&self) -> usize {
        self.bert.map_or(16 << self.szx, |bytes| bytes as usize)
    }

    /// Makes the block one of several in a message, if there is room for whole ones.
    pub(super) fn widen(&mut self, pdu: &Pdu) {
        let room = payload_room(pdu);
        let may_be = self.szx == LARGEST && (!self.defined || self.bert.is_some());
        self.bert = (may_be && room >= WHOLE)
            .then(|| u32::try_from(room - room % WHOLE).unwrap_or(u32::MAX - u32::MAX % 1024));
    }

    /// Whether it stands for several in a message.
    pub(super) fn is_bert(&self) -> bool {
        self.bert.is_some()
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
        if self.bert.is_none() && room < self.size() && rest >= room as u64 {
            let Some(szx) = BlockValue::szx_for(room) else { return false };
            self.narrow(szx);
        }
        self.more = (self.size() as u64) < rest;
        self.defined = false;
        true
    }

    /// Puts its option into the PDU.
    pub(super) fn write(&self, pdu: &mut Pdu, number: u16, lines: &mut Lines) {
        let szx = if self.is_bert() { BlockValue::BERT } else { self.szx };
        let value = BlockValue { num: self.num, more: self.more, szx }.encode();
        if let Err(error) = pdu.update_option(number, &value) {
            lines.add(COAP_LOG_WARN, format_args!("block option not added: {error}"));
        }
    }
}

impl From<coap_block_t> for Block {
    fn from(c: coap_block_t) -> Self {
        Self { num: c.num, more: c.bits & 1 != 0, szx: (c.bits >> 1 & 7) as u8, defined: false, bert: None }
    }
}

impl From<Block> for coap_block_t {
    fn from(block: Block) -> Self {
        Self { num: block.num, bits: c_uint::from(block.more) | c_uint::from(block.szx) << 1 }
    }
}

impl From<coap_block_b_t> for Block {
    fn from(c: coap_block_b_t) -> Self {
        let (defined, bert) = (c.bits >> 7 & 1 != 0, c.bits >> 8 & 1 != 0);
        let szx = (c.bits >> 1 & 7) as u8;
        Self { num: c.num, more: c.bits & 1 != 0, szx, defined, bert: bert.then_some(c.chunk_size) }
    }
}

impl From<Block> for coap_block_b_t {
    fn from(block: Block) -> Self {
        let szx = c_uint::from(block.szx);
        let actual = if block.is_bert() { c_uint::from(BlockValue::BERT) } else { szx };
        let flags = c_uint::from(block.defined) << 7 | c_uint::from(block.is_bert()) << 8;
        let bits = c_uint::from(block.more) | szx << 1 | actual << 4 | flags;
        Self { num: block.num, bits, chunk_size: block.size() as u32 }
    }
}

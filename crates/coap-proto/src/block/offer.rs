//! A response body that is kept until its receiver has all blocks (RFC 7959 section 2.4): the server's part
//! of Block2.
use super::{Body, Refusal, Stride};
use crate::wire::{BlockValue, Code, Pdu, PduError, option, uint};
use std::time::{Duration, Instant};

/// A response body that is kept, with what all its blocks have in common.
#[derive(Debug)]
pub struct Offer {
    body: Body,
    /// Code and options of the first response but Observe, as they stand in the message with the block written last:
    /// only few bytes change from one to the next.
    head: Pdu,
    /// How long the options are but for Block2 (or Q-Block2).
    length: usize,
    etag: Box<[u8]>,
    /// When the representation is no longer fresh.
    stale_at: Option<Instant>,
    /// The last block was sent last.
    complete: bool,
}

impl Offer {
    /// Keeps `body`, of which `response` bears the first block.
    pub fn new(body: Body, response: &Pdu, stale_at: Option<Instant>) -> Self {
        let mut head = Pdu::new(response.kind(), response.code(), 0, 0);
        let differs = |number| matches!(number, option::BLOCK2 | option::Q_BLOCK2 | option::OBSERVE);
        for option in response.options().filter(|option| !differs(option.number)) {
            // Without a size limit, in their order, and as long as they may be: this cannot fail.
            let _ = head.add_option(option.number, option.value);
        }
        let length = head.len();
        let etag = response.option(option::ETAG).map(|etag| etag.value.into()).unwrap_or_default();
        Self { body, head, length, etag, stale_at, complete: false }
    }

    /// The body, which is no longer needed.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// Whether the receiver seems to have it all: its last block was what was sent last.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// A block was sent.
    pub fn was_sent(&mut self, last: bool) {
        self.complete = last;
    }

    /// Memory that it takes, in bytes.
    pub fn cost(&self) -> usize {
        self.body.len() + self.head.len()
    }

    /// Whether a request names this representation: then it is valid, and the client has it (RFC 7252 section
    /// 5.10.6.2).
    pub fn is_named_by(&self, request: &Pdu) -> Option<bool> {
        let mut etags = request.options().filter(|option| option.number == option::ETAG);
        request.presence().may_have(option::ETAG).then(|| etags.any(|etag| etag.value == &*self.etag))
    }

    /// Says in a response that the client has the representation.
    ///
    /// # Errors
    /// [`PduError`] if that does not fit.
    pub fn confirm(&self, response: &mut Pdu) -> Result<(), PduError> {
        response.set_code(Code::VALID);
        response.add_option(option::ETAG, &self.etag).map(drop)
    }

    /// Writes the block asked for into a response that bears a token only; in smaller blocks if it does not
    /// fit. Returns whether it is the last one.
    ///
    /// # Errors
    /// The [`Refusal`] to be answered.
    pub fn write(&mut self, asked: BlockValue, response: &mut Pdu, now: Instant) -> Result<bool, Refusal> {
        self.write_as(option::BLOCK2, asked, response, now)
    }

    /// As [`Offer::write`], with another option that says which block it is.
    pub(super) fn write_as(
        &mut self,
        number: u16,
        asked: BlockValue,
        response: &mut Pdu,
        now: Instant,
    ) -> Result<bool, Refusal> {
        const NO_ROOM: Refusal = Refusal { code: Code::INTERNAL_ERROR, reason: "" };
        let offset = asked.offset();
        if offset >= self.body.len() {
            return Err(Refusal { code: Code::BAD_REQUEST, reason: "" });
        }
        response.set_code(self.head.code());
        let fitting = fitting_block(asked, response, self.length, self.body.len());
        let (block, bytes) = fitting.ok_or(NO_ROOM)?;
        self.head.update_option(number, &block.encode()).map_err(|_| NO_ROOM)?;
        if let Some(stale_at) = self.stale_at.filter(|_| self.head.presence().may_have(option::MAX_AGE)) {
            let remaining = whole_seconds(stale_at.saturating_duration_since(now));
            self.head.update_option(option::MAX_AGE, &uint::encode(remaining)).map_err(|_| NO_ROOM)?;
        }
        response.add_options_of(&self.head).map_err(|_| NO_ROOM)?;
        response.set_payload(self.body.block(offset, bytes)).map_err(|_| NO_ROOM)?;
        Ok(!block.more)
    }
}

/// The block of a body of `length` bytes that starts where `asked` does, as large as asked for or as fits
/// into `response` besides its options and `others` of so many bytes, and how many bytes of the body its message may
/// bear. `None` if not even the smallest one fits.
pub(super) fn fitting_block(
    asked: BlockValue,
    response: &Pdu,
    others: usize,
    length: usize,
) -> Option<(BlockValue, usize)> {
    /// Block2 option with its value, payload marker.
    const OVERHEAD: usize = 5 + 1;
    let (offset, rest) = (asked.offset(), length.saturating_sub(asked.offset()));
    let room = match response.max_size() {
        0 => usize::MAX,
        limit => limit.checked_sub(response.len() + others + OVERHEAD)?,
    };
    let stride = match asked.szx {
        BlockValue::BERT => Stride::bert(room),
        szx => (rest.min(asked.size()) <= room).then(|| Stride::of(szx)),
    };
    let stride = match stride {
        Some(stride) => stride,
        None => Stride::of(asked.szx.min(BlockValue::szx_for(room)?)),
    };
    let block = BlockValue { num: 0, more: rest > stride.bytes(), szx: stride.szx() };
    let num = u32::try_from(offset / block.size()).ok().filter(|num| *num <= BlockValue::MAX_NUM)?;
    Some((BlockValue { num, ..block }, stride.bytes()))
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000) as u64
}

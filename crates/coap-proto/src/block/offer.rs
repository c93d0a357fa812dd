//! A response body that is kept until its receiver has all blocks (RFC 7959 section 2.4): the server's part
//! of Block2.
use super::{Body, Refusal, Stride};
use crate::wire::option::{self, OptionHead};
use crate::wire::{BlockValue, Code, Pdu, PduError, uint};
use std::time::{Duration, Instant};

/// A response body that is kept, with what all its blocks have in common.
#[derive(Debug)]
pub struct Offer {
    body: Body,
    code: Code,
    /// Options of the first response but Block2 (or Q-Block2) and Observe, in their order.
    options: Vec<(u16, Box<[u8]>)>,
    /// How long they get in a message.
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
        let differs = |number| matches!(number, option::BLOCK2 | option::Q_BLOCK2 | option::OBSERVE);
        let kept = response.options().filter(|option| !differs(option.number));
        let options: Vec<_> = kept.map(|option| (option.number, Box::from(option.value))).collect();
        let length = length_of(&options);
        let etag = response.option(option::ETAG).map(|etag| etag.value.into()).unwrap_or_default();
        Self { body, code: response.code(), options, length, etag, stale_at, complete: false }
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
        self.body.len() + self.options.iter().map(|(_, value)| value.len() + 32).sum::<usize>()
    }

    /// Whether a request names this representation: then it is valid, and the client has it (RFC 7252 section
    /// 5.10.6.2).
    pub fn is_named_by(&self, request: &Pdu) -> Option<bool> {
        let mut etags = request.options().filter(|option| option.number == option::ETAG).peekable();
        etags.peek()?;
        Some(etags.any(|etag| etag.value == &*self.etag))
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
    pub fn write(&self, asked: BlockValue, response: &mut Pdu, now: Instant) -> Result<bool, Refusal> {
        self.write_as(option::BLOCK2, asked, response, now)
    }

    /// As [`Offer::write`], with another option that says which block it is.
    pub(super) fn write_as(
        &self,
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
        response.set_code(self.code);
        let fitting = fitting_block(asked, response, self.length, self.body.len());
        let (block, bytes) = fitting.ok_or(NO_ROOM)?;
        let (before, behind) = self.options.split_at(self.options.partition_point(|(it, _)| *it <= number));
        self.write_options(before, response, now).map_err(|_| NO_ROOM)?;
        response.insert_option(number, &block.encode()).map_err(|_| NO_ROOM)?;
        self.write_options(behind, response, now).map_err(|_| NO_ROOM)?;
        response.set_payload(self.body.block(offset, bytes)).map_err(|_| NO_ROOM)?;
        Ok(!block.more)
    }

    /// Writes some of its options, as they are by now.
    fn write_options(
        &self,
        options: &[(u16, Box<[u8]>)],
        response: &mut Pdu,
        now: Instant,
    ) -> Result<(), PduError> {
        for (number, value) in options {
            let remaining;
            let value = match (*number, self.stale_at) {
                (option::MAX_AGE, Some(stale_at)) => {
                    remaining = uint::encode(whole_seconds(stale_at.saturating_duration_since(now)));
                    &*remaining
                }
                _ => value,
            };
            response.insert_option(*number, value)?;
        }
        Ok(())
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

/// How many bytes options take in a message that has no others.
fn length_of(options: &[(u16, Box<[u8]>)]) -> usize {
    let mut before = 0;
    let sizes = options.iter().map(|(number, value)| {
        let delta = number - std::mem::replace(&mut before, *number);
        OptionHead::new(delta, value.len()).map_or(0, |head| head.encoded_size())
    });
    sizes.sum()
}

fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000) as u64
}

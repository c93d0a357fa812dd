//! A request body that comes in blocks (RFC 7959 section 2.5): the server's part of Block1.
use super::{Assembly, Misfit, Placed, announced_size, has_right_size};
use crate::wire::{BlockValue, Code, Pdu, option};

/// A request body that is being received, in any order of its blocks.
#[derive(Debug)]
pub struct Intake {
    assembly: Assembly,
    content_format: Vec<u8>,
    /// Observe of the request that began it: later ones have none.
    observe: Option<Vec<u8>>,
    /// Token of the request with the last block, which the response will answer.
    last_token: Option<Vec<u8>>,
}

/// What a block means for the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// More are missing.
    More,
    /// The last one came, and others are missing.
    Gaps,
    /// None is missing.
    Whole,
}

/// Why a block is refused: the response's code and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 4.00 or 4.08.
    pub code: Code,
    /// Diagnostic payload (RFC 7252 section 5.5.2).
    pub reason: &'static str,
}

impl Refusal {
    pub(crate) const fn incomplete(reason: &'static str) -> Self {
        Self { code: Code::INCOMPLETE, reason }
    }

    pub(crate) const fn bad_request(reason: &'static str) -> Self {
        Self { code: Code::BAD_REQUEST, reason }
    }
}

impl Intake {
    /// A body that begins with what `request` bears.
    pub fn new(request: &Pdu) -> Self {
        let value = |number| request.option(number).map(|option| option.value.to_vec());
        let mut bearer = request.without_payload();
        bearer.remove_option(option::BLOCK1);
        let expected = announced_size(request, option::SIZE1).unwrap_or(0);
        Self {
            assembly: Assembly::for_payload_of(&bearer, expected),
            content_format: value(option::CONTENT_FORMAT).unwrap_or_default(),
            observe: value(option::OBSERVE),
            last_token: None,
        }
    }

    /// A body that had come in whole with `request`, and whose last block will come once more: `others` are the
    /// bytes before that.
    pub fn resumed(request: &Pdu, others: &[u8]) -> Self {
        let mut intake = Self::new(request);
        // Nothing contradicts the first piece.
        let _ = intake.assembly.place(0, others, false);
        intake
    }

    /// Memory that it takes, in bytes.
    pub fn cost(&self) -> usize {
        self.assembly.cost()
    }

    /// Whether a block is the first of another body: there is a first one already. Who starts over does not
    /// care for what it sent before (RFC 7959 section 2.5).
    pub fn is_restarted_by(&self, block: BlockValue) -> bool {
        block.num == 0 && self.assembly.contiguous() > 0
    }

    /// Whether a block is the one that follows those that are there.
    pub fn expects(&self, block: BlockValue) -> bool {
        block.offset() == self.assembly.contiguous()
    }

    /// Whether nothing is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.assembly.is_whole()
    }

    /// How many bytes there are without a gap from the start.
    pub(super) fn contiguous(&self) -> usize {
        self.assembly.contiguous()
    }

    /// Numbers of the blocks of `size` bytes that are missing before byte `end`.
    pub(super) fn missing(&self, size: usize, end: usize) -> impl Iterator<Item = u32> + '_ {
        self.assembly.missing(size, end)
    }

    /// Token of the request with the last block, if it came.
    pub fn last_token(&self) -> Option<&[u8]> {
        self.last_token.as_deref()
    }

    /// A block came.
    ///
    /// # Errors
    /// The [`Refusal`] to be answered; what is there of the body is worthless then.
    pub fn take(&mut self, request: &Pdu, block: BlockValue) -> Result<Received, Refusal> {
        self.place(request, block)?;
        Ok(match (self.assembly.is_whole(), block.more) {
            (true, _) => Received::Whole,
            (false, true) => Received::More,
            (false, false) => Received::Gaps,
        })
    }

    /// Puts a block to its place.
    pub(super) fn place(&mut self, request: &Pdu, block: BlockValue) -> Result<Placed, Refusal> {
        let format = request.option(option::CONTENT_FORMAT).map(|format| format.value).unwrap_or_default();
        if format != self.content_format {
            return Err(Refusal::incomplete("Content-Format mismatch"));
        }
        match self.assembly.place(block.offset(), request.payload(), !block.more) {
            Ok(placed) => {
                if !block.more {
                    self.last_token = Some(request.token().to_vec());
                }
                Ok(placed)
            }
            Err(Misfit::Differs) => Err(Refusal::incomplete("Block mismatch")),
            Err(Misfit::PastEnd) => Err(Refusal::incomplete("Block after the last one")),
        }
    }

    /// Makes the request whose block completed the body the request with the whole body.
    pub fn complete(self, request: &mut Pdu) {
        if let Some(observe) = &self.observe {
            // Without a size limit a small option always fits.
            let _ = request.update_option(option::OBSERVE, observe);
        }
        request.remove_option(option::BLOCK1);
        self.assembly.become_payload_of(request);
    }
}

/// Refuses a payload that is not as long as its block option says (RFC 7959 section 2.2, RFC 8323 section 6).
pub(crate) fn check_size(request: &Pdu, block: BlockValue) -> Result<(), Refusal> {
    match has_right_size(request.payload(), block) {
        true => Ok(()),
        false => Err(Refusal::bad_request("Block size mismatch")),
    }
}

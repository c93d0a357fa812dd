//! A response body that comes in blocks (RFC 7959 section 2.4): the client's part of Block2.
use super::joined::Joined;
use super::{LARGEST, announced_size, as_size, has_right_size};
use crate::wire::{BlockValue, OptionRef, Pdu, option};
use thiserror::Error;

/// A body that changes so often while it is fetched is given up.
pub(super) const MAX_RESTARTS: u8 = 8;

/// A response body that is being received, one block after the other.
#[derive(Debug)]
pub struct Download {
    /// What came, if it is to be joined.
    joined: Joined,
    joins: bool,
    /// Where the next block starts.
    next: usize,
    szx: u8,
    /// ETag and Content-Format of the first block, once it has come.
    representation: Option<Known>,
    /// Observe of the first block: later ones have none, nor has one that is asked for anew.
    observe: Option<Vec<u8>>,
    restarts: u8,
}

/// By what it shows that blocks are of one representation: what one of them says, or what is kept of that.
#[derive(Clone, Debug)]
pub(super) struct Fingerprint<B> {
    pub(super) etag: Option<B>,
    pub(super) content_format: B,
}

/// What is kept of one.
pub(super) type Known = Fingerprint<Box<[u8]>>;

/// What a block means for the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// There is more: this is to be asked for.
    More(BlockValue),
    /// That was the last block.
    Last,
    /// It was there already.
    Duplicate,
    /// The body has changed: this is to be asked for, and what came before is worthless.
    Changed(BlockValue),
}

/// Why a block cannot belong to the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // the messages say it
pub enum BadBlock {
    #[error("not all blocks have ETag option")]
    EtagMissing,
    #[error("Content-Format option mismatch")]
    ContentFormat,
    #[error("block {0} was not asked for")]
    OutOfOrder(u32),
    #[error("block {0} has another size than it says")]
    Size(u32),
    #[error("block {0} has come before, with other content")]
    Differs(u32),
    #[error("block {0} does not fit to the body's Size2")]
    Size2(u32),
    #[error("a body of more than {0} bytes")]
    TooLarge(usize),
    #[error("the body changes all the time")]
    Restless,
}

impl Download {
    /// Nothing has come yet. `joins`: the body is wanted in one piece, not in blocks.
    pub fn new(joins: bool) -> Self {
        Self {
            joined: Joined::default(),
            joins,
            next: 0,
            szx: LARGEST,
            representation: None,
            observe: None,
            restarts: 0,
        }
    }

    /// The block that is expected next.
    pub fn expected(&self) -> BlockValue {
        let block = BlockValue { num: 0, more: false, szx: self.szx };
        BlockValue { num: (self.next / block.size()) as u32, ..block }
    }

    /// Whether the body is wanted in one piece.
    pub fn joins(&self) -> bool {
        self.joins
    }

    /// Memory that it takes, in bytes.
    pub fn cost(&self) -> usize {
        self.joined.len()
    }

    /// Whether no block has come, not even of a representation that there is no more.
    pub fn is_fresh(&self) -> bool {
        self.representation.is_none() && self.restarts == 0
    }

    /// Observe of the first block.
    pub fn observe(&self) -> Option<&[u8]> {
        self.observe.as_deref()
    }

    /// The first block comes, with `response`. If the body is to be joined, it will be the payload of a message like
    /// that, with that token: there is room for what comes before it.
    pub(crate) fn prepare(&mut self, response: &Pdu, token: &[u8]) {
        if self.joins {
            let mut bearer = response.without_payload();
            bearer.remove_option(option::BLOCK2);
            // Tokens have no length that does not fit.
            let _ = bearer.update_token(token);
            let expected = announced_size(response, option::SIZE2).unwrap_or(0);
            self.joined = Joined::of(&bearer, expected);
        }
    }

    /// The body, as far as it came.
    #[cfg(test)]
    pub(super) fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.joined).into_bytes()
    }

    /// Makes the body, as far as it came, the payload of a message. It is empty if it is not to be joined.
    pub fn give_to(&mut self, response: &mut Pdu) {
        std::mem::take(&mut self.joined).become_payload_of(response);
    }

    /// Another representation will come (RFC 7641 section 3.2): what came of the last one is dropped.
    pub fn begin_anew(&mut self) {
        *self = Self::new(self.joins);
    }

    /// A block came in a successful response. The body may have at most `limit` bytes.
    ///
    /// # Errors
    /// See [`BadBlock`].
    pub fn take(&mut self, response: &Pdu, block: BlockValue, limit: usize) -> Result<Arrival, BadBlock> {
        let payload = response.payload();
        if !has_right_size(payload, block) {
            return Err(BadBlock::Size(block.num));
        }
        // The first one shows whether the server knows BERT.
        let is_first = self.is_fresh();
        let (found, announced) = Fingerprint::of(response);
        match &self.representation {
            Some(known) if known.etag.is_some() && found.etag.is_none() => return Err(BadBlock::EtagMissing),
            Some(known) if !known.has_etag_of(&found) => return self.restart(block),
            Some(known) if !known.has_format_of(&found) => return Err(BadBlock::ContentFormat),
            Some(_) if block.offset() < self.next => return Ok(Arrival::Duplicate),
            _ if block.offset() != self.next => return Err(BadBlock::OutOfOrder(block.num)),
            Some(_) => {}
            None => {
                self.representation = Some(found.kept());
                if let Some(observe) = response.option(option::OBSERVE) {
                    self.observe = Some(observe.value.to_vec());
                }
            }
        }
        let announced = announced.filter(|_| block.more).unwrap_or(0);
        let end = self.next + payload.len();
        if end.max(announced) > limit {
            return Err(BadBlock::TooLarge(limit));
        }
        if self.joins {
            self.joined.push(payload);
        }
        self.next = end;
        self.szx = if is_first { block.szx } else { self.szx.min(block.szx) };
        if !block.more {
            return Ok(Arrival::Last);
        }
        match self.expected() {
            block if block.num <= BlockValue::MAX_NUM => Ok(Arrival::More(block)),
            _ => Err(BadBlock::TooLarge(self.next)),
        }
    }

    /// RFC 7959 section 2.4: blocks with different ETags are of different representations.
    fn restart(&mut self, block: BlockValue) -> Result<Arrival, BadBlock> {
        let (restarts, szx) = (self.restarts + 1, self.szx.min(block.szx));
        if restarts > MAX_RESTARTS {
            return Err(BadBlock::Restless);
        }
        let observe = self.observe.take();
        *self = Self { restarts, szx, observe, ..Self::new(self.joins) };
        Ok(Arrival::Changed(self.expected()))
    }
}

impl<'a> Fingerprint<&'a [u8]> {
    /// That of a block, and the length of its body as it announces it: each block is asked, so in one walk over its
    /// options.
    pub(super) fn of(response: &'a Pdu) -> (Self, Option<usize>) {
        let (mut etag, mut content_format, mut size) = (None, None, None);
        for OptionRef { number, value, .. } in response.options() {
            match number {
                option::ETAG => etag = etag.or(Some(value)),
                option::CONTENT_FORMAT => content_format = content_format.or(Some(value)),
                option::SIZE2 => size = size.or(Some(value)),
                _ if number > option::SIZE2 => break,
                _ => {}
            }
        }
        (Self { etag, content_format: content_format.unwrap_or_default() }, size.and_then(as_size))
    }

    pub(super) fn kept(&self) -> Known {
        Fingerprint { etag: self.etag.map(Box::from), content_format: self.content_format.into() }
    }
}

impl Known {
    pub(super) fn has_etag_of(&self, found: &Fingerprint<&[u8]>) -> bool {
        self.etag.as_deref() == found.etag
    }

    pub(super) fn has_format_of(&self, found: &Fingerprint<&[u8]>) -> bool {
        *self.content_format == *found.content_format
    }
}

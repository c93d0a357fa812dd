//! A request body that comes with Q-Block1 (RFC 9177 section 4.3): the server's part.
use super::{Reception, Step};
use crate::block::{Intake, Placed, Refusal, announced_size, body_blocks, check_size};
use crate::wire::{BlockValue, Code, MessageType, Pdu, PduError, missing_blocks, option, uint};

/// A request body that is being received, in any order of its blocks.
#[derive(Debug)]
pub struct QuickIntake {
    intake: Intake,
    reception: Reception,
    szx: u8,
    /// Length of the body: Size1 of all its requests (section 4.6).
    length: usize,
    confirmable: bool,
    /// Token of the request that came last.
    token: Box<[u8]>,
}

/// What has come of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not all yet.
    Partial(Step),
    /// All.
    Whole,
}

impl QuickIntake {
    /// A body that begins with what `request` bears, in any of its blocks.
    pub fn new(request: &Pdu, block: BlockValue, length: usize, set: u16) -> Self {
        Self {
            intake: Intake::new(request),
            reception: Reception::new(set),
            szx: block.szx,
            length,
            confirmable: request.kind() == MessageType::Con,
            token: Box::default(),
        }
    }

    /// Checks what can be checked of one block alone. Returns Size1.
    ///
    /// # Errors
    /// The [`Refusal`] to be answered.
    pub fn check(request: &Pdu, block: BlockValue) -> Result<usize, Refusal> {
        Self::check_size(request, block)?;
        match (announced_size(request, option::SIZE1), request.option(option::REQUEST_TAG)) {
            (Some(length), Some(_)) => Ok(length),
            _ => Err(Refusal::bad_request("Size1 or Request-Tag missing")),
        }
    }

    /// Checks the length of one block, alone and by Size1.
    ///
    /// # Errors
    /// The [`Refusal`] to be answered.
    pub fn check_size(request: &Pdu, block: BlockValue) -> Result<(), Refusal> {
        check_size(request, block)?;
        let end = block.offset() + request.payload().len();
        match announced_size(request, option::SIZE1) {
            Some(length) if block.more != (end < length) || !block.more && end != length => {
                Err(Refusal::bad_request("Size1 mismatch"))
            }
            _ => Ok(()),
        }
    }

    /// Memory that it takes, in bytes.
    pub fn cost(&self) -> usize {
        self.intake.cost() + self.token.len()
    }

    /// Whether its messages are confirmable: then nothing is asked for.
    pub fn is_confirmable(&self) -> bool {
        self.confirmable
    }

    /// How often missing blocks were asked for since one came last.
    pub fn retries(&self) -> u16 {
        self.reception.retries()
    }

    /// A block came that [`QuickIntake::check`] has found right.
    ///
    /// # Errors
    /// The [`Refusal`] to be answered; what is there of the body is worthless then.
    pub fn take(&mut self, request: &Pdu, block: BlockValue, length: usize) -> Result<Progress, Refusal> {
        if length != self.length {
            return Err(Refusal::incomplete("Size1 mismatch"));
        }
        if block.szx != self.szx {
            return Err(Refusal::incomplete("Block size mismatch"));
        }
        let is_new = self.intake.place(request, block)? == Placed::New;
        self.token = request.token().into();
        if self.intake.is_whole() {
            return Ok(Progress::Whole);
        }
        let whole = self.whole_blocks();
        Ok(Progress::Partial(self.reception.note(block.num, is_new, whole)))
    }

    /// Makes the request whose block completed the body the request with the whole body.
    pub fn complete(self, request: &mut Pdu) {
        self.intake.complete(request);
        request.remove_option(option::Q_BLOCK1);
    }

    /// Nothing has come for too long; `true`: it is time to ask, for the first of at most `limit` times in a row.
    pub fn retry(&mut self, limit: u16) -> bool {
        self.reception.retry(limit)
    }

    /// Writes into a response which blocks are missing, as many as are asked for at once and fit. `waited`: because
    /// nothing has come for too long, see [`Reception::end`].
    ///
    /// # Errors
    /// [`PduError`] if none fits.
    pub fn ask(&self, response: &mut Pdu, waited: bool) -> Result<(), PduError> {
        /// Payload marker, and some bytes of other options of the same response.
        const OVERHEAD: usize = 8;
        response.set_code(Code::INCOMPLETE);
        response.update_token(&self.token)?;
        response
            .insert_option(option::CONTENT_FORMAT, &uint::encode(missing_blocks::CONTENT_FORMAT.into()))?;
        let size = BlockValue { num: 0, more: false, szx: self.szx }.size();
        let end = self.reception.end(self.whole_blocks(), waited).min(body_blocks(self.length, self.szx));
        let numbers = self.intake.missing(size, end as usize * size).take(self.reception.most());
        let room = match response.max_size() {
            0 => usize::MAX,
            limit => limit.saturating_sub(response.len() + OVERHEAD),
        };
        response.set_payload(&missing_blocks::encode(numbers, room))
    }

    /// How many blocks there are without a gap.
    fn whole_blocks(&self) -> u32 {
        let size = BlockValue { num: 0, more: false, szx: self.szx }.size();
        (self.intake.contiguous() / size) as u32
    }
}

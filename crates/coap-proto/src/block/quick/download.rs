//! A response body that comes with Q-Block2 (RFC 9177 section 4.4): the client's part.
use super::super::download::{Fingerprint, Known, MAX_RESTARTS};
use super::{Reception, Step};
use crate::block::{Assembly, BadBlock, LARGEST, Misfit, Placed};
use crate::wire::{BlockValue, Pdu, PduError, option};

/// A response body that is being received, in any order of its blocks.
#[derive(Debug)]
pub struct QuickDownload {
    assembly: Assembly,
    reception: Reception,
    set: u16,
    szx: u8,
    /// Size2 (section 4.6).
    length: Option<usize>,
    representation: Option<Known>,
    /// What came before: blocks of it are of no use, unless they have another Observe.
    before: Option<(Known, Option<Vec<u8>>)>,
    /// Observe of its blocks. Those that were asked for again have none (section 4.5).
    observe: Option<Vec<u8>>,
    restarts: u8,
}

/// What a block means for the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuickArrival {
    /// It was there already, or is of a body that is out of date.
    Useless,
    /// Not all is there; something may be to be said.
    Partial(Step),
    /// The body is there.
    Whole,
    /// The body has changed: all of it is to be asked for.
    Changed,
}

impl QuickDownload {
    /// Nothing has come yet. `set` is how many blocks are sent without a pause.
    pub fn new(set: u16) -> Self {
        Self {
            assembly: Assembly::default(),
            reception: Reception::new(set),
            set,
            szx: LARGEST,
            length: None,
            representation: None,
            before: None,
            observe: None,
            restarts: 0,
        }
    }

    /// Memory that it takes, in bytes.
    pub fn cost(&self) -> usize {
        self.assembly.cost()
    }

    /// Whether no block has come.
    pub fn is_fresh(&self) -> bool {
        self.representation.is_none()
    }

    /// Observe of the body.
    pub fn observe(&self) -> Option<&[u8]> {
        self.observe.as_deref()
    }

    /// How often missing blocks were asked for since one came last.
    pub fn retries(&self) -> u16 {
        self.reception.retries()
    }

    /// Nothing has come for too long; `true`: it is time to ask, for the first of at most `limit` times in a row.
    pub fn retry(&mut self, limit: u16) -> bool {
        self.reception.retry(limit)
    }

    /// The body, as far as it came.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.assembly).into_bytes()
    }

    /// Another representation is to come: what came of this one is dropped.
    pub fn begin_anew(&mut self) {
        let known = self.representation.take().map(|known| (known, self.observe.take()));
        let before = known.or(self.before.take());
        *self = Self { before, szx: self.szx, ..Self::new(self.set) };
    }

    /// A block came in a successful response. The body may have at most `limit` bytes. `pushed`: the server sends
    /// it of its own, because the state has changed (RFC 7641), so that the rest comes by itself.
    ///
    /// # Errors
    /// See [`BadBlock`].
    pub fn take(
        &mut self,
        response: &Pdu,
        block: BlockValue,
        (limit, pushed): (usize, bool),
    ) -> Result<QuickArrival, BadBlock> {
        let (payload, (found, announced)) = (response.payload(), Fingerprint::of(response));
        if payload.len() > block.size() || block.more && payload.len() < block.size() {
            return Err(BadBlock::Size(block.num));
        }
        let observe = response.option(option::OBSERVE).map(|observe| observe.value.to_vec());
        if self.is_late(&found, observe.as_ref()) {
            return Ok(QuickArrival::Useless);
        }
        match &self.representation {
            Some(known) if known.etag.is_some() && found.etag.is_none() => return Err(BadBlock::EtagMissing),
            Some(known) if !known.has_etag_of(&found) && pushed => self.begin_anew(),
            Some(known) if !known.has_etag_of(&found) => return self.restart(),
            Some(known) if !known.has_format_of(&found) => return Err(BadBlock::ContentFormat),
            _ => {}
        }
        if self.representation.is_none() {
            self.szx = block.szx;
            self.length = announced;
            self.representation = Some(found.kept());
        }
        self.observe = observe.or(self.observe.take());
        self.check((payload, block), announced, limit)?;
        self.place(payload, block)
    }

    /// Asks for blocks in a request that has no Q-Block2. After [`Step::Continue`] that is the next set; else what
    /// is missing, see [`Reception::end`]. `with_m`: in one option if that is possible.
    ///
    /// # Errors
    /// [`PduError`] if not a single one fits.
    pub fn ask(&self, request: &mut Pdu, step: Option<Step>, with_m: bool) -> Result<(), PduError> {
        let option = |num, more| BlockValue { num, more, szx: self.szx }.encode();
        if let Some(Step::Continue(next)) = step {
            return request.insert_option(option::Q_BLOCK2, &option(next, true)).map(drop);
        }
        let numbers = self.missing(step.is_none());
        let Some(&first) = numbers.first() else {
            // Nothing has come at all, or it is not known what is to come.
            return request.insert_option(option::Q_BLOCK2, &option(self.whole_blocks(), true)).map(drop);
        };
        // The whole rest of a set can be asked for by its first block.
        let end = self.reception.end_of_set(first).min(self.blocks().unwrap_or(u32::MAX));
        let rest = numbers.iter().copied().take_while(|number| *number < end);
        if with_m && first > 0 && rest.eq(first..end) {
            return request.insert_option(option::Q_BLOCK2, &option(first, true)).map(drop);
        }
        for (place, number) in numbers.iter().enumerate() {
            match request.insert_option(option::Q_BLOCK2, &option(*number, false)) {
                Ok(_) => {}
                Err(error) if place == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Asks for all of the body in a request that has no Q-Block2.
    ///
    /// # Errors
    /// [`PduError`] if that does not fit.
    pub fn ask_all(&self, request: &mut Pdu) -> Result<(), PduError> {
        let all = BlockValue { num: 0, more: true, szx: self.szx };
        request.insert_option(option::Q_BLOCK2, &all.encode()).map(drop)
    }

    fn is_late(&self, found: &Fingerprint<&[u8]>, observe: Option<&Vec<u8>>) -> bool {
        let Some((known, its_observe)) = &self.before else { return false };
        let is_known = known.has_etag_of(found) && known.has_format_of(found);
        found.etag.is_some() && is_known && (observe.is_none() || observe == its_observe.as_ref())
    }

    fn missing(&self, waited: bool) -> Vec<u32> {
        let size = BlockValue { num: 0, more: false, szx: self.szx }.size();
        let end = self.reception.end(self.whole_blocks(), waited);
        let end = self.blocks().map_or(end, |blocks| end.min(blocks));
        self.assembly.missing(size, end as usize * size).take(self.reception.most()).collect()
    }

    /// How many blocks the body has, if that is known.
    fn blocks(&self) -> Option<u32> {
        let length = self.length.or(self.assembly.end())?;
        Some(crate::block::body_blocks(length, self.szx))
    }

    fn check(
        &self,
        (payload, block): (&[u8], BlockValue),
        announced: Option<usize>,
        limit: usize,
    ) -> Result<(), BadBlock> {
        let end = block.offset() + payload.len();
        if block.szx != self.szx {
            return Err(BadBlock::Size(block.num));
        }
        if announced != self.length {
            return Err(BadBlock::Size2(block.num));
        }
        if let Some(length) = self.length
            && (block.more != (end < length) || !block.more && end != length)
        {
            return Err(BadBlock::Size2(block.num));
        }
        if end.max(self.length.unwrap_or(0)) > limit {
            return Err(BadBlock::TooLarge(limit));
        }
        Ok(())
    }

    fn place(&mut self, payload: &[u8], block: BlockValue) -> Result<QuickArrival, BadBlock> {
        let placed = self.assembly.place(block.offset(), payload, !block.more);
        let is_new = match placed {
            Ok(placed) => placed == Placed::New,
            Err(Misfit::Differs) => return Err(BadBlock::Differs(block.num)),
            Err(Misfit::PastEnd) => return Err(BadBlock::Size(block.num)),
        };
        if self.assembly.is_whole() {
            return Ok(QuickArrival::Whole);
        }
        match self.reception.note(block.num, is_new, self.whole_blocks()) {
            Step::Wait if !is_new => Ok(QuickArrival::Useless),
            step => Ok(QuickArrival::Partial(step)),
        }
    }

    /// Section 4.4: blocks with different ETags are of different representations. What came is dropped.
    ///
    /// # Errors
    /// [`BadBlock::Restless`] if that has happened too often.
    pub fn restart(&mut self) -> Result<QuickArrival, BadBlock> {
        let restarts = self.restarts + 1;
        if restarts > MAX_RESTARTS {
            return Err(BadBlock::Restless);
        }
        self.begin_anew();
        self.restarts = restarts;
        Ok(QuickArrival::Changed)
    }

    /// How many blocks there are without a gap.
    fn whole_blocks(&self) -> u32 {
        let size = BlockValue { num: 0, more: false, szx: self.szx }.size();
        (self.assembly.contiguous() / size) as u32
    }
}

//! What the receiver of a body says, and when (RFC 9177 section 7.2).

/// How far a body has come whose blocks arrive in sets.
#[derive(Debug)]
pub struct Reception {
    /// MAX_PAYLOADS.
    set: u32,
    /// The first block behind all that have come.
    reach: u32,
    /// How often missing blocks were asked for since one came last.
    retries: u16,
}

/// What is to be said when a block has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Wait,
    /// All blocks before this one have come, which is the first of the next set: that may be sent.
    Continue(u32),
    /// The next set has begun, and blocks of those before it are missing.
    Ask,
}

impl Reception {
    /// Nothing has come. `set` is how many blocks are sent without a pause.
    pub fn new(set: u16) -> Self {
        Self { set: set.max(1).into(), reach: 0, retries: 0 }
    }

    /// A block has come, `new` or again; now the first `whole` blocks are there without a gap.
    pub fn note(&mut self, number: u32, new: bool, whole: u32) -> Step {
        let last_set = self.reach.saturating_sub(1) / self.set;
        self.reach = self.reach.max(number + 1);
        if new {
            self.retries = 0;
        }
        let this_set = number / self.set;
        if whole == self.reach && whole.is_multiple_of(self.set) && (new || number + 1 == whole) {
            Step::Continue(whole)
        } else if this_set > last_set && whole < this_set * self.set {
            Step::Ask
        } else {
            Step::Wait
        }
    }

    /// Nothing has come for too long. `false`: missing blocks were asked for `limit` times already.
    pub fn retry(&mut self, limit: u16) -> bool {
        let may = self.retries < limit;
        self.retries += u16::from(may);
        may
    }

    /// How often missing blocks were asked for since one came last.
    pub fn retries(&self) -> u16 {
        self.retries
    }

    /// The first block that is not asked for yet, of a body that lacks blocks from `first_missing` on: what is
    /// missing in the sets before the newest one after [`Step::Ask`], in those that have begun, or else in the
    /// next one, when nothing has come for too long (`waited`).
    pub fn end(&self, first_missing: u32, waited: bool) -> u32 {
        let newest = self.reach.saturating_sub(1) / self.set * self.set;
        let end = if waited { newest.saturating_add(self.set) } else { newest };
        if waited && first_missing >= end { end.saturating_add(self.set) } else { end }
    }

    /// How many blocks are asked for at once.
    pub fn most(&self) -> usize {
        self.set as usize
    }

    /// The first block of the set behind that of block `number`.
    pub fn end_of_set(&self, number: u32) -> u32 {
        (number / self.set + 1).saturating_mul(self.set)
    }
}

//! A response body that is sent with Q-Block2 (RFC 9177 section 4.4): the server's part.
use super::Pace;
use crate::block::{Body, LARGEST, Offer, Refusal};
use crate::wire::{BlockValue, MessageType, Pdu, option};
use std::time::Instant;

/// A response body that is being sent, in sets of blocks, and kept for a while to repeat some.
#[derive(Debug)]
pub struct QuickOffer {
    offer: Offer,
    pace: Pace,
    kind: MessageType,
    /// Token of the request that it answers.
    token: Box<[u8]>,
    /// Observe of its response: all blocks have it, unless they are asked for again (section 4.5).
    observe: Option<Box<[u8]>>,
    /// Token of the request that asked for blocks again; `None`: to go on with a set is not to ask anew.
    asked_by: Option<Box<[u8]>>,
}

/// A block that goes out, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payload {
    block: BlockValue,
    again: bool,
}

/// What a request with Q-Block2 options wants (section 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The whole body, as it is now.
    All,
    /// To go on with the set that begins with this block.
    Continue(u32),
    /// These blocks, which ascend.
    Blocks(Vec<u32>),
}

impl QuickOffer {
    /// Keeps `body`, of which `response` bears the first block. `set` is how many blocks go out without a pause, if
    /// they are not confirmable.
    pub fn new(body: Body, response: &Pdu, stale_at: Option<Instant>, set: u16) -> Self {
        let first = response.option(option::Q_BLOCK2).and_then(|first| BlockValue::decode(first.value));
        let kind = if response.kind() == MessageType::Non { MessageType::Non } else { MessageType::Con };
        let set = (kind == MessageType::Non).then_some(set);
        let mut pace = Pace::new(body.len(), first.map_or(LARGEST, |first| first.szx), set);
        pace.take();
        Self {
            offer: Offer::new(body, response, stale_at),
            pace,
            kind,
            token: response.token().into(),
            observe: response.option(option::OBSERVE).map(|observe| observe.value.into()),
            asked_by: None,
        }
    }

    /// The body, which is no longer needed.
    pub fn into_body(self) -> Body {
        self.offer.into_body()
    }

    /// Memory that it takes, in bytes.
    pub fn cost(&self) -> usize {
        self.offer.cost()
    }

    /// Type of its messages: confirmable or not.
    pub fn kind(&self) -> MessageType {
        self.kind
    }

    /// Token of the request that it answers.
    pub fn token(&self) -> &[u8] {
        &self.token
    }

    /// What goes out next, and when.
    pub fn pace(&mut self) -> &mut Pace {
        &mut self.pace
    }

    /// Whether the last block was sent, and none is to be repeated.
    pub fn all_sent(&self) -> bool {
        self.pace.all_sent()
    }

    /// The body as it is asked for with ETags: see [`Offer::is_named_by`].
    pub fn offer(&self) -> &Offer {
        &self.offer
    }

    /// A request for blocks of it came.
    ///
    /// # Errors
    /// The [`Refusal`] to be answered: blocks of another size, or behind the end of the body.
    pub fn ask(&mut self, asked: &Asked, szx: u8, token: &[u8]) -> Result<(), Refusal> {
        const NO_SUCH_BLOCK: Refusal = Refusal::bad_request("");
        let (next, blocks) = (self.pace.next(), self.pace.blocks());
        if szx != self.pace.szx() {
            return Err(Refusal::bad_request("Block size mismatch"));
        }
        match asked {
            Asked::Continue(number) if *number >= blocks => return Err(NO_SUCH_BLOCK),
            Asked::Continue(number) if *number >= next => self.pace.go_on(),
            // It was sent and did not come.
            Asked::Continue(number) => {
                let end = number.saturating_add(self.pace.set() as u32).min(next);
                self.repeat((*number..end).collect(), None);
            }
            Asked::Blocks(numbers) => {
                // The rest of a set may be more than there is.
                let there = numbers.iter().copied().filter(|number| *number < blocks).collect::<Vec<_>>();
                if there.is_empty() {
                    return Err(NO_SUCH_BLOCK);
                }
                self.repeat(there, Some(token));
            }
            Asked::All => {}
        }
        Ok(())
    }

    /// The block that goes out now.
    pub fn take(&mut self) -> Option<Payload> {
        let (block, again) = self.pace.take()?;
        Some(Payload { block, again })
    }

    /// Writes a block into a response that is empty but for its token, which this sets.
    ///
    /// # Errors
    /// The [`Refusal`] that would have to be answered: there is no room.
    pub fn write(&mut self, payload: Payload, response: &mut Pdu, now: Instant) -> Result<(), Refusal> {
        const NO_ROOM: Refusal = Refusal::bad_request("");
        let (token, observe) = match &self.asked_by {
            Some(token) if payload.again => (token, None),
            _ => (&self.token, self.observe.as_ref()),
        };
        response.update_token(token).map_err(|_| NO_ROOM)?;
        if let Some(observe) = observe {
            response.insert_option(option::OBSERVE, observe).map_err(|_| NO_ROOM)?;
        }
        self.offer.write_as(option::Q_BLOCK2, payload.block, response, now).map(drop)
    }

    fn repeat(&mut self, numbers: Vec<u32>, token: Option<&[u8]>) {
        self.asked_by = token.map(Box::from);
        self.pace.repeat(&numbers);
    }
}

impl Asked {
    /// What the Q-Block2 options of a request say, and the size exponent of the blocks. `set` is how many blocks go
    /// out without a pause.
    ///
    /// # Errors
    /// The [`Refusal`] to be answered: a malformed option, blocks of different sizes, blocks that do not ascend.
    pub fn of(request: &Pdu, set: u16) -> Result<Option<(Self, u8)>, Refusal> {
        const UNSORTED: Refusal = Refusal::bad_request("Blocks asked for must ascend");
        let options = request.options().filter(|option| option.number == option::Q_BLOCK2);
        let (mut numbers, mut szx, mut last) = (Vec::new(), None, None);
        let most = u32::from(set.max(1));
        for option in options {
            let block = BlockValue::decode(option.value).filter(|block| block.szx <= LARGEST);
            let block = block.ok_or(Refusal::bad_request(""))?;
            if *szx.get_or_insert(block.szx) != block.szx {
                return Err(Refusal::bad_request("Block size mismatch"));
            }
            if last.replace(block.num).is_some_and(|last| last >= block.num) {
                return Err(UNSORTED);
            }
            let is_first = numbers.is_empty();
            match (block.more, block.num % most) {
                (true, _) if block.num == 0 => return Ok(Some((Self::All, block.szx))),
                (true, 0) if is_first => return Ok(Some((Self::Continue(block.num), block.szx))),
                (true, place) => numbers.extend(block.num..=block.num.saturating_add(most - 1 - place)),
                (false, _) => numbers.push(block.num),
            }
        }
        // Those that overlap are sent once.
        numbers.sort_unstable();
        numbers.dedup();
        numbers.truncate(usize::from(set.max(1)));
        Ok(szx.map(|szx| (Self::Blocks(numbers), szx)))
    }
}

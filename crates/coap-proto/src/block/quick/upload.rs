//! A request body that is sent with Q-Block1 (RFC 9177 section 4.3): the client's part.
use super::Pace;
use crate::block::{Body, Stride, block_option};
use crate::wire::{BlockValue, Code, Pdu, PduError, missing_blocks, option};

/// A request body that is being sent, in sets of blocks.
#[derive(Debug)]
pub struct QuickUpload {
    body: Body,
    pace: Pace,
}

/// What a response says about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// How the receiver is getting on: more may be to be sent now.
    Progress,
    /// Nothing that makes sense.
    Nothing,
    /// This is the response to the whole request, good or bad.
    Final,
}

impl QuickUpload {
    /// A body of which the first block, in this size, goes with the request itself.
    pub fn new(body: Body, szx: u8, set: Option<u16>) -> Self {
        let mut pace = Pace::new(body.len(), szx, set);
        pace.take();
        Self { body, pace }
    }

    /// What is needed to send the same body once more, one block of that size after the other.
    pub fn once_more(&self) -> (Body, Stride) {
        (self.body.again(), Stride::of(self.szx()))
    }

    /// The body, which is no longer needed.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// Size exponent of its blocks.
    pub fn szx(&self) -> u8 {
        self.pace.szx()
    }

    /// What goes out next, and when.
    pub fn pace(&mut self) -> &mut Pace {
        &mut self.pace
    }

    /// Whether the last block was sent, and none is to be repeated.
    pub fn all_sent(&self) -> bool {
        self.pace.all_sent()
    }

    /// A response came to one of its blocks.
    pub fn answer(&mut self, response: &Pdu) -> Said {
        match response.code() {
            Code::CONTINUE => {
                match block_option(response, option::Q_BLOCK1) {
                    Ok(Some(block)) if block.szx == self.pace.szx() => self.pace.confirm(block.num + 1),
                    Ok(None) => self.pace.confirm(self.pace.next()),
                    _ => return Said::Nothing,
                }
                Said::Progress
            }
            Code::INCOMPLETE if lists_missing_blocks(response) => {
                match missing_blocks::decode(response.payload(), self.pace.set()) {
                    Some(numbers) => {
                        self.pace.repeat(&numbers);
                        Said::Progress
                    }
                    // RFC 9177 section 5: such responses are dropped.
                    None => Said::Nothing,
                }
            }
            _ => Said::Final,
        }
    }

    /// Puts a block into a request that has neither Q-Block1 nor payload.
    ///
    /// # Errors
    /// [`PduError`] if it does not fit.
    pub fn write(&self, block: BlockValue, request: &mut Pdu) -> Result<(), PduError> {
        request.update_option(option::Q_BLOCK1, &block.encode())?;
        request.set_payload(self.body.block(block.offset(), block.size()))
    }
}

/// Whether a response says how the server is getting on with the request's body, and is not the response to the
/// request.
pub(crate) fn is_about_body(response: &Pdu) -> bool {
    match response.code() {
        Code::CONTINUE => true,
        Code::INCOMPLETE => lists_missing_blocks(response),
        _ => false,
    }
}

/// Whether a 4.08 names the blocks that the server lacks (RFC 9177 section 5).
pub(crate) fn lists_missing_blocks(response: &Pdu) -> bool {
    let format = response.option(option::CONTENT_FORMAT).and_then(|format| format.uint());
    format == Some(missing_blocks::CONTENT_FORMAT.into())
}

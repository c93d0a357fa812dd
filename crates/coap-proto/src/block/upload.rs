//! A request body that is sent in blocks (RFC 7959 section 2.5): the client's part of Block1.
use super::{Body, LARGEST, Stride, block_option_up_to};
use crate::wire::{BlockValue, Code, Pdu, option};

/// A request body that is being sent, one block after the other.
#[derive(Debug)]
pub struct Upload {
    body: Body,
    /// What of it is under way.
    stride: Stride,
    /// Where that starts.
    offset: usize,
}

/// What a response means for the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// The next block is to be sent.
    Continue,
    /// The server wants smaller blocks: the first one is to be sent again (RFC 7959 section 2.9.3).
    StartOver,
    /// This is the response to the whole request, good or bad.
    Final,
}

impl Upload {
    /// A body of which the first message, with so much of it, is under way.
    pub fn new(body: Body, stride: Stride) -> Self {
        Self { body, stride, offset: 0 }
    }

    /// The block that is under way.
    pub fn block(&self) -> BlockValue {
        let first = BlockValue {
            num: 0,
            more: self.body.len() - self.offset > self.stride.bytes(),
            szx: self.stride.szx(),
        };
        BlockValue { num: (self.offset / first.size()) as u32, ..first }
    }

    /// How many bytes of the body go with one message.
    pub(crate) fn stride(&self) -> usize {
        self.stride.bytes()
    }

    /// What is needed to send the same body once more, in messages like those of now.
    pub fn once_more(&self) -> (Body, Stride) {
        (self.body.again(), self.stride)
    }

    /// The body, which is no longer needed.
    pub fn into_body(self) -> Body {
        self.body
    }

    /// A response came to the block under way. The server may ask for smaller blocks (RFC 7959 section 2.5);
    /// it is not followed when it asks for larger ones.
    pub fn acknowledge(&mut self, response: &Pdu) -> Acknowledged {
        let Ok(Some(block)) = block_option_up_to(response, option::BLOCK1, self.stride.szx().max(LARGEST))
        else {
            return Acknowledged::Final;
        };
        let under_way = self.block();
        match response.code() {
            code if code.class() == 2 && under_way.more => {
                self.offset += self.stride.bytes();
                self.stride = self.stride.at_most(block.szx);
                Acknowledged::Continue
            }
            Code::TOO_LARGE if block.szx < self.stride.szx() => {
                self.stride = Stride::of(block.szx);
                self.offset = 0;
                Acknowledged::StartOver
            }
            _ => Acknowledged::Final,
        }
    }

    /// The bytes of the block that is under way.
    pub fn payload(&self) -> &[u8] {
        self.body.block(self.offset, self.stride.bytes())
    }
}

//! Blocks that come in, handed to the program one by one.
//!
//! Until the library puts bodies together, a program that leaves blocks to it (`COAP_BLOCK_USE_LIBCOAP`) gets each
//! with its place in the body (`coap_get_data_large`), and the peer is asked for the next. One that wants whole bodies
//! (`COAP_BLOCK_SINGLE_BODY`) cannot have them yet: such requests are refused rather than cut short.
use super::{USE_LIBRARY, block::Block};
use crate::{log::Lines, pdu_handle::Part};
use coap_proto::wire::{
    Code, Pdu,
    option::{BLOCK1, BLOCK2, SIZE1, SIZE2},
};

/// `COAP_BLOCK_SINGLE_BODY`.
const SINGLE_BODY: u8 = 2;

/// What a request brings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Incoming {
    /// All there is to it, or the program sees to blocks by itself.
    Whole,
    /// A block of a body, and whether more follow.
    Block(Part, bool),
    /// A block, where only whole bodies are wanted.
    Refused,
}

impl Incoming {
    /// Looks at a request in a context of this block mode (`COAP_BLOCK_*`).
    pub(crate) fn of(request: &Pdu, mode: u8) -> Self {
        let block = request.option(BLOCK1).and_then(|option| Block::decode(option.value));
        match block {
            Some(block) if mode & USE_LIBRARY != 0 && (block.num != 0 || block.more) => {
                match mode & SINGLE_BODY {
                    0 => Self::Block(part(request, &block, SIZE1), block.more),
                    _ => Self::Refused,
                }
            }
            _ => Self::Whole,
        }
    }

    /// The place of the payload in its body.
    pub(crate) fn part(self) -> Option<Part> {
        match self {
            Self::Block(part, _) => Some(part),
            _ => None,
        }
    }

    /// Asks for the next block in the response that the handler made, if it is a success (RFC 7959 section 2.9.1).
    pub(crate) fn ask_for_more(self, request: &Pdu, response: &mut Pdu) {
        let block = request.option(BLOCK1).and_then(|option| Block::decode(option.value));
        if let (Self::Block(_, true), Some(block), 2) = (self, block, response.code().class()) {
            response.set_code(Code::CONTINUE);
            let mut lines = Lines::default();
            block.write(response, BLOCK1, &mut lines);
            lines.log();
        }
    }
}

/// The place of a response's payload in its body; `None` if it is all of it, or the program sees to blocks by itself.
pub(crate) fn part_of_response(response: &Pdu, mode: u8) -> Option<Part> {
    let block = Block::decode(response.option(BLOCK2)?.value)?;
    let is_part = mode & USE_LIBRARY != 0 && (block.num != 0 || block.more);
    is_part.then(|| part(response, &block, SIZE2))
}

/// `size` is the number of the option that says how long the whole body is; without it, one byte more is known of.
fn part(pdu: &Pdu, block: &Block, size: u16) -> Part {
    let offset = usize::try_from(block.start()).unwrap_or(usize::MAX);
    let known = offset.saturating_add(pdu.payload().len());
    let said = pdu.option(size).and_then(|option| usize::try_from(option.uint()?).ok()).unwrap_or(0);
    Part { offset, total: if block.more { said.max(known.saturating_add(1)) } else { known } }
}

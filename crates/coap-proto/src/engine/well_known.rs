//! The answer to `GET /.well-known/core` (RFC 6690).
use crate::resource::{Resources, flags};
use crate::wire::{BlockValue, Code, Pdu, PduError, option, uint, uri};

/// The path that no application needs to offer.
pub(super) const PATH: &[u8] = b".well-known/core";
/// Groups may ask.
pub(super) const FLAGS: u32 = flags::HAS_MCAST_SUPPORT;
/// application/link-format (RFC 6690 section 7.3).
const LINK_FORMAT: u64 = 40;
/// Block2 and Size2 with their values.
const BLOCK_OPTIONS: usize = 9;

/// Fills in a response that has nothing but its token. A listing that does not fit goes in blocks; nothing is
/// kept between them, each is cut out of a new listing (RFC 7959 section 2.4).
pub(super) fn answer(resources: &Resources, request: &Pdu, response: &mut Pdu) {
    let query = uri::compose_query(request).unwrap_or_default();
    let listing = resources.well_known(&query);
    let code = fill(&listing, request, response).unwrap_or(Code::INTERNAL_ERROR);
    response.set_code(code);
}

fn fill(listing: &[u8], request: &Pdu, response: &mut Pdu) -> Result<Code, PduError> {
    if listing.is_empty() {
        return Ok(Code::CONTENT);
    }
    response.add_option(option::CONTENT_FORMAT, &uint::encode(LINK_FORMAT))?;
    let room = response.max_size().saturating_sub(response.len() + 1);
    let asked = match request.option(option::BLOCK2) {
        None if listing.len() <= room => {
            response.set_payload(listing)?;
            return Ok(Code::CONTENT);
        }
        None => BlockValue { num: 0, more: false, szx: BlockValue::BERT - 1 },
        Some(block) => match BlockValue::decode(block.value) {
            Some(block) if block.szx != BlockValue::BERT => block,
            _ => return Ok(refuse(response)),
        },
    };
    let fitting = BlockValue::szx_for(room.saturating_sub(BLOCK_OPTIONS)).unwrap_or(0);
    let mut block = BlockValue { szx: asked.szx.min(fitting), ..asked };
    block.num = (asked.offset() / block.size()) as u32;
    let Some(rest) = listing.get(asked.offset()..).filter(|rest| !rest.is_empty()) else {
        return Ok(refuse(response));
    };
    block.more = rest.len() > block.size();
    response.add_option(option::BLOCK2, &block.encode())?;
    if block.num == 0 {
        response.add_option(option::SIZE2, &uint::encode(listing.len() as u64))?;
    }
    response.set_payload(&rest[..rest.len().min(block.size())])?;
    Ok(Code::CONTENT)
}

/// There is no such block.
fn refuse(response: &mut Pdu) -> Code {
    response.remove_option(option::CONTENT_FORMAT);
    Code::BAD_REQUEST
}

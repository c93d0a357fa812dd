//! Responses that serve one block of a body and remember nothing.
use super::value::Block;
use crate::{
    entry::entry,
    log::Lines,
    pdu::{add_option, input, payload_room},
    pdu_handle,
    types::*,
};
use coap_proto::wire::{
    BlockValue, Code, Pdu,
    option::{BLOCK2, CONTENT_FORMAT, ETAG, MAX_AGE, SIZE2},
    uint,
};
use std::ffi::c_int;

/// Fills in a response with the block of a body that the request asks for, or with as much as fits: 2.05, an ETag made
/// of the body, Content-Format, Max-Age (unless `maxage` is negative), Block2 and Size2 if need be, payload.
///
/// 4.00 if the body has no such block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_blocked_response(
    request: *const coap_pdu_t,
    response: *mut coap_pdu_t,
    media_type: u16,
    maxage: c_int,
    length: usize,
    data: *const u8,
) {
    entry((), || {
        let asked = asked_block(request);
        pdu_handle::edit(response, |response, lines| {
            // SAFETY: readable for `length` bytes, as documented.
            let body = unsafe { input(response, data, length) };
            if asked.is_some_and(|block| !block.within(length)) {
                return fail(response, Code::BAD_REQUEST, lines);
            }
            response.set_code(Code::CONTENT);
            add_option(response, ETAG, &body_tag(&body), lines);
            describe(response, media_type, maxage, lines);
            if asked.is_none() && response.set_payload(&body).is_ok() {
                return;
            }
            let block = asked.unwrap_or(Block::new(0, super::LARGEST));
            if !serve(response, block, &body, lines) {
                fail(response, Code::INTERNAL_ERROR, lines);
            }
        })
    })
}

/// The block that a request asks for.
pub(super) fn asked_block(request: *const coap_pdu_t) -> Option<Block> {
    pdu_handle::with(request, |request| Block::decode(request.option(BLOCK2)?.value))?
}

/// Adds a block of a body with Block2 and Size2; a smaller one if there is no room. `false`: not even 16 bytes fit.
pub(super) fn serve(response: &mut Pdu, mut block: Block, body: &[u8], lines: &mut Lines) -> bool {
    if !block.fit(response, body.len()) {
        lines.add(COAP_LOG_DEBUG, format_args!("no room for the smallest block"));
        return false;
    }
    block.write(response, BLOCK2, lines);
    set(response, SIZE2, &size_value(body.len()), lines);
    let room = payload_room(response).saturating_sub(1); // the options have taken some, and there is the marker
    if block.of(body).len() > room {
        let Some(szx) = BlockValue::szx_for(room) else { return false };
        block.narrow(szx);
        block.more = block.start() + (block.size() as u64) < body.len() as u64;
        block.write(response, BLOCK2, lines);
    }
    add_payload(response, block.of(body), lines)
}

/// Adds Content-Format and Max-Age.
pub(super) fn describe(response: &mut Pdu, media_type: u16, maxage: c_int, lines: &mut Lines) {
    add_option(response, CONTENT_FORMAT, &uint::encode(media_type.into()), lines);
    if let Ok(maxage) = u64::try_from(maxage) {
        add_option(response, MAX_AGE, &uint::encode(maxage), lines);
    }
}

/// An error response, with the code's phrase as its diagnostic payload (RFC 7252 section 5.5.2).
pub(super) fn fail(response: &mut Pdu, code: Code, lines: &mut Lines) {
    response.set_code(code);
    add_payload(response, code.phrase().unwrap_or_default().as_bytes(), lines);
}

/// Adds the payload; `false`, with a line for the log, if there is one already or no room.
pub(super) fn add_payload(pdu: &mut Pdu, bytes: &[u8], lines: &mut Lines) -> bool {
    let added = pdu.set_payload(bytes);
    if let Err(error) = &added {
        lines.add(COAP_LOG_WARN, format_args!("payload of {} bytes not added: {error}", bytes.len()));
    }
    added.is_ok()
}

/// Adds an option in place of one that is there.
pub(super) fn set(pdu: &mut Pdu, number: u16, value: &[u8], lines: &mut Lines) {
    if let Err(error) = pdu.update_option(number, value) {
        lines.add(COAP_LOG_WARN, format_args!("option {number} not added: {error}"));
    }
}

/// The value of Size1 or Size2, which have four bytes at most (RFC 7959 section 4); empty for more.
fn size_value(length: usize) -> uint::EncodedUint {
    uint::encode(u32::try_from(length).unwrap_or(0).into())
}

/// An ETag made of the body, the same as libcoap's: clients that kept a body find it valid still.
///
/// Four lanes of a byte: each takes in the 32-bit word moved up by seven bits, the lowest also the next byte.
pub(super) fn body_tag(body: &[u8]) -> [u8; 4] {
    body.iter().fold([0; 4], |tag, &byte| {
        let moved = (u32::from_le_bytes(tag) << 7).to_le_bytes();
        let mut next: [u8; 4] = std::array::from_fn(|lane| moved[lane].wrapping_add(tag[lane]));
        next[0] = next[0].wrapping_add(byte);
        next
    })
}

//! Bodies of any size, as far as the library handles them today: a body that fits one message is sent as such. Of a
//! larger one, a response serves the block that was asked for, and its handler runs again for the next; a request is
//! refused. The library keeps nothing, so the program's data is released at once.
use super::{
    USE_LIBRARY,
    block::Block,
    response::{add_payload, asked_block, body_tag, describe, fail, serve, set},
};
use crate::{
    cell::upcall,
    entry::entry,
    home::on_session,
    log::Lines,
    pdu::{input, payload_room},
    pdu_handle,
    types::*,
};
use coap_proto::wire::{
    BlockValue, Code, Pdu,
    option::{BLOCK1, BLOCK2, ETAG},
    uint,
};
use std::ffi::{c_int, c_void};

/// Adds a body to a request and calls `release_func` when the data is not needed any more, which is before this
/// returns, whatever it returns. 0 if the request has a payload already, or the body does not fit one message.
///
/// Not yet: bodies of more than one message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_large_request(
    session: *mut coap_session_t,
    pdu: *mut coap_pdu_t,
    length: usize,
    data: *const u8,
    release_func: coap_release_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    let added = entry(0, || {
        let blocks = Blocks::of(session)?;
        pdu_handle::edit(pdu, |pdu, lines| {
            // SAFETY: readable for `length` bytes, as documented.
            let body = unsafe { input(pdu, data, length) };
            request(pdu, &body, blocks, lines).into()
        })
    });
    release(session, release_func, app_ptr);
    added
}

/// Fills in a response: Content-Format, Max-Age (unless `maxage` is negative), ETag, and the body or the block of it
/// that the request asks for. With `etag` 0 the ETag is made of the body, if one is needed. Calls `release_func` when
/// the data is not needed any more, which is before this returns.
///
/// 0, and an error response, if the body has no such block (4.00) or nothing fits (5.00).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_large_response(
    _resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    response: *mut coap_pdu_t,
    _query: *const coap_string_t,
    media_type: u16,
    maxage: c_int,
    etag: u64,
    length: usize,
    data: *const u8,
    release_func: coap_release_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    let added = entry(0, || {
        let blocks = Blocks::of(session)?;
        let asked = asked_block(request);
        pdu_handle::edit(response, |response, lines| {
            // SAFETY: readable for `length` bytes, as documented.
            let body = unsafe { input(response, data, length) };
            if asked.is_some_and(|block| !block.within(length)) {
                fail(response, Code::BAD_REQUEST, lines);
                return 0;
            }
            describe(response, media_type, maxage, lines);
            let done = respond(response, asked, etag, &body, blocks, lines);
            if !done && response.payload().is_empty() {
                fail(response, Code::INTERNAL_ERROR, lines);
            }
            done.into()
        })
    });
    release(session, release_func, app_ptr);
    added
}

/// How a context wants blocks.
#[derive(Clone, Copy)]
struct Blocks {
    /// The library does block-wise transfers.
    enabled: bool,
    /// Size exponent of the largest block.
    largest: u8,
}

impl Blocks {
    /// `None`, logged, if there is no such session.
    fn of(session: *mut coap_session_t) -> Option<Self> {
        on_session("coap_add_data_large", session, |context, _| {
            Some(Self { enabled: context.block_mode & USE_LIBRARY != 0, largest: context.max_szx })
        })
    }

    /// Makes a block fit a message with this much room; `None` if it has room for none.
    fn narrow(self, mut block: Block, room: usize) -> Option<Block> {
        block.narrow(BlockValue::szx_for(room)?.min(self.largest));
        Some(block)
    }
}

fn request(pdu: &mut Pdu, body: &[u8], blocks: Blocks, lines: &mut Lines) -> bool {
    if !blocks.enabled || !pdu.payload().is_empty() {
        return add_payload(pdu, body, lines);
    }
    let room = room(pdu);
    let Some(named) = pdu.option(BLOCK1).and_then(|option| Block::decode(option.value)) else {
        return match body.len() > room {
            true => too_large(body, lines),
            false => add_payload(pdu, body, lines),
        };
    };
    let Some(mut block) = blocks.narrow(named, room) else { return false };
    if named.num != 0 {
        // The program sends this block by itself, and has written its option.
        return add_payload(pdu, block.of(body), lines);
    }
    if body.len() > block.size() {
        return too_large(body, lines);
    }
    block.more = false;
    block.write(pdu, BLOCK1, lines);
    add_payload(pdu, body, lines)
}

fn too_large(body: &[u8], lines: &mut Lines) -> bool {
    let size = body.len();
    lines.add(
        COAP_LOG_WARN,
        format_args!("coap_add_data_large_request: block-wise transfer of {size} bytes is not supported yet"),
    );
    false
}

fn respond(
    response: &mut Pdu,
    asked: Option<Block>,
    etag: u64,
    body: &[u8],
    blocks: Blocks,
    lines: &mut Lines,
) -> bool {
    if !response.payload().is_empty() || (!blocks.enabled && asked.is_none()) {
        return add_payload(response, body, lines);
    }
    let room = room(response);
    let Some(mut block) = blocks.narrow(asked.unwrap_or(Block::new(0, blocks.largest)), room) else {
        return asked.is_none() && body.len() <= room && add_payload(response, body, lines);
    };
    let whole = block.num == 0 && body.len() <= if asked.is_some() { block.size() } else { room };
    if etag != 0 {
        set(response, ETAG, &uint::encode(etag), lines);
    } else if !whole {
        set(response, ETAG, &body_tag(body), lines);
    }
    if whole {
        block.more = false;
        if asked.is_some() {
            block.write(response, BLOCK2, lines);
        }
        return add_payload(response, body, lines);
    }
    serve(response, block, body, lines)
}

/// Room for a payload, when an Echo option of 40 bytes and a token of 8 may still have to be added: libcoap leaves it.
fn room(pdu: &Pdu) -> usize {
    const ECHO: usize = 43;
    payload_room(pdu).saturating_sub(ECHO + 8_usize.saturating_sub(pdu.token().len()))
}

fn release(session: *mut coap_session_t, release: coap_release_large_data_t, app_ptr: *mut c_void) {
    if let Some(release) = release {
        // SAFETY: the program passed the function for this call; nothing is locked.
        upcall(|| unsafe { release(session, app_ptr) });
    }
}

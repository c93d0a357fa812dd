//! Block options and the blocks that they name, one message at a time.
use super::value::Block;
use crate::{
    entry::entry,
    home::on_session,
    option::{coap_opt_length, coap_opt_value},
    pdu::coap_add_data,
    pdu_handle, raw,
    types::*,
};
use std::ffi::{c_int, c_uchar, c_uint};

/// Adds block `block_num` of a body as the payload; 0 if the body is not that long, or no room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_block(
    pdu: *mut coap_pdu_t,
    len: usize,
    data: *const u8,
    block_num: c_uint,
    block_szx: c_uchar,
) -> c_int {
    // SAFETY: readable for `len` bytes, as documented.
    entry(0, || unsafe { add(pdu, len, data, &Block::new(block_num, block_szx & 7)) })
}

/// As [`coap_add_block`]; `block.chunk_size` becomes the block's size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_block_b_data(
    pdu: *mut coap_pdu_t,
    len: usize,
    data: *const u8,
    block: *mut coap_block_b_t,
) -> c_int {
    entry(0, || {
        // SAFETY: a block or null, as documented.
        let c = unsafe { raw::read(block) }?;
        let mut read = Block::from(c);
        if len as u64 <= read.start() {
            return None;
        }
        if read.is_bert() {
            pdu_handle::with(pdu, |pdu| read.widen(pdu))?;
        }
        // SAFETY: as above, and writable; `data` is readable for `len` bytes.
        unsafe {
            raw::write(block, coap_block_b_t { chunk_size: read.size() as u32, ..c });
            add(pdu, len, data, &read)
        }
    })
}

/// Reads a block option; 0 if there is none, or it is malformed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_block(
    pdu: *const coap_pdu_t,
    number: coap_option_num_t,
    block: *mut coap_block_t,
) -> c_int {
    // SAFETY: writable, as documented.
    entry(0, || unsafe { read(pdu, number, block) })
}

/// As [`coap_get_block`]. BERT (RFC 8323 section 6) needs a session over a reliable transport.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_block_b(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    number: coap_option_num_t,
    block: *mut coap_block_b_t,
) -> c_int {
    entry(0, || {
        if !knows_bert("coap_get_block_b", session) {
            // SAFETY: writable, as documented.
            return unsafe { read(pdu, number, block) };
        }
        let found = pdu_handle::read(pdu, |pdu| Block::decode_bert(pdu, number)).flatten();
        // SAFETY: as above.
        unsafe { raw::write(block, found.map(Into::into).unwrap_or_default()) }?;
        Some(found.is_some().into())
    })
}

/// The number in a block option.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_block_num(block_opt: *const coap_opt_t) -> c_uint {
    entry(0, || {
        // SAFETY: an option or null, as documented.
        let value = unsafe { raw::bytes(coap_opt_value(block_opt), coap_opt_length(block_opt) as usize) };
        let bits = value.iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        Some((bits >> 4) as c_uint)
    })
}

/// As [`coap_write_block_opt`], for a session. In one where BERT has a meaning (RFC 8323 section 6), a block of 1,024
/// bytes becomes as many as there is room for, unless it was read from a message without.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_write_block_b_opt(
    session: *mut coap_session_t,
    block: *mut coap_block_b_t,
    number: coap_option_num_t,
    pdu: *mut coap_pdu_t,
    data_length: usize,
) -> c_int {
    entry(NO_ROOM, || {
        let widens = knows_bert("coap_write_block_b_opt", session);
        // SAFETY: a block or null, as documented.
        unsafe { write(block, number, pdu, (data_length, widens)) }
    })
}

/// Whether both sides of a session know BERT.
fn knows_bert(function: &str, session: *const coap_session_t) -> bool {
    let knows = on_session(function, session, |context, id| Some(context.node.engine.knows_bert(id)));
    knows.unwrap_or_default()
}

/// Puts the option for a block of a body of `data_length` bytes into a PDU, in place of one that is there. If the
/// PDU has no room for the block, it becomes a smaller one, in `block` too. 1; -2 if the body is not that long, -3
/// if not even 16 bytes fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_write_block_opt(
    block: *mut coap_block_t,
    number: coap_option_num_t,
    pdu: *mut coap_pdu_t,
    data_length: usize,
) -> c_int {
    // SAFETY: a block or null, as documented.
    entry(NO_ROOM, || unsafe { write(block, number, pdu, (data_length, false)) })
}

/// What writing a block option returns.
const DONE: c_int = 1;
const NO_SUCH_BLOCK: c_int = -2;
const NO_ROOM: c_int = -3;

/// # Safety
/// `to` is null or writable.
unsafe fn read<C: Copy + Default + From<Block>>(
    pdu: *const coap_pdu_t,
    number: u16,
    to: *mut C,
) -> Option<c_int> {
    let found = pdu_handle::read(pdu, |pdu| Block::decode(pdu.option(number)?.value)).flatten();
    // SAFETY: as the caller says.
    unsafe { raw::write(to, found.map(Into::into).unwrap_or_default()) }?;
    Some(found.is_some().into())
}

/// # Safety
/// `block` is null, or writable and initialised.
unsafe fn write<C: Copy + Into<Block> + From<Block>>(
    block: *mut C,
    number: u16,
    pdu: *mut coap_pdu_t,
    (length, widens): (usize, bool),
) -> Option<c_int> {
    // SAFETY: as the caller says.
    let mut fitted: Block = unsafe { raw::read(block) }?.into();
    let result = pdu_handle::edit(pdu, |pdu, lines| {
        if !fitted.within(length) {
            lines.add(COAP_LOG_DEBUG, format_args!("block {} is behind the end of the body", fitted.num));
            return NO_SUCH_BLOCK;
        }
        if widens {
            fitted.widen(pdu);
        }
        if !fitted.fit(pdu, length) {
            lines.add(COAP_LOG_DEBUG, format_args!("no room for the smallest block"));
            return NO_ROOM;
        }
        fitted.write(pdu, number, lines);
        DONE
    })?;
    if result == DONE {
        // SAFETY: as above.
        unsafe { raw::write(block, fitted.into()) };
    }
    Some(result)
}

/// # Safety
/// `data` is null or readable for `length` bytes.
unsafe fn add(pdu: *mut coap_pdu_t, length: usize, data: *const u8, block: &Block) -> Option<c_int> {
    if length as u64 <= block.start() {
        return None;
    }
    // SAFETY: as the caller says.
    let bytes = block.of(unsafe { raw::bytes(data, length) });
    // SAFETY: a slice is readable for its length.
    Some(unsafe { coap_add_data(pdu, bytes.len(), bytes.as_ptr()) })
}

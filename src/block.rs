//! `coap_block.h`: bodies in blocks (RFC 7959, RFC 9177).
//!
//! Transfers of more than one message are driven by the engine; [`bodies`] remembers whose data is under way.
use crate::{
    entry::entry,
    home::{command_session, on_context},
    log, raw,
    string::{coap_delete_binary, coap_new_binary, coap_resize_binary},
    stub::warn_unsupported,
    types::*,
};
use coap_proto::{block::BlockMode, wire::MessageType};
use std::{ffi::c_int, ptr};

pub(crate) mod bodies;
mod large;
mod option;
mod response;
#[cfg(test)]
mod tests;
mod value;

pub use large::{coap_add_data_large_request, coap_add_data_large_request_app, coap_add_data_large_response};
pub use option::{
    coap_add_block, coap_add_block_b_data, coap_get_block, coap_get_block_b, coap_opt_block_num,
    coap_write_block_b_opt, coap_write_block_opt,
};
pub use response::coap_add_data_blocked_response;

/// Puts a received block at its place in a body, which is made or grows if need be. Null, with the old body
/// deleted, without memory; null also without data. `total` is how long the body is said to be.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_block_build_body(
    body_data: *mut coap_binary_t,
    length: usize,
    data: *const u8,
    offset: usize,
    total: usize,
) -> *mut coap_binary_t {
    entry(ptr::null_mut(), || {
        if data.is_null() || (body_data.is_null() && total == 0) {
            return None;
        }
        let body = if body_data.is_null() { coap_new_binary(total) } else { body_data };
        // SAFETY: null or a binary.
        let has = unsafe { raw::read(body) }?.length;
        let needed = offset.checked_add(length);
        let grown = match needed {
            Some(needed) if needed <= has => body,
            // SAFETY: a binary that the caller handed over.
            Some(needed) => unsafe { coap_resize_binary(body, needed) },
            None => ptr::null_mut(),
        };
        if grown.is_null() {
            // SAFETY: as above; resizing left it where it was.
            unsafe { coap_delete_binary(body) };
            return None;
        }
        // SAFETY: the body has room for `length` bytes at `offset`; `data` is readable for them.
        unsafe { (*grown).s.add(offset).copy_from(data, length) };
        Some(grown)
    })
}

/// Ends the observation (RFC 7641) that a request of the session with this token began; null is the empty
/// token. The server is told so with a message of type `message_type`; the members of a group, each with a Reset when
/// it notifies next. Returns 1, or 0 if there is no such observation, or if the session does not keep track of them:
/// that needs `COAP_BLOCK_USE_LIBCOAP`.
///
/// # Safety
/// `token` is null or points to a binary.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cancel_observe(
    session: *mut coap_session_t,
    token: *mut coap_binary_t,
    message_type: coap_pdu_type_t,
) -> c_int {
    const NAME: &str = "coap_cancel_observe";
    entry(0, || {
        // SAFETY: as the caller promises.
        let token = unsafe { raw::string(token.cast()) };
        let kind = MessageType::from_bits(u8::try_from(message_type).ok().filter(|kind| *kind <= 3)?);
        let untracked = command_session(NAME, session, |context, id, now| {
            let engine = &mut context.node.engine;
            if engine.cancel_observe(now, id, token, kind).is_some() || engine.cancel_group_observe(id, token)
            {
                return Some(None);
            }
            let session = context.session(id)?;
            (!session.tracks_observations()).then(|| Some(session.describe()))
        })?;
        if let Some(session) = untracked {
            log::log(
                COAP_LOG_DEBUG,
                format_args!("** {session}: {NAME}: COAP_BLOCK_USE_LIBCOAP not enabled"),
            );
            return None;
        }
        Some(1)
    })
}

/// Sets how much of block-wise transfers the library does in sessions to come: nothing without
/// `COAP_BLOCK_USE_LIBCOAP`.
///
/// With `COAP_BLOCK_TRY_Q_BLOCK` a client finds out whether the server knows Q-Block (RFC 9177) before its first
/// request, and a server takes Q-Block options; `COAP_BLOCK_USE_M_Q_BLOCK` lets a client ask for the rest of a
/// set by its first block. Bodies in Q-Block options come in one piece, as with `COAP_BLOCK_SINGLE_BODY`.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_block_mode(context: *mut coap_context_t, block_mode: u8) {
    entry((), || {
        on_context("coap_context_set_block_mode", context, |context| {
            context.node.engine.config_mut().block_mode = BlockMode::from_bits(block_mode.into());
            Some(())
        })
    })
}

/// Sets the largest block, a power of two from 16 to 1,024 bytes; 0 is 1,024. Returns 0 for other sizes.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_max_block_size(
    context: *mut coap_context_t,
    max_block_size: usize,
) -> c_int {
    entry(0, || {
        if !matches!(max_block_size, 0 | 16 | 32 | 64 | 128 | 256 | 512 | 1024) {
            log::log(
                COAP_LOG_INFO,
                format_args!("coap_context_set_max_block_size: {max_block_size} is no block size"),
            );
            return None;
        }
        on_context("coap_context_set_max_block_size", context, |context| {
            context.node.engine.config_mut().max_block_size = max_block_size;
            Some(1)
        })
    })
}

/// Sets the longest body, in bytes, that is received in blocks; 0: no limit but those of memory, 64 MiB a session and
/// 256 MiB in all. A longer request is refused with 4.13, a longer response given up with `COAP_NACK_BAD_RESPONSE`.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_max_body_size(context: *mut coap_context_t, max_body_size: u32) {
    entry((), || {
        on_context("coap_context_set_max_body_size", context, |context| {
            context.node.engine.config_mut().max_body_size = max_body_size as usize;
            Some(())
        })
    })
}

/// Has a function get each block of a body when it comes, instead of the whole body when it is there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_block_data_handler(
    context: *mut coap_context_t,
    handler: coap_block_data_handler_t,
) {
    let _ = (context, handler);
    entry((), || warn_unsupported("coap_register_block_data_handler", "a handler of single blocks"))
}

/// Whether Q-Block (RFC 9177) is built: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_q_block_is_supported() -> c_int {
    1
}

/// The size exponent of the largest block, 1,024 bytes.
pub(crate) const LARGEST: u8 = 6;

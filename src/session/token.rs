//! Tokens (RFC 7252 section 5.3.1).
use crate::{entry::entry, home::on_session, raw, types::*};

/// Starts the session's tokens from this one: up to 8 bytes count.
///
/// # Safety
/// `token` is null or readable for `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_init_token(
    session: *mut coap_session_t,
    length: usize,
    token: *const u8,
) {
    entry((), || {
        // SAFETY: as the caller promises.
        let token = unsafe { raw::bytes(token, length) };
        on_session("coap_session_init_token", session, |context, id| {
            context.node.engine.init_token(id, token);
            Some(())
        })
    })
}

/// A token that the session has not used yet: up to 8 bytes at `token`, their number at `length`.
///
/// # Safety
/// `length` can be written to and `token` takes 8 bytes; or one of them is null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_new_token(
    session: *mut coap_session_t,
    length: *mut usize,
    token: *mut u8,
) {
    entry((), || {
        if length.is_null() || token.is_null() {
            return None;
        }
        let new =
            on_session("coap_session_new_token", session, |context, id| context.node.engine.new_token(id));
        let new = new.as_ref().map_or(&[][..], |token| token.as_ref());
        // SAFETY: not null; a token has at most the 8 bytes that the caller has room for.
        unsafe {
            length.write(new.len());
            token.copy_from_nonoverlapping(new.as_ptr(), new.len());
        }
        Some(())
    })
}

//! Security of a session: none yet, as in a libcoap without (D)TLS.
use crate::{entry::entry, home::on_session, raw, types::*};
use std::{ffi::c_void, ptr};

/// The server's hint which identity to use. Null without a pre-shared key.
///
/// Not yet.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_psk_hint(session: *const coap_session_t) -> *const coap_bin_const_t {
    nothing("coap_session_get_psk_hint", session)
}

/// The identity that goes with the pre-shared key. Null without one.
///
/// Not yet.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_psk_identity(session: *const coap_session_t) -> *const coap_bin_const_t {
    nothing("coap_session_get_psk_identity", session)
}

/// The pre-shared key. Null without one.
///
/// Not yet.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_psk_key(session: *const coap_session_t) -> *const coap_bin_const_t {
    nothing("coap_session_get_psk_key", session)
}

/// The (D)TLS library's own object for a session. Null without (D)TLS; `*tls_lib` says so.
///
/// Not yet.
///
/// # Safety
/// `tls_lib` is null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_tls(
    session: *const coap_session_t,
    tls_lib: *mut coap_tls_library_t,
) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_session("coap_session_get_tls", session, |_, _| Some(()))?;
        // SAFETY: as the caller promises.
        unsafe { raw::write(tls_lib, COAP_TLS_LIBRARY_NOTLS) };
        None
    })
}

fn nothing(function: &str, session: *const coap_session_t) -> *const coap_bin_const_t {
    entry(ptr::null(), || on_session(function, session, |_, _| None))
}

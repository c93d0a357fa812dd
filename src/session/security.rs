//! Security of a session.
use crate::{
    entry::entry,
    home::on_session,
    raw,
    secure::{self, Shown},
    types::*,
};
use std::{ffi::c_void, ptr};

/// The hint which identity to use: that of the server, once a client has got it. Null without a pre-shared key, or
/// without a hint. It can be read while the session lives; if the hint changes, the next call returns another pointer.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_psk_hint(session: *const coap_session_t) -> *const coap_bin_const_t {
    shown("coap_session_get_psk_hint", session, &Shown::Hint)
}

/// The identity that goes with the pre-shared key: that of the client, once a server has got it. Null without a
/// pre-shared key. It can be read as a hint can.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_psk_identity(session: *const coap_session_t) -> *const coap_bin_const_t {
    shown("coap_session_get_psk_identity", session, &Shown::Identity)
}

/// The pre-shared key. Null without one. It can be read as a hint can, and is wiped when the session ends.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_psk_key(session: *const coap_session_t) -> *const coap_bin_const_t {
    shown("coap_session_get_psk_key", session, &Shown::Key)
}

/// Something that stands for the (D)TLS side of a session, of a library that has no name in C: `*tls_lib` says so. It
/// can be compared with null, nothing else. Null without (D)TLS.
///
/// Not yet: an object that can be given to the functions of a TLS library.
///
/// # Safety
/// `tls_lib` is null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_tls(
    session: *const coap_session_t,
    tls_lib: *mut coap_tls_library_t,
) -> *mut c_void {
    entry(ptr::null_mut(), || {
        let is_secure = on_session("coap_session_get_tls", session, |context, id| {
            Some(crate::dtls::is_secure(context.session(id)?.protocol()))
        })?;
        // SAFETY: as the caller promises.
        unsafe { raw::write(tls_lib, crate::dtls::LIBRARY) };
        is_secure.then(|| session.cast_mut().cast())
    })
}

fn shown(function: &str, session: *const coap_session_t, what: &Shown) -> *const coap_bin_const_t {
    entry(ptr::null(), || on_session(function, session, |context, id| Some(secure::show(context, id, what)))?)
}

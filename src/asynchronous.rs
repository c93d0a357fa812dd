//! `coap_async.h`: answers that come later. Not built yet, as in a libcoap without them.
#![allow(unused_variables, reason = "not built yet")]
use crate::{
    entry::entry,
    stub::{unsupported, warn_unsupported},
    types::*,
};
use std::{
    ffi::{c_int, c_void},
    ptr,
};

/// The pointer that the program left with a delayed request.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_get_app_data(async_: *const coap_async_t) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_async_get_app_data"))
}

/// Whether requests can be answered later: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_is_supported() -> c_int {
    0
}

/// Leaves a pointer of the program's with a delayed request.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_set_app_data(async_: *mut coap_async_t, app_data: *mut c_void) {
    entry((), || unsupported("coap_async_set_app_data"))
}

/// Has the handler run again after so many ticks; 0: not before [`coap_async_trigger`].
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_set_delay(async_: *mut coap_async_t, delay: coap_tick_t) {
    entry((), || unsupported("coap_async_set_delay"))
}

/// Has the handler run again at once.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_trigger(async_: *mut coap_async_t) {
    entry((), || unsupported("coap_async_trigger"))
}

/// The delayed request of a session with this token.
#[unsafe(no_mangle)]
pub extern "C" fn coap_find_async(
    session: *mut coap_session_t,
    token: coap_bin_const_t,
) -> *mut coap_async_t {
    entry(ptr::null_mut(), || unsupported("coap_find_async"))
}

/// Ends a delayed request.
#[unsafe(no_mangle)]
pub extern "C" fn coap_free_async(session: *mut coap_session_t, async_: *mut coap_async_t) {
    entry((), || unsupported("coap_free_async"))
}

/// Puts a request off: its handler runs again later.
#[unsafe(no_mangle)]
pub extern "C" fn coap_register_async(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    delay: coap_tick_t,
) -> *mut coap_async_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_register_async", "asynchronous responses"))
}

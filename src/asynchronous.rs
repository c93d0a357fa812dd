//! `coap_async.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_async_get_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_async_get_app_data(async_: *const coap_async_t) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_async_get_app_data"))
}

/// `coap_async_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_async_is_supported() -> c_int {
    entry(0, || unsupported("coap_async_is_supported"))
}

/// `coap_async_set_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_async_set_app_data(async_: *mut coap_async_t, app_data: *mut c_void) {
    entry((), || unsupported("coap_async_set_app_data"))
}

/// `coap_async_set_delay`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_async_set_delay(async_: *mut coap_async_t, delay: coap_tick_t) {
    entry((), || unsupported("coap_async_set_delay"))
}

/// `coap_async_trigger`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_async_trigger(async_: *mut coap_async_t) {
    entry((), || unsupported("coap_async_trigger"))
}

/// `coap_find_async`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_find_async(
    session: *mut coap_session_t,
    token: coap_bin_const_t,
) -> *mut coap_async_t {
    entry(ptr::null_mut(), || unsupported("coap_find_async"))
}

/// `coap_free_async`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_free_async(session: *mut coap_session_t, async_: *mut coap_async_t) {
    entry((), || unsupported("coap_free_async"))
}

/// `coap_register_async`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_async(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    delay: coap_tick_t,
) -> *mut coap_async_t {
    entry(ptr::null_mut(), || unsupported("coap_register_async"))
}

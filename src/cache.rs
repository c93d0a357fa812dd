//! `coap_cache.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_cache_derive_key`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_derive_key(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
) -> *mut coap_cache_key_t {
    entry(ptr::null_mut(), || unsupported("coap_cache_derive_key"))
}

/// `coap_cache_derive_key_w_ignore`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_derive_key_w_ignore(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
    ignore_options: *const u16,
    ignore_count: usize,
) -> *mut coap_cache_key_t {
    entry(ptr::null_mut(), || unsupported("coap_cache_derive_key_w_ignore"))
}

/// `coap_cache_get_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_get_app_data(cache_entry: *const coap_cache_entry_t) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_cache_get_app_data"))
}

/// `coap_cache_get_by_key`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_get_by_key(
    context: *mut coap_context_t,
    cache_key: *const coap_cache_key_t,
) -> *mut coap_cache_entry_t {
    entry(ptr::null_mut(), || unsupported("coap_cache_get_by_key"))
}

/// `coap_cache_get_by_pdu`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_get_by_pdu(
    session: *mut coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
) -> *mut coap_cache_entry_t {
    entry(ptr::null_mut(), || unsupported("coap_cache_get_by_pdu"))
}

/// `coap_cache_get_pdu`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_get_pdu(cache_entry: *const coap_cache_entry_t) -> *const coap_pdu_t {
    entry(ptr::null(), || unsupported("coap_cache_get_pdu"))
}

/// `coap_cache_ignore_options`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_ignore_options(
    context: *mut coap_context_t,
    options: *const u16,
    count: usize,
) -> c_int {
    entry(0, || unsupported("coap_cache_ignore_options"))
}

/// `coap_cache_set_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_set_app_data(
    cache_entry: *mut coap_cache_entry_t,
    data: *mut c_void,
    callback: coap_cache_app_data_free_callback_t,
) {
    entry((), || unsupported("coap_cache_set_app_data"))
}

/// `coap_delete_cache_entry`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_cache_entry(
    context: *mut coap_context_t,
    cache_entry: *mut coap_cache_entry_t,
) {
    entry((), || unsupported("coap_delete_cache_entry"))
}

/// `coap_delete_cache_key`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_cache_key(cache_key: *mut coap_cache_key_t) {
    entry((), || unsupported("coap_delete_cache_key"))
}

/// `coap_new_cache_entry`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_cache_entry(
    session: *mut coap_session_t,
    pdu: *const coap_pdu_t,
    record_pdu: coap_cache_record_pdu_t,
    session_based: coap_cache_session_based_t,
    idle_time: c_uint,
) -> *mut coap_cache_entry_t {
    entry(ptr::null_mut(), || unsupported("coap_new_cache_entry"))
}

//! `coap_cache.h`: state that belongs to requests that are alike. Not built yet.
#![allow(unused_variables, reason = "not built yet")]
use crate::{
    entry::entry,
    stub::{unsupported, warn_unsupported},
    types::*,
};
use std::{
    ffi::{c_int, c_uint, c_void},
    ptr,
};

/// A key that requests have in common which differ in nothing that a cache looks at (RFC 7252 section 5.6).
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_derive_key(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
) -> *mut coap_cache_key_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_cache_derive_key", "the cache of requests"))
}

/// As [`coap_cache_derive_key`], less the given options.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_derive_key_w_ignore(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
    ignore_options: *const u16,
    ignore_count: usize,
) -> *mut coap_cache_key_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_cache_derive_key_w_ignore", "the cache of requests"))
}

/// The pointer that the program left with an entry.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_get_app_data(cache_entry: *const coap_cache_entry_t) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_cache_get_app_data"))
}

/// The entry with this key.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_get_by_key(
    context: *mut coap_context_t,
    cache_key: *const coap_cache_key_t,
) -> *mut coap_cache_entry_t {
    entry(ptr::null_mut(), || unsupported("coap_cache_get_by_key"))
}

/// The entry for requests like this one.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_get_by_pdu(
    session: *mut coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
) -> *mut coap_cache_entry_t {
    entry(ptr::null_mut(), || unsupported("coap_cache_get_by_pdu"))
}

/// The request that an entry was made for.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_get_pdu(cache_entry: *const coap_cache_entry_t) -> *const coap_pdu_t {
    entry(ptr::null(), || unsupported("coap_cache_get_pdu"))
}

/// Sets the options that keys leave out.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_ignore_options(
    context: *mut coap_context_t,
    options: *const u16,
    count: usize,
) -> c_int {
    entry(0, || warn_unsupported("coap_cache_ignore_options", "the cache of requests"))
}

/// Leaves a pointer of the program's with an entry, and the function to be told when it is no longer needed.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_set_app_data(
    cache_entry: *mut coap_cache_entry_t,
    data: *mut c_void,
    callback: coap_cache_app_data_free_callback_t,
) {
    entry((), || unsupported("coap_cache_set_app_data"))
}

/// Deletes an entry.
#[unsafe(no_mangle)]
pub extern "C" fn coap_delete_cache_entry(
    context: *mut coap_context_t,
    cache_entry: *mut coap_cache_entry_t,
) {
    entry((), || unsupported("coap_delete_cache_entry"))
}

/// Deletes a key.
#[unsafe(no_mangle)]
pub extern "C" fn coap_delete_cache_key(cache_key: *mut coap_cache_key_t) {
    entry((), || unsupported("coap_delete_cache_key"))
}

/// Makes an entry for requests like this one.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_cache_entry(
    session: *mut coap_session_t,
    pdu: *const coap_pdu_t,
    record_pdu: coap_cache_record_pdu_t,
    session_based: coap_cache_session_based_t,
    idle_time: c_uint,
) -> *mut coap_cache_entry_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_new_cache_entry", "the cache of requests"))
}

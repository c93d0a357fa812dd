//! `coap_mem.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_free_type`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_free_type(type_: coap_memory_tag_t, p: *mut c_void) {
    entry((), || unsupported("coap_free_type"))
}

/// `coap_malloc_type`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_malloc_type(type_: coap_memory_tag_t, size: usize) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_malloc_type"))
}

/// `coap_memory_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_memory_init() {
    entry((), || unsupported("coap_memory_init"))
}

/// `coap_realloc_type`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_realloc_type(
    type_: coap_memory_tag_t,
    p: *mut c_void,
    size: usize,
) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_realloc_type"))
}

/// `coap_dump_memory_type_counts`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dump_memory_type_counts(log_level: coap_log_t) {
    entry((), || unsupported("coap_dump_memory_type_counts"))
}

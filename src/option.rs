//! `coap_option.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_add_optlist_pdu`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_optlist_pdu(
    pdu: *mut coap_pdu_t,
    optlist_chain: *mut *mut coap_optlist_t,
) -> c_int {
    entry(0, || unsupported("coap_add_optlist_pdu"))
}

/// `coap_check_option`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_check_option(
    pdu: *const coap_pdu_t,
    number: coap_option_num_t,
    oi: *mut coap_opt_iterator_t,
) -> *mut coap_opt_t {
    entry(ptr::null_mut(), || unsupported("coap_check_option"))
}

/// `coap_delete_optlist`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_optlist(optlist_chain: *mut coap_optlist_t) {
    entry((), || unsupported("coap_delete_optlist"))
}

/// `coap_insert_optlist`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_insert_optlist(
    optlist_chain: *mut *mut coap_optlist_t,
    optlist: *mut coap_optlist_t,
) -> c_int {
    entry(0, || unsupported("coap_insert_optlist"))
}

/// `coap_new_optlist`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_optlist(
    number: u16,
    length: usize,
    data: *const u8,
) -> *mut coap_optlist_t {
    entry(ptr::null_mut(), || unsupported("coap_new_optlist"))
}

/// `coap_opt_encode`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_encode(
    opt: *mut coap_opt_t,
    n: usize,
    delta: u16,
    val: *const u8,
    length: usize,
) -> usize {
    entry(0, || unsupported("coap_opt_encode"))
}

/// `coap_opt_encode_size`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_encode_size(delta: u16, length: usize) -> usize {
    entry(0, || unsupported("coap_opt_encode_size"))
}

/// `coap_opt_length`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_length(opt: *const coap_opt_t) -> u32 {
    entry(0, || unsupported("coap_opt_length"))
}

/// `coap_opt_parse`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_parse(
    opt: *const coap_opt_t,
    length: usize,
    result: *mut coap_option_t,
) -> usize {
    entry(0, || unsupported("coap_opt_parse"))
}

/// `coap_opt_setheader`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_setheader(
    opt: *mut coap_opt_t,
    maxlen: usize,
    delta: u16,
    length: usize,
) -> usize {
    entry(0, || unsupported("coap_opt_setheader"))
}

/// `coap_opt_size`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_size(opt: *const coap_opt_t) -> usize {
    entry(0, || unsupported("coap_opt_size"))
}

/// `coap_opt_value`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_value(opt: *const coap_opt_t) -> *const u8 {
    entry(ptr::null(), || unsupported("coap_opt_value"))
}

/// `coap_option_filter_clear`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_filter_clear(filter: *mut coap_opt_filter_t) {
    entry((), || unsupported("coap_option_filter_clear"))
}

/// `coap_option_filter_get`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_filter_get(
    filter: *mut coap_opt_filter_t,
    number: coap_option_num_t,
) -> c_int {
    entry(0, || unsupported("coap_option_filter_get"))
}

/// `coap_option_filter_set`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_filter_set(
    filter: *mut coap_opt_filter_t,
    number: coap_option_num_t,
) -> c_int {
    entry(0, || unsupported("coap_option_filter_set"))
}

/// `coap_option_filter_unset`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_filter_unset(
    filter: *mut coap_opt_filter_t,
    number: coap_option_num_t,
) -> c_int {
    entry(0, || unsupported("coap_option_filter_unset"))
}

/// `coap_option_iterator_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_iterator_init(
    pdu: *const coap_pdu_t,
    oi: *mut coap_opt_iterator_t,
    filter: *const coap_opt_filter_t,
) -> *mut coap_opt_iterator_t {
    entry(ptr::null_mut(), || unsupported("coap_option_iterator_init"))
}

/// `coap_option_next`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_option_next(oi: *mut coap_opt_iterator_t) -> *mut coap_opt_t {
    entry(ptr::null_mut(), || unsupported("coap_option_next"))
}

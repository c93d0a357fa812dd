//! `coap_pdu.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_add_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data(pdu: *mut coap_pdu_t, len: usize, data: *const u8) -> c_int {
    entry(0, || unsupported("coap_add_data"))
}

/// `coap_add_data_after`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_after(pdu: *mut coap_pdu_t, len: usize) -> *mut u8 {
    entry(ptr::null_mut(), || unsupported("coap_add_data_after"))
}

/// `coap_add_option`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_option(
    pdu: *mut coap_pdu_t,
    number: coap_option_num_t,
    len: usize,
    data: *const u8,
) -> usize {
    entry(0, || unsupported("coap_add_option"))
}

/// `coap_add_token`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_token(pdu: *mut coap_pdu_t, len: usize, data: *const u8) -> c_int {
    entry(0, || unsupported("coap_add_token"))
}

/// `coap_delete_pdu`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_pdu(pdu: *mut coap_pdu_t) {
    entry((), || unsupported("coap_delete_pdu"))
}

/// `coap_get_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_data(
    pdu: *const coap_pdu_t,
    len: *mut usize,
    data: *mut *const u8,
) -> c_int {
    entry(0, || unsupported("coap_get_data"))
}

/// `coap_get_data_large`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_data_large(
    pdu: *const coap_pdu_t,
    len: *mut usize,
    data: *mut *const u8,
    offset: *mut usize,
    total: *mut usize,
) -> c_int {
    entry(0, || unsupported("coap_get_data_large"))
}

/// `coap_new_pdu`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_pdu(
    type_: coap_pdu_type_t,
    code: coap_pdu_code_t,
    session: *mut coap_session_t,
) -> *mut coap_pdu_t {
    entry(ptr::null_mut(), || unsupported("coap_new_pdu"))
}

/// `coap_pdu_duplicate`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_duplicate(
    old_pdu: *const coap_pdu_t,
    session: *mut coap_session_t,
    token_length: usize,
    token: *const u8,
    drop_options: *mut coap_opt_filter_t,
) -> *mut coap_pdu_t {
    entry(ptr::null_mut(), || unsupported("coap_pdu_duplicate"))
}

/// `coap_pdu_get_code`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_get_code(pdu: *const coap_pdu_t) -> coap_pdu_code_t {
    entry(0, || unsupported("coap_pdu_get_code"))
}

/// `coap_pdu_get_mid`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_get_mid(pdu: *const coap_pdu_t) -> coap_mid_t {
    entry(COAP_INVALID_MID, || unsupported("coap_pdu_get_mid"))
}

/// `coap_pdu_get_token`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_get_token(pdu: *const coap_pdu_t) -> coap_bin_const_t {
    entry(coap_bin_const_t { length: 0, s: ptr::null() }, || unsupported("coap_pdu_get_token"))
}

/// `coap_pdu_get_type`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_get_type(pdu: *const coap_pdu_t) -> coap_pdu_type_t {
    entry(0, || unsupported("coap_pdu_get_type"))
}

/// `coap_pdu_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_init(
    type_: coap_pdu_type_t,
    code: coap_pdu_code_t,
    mid: coap_mid_t,
    size: usize,
) -> *mut coap_pdu_t {
    entry(ptr::null_mut(), || unsupported("coap_pdu_init"))
}

/// `coap_pdu_parse`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_parse(
    proto: coap_proto_t,
    data: *const u8,
    length: usize,
    pdu: *mut coap_pdu_t,
) -> c_int {
    entry(0, || unsupported("coap_pdu_parse"))
}

/// `coap_pdu_set_code`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_set_code(pdu: *mut coap_pdu_t, code: coap_pdu_code_t) {
    entry((), || unsupported("coap_pdu_set_code"))
}

/// `coap_pdu_set_mid`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_set_mid(pdu: *mut coap_pdu_t, mid: coap_mid_t) {
    entry((), || unsupported("coap_pdu_set_mid"))
}

/// `coap_pdu_set_type`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_pdu_set_type(pdu: *mut coap_pdu_t, type_: coap_pdu_type_t) {
    entry((), || unsupported("coap_pdu_set_type"))
}

/// `coap_response_phrase`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_response_phrase(code: c_uchar) -> *const c_char {
    entry(ptr::null(), || unsupported("coap_response_phrase"))
}

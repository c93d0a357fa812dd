//! `coap_block.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_add_block`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_block(
    pdu: *mut coap_pdu_t,
    len: usize,
    data: *const u8,
    block_num: c_uint,
    block_szx: c_uchar,
) -> c_int {
    entry(0, || unsupported("coap_add_block"))
}

/// `coap_add_block_b_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_block_b_data(
    pdu: *mut coap_pdu_t,
    len: usize,
    data: *const u8,
    block: *mut coap_block_b_t,
) -> c_int {
    entry(0, || unsupported("coap_add_block_b_data"))
}

/// `coap_add_data_blocked_response`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_blocked_response(
    request: *const coap_pdu_t,
    response: *mut coap_pdu_t,
    media_type: u16,
    maxage: c_int,
    length: usize,
    data: *const u8,
) {
    entry((), || unsupported("coap_add_data_blocked_response"))
}

/// `coap_add_data_large_request`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_large_request(
    session: *mut coap_session_t,
    pdu: *mut coap_pdu_t,
    length: usize,
    data: *const u8,
    release_func: coap_release_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    entry(0, || unsupported("coap_add_data_large_request"))
}

/// `coap_add_data_large_response`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_large_response(
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    response: *mut coap_pdu_t,
    query: *const coap_string_t,
    media_type: u16,
    maxage: c_int,
    etag: u64,
    length: usize,
    data: *const u8,
    release_func: coap_release_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    entry(0, || unsupported("coap_add_data_large_response"))
}

/// `coap_block_build_body`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_block_build_body(
    body_data: *mut coap_binary_t,
    length: usize,
    data: *const u8,
    offset: usize,
    total: usize,
) -> *mut coap_binary_t {
    entry(ptr::null_mut(), || unsupported("coap_block_build_body"))
}

/// `coap_cancel_observe`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cancel_observe(
    session: *mut coap_session_t,
    token: *mut coap_binary_t,
    message_type: coap_pdu_type_t,
) -> c_int {
    entry(0, || unsupported("coap_cancel_observe"))
}

/// `coap_context_set_block_mode`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_block_mode(context: *mut coap_context_t, block_mode: u8) {
    entry((), || unsupported("coap_context_set_block_mode"))
}

/// `coap_get_block`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_block(
    pdu: *const coap_pdu_t,
    number: coap_option_num_t,
    block: *mut coap_block_t,
) -> c_int {
    entry(0, || unsupported("coap_get_block"))
}

/// `coap_get_block_b`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_block_b(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    number: coap_option_num_t,
    block: *mut coap_block_b_t,
) -> c_int {
    entry(0, || unsupported("coap_get_block_b"))
}

/// `coap_opt_block_num`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_opt_block_num(block_opt: *const coap_opt_t) -> c_uint {
    entry(0, || unsupported("coap_opt_block_num"))
}

/// `coap_q_block_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_q_block_is_supported() -> c_int {
    entry(0, || unsupported("coap_q_block_is_supported"))
}

/// `coap_write_block_b_opt`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_write_block_b_opt(
    session: *mut coap_session_t,
    block: *mut coap_block_b_t,
    number: coap_option_num_t,
    pdu: *mut coap_pdu_t,
    data_length: usize,
) -> c_int {
    entry(0, || unsupported("coap_write_block_b_opt"))
}

/// `coap_write_block_opt`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_write_block_opt(
    block: *mut coap_block_t,
    number: coap_option_num_t,
    pdu: *mut coap_pdu_t,
    data_length: usize,
) -> c_int {
    entry(0, || unsupported("coap_write_block_opt"))
}

/// `coap_context_set_max_block_size`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_max_block_size(
    context: *mut coap_context_t,
    max_block_size: usize,
) -> c_int {
    entry(0, || unsupported("coap_context_set_max_block_size"))
}

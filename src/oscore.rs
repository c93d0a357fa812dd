//! `coap_oscore.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_context_oscore_server`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_oscore_server(
    context: *mut coap_context_t,
    oscore_conf: *mut coap_oscore_conf_t,
) -> c_int {
    entry(0, || unsupported("coap_context_oscore_server"))
}

/// `coap_delete_oscore_conf`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_oscore_conf(oscore_conf: *mut coap_oscore_conf_t) -> c_int {
    entry(0, || unsupported("coap_delete_oscore_conf"))
}

/// `coap_delete_oscore_recipient`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_oscore_recipient(
    context: *mut coap_context_t,
    recipient_id: *mut coap_bin_const_t,
) -> c_int {
    entry(0, || unsupported("coap_delete_oscore_recipient"))
}

/// `coap_new_client_session_oscore`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_oscore(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    oscore_conf: *mut coap_oscore_conf_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_new_client_session_oscore"))
}

/// `coap_new_client_session_oscore_pki`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_oscore_pki(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    pki_data: *mut coap_dtls_pki_t,
    oscore_conf: *mut coap_oscore_conf_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_new_client_session_oscore_pki"))
}

/// `coap_new_client_session_oscore_psk`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_oscore_psk(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    psk_data: *mut coap_dtls_cpsk_t,
    oscore_conf: *mut coap_oscore_conf_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_new_client_session_oscore_psk"))
}

/// `coap_new_oscore_conf`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_oscore_conf(
    conf_mem: coap_str_const_t,
    save_seq_num_func: coap_oscore_save_seq_num_t,
    save_seq_num_func_param: *mut c_void,
    start_seq_num: u64,
) -> *mut coap_oscore_conf_t {
    entry(ptr::null_mut(), || unsupported("coap_new_oscore_conf"))
}

/// `coap_new_oscore_recipient`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_oscore_recipient(
    context: *mut coap_context_t,
    recipient_id: *mut coap_bin_const_t,
) -> c_int {
    entry(0, || unsupported("coap_new_oscore_recipient"))
}

/// `coap_oscore_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_oscore_is_supported() -> c_int {
    entry(0, || unsupported("coap_oscore_is_supported"))
}

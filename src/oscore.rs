//! `coap_oscore.h`: OSCORE (RFC 8613). Not built yet, as in a libcoap without it.
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

/// Sets what server sessions protect messages with.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_oscore_server(
    context: *mut coap_context_t,
    oscore_conf: *mut coap_oscore_conf_t,
) -> c_int {
    entry(0, || warn_unsupported("coap_context_oscore_server", "OSCORE"))
}

/// Deletes a configuration.
#[unsafe(no_mangle)]
pub extern "C" fn coap_delete_oscore_conf(oscore_conf: *mut coap_oscore_conf_t) -> c_int {
    entry(0, || unsupported("coap_delete_oscore_conf"))
}

/// Forgets a recipient.
#[unsafe(no_mangle)]
pub extern "C" fn coap_delete_oscore_recipient(
    context: *mut coap_context_t,
    recipient_id: *mut coap_bin_const_t,
) -> c_int {
    entry(0, || unsupported("coap_delete_oscore_recipient"))
}

/// Opens a client session that protects messages.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_client_session_oscore(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    oscore_conf: *mut coap_oscore_conf_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_new_client_session_oscore", "OSCORE"))
}

/// Opens a client session that protects messages, over a transport secured by certificates.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_client_session_oscore_pki(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    pki_data: *mut coap_dtls_pki_t,
    oscore_conf: *mut coap_oscore_conf_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_new_client_session_oscore_pki", "OSCORE"))
}

/// Opens a client session that protects messages, over a transport secured by a pre-shared key.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_client_session_oscore_psk(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    psk_data: *mut coap_dtls_cpsk_t,
    oscore_conf: *mut coap_oscore_conf_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_new_client_session_oscore_psk", "OSCORE"))
}

/// As [`coap_new_client_session_oscore`], with a pointer of the program's; it stays the program's.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_client_session_oscore3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    oscore_conf: *mut coap_oscore_conf_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_new_client_session_oscore3", "OSCORE"))
}

/// As [`coap_new_client_session_oscore_pki`], with a pointer of the program's; it stays the program's.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_client_session_oscore_pki3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    pki_data: *mut coap_dtls_pki_t,
    oscore_conf: *mut coap_oscore_conf_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_new_client_session_oscore_pki3", "OSCORE"))
}

/// As [`coap_new_client_session_oscore_psk`], with a pointer of the program's; it stays the program's.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_client_session_oscore_psk3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    psk_data: *mut coap_dtls_cpsk_t,
    oscore_conf: *mut coap_oscore_conf_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_new_client_session_oscore_psk3", "OSCORE"))
}

/// Reads a configuration.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_oscore_conf(
    conf_mem: coap_str_const_t,
    save_seq_num_func: coap_oscore_save_seq_num_t,
    save_seq_num_func_param: *mut c_void,
    start_seq_num: u64,
) -> *mut coap_oscore_conf_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_new_oscore_conf", "OSCORE"))
}

/// Adds a recipient.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_oscore_recipient(
    context: *mut coap_context_t,
    recipient_id: *mut coap_bin_const_t,
) -> c_int {
    entry(0, || warn_unsupported("coap_new_oscore_recipient", "OSCORE"))
}

/// Whether OSCORE is built in: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_oscore_is_supported() -> c_int {
    0
}

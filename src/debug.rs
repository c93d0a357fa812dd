//! `coap_debug.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_debug_set_packet_loss`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_debug_set_packet_loss(loss_level: *const c_char) -> c_int {
    entry(0, || unsupported("coap_debug_set_packet_loss"))
}

/// `coap_dtls_get_log_level`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dtls_get_log_level() -> coap_log_t {
    entry(0, || unsupported("coap_dtls_get_log_level"))
}

/// `coap_dtls_set_log_level`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dtls_set_log_level(level: coap_log_t) {
    entry((), || unsupported("coap_dtls_set_log_level"))
}

/// `coap_get_log_level`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_log_level() -> coap_log_t {
    entry(0, || unsupported("coap_get_log_level"))
}

/// `coap_package_build`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_package_build() -> *const c_char {
    entry(ptr::null(), || unsupported("coap_package_build"))
}

/// `coap_package_name`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_package_name() -> *const c_char {
    entry(ptr::null(), || unsupported("coap_package_name"))
}

/// `coap_package_version`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_package_version() -> *const c_char {
    entry(ptr::null(), || unsupported("coap_package_version"))
}

/// `coap_print_addr`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_print_addr(
    address: *const coap_address_t,
    buffer: *mut c_uchar,
    size: usize,
) -> usize {
    entry(0, || unsupported("coap_print_addr"))
}

/// `coap_print_ip_addr`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_print_ip_addr(
    address: *const coap_address_t,
    buffer: *mut c_char,
    size: usize,
) -> *const c_char {
    entry(ptr::null(), || unsupported("coap_print_ip_addr"))
}

/// `coap_set_log_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_log_handler(handler: coap_log_handler_t) {
    entry((), || unsupported("coap_set_log_handler"))
}

/// `coap_set_log_level`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_log_level(level: coap_log_t) {
    entry((), || unsupported("coap_set_log_level"))
}

/// `coap_set_show_pdu_output`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_show_pdu_output(use_fprintf: c_int) {
    entry((), || unsupported("coap_set_show_pdu_output"))
}

/// `coap_show_pdu`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_show_pdu(level: coap_log_t, pdu: *const coap_pdu_t) {
    entry((), || unsupported("coap_show_pdu"))
}

/// `coap_show_tls_version`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_show_tls_version(level: coap_log_t) {
    entry((), || unsupported("coap_show_tls_version"))
}

/// `coap_string_tls_support`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_string_tls_support(buffer: *mut c_char, bufsize: usize) -> *mut c_char {
    entry(ptr::null_mut(), || unsupported("coap_string_tls_support"))
}

/// `coap_string_tls_version`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_string_tls_version(buffer: *mut c_char, bufsize: usize) -> *mut c_char {
    entry(ptr::null_mut(), || unsupported("coap_string_tls_version"))
}

/// `coap_log_level_desc`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_log_level_desc(level: coap_log_t) -> *const c_char {
    entry(ptr::null(), || unsupported("coap_log_level_desc"))
}

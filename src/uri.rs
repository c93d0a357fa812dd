//! `coap_uri.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_clone_uri`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_clone_uri(uri: *const coap_uri_t) -> *mut coap_uri_t {
    entry(ptr::null_mut(), || unsupported("coap_clone_uri"))
}

/// `coap_delete_uri`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_uri(uri: *mut coap_uri_t) {
    entry((), || unsupported("coap_delete_uri"))
}

/// `coap_get_query`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_query(request: *const coap_pdu_t) -> *mut coap_string_t {
    entry(ptr::null_mut(), || unsupported("coap_get_query"))
}

/// `coap_get_uri_path`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_uri_path(request: *const coap_pdu_t) -> *mut coap_string_t {
    entry(ptr::null_mut(), || unsupported("coap_get_uri_path"))
}

/// `coap_host_is_unix_domain`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_host_is_unix_domain(host: *const coap_str_const_t) -> c_int {
    entry(0, || unsupported("coap_host_is_unix_domain"))
}

/// `coap_new_uri`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_uri(uri: *const u8, length: c_uint) -> *mut coap_uri_t {
    entry(ptr::null_mut(), || unsupported("coap_new_uri"))
}

/// `coap_split_path`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_split_path(
    s: *const u8,
    length: usize,
    buf: *mut c_uchar,
    buflen: *mut usize,
) -> c_int {
    entry(0, || unsupported("coap_split_path"))
}

/// `coap_split_proxy_uri`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_split_proxy_uri(str_var: *const u8, len: usize, uri: *mut coap_uri_t) -> c_int {
    entry(0, || unsupported("coap_split_proxy_uri"))
}

/// `coap_split_query`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_split_query(
    s: *const u8,
    length: usize,
    buf: *mut c_uchar,
    buflen: *mut usize,
) -> c_int {
    entry(0, || unsupported("coap_split_query"))
}

/// `coap_split_uri`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_split_uri(str_var: *const u8, len: usize, uri: *mut coap_uri_t) -> c_int {
    entry(0, || unsupported("coap_split_uri"))
}

/// `coap_uri_into_options`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_uri_into_options(
    uri: *const coap_uri_t,
    dst: *const coap_address_t,
    optlist_chain: *mut *mut coap_optlist_t,
    create_port_host_opt: c_int,
    buf: *mut u8,
    buflen: usize,
) -> c_int {
    entry(0, || unsupported("coap_uri_into_options"))
}

/// `coap_path_into_optlist`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_path_into_optlist(
    path: *const u8,
    length: usize,
    optnum: coap_option_num_t,
    optlist_chain: *mut *mut coap_optlist_t,
) -> c_int {
    entry(0, || unsupported("coap_path_into_optlist"))
}

/// `coap_query_into_optlist`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_query_into_optlist(
    query: *const u8,
    length: usize,
    optnum: coap_option_num_t,
    optlist_chain: *mut *mut coap_optlist_t,
) -> c_int {
    entry(0, || unsupported("coap_query_into_optlist"))
}

/// `coap_uri_into_optlist`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_uri_into_optlist(
    uri: *const coap_uri_t,
    dst: *const coap_address_t,
    optlist_chain: *mut *mut coap_optlist_t,
    create_port_host_opt: c_int,
) -> c_int {
    entry(0, || unsupported("coap_uri_into_optlist"))
}

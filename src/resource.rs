//! `coap_resource.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_add_attr`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_attr(
    resource: *mut coap_resource_t,
    name: *mut coap_str_const_t,
    value: *mut coap_str_const_t,
    flags: c_int,
) -> *mut coap_attr_t {
    entry(ptr::null_mut(), || unsupported("coap_add_attr"))
}

/// `coap_add_resource`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_resource(context: *mut coap_context_t, resource: *mut coap_resource_t) {
    entry((), || unsupported("coap_add_resource"))
}

/// `coap_attr_get_value`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_attr_get_value(attribute: *mut coap_attr_t) -> *mut coap_str_const_t {
    entry(ptr::null_mut(), || unsupported("coap_attr_get_value"))
}

/// `coap_delete_resource`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_resource(
    context: *mut coap_context_t,
    resource: *mut coap_resource_t,
) -> c_int {
    entry(0, || unsupported("coap_delete_resource"))
}

/// `coap_find_attr`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_find_attr(
    resource: *mut coap_resource_t,
    name: *mut coap_str_const_t,
) -> *mut coap_attr_t {
    entry(ptr::null_mut(), || unsupported("coap_find_attr"))
}

/// `coap_get_resource_from_uri_path`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_resource_from_uri_path(
    context: *mut coap_context_t,
    uri_path: *mut coap_str_const_t,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unsupported("coap_get_resource_from_uri_path"))
}

/// `coap_print_link`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_print_link(
    resource: *const coap_resource_t,
    buf: *mut c_uchar,
    len: *mut usize,
    offset: *mut usize,
) -> coap_print_status_t {
    entry(0, || unsupported("coap_print_link"))
}

/// `coap_register_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_handler(
    resource: *mut coap_resource_t,
    method: coap_request_t,
    handler: coap_method_handler_t,
) {
    entry((), || unsupported("coap_register_handler"))
}

/// `coap_register_request_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_request_handler(
    resource: *mut coap_resource_t,
    method: coap_request_t,
    handler: coap_method_handler_t,
) {
    entry((), || unsupported("coap_register_request_handler"))
}

/// `coap_resource_get_uri_path`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_get_uri_path(resource: *mut coap_resource_t) -> *mut coap_str_const_t {
    entry(ptr::null_mut(), || unsupported("coap_resource_get_uri_path"))
}

/// `coap_resource_get_userdata`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_get_userdata(resource: *mut coap_resource_t) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_resource_get_userdata"))
}

/// `coap_resource_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_init(
    uri_path: *mut coap_str_const_t,
    flags: c_int,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unsupported("coap_resource_init"))
}

/// `coap_resource_proxy_uri_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_proxy_uri_init(
    handler: coap_method_handler_t,
    host_name_count: usize,
    host_name_list: *mut *const c_char,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unsupported("coap_resource_proxy_uri_init"))
}

/// `coap_resource_proxy_uri_init2`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_proxy_uri_init2(
    handler: coap_method_handler_t,
    host_name_count: usize,
    host_name_list: *mut *const c_char,
    flags: c_int,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unsupported("coap_resource_proxy_uri_init2"))
}

/// `coap_resource_release_userdata_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_release_userdata_handler(
    context: *mut coap_context_t,
    callback: coap_resource_release_userdata_handler_t,
) {
    entry((), || unsupported("coap_resource_release_userdata_handler"))
}

/// `coap_resource_set_dirty`: not written yet.
///
/// # Safety
/// As libcoap's.
#[deprecated = "coap_resource_notify_observers()"]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_set_dirty(
    r: *mut coap_resource_t,
    query: *const coap_string_t,
) -> c_int {
    entry(0, || unsupported("coap_resource_set_dirty"))
}

/// `coap_resource_set_mode`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_set_mode(resource: *mut coap_resource_t, mode: c_int) {
    entry((), || unsupported("coap_resource_set_mode"))
}

/// `coap_resource_set_userdata`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_set_userdata(resource: *mut coap_resource_t, data: *mut c_void) {
    entry((), || unsupported("coap_resource_set_userdata"))
}

/// `coap_resource_unknown_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_unknown_init(
    put_handler: coap_method_handler_t,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unsupported("coap_resource_unknown_init"))
}

/// `coap_resource_unknown_init2`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_unknown_init2(
    put_handler: coap_method_handler_t,
    flags: c_int,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unsupported("coap_resource_unknown_init2"))
}

/// `coap_print_wellknown`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_print_wellknown(
    context: *mut coap_context_t,
    buf: *mut c_uchar,
    buflen: *mut usize,
    offset: usize,
    query_filter: *const coap_string_t,
) -> coap_print_status_t {
    entry(0, || unsupported("coap_print_wellknown"))
}

/// `coap_resource_reverse_proxy_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_reverse_proxy_init(
    handler: coap_method_handler_t,
    flags: c_int,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unsupported("coap_resource_reverse_proxy_init"))
}

//! `coap_str.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_delete_bin_const`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_bin_const(binary: *mut coap_bin_const_t) {
    entry((), || unsupported("coap_delete_bin_const"))
}

/// `coap_delete_binary`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_binary(binary: *mut coap_binary_t) {
    entry((), || unsupported("coap_delete_binary"))
}

/// `coap_delete_str_const`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_str_const(string: *mut coap_str_const_t) {
    entry((), || unsupported("coap_delete_str_const"))
}

/// `coap_delete_string`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_string(string: *mut coap_string_t) {
    entry((), || unsupported("coap_delete_string"))
}

/// `coap_make_str_const`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_make_str_const(string: *const c_char) -> *mut coap_str_const_t {
    entry(ptr::null_mut(), || unsupported("coap_make_str_const"))
}

/// `coap_new_bin_const`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_bin_const(data: *const u8, size: usize) -> *mut coap_bin_const_t {
    entry(ptr::null_mut(), || unsupported("coap_new_bin_const"))
}

/// `coap_new_binary`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_binary(size: usize) -> *mut coap_binary_t {
    entry(ptr::null_mut(), || unsupported("coap_new_binary"))
}

/// `coap_new_str_const`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_str_const(data: *const u8, size: usize) -> *mut coap_str_const_t {
    entry(ptr::null_mut(), || unsupported("coap_new_str_const"))
}

/// `coap_new_string`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_string(size: usize) -> *mut coap_string_t {
    entry(ptr::null_mut(), || unsupported("coap_new_string"))
}

/// `coap_resize_binary`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resize_binary(
    binary: *mut coap_binary_t,
    new_size: usize,
) -> *mut coap_binary_t {
    entry(ptr::null_mut(), || unsupported("coap_resize_binary"))
}

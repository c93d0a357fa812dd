//! `coap_encode.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_decode_var_bytes`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_decode_var_bytes(buf: *const u8, length: usize) -> c_uint {
    entry(0, || unsupported("coap_decode_var_bytes"))
}

/// `coap_decode_var_bytes8`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_decode_var_bytes8(buf: *const u8, length: usize) -> u64 {
    entry(0, || unsupported("coap_decode_var_bytes8"))
}

/// `coap_encode_var_safe`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_encode_var_safe(buf: *mut u8, length: usize, value: c_uint) -> c_uint {
    entry(0, || unsupported("coap_encode_var_safe"))
}

/// `coap_encode_var_safe8`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_encode_var_safe8(buf: *mut u8, length: usize, value: u64) -> c_uint {
    entry(0, || unsupported("coap_encode_var_safe8"))
}

/// `coap_fls`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_fls(i: c_uint) -> c_int {
    entry(0, || unsupported("coap_fls"))
}

/// `coap_flsll`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_flsll(i: c_longlong) -> c_int {
    entry(0, || unsupported("coap_flsll"))
}

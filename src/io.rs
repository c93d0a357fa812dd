//! `coap_io.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_socket_strerror`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_socket_strerror() -> *const c_char {
    entry(ptr::null(), || unsupported("coap_socket_strerror"))
}

/// `coap_tcp_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_tcp_is_supported() -> c_int {
    entry(0, || unsupported("coap_tcp_is_supported"))
}

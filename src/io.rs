//! `coap_io.h`.
use crate::{entry::entry, scratch};
use std::{
    ffi::{c_char, c_int},
    io::Error,
    ptr,
};

/// What the last failed system call of this thread met, as text. Valid until the thread has asked for more of
/// such texts.
#[unsafe(no_mangle)]
pub extern "C" fn coap_socket_strerror() -> *const c_char {
    let error = Error::last_os_error().raw_os_error().unwrap_or_default();
    entry(ptr::null(), || Some(scratch::error_text(error)))
}

/// Whether CoAP over TCP is built in: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_tcp_is_supported() -> c_int {
    1
}

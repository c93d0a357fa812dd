//! Where log lines go.
use crate::{entry::entry, types::coap_log_t};
use std::ffi::c_char;

/// Takes the formatted text of one `coap_log_impl` call. Hidden: only `log_impl.c` calls it.
///
/// # Safety
/// `line` is NUL-terminated and alive for the call.
#[unsafe(no_mangle)]
unsafe extern "C" fn ferrocoap_log_line(_level: coap_log_t, _line: *const c_char) {
    entry((), || None)
}

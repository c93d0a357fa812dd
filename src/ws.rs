//! `coap_ws.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_ws_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ws_is_supported() -> c_int {
    entry(0, || unsupported("coap_ws_is_supported"))
}

/// `coap_ws_set_host_request`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ws_set_host_request(
    session: *mut coap_session_t,
    ws_host: *mut coap_str_const_t,
) -> c_int {
    entry(0, || unsupported("coap_ws_set_host_request"))
}

/// `coap_wss_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_wss_is_supported() -> c_int {
    entry(0, || unsupported("coap_wss_is_supported"))
}

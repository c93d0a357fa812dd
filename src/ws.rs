//! `coap_ws.h`: WebSockets (RFC 8323 section 4). Not built yet, as in a libcoap without them.
#![allow(unused_variables, reason = "not built yet")]
use crate::{entry::entry, stub::warn_unsupported, types::*};
use std::ffi::c_int;

/// Whether CoAP over WebSockets is built in: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_ws_is_supported() -> c_int {
    0
}

/// Sets the Host field of the WebSocket's opening request.
#[unsafe(no_mangle)]
pub extern "C" fn coap_ws_set_host_request(
    session: *mut coap_session_t,
    ws_host: *mut coap_str_const_t,
) -> c_int {
    entry(0, || warn_unsupported("coap_ws_set_host_request", "WebSockets"))
}

/// Whether CoAP over secure WebSockets is built in: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_wss_is_supported() -> c_int {
    0
}

//! `coap_event.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_clear_event_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[deprecated = "coap_register_event_handler() with NULL"]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_clear_event_handler(context: *mut coap_context_t) {
    entry((), || unsupported("coap_clear_event_handler"))
}

/// `coap_register_event_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_event_handler(
    context: *mut coap_context_t,
    hnd: coap_event_handler_t,
) {
    entry((), || unsupported("coap_register_event_handler"))
}

/// `coap_set_event_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[deprecated = "coap_register_event_handler()"]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_event_handler(context: *mut coap_context_t, hnd: coap_event_handler_t) {
    entry((), || unsupported("coap_set_event_handler"))
}

/// The name of an event in log lines.
pub(crate) fn name(event: coap_event_t) -> &'static str {
    match event {
        COAP_EVENT_DTLS_CLOSED => "COAP_EVENT_DTLS_CLOSED",
        COAP_EVENT_DTLS_CONNECTED => "COAP_EVENT_DTLS_CONNECTED",
        COAP_EVENT_DTLS_RENEGOTIATE => "COAP_EVENT_DTLS_RENEGOTIATE",
        COAP_EVENT_DTLS_ERROR => "COAP_EVENT_DTLS_ERROR",
        COAP_EVENT_TCP_CONNECTED => "COAP_EVENT_TCP_CONNECTED",
        COAP_EVENT_TCP_CLOSED => "COAP_EVENT_TCP_CLOSED",
        COAP_EVENT_TCP_FAILED => "COAP_EVENT_TCP_FAILED",
        COAP_EVENT_SESSION_CONNECTED => "COAP_EVENT_SESSION_CONNECTED",
        COAP_EVENT_SESSION_CLOSED => "COAP_EVENT_SESSION_CLOSED",
        COAP_EVENT_SESSION_FAILED => "COAP_EVENT_SESSION_FAILED",
        COAP_EVENT_PARTIAL_BLOCK => "COAP_EVENT_PARTIAL_BLOCK",
        COAP_EVENT_XMIT_BLOCK_FAIL => "COAP_EVENT_XMIT_BLOCK_FAIL",
        COAP_EVENT_SERVER_SESSION_NEW => "COAP_EVENT_SERVER_SESSION_NEW",
        COAP_EVENT_SERVER_SESSION_DEL => "COAP_EVENT_SERVER_SESSION_DEL",
        COAP_EVENT_BAD_PACKET => "COAP_EVENT_BAD_PACKET",
        COAP_EVENT_MSG_RETRANSMITTED => "COAP_EVENT_MSG_RETRANSMITTED",
        COAP_EVENT_OSCORE_DECRYPTION_FAILURE => "COAP_EVENT_OSCORE_DECRYPTION_FAILURE",
        COAP_EVENT_OSCORE_NOT_ENABLED => "COAP_EVENT_OSCORE_NOT_ENABLED",
        COAP_EVENT_OSCORE_NO_PROTECTED_PAYLOAD => "COAP_EVENT_OSCORE_NO_PROTECTED_PAYLOAD",
        COAP_EVENT_OSCORE_NO_SECURITY => "COAP_EVENT_OSCORE_NO_SECURITY",
        COAP_EVENT_OSCORE_INTERNAL_ERROR => "COAP_EVENT_OSCORE_INTERNAL_ERROR",
        COAP_EVENT_OSCORE_DECODE_ERROR => "COAP_EVENT_OSCORE_DECODE_ERROR",
        COAP_EVENT_WS_PACKET_SIZE => "COAP_EVENT_WS_PACKET_SIZE",
        COAP_EVENT_WS_CONNECTED => "COAP_EVENT_WS_CONNECTED",
        COAP_EVENT_WS_CLOSED => "COAP_EVENT_WS_CLOSED",
        COAP_EVENT_KEEPALIVE_FAILURE => "COAP_EVENT_KEEPALIVE_FAILURE",
        _ => "???",
    }
}

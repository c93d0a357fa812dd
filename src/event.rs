//! `coap_event.h`: what happens to sessions.
use crate::{net::register, types::*};

/// Sets the function that learns of events. What it returns is up to it, as of now.
///
/// # Safety
/// `handler` may be called as its type says until the context ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_event_handler(
    context: *mut coap_context_t,
    handler: coap_event_handler_t,
) {
    register("coap_register_event_handler", context, |handlers| handlers.event = handler);
}

/// The former name of [`coap_register_event_handler`].
///
/// # Safety
/// As for [`coap_register_event_handler`].
#[deprecated = "coap_register_event_handler()"]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_event_handler(context: *mut coap_context_t, handler: coap_event_handler_t) {
    register("coap_set_event_handler", context, |handlers| handlers.event = handler);
}

/// From now on nobody learns of events.
#[deprecated = "coap_register_event_handler() with NULL"]
#[unsafe(no_mangle)]
pub extern "C" fn coap_clear_event_handler(context: *mut coap_context_t) {
    register("coap_clear_event_handler", context, |handlers| handlers.event = None);
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

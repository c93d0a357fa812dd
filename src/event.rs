//! `coap_event.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_clear_event_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
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
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_event_handler(context: *mut coap_context_t, hnd: coap_event_handler_t) {
    entry((), || unsupported("coap_set_event_handler"))
}

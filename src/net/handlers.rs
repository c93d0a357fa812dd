//! The program's functions for what comes in.
use crate::{
    context::Handlers,
    entry::entry,
    home::on_context,
    keys::{Key, Kind},
    types::*,
};
use std::ffi::c_int;

/// Sets the function that gets responses. Its answer `COAP_RESPONSE_FAIL` rejects one with a Reset.
///
/// # Safety
/// `handler` may be called as its type says until the context ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_response_handler(
    context: *mut coap_context_t,
    handler: coap_response_handler_t,
) {
    register("coap_register_response_handler", context, |handlers| handlers.response = handler);
}

/// Sets the function that learns which messages will not be answered, and why.
///
/// # Safety
/// As for [`coap_register_response_handler`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_nack_handler(
    context: *mut coap_context_t,
    handler: coap_nack_handler_t,
) {
    register("coap_register_nack_handler", context, |handlers| handlers.nack = handler);
}

/// Sets the function that learns of pings; they are answered in any case.
///
/// # Safety
/// As for [`coap_register_response_handler`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_ping_handler(
    context: *mut coap_context_t,
    handler: coap_ping_handler_t,
) {
    register("coap_register_ping_handler", context, |handlers| handlers.ping = handler);
}

/// Sets the function that learns of answers to pings.
///
/// # Safety
/// As for [`coap_register_response_handler`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_pong_handler(
    context: *mut coap_context_t,
    handler: coap_pong_handler_t,
) {
    register("coap_register_pong_handler", context, |handlers| handlers.pong = handler);
}

/// Sets the function that makes a resource when a request comes for a path where none is; it returns one that is not
/// added yet, which is then added and serves the request, or null: 4.04. `dynamic_max` is how many of those there may
/// be at a time, 0: no limit; beyond it the answer is 4.04. Not asked for: requests to groups, DELETE, and methods that
/// the unknown resource has. Null sets none.
///
/// # Safety
/// As for [`coap_register_response_handler`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_dynamic_resource_handler(
    context: *mut coap_context_t,
    create_handler: coap_resource_dynamic_create_t,
    dynamic_max: u32,
) {
    entry((), || {
        on_context("coap_register_dynamic_resource_handler", context, |context| {
            context.handlers.create = create_handler;
            let limit = create_handler.map(|_| dynamic_max as usize);
            context.node.engine.config_mut().max_dynamic_resources = limit;
            Some(())
        })
    })
}

/// Declares a critical option that the program understands: requests with it are no longer refused with 4.02
/// (RFC 7252 section 5.4.1).
#[unsafe(no_mangle)]
pub extern "C" fn coap_register_option(context: *mut coap_context_t, number: u16) {
    entry((), || {
        on_context("coap_register_option", context, |context| {
            context.node.engine.register_option(number);
            Some(())
        })
    })
}

/// Runs the event handler of a context, if it has one, and returns what that returns; else 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_handle_event(
    context: *mut coap_context_t,
    event: coap_event_t,
    session: *mut coap_session_t,
) -> c_int {
    entry(0, || {
        let handler = on_context("coap_handle_event", context, |context| Some(context.handlers.event))?;
        let session = Key::of(session).target(Kind::Session).map_or(std::ptr::null_mut(), |_| session);
        Some(crate::deliver::tell_event(handler, session, event))
    })
}

/// Changes the handlers of a context.
pub(crate) fn register(function: &str, context: *mut coap_context_t, change: impl FnOnce(&mut Handlers)) {
    entry((), || {
        on_context(function, context, |context| {
            change(&mut context.handlers);
            Some(())
        })
    })
}

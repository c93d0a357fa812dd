//! What a session is, and whose.
use crate::{entry::entry, home::on_session, scratch, types::*};
use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
};

/// Leaves a pointer of the program's with a session. What was there before is forgotten without a word.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_app_data(session: *mut coap_session_t, data: *mut c_void) {
    entry((), || {
        on_session("coap_session_set_app_data", session, |context, id| {
            context.sessions.get_mut(id.slot())?.app_data.replace(data, None);
            Some(())
        })
    })
}

/// As [`coap_session_set_app_data`], with the function to be told when the data is no longer needed: once, when the
/// session ends (after its last event, with no lock held), unless the data is null then. It may call anything but the
/// session. Returns the data that was there before, which is the program's again and is not released; null if there is
/// no such session.
///
/// # Safety
/// `callback` may be called as its type says until the session ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_app_data2(
    session: *mut coap_session_t,
    data: *mut c_void,
    callback: coap_app_data_free_callback_t,
) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_session("coap_session_set_app_data2", session, |context, id| {
            Some(context.sessions.get_mut(id.slot())?.app_data.replace(data, callback))
        })
    })
}

/// The pointer that the program left with a session; null at first.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_app_data(session: *const coap_session_t) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_session("coap_session_get_app_data", session, |context, id| {
            Some(context.sessions.get(id.slot())?.app_data.get())
        })
    })
}

/// Whether OSCORE (RFC 8613) protects a session's messages: 0, as it is not built in.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_is_oscore(session: *const coap_session_t) -> c_int {
    entry(0, || on_session("coap_session_is_oscore", session, |_, _| Some(0)))
}

/// The endpoint that a server session belongs to; null for a client session that was opened by this node.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_endpoint(session: *const coap_session_t) -> *mut coap_endpoint_t {
    entry(ptr::null_mut(), || {
        on_session("coap_session_get_endpoint", session, |context, id| {
            let endpoint = context.session(id)?.endpoint();
            let face = endpoint.and_then(|id| context.endpoints.get(id.slot()).filter(|face| face.id == id));
            Some(face.map_or(ptr::null_mut(), |face| face.key.pointer()))
        })
    })
}

/// The context of a session, or null.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_context(session: *const coap_session_t) -> *mut coap_context_t {
    entry(ptr::null_mut(), || {
        on_session("coap_session_get_context", session, |context, _| Some(context.key.pointer()))
    })
}

/// The transport of a session; `COAP_PROTO_NONE` if there is no such session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_proto(session: *const coap_session_t) -> coap_proto_t {
    entry(COAP_PROTO_NONE, || {
        on_session("coap_session_get_proto", session, |context, id| {
            Some(context.session(id)?.protocol() as coap_proto_t)
        })
    })
}

/// Client, server, or a peer not known yet; `COAP_SESSION_TYPE_NONE` if there is no such session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_type(session: *const coap_session_t) -> coap_session_type_t {
    entry(COAP_SESSION_TYPE_NONE, || {
        on_session("coap_session_get_type", session, |context, id| {
            Some(context.session(id)?.kind() as coap_session_type_t)
        })
    })
}

/// How far a session is; `COAP_SESSION_STATE_NONE` if there is no such session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_get_state(session: *const coap_session_t) -> coap_session_state_t {
    entry(COAP_SESSION_STATE_NONE, || {
        on_session("coap_session_get_state", session, |context, id| {
            Some(context.session(id)?.state() as coap_session_state_t)
        })
    })
}

/// Text that says which session it is: `local <-> remote (interface) protocol`. Valid until the calling
/// thread has asked for more of such texts; null if there is no such session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_str(session: *const coap_session_t) -> *const c_char {
    entry(ptr::null(), || {
        let text =
            on_session("coap_session_str", session, |context, id| Some(context.session(id)?.describe()))?;
        Some(scratch::text(&text))
    })
}

//! References to sessions, and their ends.
use crate::{
    entry::entry,
    home::{command_session, known, on_session},
    log,
    types::*,
};
use coap_proto::engine::NackReason;
use std::{ffi::c_int, ptr};

/// Adds a reference of the program's: the session lives at least until it is released. Returns the session,
/// or null.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_reference(session: *mut coap_session_t) -> *mut coap_session_t {
    entry(ptr::null_mut(), || {
        on_session("coap_session_reference", session, |context, id| {
            context.node.engine.reference(id).then_some(session)
        })
    })
}

/// Gives back a reference of the program's. A client session ends with its last one; a server session stays
/// in the pool of idle ones. Refused when the program has none.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_release(session: *mut coap_session_t) {
    entry((), || {
        let released = command_session("coap_session_release", session, |context, id, now| {
            Some(context.node.engine.release(now, id))
        })?;
        known("coap_session_release", "session with a reference", session, released.then_some(()))
    })
}

/// Tells a session that its connection is lost: messages under way fail with `reason`, which the NACK handler
/// learns before this returns. A client session can then only be released; a server session is as new, but for one over
/// a stream: that connection is over, and the session ends with the program's last reference. With
/// `COAP_NACK_ICMP_ISSUE` nothing is lost: the handler is told of the message that was sent first. Other numbers
/// than `COAP_NACK_*` change nothing and are logged.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_disconnected(session: *mut coap_session_t, reason: coap_nack_reason_t) {
    entry((), || {
        let Some(reason) = nack_reason(reason) else {
            log::log(COAP_LOG_WARN, format_args!("coap_session_disconnected: {reason} is no COAP_NACK_*"));
            return None;
        };
        command_session("coap_session_disconnected", session, |context, id, now| {
            context.node.engine.disconnect(now, id, reason);
            Some(())
        })
    })
}

/// Turns a server session into a client session with one more reference for the program, so that requests can
/// be sent to the peer. Returns 1, or 0 if it is no server session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_type_client(session: *mut coap_session_t) -> c_int {
    entry(0, || {
        command_session("coap_session_set_type_client", session, |context, id, _| {
            Some(context.node.engine.set_type_client(id).into())
        })
    })
}

/// Turns a client session into a server session: for one that this node opened to a server that is to send the requests
/// ("call home"). References stay; without any it is idle, and ends as such. Returns 1, or 0 if it is no client session
/// with a single peer.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_type_server(session: *mut coap_session_t) -> c_int {
    entry(0, || {
        command_session("coap_session_set_type_server", session, |context, id, _| {
            Some(context.node.engine.set_type_server(id).into())
        })
    })
}

/// Sessions are not connected again by themselves yet: there is nothing to be stopped.
///
/// Not yet.
#[unsafe(no_mangle)]
pub extern "C" fn coap_call_home_stop_reconnecting(session: *mut coap_session_t) {
    entry((), || on_session("coap_call_home_stop_reconnecting", session, |_, _| Some(())))
}

/// Pings the peer (RFC 7252 section 4.3); the pong handler learns of the answer. Returns the message ID, or
/// `COAP_INVALID_MID` when the session is not connected or a confirmable message is under way.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_send_ping(session: *mut coap_session_t) -> coap_mid_t {
    entry(COAP_INVALID_MID, || {
        command_session("coap_session_send_ping", session, |context, id, now| {
            context.node.engine.ping(now, id).map(coap_mid_t::from)
        })
    })
}

/// The end of the session shall not cancel its observations at the server.
#[unsafe(no_mangle)]
pub extern "C" fn coap_session_set_no_observe_cancel(session: *mut coap_session_t) {
    entry((), || {
        on_session("coap_session_set_no_observe_cancel", session, |context, id| {
            context.node.engine.session_mut(id)?.keep_observations();
            Some(())
        })
    })
}

fn nack_reason(reason: coap_nack_reason_t) -> Option<NackReason> {
    Some(match reason {
        COAP_NACK_TOO_MANY_RETRIES => NackReason::TooManyRetries,
        COAP_NACK_NOT_DELIVERABLE => NackReason::NotDeliverable,
        COAP_NACK_RST => NackReason::Rst,
        COAP_NACK_TLS_FAILED => NackReason::TlsFailed,
        COAP_NACK_ICMP_ISSUE => NackReason::IcmpIssue,
        COAP_NACK_BAD_RESPONSE => NackReason::BadResponse,
        COAP_NACK_TLS_LAYER_FAILED => NackReason::TlsLayerFailed,
        COAP_NACK_WS_LAYER_FAILED => NackReason::WsLayerFailed,
        COAP_NACK_WS_FAILED => NackReason::WsFailed,
        _ => return None,
    })
}

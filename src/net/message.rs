//! Sending messages.
use crate::{
    block::bodies,
    entry::entry,
    home::{command_session, on_session},
    keys::Key,
    pdu_handle,
    types::*,
};
use coap_proto::{
    engine::error_response,
    wire::{Code, MessageType, OptionFilter, Pdu},
};
use std::ptr;

/// Sends a message, or keeps it until its turn comes. Takes the PDU whatever the outcome; one that was sent,
/// deleted or never made is refused.
///
/// Returns the message ID, or `COAP_INVALID_MID`.
#[unsafe(no_mangle)]
pub extern "C" fn coap_send(session: *mut coap_session_t, pdu: *mut coap_pdu_t) -> coap_mid_t {
    entry(COAP_INVALID_MID, || {
        let held = pdu_handle::take_to_send(pdu, Key::of(session))?;
        let Some(body) = held.body else { return send("coap_send", session, held.pdu) };
        let (ticket, mut given) = (body.ticket(), false);
        let sent = command_session("coap_send", session, |context, id, now| {
            given = true;
            context.node.engine.send_body(now, id, held.pdu, *body).ok().map(coap_mid_t::from)
        });
        if !given {
            bodies::release(ticket);
        }
        sent
    })
}

/// Acknowledges a confirmable request with an empty message. Returns its message ID, or `COAP_INVALID_MID`.
#[unsafe(no_mangle)]
pub extern "C" fn coap_send_ack(session: *mut coap_session_t, request: *const coap_pdu_t) -> coap_mid_t {
    entry(COAP_INVALID_MID, || {
        let (kind, mid) = pdu_handle::with(request, |request| (request.kind(), request.mid()))?;
        (kind == MessageType::Con).then_some(())?;
        send_empty("coap_send_ack", session, MessageType::Ack, mid)
    })
}

/// Rejects a message with a Reset. Returns the message ID, or `COAP_INVALID_MID`.
#[unsafe(no_mangle)]
pub extern "C" fn coap_send_rst(session: *mut coap_session_t, request: *const coap_pdu_t) -> coap_mid_t {
    entry(COAP_INVALID_MID, || {
        let mid = pdu_handle::with(request, |request| request.mid())?;
        send_empty("coap_send_rst", session, MessageType::Rst, mid)
    })
}

/// Answers a message with an empty one of the given type. Returns the message ID, or `COAP_INVALID_MID`.
#[unsafe(no_mangle)]
pub extern "C" fn coap_send_message_type(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    r#type: coap_pdu_type_t,
) -> coap_mid_t {
    entry(COAP_INVALID_MID, || {
        let mid = pdu_handle::with(request, |request| request.mid())?;
        let kind = MessageType::from_bits(u8::try_from(r#type).ok().filter(|&bits| bits < 4)?);
        send_empty("coap_send_message_type", session, kind, mid)
    })
}

/// Answers a request with an error: [`coap_new_error_response`], sent. Returns the message ID, or
/// `COAP_INVALID_MID`.
///
/// # Safety
/// As for [`coap_new_error_response`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_send_error(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    code: coap_pdu_code_t,
    opts: *mut coap_opt_filter_t,
) -> coap_mid_t {
    entry(COAP_INVALID_MID, || {
        // SAFETY: as the caller promises.
        let response = unsafe { make_error(request, code, opts) }?;
        send("coap_send_error", session, response)
    })
}

/// A response to `request` with an error code, its reason as payload (RFC 7252 section 5.5.2). `opts` says
/// which of the request's options to repeat in it.
///
/// # Safety
/// `opts` is null or points to a filter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_error_response(
    request: *const coap_pdu_t,
    code: coap_pdu_code_t,
    opts: *mut coap_opt_filter_t,
) -> *mut coap_pdu_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe { make_error(request, code, opts) }.map(pdu_handle::adopt))
}

/// A message ID for the next message of a session.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_message_id(session: *mut coap_session_t) -> u16 {
    entry(0, || on_session("coap_new_message_id", session, |context, id| context.node.engine.new_mid(id)))
}

fn send(function: &str, session: *mut coap_session_t, pdu: Pdu) -> Option<coap_mid_t> {
    command_session(function, session, |context, id, now| {
        context.node.engine.send(now, id, pdu).ok().map(coap_mid_t::from)
    })
}

fn send_empty(
    function: &str,
    session: *mut coap_session_t,
    kind: MessageType,
    mid: u16,
) -> Option<coap_mid_t> {
    command_session(function, session, |context, id, now| {
        context.node.engine.send_empty(now, id, kind, mid).ok().map(coap_mid_t::from)
    })
}

/// # Safety
/// As for [`coap_new_error_response`].
unsafe fn make_error(
    request: *const coap_pdu_t,
    code: coap_pdu_code_t,
    opts: *const coap_opt_filter_t,
) -> Option<Pdu> {
    // SAFETY: as the caller promises.
    let filter = unsafe { opts.as_ref() }.map_or(OptionFilter::EMPTY, |filter| {
        OptionFilter::from_parts(filter.mask, filter.long_opts, filter.short_opts)
    });
    let code = Code(u8::try_from(code).ok()?);
    pdu_handle::with(request, |request| error_response(request, code, &filter))
}

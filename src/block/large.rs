//! Bodies of any size. What does not fit into the message itself stays with it, and goes to the engine with
//! it.
use super::bodies;
use crate::{
    cell::upcall,
    entry::entry,
    home::{on_resource, on_session},
    log, pdu_handle, raw,
    types::*,
    user_data::UserData,
};
use coap_proto::{
    block::{Body, LargeBody, LargeError, MAX_BODY, Representation},
    wire::{
        Pdu,
        option::URI_QUERY,
        uri::{percent_decode, query_arguments},
    },
};
use std::ffi::{c_int, c_void};

/// Adds a body of any length to a request: as payload, or the first block of it with Block1, Size1 and
/// Request-Tag; the others follow when the request is sent. The data is copied; `release_func` is called
/// once, when the program may think that it has been sent: at once if it fits, else after the last block, or
/// when it cannot be sent to its end.
///
/// 0, and the data released, if the request has a payload already or nothing fits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_large_request(
    session: *mut coap_session_t,
    pdu: *mut coap_pdu_t,
    length: usize,
    data: *const u8,
    release_func: coap_release_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        let body =
            bodies::copy(session, unsafe { raw::bytes(data, length) }, release_func, UserData(app_ptr));
        add_to_request("coap_add_data_large_request", session, pdu, body)
    })
}

/// As [`coap_add_data_large_request`], for a body whose bytes the program does not have in one place: `get_func` is
/// asked for them, from the start to the end, at most 1,024 bytes at a time, with no lock held.
///
/// 0 also if `get_func` does not give them all; then it has been released.
///
/// Not yet: asking for each piece when its turn to be sent has come; all are asked for before this returns, and kept.
///
/// # Safety
/// The functions may be called as their types say until the body is released.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_large_request_app(
    session: *mut coap_session_t,
    pdu: *mut coap_pdu_t,
    length: usize,
    release_func: coap_release_large_data_t,
    get_func: coap_get_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    const NAME: &str = "coap_add_data_large_request_app";
    entry(0, || {
        // SAFETY: as the caller promises.
        let data = unsafe { fetch(session, length, get_func, app_ptr) };
        let is_whole = data.is_some();
        let body = bodies::own(session, data.unwrap_or_default(), release_func, UserData(app_ptr));
        if !is_whole {
            log::log(COAP_LOG_WARN, format_args!("{NAME}: the data is not all there"));
            bodies::release(body.ticket());
            return None;
        }
        add_to_request(NAME, session, pdu, body)
    })
}

/// Asks the program for a body, piece by piece. `None`: it does not give it.
///
/// # Safety
/// `get` may be called as its type says.
unsafe fn fetch(
    session: *mut coap_session_t,
    total: usize,
    get: coap_get_large_data_t,
    app_ptr: *mut c_void,
) -> Option<Vec<u8>> {
    let get = get.filter(|_| total <= MAX_BODY)?;
    let (mut data, mut piece) = (Vec::new(), [0; PIECE]);
    while data.len() < total {
        let (wanted, mut given) = (PIECE.min(total - data.len()), 0);
        // SAFETY: as the caller promises; the buffer has room for what is asked for.
        let done = upcall(|| unsafe {
            get(session, wanted, data.len(), piece.as_mut_ptr(), &raw mut given, app_ptr)
        });
        if done == 0 || given == 0 || given > wanted {
            return None;
        }
        data.extend_from_slice(&piece[..given]);
    }
    Some(data)
}

/// Bytes that are asked for at a time: those of the largest block.
const PIECE: usize = 1024;

fn add_to_request(
    function: &str,
    session: *mut coap_session_t,
    pdu: *mut coap_pdu_t,
    body: Body,
) -> Option<c_int> {
    let ticket = body.ticket();
    let added = on_session(function, session, |context, id| {
        let add = |pdu: &mut Pdu| context.node.engine.large_request(id, pdu, body);
        Some(pdu_handle::try_with(pdu, add))
    });
    finish(pdu, ticket, added)
}

/// Fills in a response: Content-Format, Max-Age (unless `maxage` is negative), ETag, and the body, or the
/// block of it that the request asks for; the others are kept for the client, who finds them by the same
/// request. With `etag` 0 the ETag is made of the body, if one is needed. About data and its release see
/// [`coap_add_data_large_request`].
///
/// 0, and an error response, if the body has no such block (4.00) or nothing fits (5.00).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_data_large_response(
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    response: *mut coap_pdu_t,
    query: *const coap_string_t,
    media_type: u16,
    maxage: c_int,
    etag: u64,
    length: usize,
    data: *const u8,
    release_func: coap_release_large_data_t,
    app_ptr: *mut c_void,
) -> c_int {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        let body =
            bodies::copy(session, unsafe { raw::bytes(data, length) }, release_func, UserData(app_ptr));
        let ticket = body.ticket();
        let what = Representation { content_format: media_type, max_age: u32::try_from(maxage).ok(), etag };
        let resource = on_resource("coap_add_data_large_response", resource, |here| here.face.id);
        // SAFETY: a string or null, as documented.
        let query = unsafe { raw::string(query.cast()) };
        let request = pdu_handle::with(request, |request| complete(request.without_payload(), query));
        let added = request.and_then(|request| {
            on_session("coap_add_data_large_response", session, |context, id| {
                let engine = &mut context.node.engine;
                Some(pdu_handle::try_with(response, |response| {
                    engine.large_response((id, resource), &request, response, body, &what)
                }))
            })
        });
        finish(response, ticket, added)
    })
}

/// A request of which the program has kept no options but its query.
fn complete(mut request: Pdu, query: &[u8]) -> Pdu {
    if !query.is_empty() && request.options().next().is_none() {
        request.set_max_size(0);
        for argument in query_arguments(query) {
            if let Ok(argument) = percent_decode(argument) {
                // Without a limit of size it fits.
                let _ = request.insert_option(URI_QUERY, &argument);
            }
        }
    }
    request
}

/// Leaves what is still to be sent with its message; anything else is released. Of `added` the outer `None` is refused
/// already, the inner one means that C does not hold the PDU.
fn finish(
    pdu: *mut coap_pdu_t,
    ticket: u64,
    added: Option<Option<Result<Option<LargeBody>, LargeError>>>,
) -> Option<c_int> {
    let (body, done) = match added.and_then(|added| pdu_handle::known(pdu, added)) {
        Some(Ok(body)) => (body, true),
        Some(Err(error)) => {
            let level = if error == LargeError::HasPayload { COAP_LOG_WARN } else { COAP_LOG_DEBUG };
            log::log(level, format_args!("coap_add_data_large: {error}"));
            (None, false)
        }
        None => (None, false),
    };
    match body.map(Box::new) {
        Some(body) => {
            let old = pdu_handle::with_held(pdu, |held| held.body.replace(body));
            bodies::discard(old.flatten());
        }
        None => bodies::release(ticket),
    }
    Some(done.into())
}

//! `coap_proxy.h`: forwarding requests (RFC 7252 section 5.7).
use crate::{
    block::bodies,
    entry::entry,
    home::{command_session, on_resource},
    log, mem,
    net::handlers::register,
    pdu_handle, raw,
    types::*,
};
use coap_proto::{
    engine::{Forwarded, Relayed, Route, Server, can_forward},
    wire::{Code, Pdu, option::OBSERVE, uri::Scheme},
};
use std::{ffi::c_int, time::Duration};

/// Whether requests for URIs of this scheme can be forwarded: 1, or 0 and a line in the log.
#[unsafe(no_mangle)]
pub extern "C" fn coap_verify_proxy_scheme_supported(scheme: coap_uri_scheme_t) -> c_int {
    entry(0, || Some(is_supported(scheme).into()))
}

/// Forwards a request, from its handler, to a server of `server_list` or to the one that the request names. `resource`,
/// `request` and `response` are the handler's.
///
/// 1: the request goes to the server, whose name may still have to be looked up; the response's code is left
/// empty. What comes back is given to the response handler, which passes it on by
/// [`coap_proxy_forward_response`], or to that of [`coap_register_proxy_response_handler`]. If nothing comes
/// back, the client is told: 5.04, or 5.02 if the server rejects the request or cannot be reached. 0: the
/// response says why the request is not forwarded.
///
/// `cache_key` may be null. Else it is the library's after 1, until [`coap_proxy_forward_response`] gives it back.
///
/// Not yet: (D)TLS and OSCORE to the server.
///
/// # Safety
/// `server_list` is null or points to a list whose entries are there; nobody else uses it meanwhile. `cache_key`
/// is null or came from `coap_cache_derive_key` and was not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_proxy_forward_request(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    response: *mut coap_pdu_t,
    resource: *mut coap_resource_t,
    cache_key: *mut coap_cache_key_t,
    server_list: *mut coap_proxy_server_list_t,
) -> c_int {
    const NAME: &str = "coap_proxy_forward_request";
    entry(0, || {
        // SAFETY: as the caller promises.
        let route = unsafe { route(server_list, cache_key.expose_provenance() as u64) };
        let Some(route) = route else {
            pdu_handle::with(response, |response| response.set_code(Code::PROXYING_NOT_SUPPORTED));
            return None;
        };
        let resource = on_resource(NAME, resource, |here| here.face.id);
        let request = pdu_handle::with(request, |request| request.clone())?;
        let forwarded = command_session(NAME, session, |context, id, now| {
            Some(pdu_handle::try_with(response, |response| {
                context.node.engine.forward(now, (id, resource), &request, response, &route)
            }))
        });
        match pdu_handle::known(response, forwarded?)? {
            Forwarded::Sent => Some(1),
            Forwarded::Answered(body) => {
                let old = pdu_handle::with_held(response, |held| {
                    std::mem::replace(&mut held.body, body.map(Box::new))
                });
                bodies::discard(old.flatten());
                // SAFETY: as the caller promises; the key is ours, and nobody waits for it.
                unsafe { end_cache_key(cache_key) };
                Some(1)
            }
            Forwarded::Refused => None,
        }
    })
}

/// Passes a response on to the client whose request it answers, from the response handler. `*cache_key` becomes what
/// [`coap_proxy_forward_request`] was given: the program's to delete, unless the request observes and more responses
/// follow. That is so, too, if `cache_key` is null: such a program has to know by itself what it gave.
///
/// `COAP_RESPONSE_OK`; `COAP_RESPONSE_FAIL` for a notification that nobody waits for.
///
/// # Safety
/// `cache_key` is null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_proxy_forward_response(
    session: *mut coap_session_t,
    received: *const coap_pdu_t,
    cache_key: *mut *mut coap_cache_key_t,
) -> coap_response_t {
    entry(COAP_RESPONSE_OK, || {
        let received = pdu_handle::with(received, |received| received.clone())?;
        let relayed = command_session("coap_proxy_forward_response", session, |context, id, now| {
            Some(context.node.engine.forward_response(now, id, received.token(), &received))
        })?;
        let Some(Relayed { tag, .. }) = relayed else { return Some(unexpected(&received)) };
        // SAFETY: as the caller promises. Null is fine: then nobody asks.
        let _ = unsafe { raw::write(cache_key, cache_key_of(tag)) };
        Some(COAP_RESPONSE_OK)
    })
}

/// Sets the function that gets responses to requests that were forwarded, instead of the response handler; what it
/// returns is passed on.
///
/// # Safety
/// `handler` may be called as its type says until the context ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_proxy_response_handler(
    context: *mut coap_context_t,
    handler: coap_proxy_response_handler_t,
) {
    register("coap_register_proxy_response_handler", context, |handlers| handlers.proxy_response = handler);
}

/// The key that the program calls a request by.
pub(crate) fn cache_key_of(tag: u64) -> *mut coap_cache_key_t {
    std::ptr::with_exposed_provenance_mut(tag as usize)
}

/// Deletes a key that was given away.
///
/// # Safety
/// As for `coap_delete_cache_key`.
pub(crate) unsafe fn end_cache_key(key: *mut coap_cache_key_t) {
    // SAFETY: as the caller promises.
    unsafe { mem::free(COAP_CACHE_KEY, key.cast()) };
}

fn unexpected(received: &Pdu) -> coap_response_t {
    log::log(COAP_LOG_WARN, format_args!("Unknown proxy ongoing session response received"));
    // The server is to stop (RFC 7641 section 3.6).
    if received.option(OBSERVE).is_some() { COAP_RESPONSE_FAIL } else { COAP_RESPONSE_OK }
}

/// How a list says that requests are forwarded. The next server has its turn. `None`, logged: it says nothing useful.
///
/// # Safety
/// As for [`coap_proxy_forward_request`].
unsafe fn route(list: *mut coap_proxy_server_list_t, tag: u64) -> Option<Route> {
    // SAFETY: as the caller promises.
    let coap_proxy_server_list_t {
        entry,
        entry_count,
        next_entry,
        r#type,
        track_client_session,
        idle_timeout_secs,
    } = unsafe { raw::read(list) }?;
    let (is_direct, strip) = match r#type {
        COAP_PROXY_REVERSE | COAP_PROXY_FORWARD => (false, false),
        COAP_PROXY_REVERSE_STRIP | COAP_PROXY_FORWARD_STRIP => (false, true),
        COAP_PROXY_DIRECT => (true, false),
        COAP_PROXY_DIRECT_STRIP => (true, true),
        _ => {
            log::log(COAP_LOG_WARN, format_args!("coap_proxy_forward_request: {} is no proxy type", r#type));
            return None;
        }
    };
    let next = next_entry.checked_add(1).filter(|next| *next < entry_count).unwrap_or(0);
    let chosen = match entry_count {
        0 => None,
        // SAFETY: one of the entries, which are there as the caller promises.
        _ => unsafe { raw::read(entry.wrapping_add(next)) },
    };
    // SAFETY: as the caller promises.
    unsafe { raw::write(&raw mut (*list).next_entry, next) }?;
    if chosen.is_some_and(|chosen| !chosen.oscore_conf.is_null()) {
        log::log(COAP_LOG_WARN, format_args!("coap_proxy_forward_request: OSCORE is not supported"));
        return None;
    }
    let server = match chosen.filter(|_| !is_direct) {
        // SAFETY: the host is readable, as the caller promises.
        Some(chosen) => Some(unsafe { server(&chosen) }?),
        None if is_direct => None,
        None => {
            log::log(COAP_LOG_WARN, format_args!("coap_proxy_forward_request: no server is named"));
            return None;
        }
    };
    let idle_timeout = (idle_timeout_secs > 0).then(|| Duration::from_secs(idle_timeout_secs.into()));
    Some(Route {
        server,
        strip,
        per_client: track_client_session != 0,
        idle_timeout,
        by_application: true,
        tag,
    })
}

/// # Safety
/// The URI's host is readable.
unsafe fn server(server: &coap_proxy_server_t) -> Option<Server> {
    if !is_supported(server.uri.scheme) {
        return None;
    }
    // SAFETY: as the caller promises.
    let host = unsafe { raw::bytes(server.uri.host.s, server.uri.host.length) };
    Some(Server::new(scheme(server.uri.scheme)?, host, server.uri.port))
}

fn scheme(number: coap_uri_scheme_t) -> Option<Scheme> {
    Scheme::ALL.into_iter().find(|scheme| *scheme as coap_uri_scheme_t == number)
}

fn is_supported(number: coap_uri_scheme_t) -> bool {
    let scheme = scheme(number);
    let line = match scheme {
        Some(scheme) if can_forward(scheme) => return true,
        Some(Scheme::Http | Scheme::Https) => "Proxy URI http or https not supported".to_owned(),
        Some(scheme) => format!("{} URI scheme not supported for proxy", scheme.name()),
        None => format!("{number} URI scheme not supported"),
    };
    log::log(COAP_LOG_WARN, format_args!("{line}"));
    false
}

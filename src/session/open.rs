//! Opening client sessions.
#![allow(unused_variables, reason = "(D)TLS is not built yet")]
use crate::{
    entry::entry, home::command_context, log, sockaddr, stub::warn_unsupported, types::*, user_data::AppData,
    ws,
};
use coap_proto::{engine::Connect, wire::Protocol};
use std::{ffi::c_void, ptr};

/// Opens a session to a server, with one reference for the program. `local_if` is where to bind to, or null;
/// port 0 of `server` is the protocol's default port. Null when the system refuses, or the same session
/// exists already.
///
/// Over a stream the session is being connected then, and messages wait; the event handler learns what becomes of it. A
/// Unix domain socket for datagrams needs a path of its own in `local_if`.
///
/// Not yet: DTLS, TLS and secure WebSockets.
///
/// # Safety
/// The addresses are null or point to one whose family is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
) -> *mut coap_session_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe { open("coap_new_client_session", ctx, local_if, server, proto) })
}

/// As [`coap_new_client_session`], with a pointer of the program's and the function to be told when it is no longer
/// needed (see [`coap_session_set_app_data2`](super::coap_session_set_app_data2)): the session has it before its first
/// event comes. Without a session the data stays the program's. `ws_host` is the Host of WebSockets, or null.
///
/// Not yet: DTLS, TLS and secure WebSockets.
///
/// # Safety
/// As for [`coap_new_client_session`]; `callback` may be called as its type says until the session ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    let data = AppData::new(app_data, callback);
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        open_with("coap_new_client_session3", ctx, local_if, server, proto, (data, ws_host))
    })
}

/// As [`coap_new_client_session_pki`] and [`coap_new_client_session3`].
///
/// Not yet: (D)TLS; the protocols without it work.
///
/// # Safety
/// As for [`coap_new_client_session3`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_pki3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_pki_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    let data = AppData::new(app_data, callback);
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        open_with("coap_new_client_session_pki3", ctx, local_if, server, proto, (data, ws_host))
    })
}

/// As [`coap_new_client_session_psk2`] and [`coap_new_client_session3`].
///
/// Not yet: (D)TLS; the protocols without it work.
///
/// # Safety
/// As for [`coap_new_client_session3`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_psk3(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_cpsk_t,
    app_data: *mut c_void,
    callback: coap_app_data_free_callback_t,
    ws_host: *mut coap_str_const_t,
) -> *mut coap_session_t {
    let data = AppData::new(app_data, callback);
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe {
        open_with("coap_new_client_session_psk3", ctx, local_if, server, proto, (data, ws_host))
    })
}

/// As [`coap_new_client_session`]. Without (D)TLS the certificates and keys in `setup_data` are of no use.
///
/// Not yet: (D)TLS; the protocols without it work.
///
/// # Safety
/// As for [`coap_new_client_session`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_pki(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_pki_t,
) -> *mut coap_session_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe { open("coap_new_client_session_pki", ctx, local_if, server, proto) })
}

/// As [`coap_new_client_session`]. Without (D)TLS the identity and the key are of no use.
///
/// Not yet: (D)TLS; the protocols without it work.
///
/// # Safety
/// As for [`coap_new_client_session`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_psk(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    identity: *const std::ffi::c_char,
    key: *const u8,
    key_len: std::ffi::c_uint,
) -> *mut coap_session_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe { open("coap_new_client_session_psk", ctx, local_if, server, proto) })
}

/// As [`coap_new_client_session`]. Without (D)TLS `setup_data` is of no use.
///
/// Not yet: (D)TLS; the protocols without it work.
///
/// # Safety
/// As for [`coap_new_client_session`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_psk2(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_cpsk_t,
) -> *mut coap_session_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe { open("coap_new_client_session_psk2", ctx, local_if, server, proto) })
}

/// # Safety
/// As for [`coap_new_client_session`].
unsafe fn open(
    function: &str,
    context: *mut coap_context_t,
    local: *const coap_address_t,
    server: *const coap_address_t,
    protocol: coap_proto_t,
) -> Option<*mut coap_session_t> {
    // SAFETY: as the caller promises.
    unsafe { open_with(function, context, local, server, protocol, (AppData::default(), ptr::null())) }
}

/// # Safety
/// As for [`coap_new_client_session3`].
unsafe fn open_with(
    function: &str,
    context: *mut coap_context_t,
    local: *const coap_address_t,
    server: *const coap_address_t,
    protocol: coap_proto_t,
    (data, ws_host): (AppData, *const coap_str_const_t),
) -> Option<*mut coap_session_t> {
    let protocol = supported(function, protocol)?;
    // SAFETY: as the caller promises.
    let (bind, remote) = unsafe { (sockaddr::from_c(local), sockaddr::from_c(server)) };
    // SAFETY: as the caller promises.
    let host = unsafe { ws::host_text(ws_host) }.filter(|_| protocol == Protocol::Ws);
    let (local, remote) = match remote {
        Some(remote) if bind.is_some() || local.is_null() => (bind, remote),
        _ => return warn_unsupported(function, "the family of the address"),
    };
    let opened = command_context(function, context, |context, now| {
        Some(match context.node.connect(now, Connect { local, remote, protocol }) {
            Ok(id) => {
                let refused = host.is_some_and(|host| !context.node.engine.set_websocket_host(id, &host));
                let key = context.session_key(id)?;
                context.sessions.get_mut(id.slot())?.app_data = data;
                Ok((key, refused))
            }
            Err(error) => Err(error),
        })
    })?;
    match opened {
        Ok((key, host_refused)) => {
            if host_refused {
                log::log(COAP_LOG_WARN, format_args!("{function}: the text cannot be a host"));
            }
            Some(key.pointer())
        }
        Err(error) => {
            log::log(COAP_LOG_WARN, format_args!("{function}: {error}"));
            None
        }
    }
}

/// The transport of this number, if it is built in; else a line in the log.
pub(super) fn supported(function: &str, protocol: coap_proto_t) -> Option<Protocol> {
    let name = match protocol {
        COAP_PROTO_UDP => return Some(Protocol::Udp),
        COAP_PROTO_TCP => return Some(Protocol::Tcp),
        COAP_PROTO_WS => return Some(Protocol::Ws),
        COAP_PROTO_DTLS => "DTLS",
        COAP_PROTO_TLS => "TLS",
        COAP_PROTO_WSS => "WSS",
        _ => "the protocol",
    };
    warn_unsupported(function, name)
}

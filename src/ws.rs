//! `coap_ws.h`: WebSockets (RFC 8323 section 4).
use crate::{entry::entry, home::command_session, raw, types::*};
use std::ffi::c_int;

/// Whether CoAP over WebSockets is built in: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_ws_is_supported() -> c_int {
    1
}

/// Sets the Host field of the WebSocket's opening request: to be called before the session is connected, which is not
/// before the next `coap_io_process`. Without, it is the peer's address. Its port is added where it is not that of the
/// scheme. Returns 1, or 0 if it is no client session over WebSockets, it is too late, or the text cannot be a host.
///
/// # Safety
/// `ws_host` is null or points to a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ws_set_host_request(
    session: *mut coap_session_t,
    ws_host: *mut coap_str_const_t,
) -> c_int {
    entry(0, || {
        // SAFETY: as the caller promises.
        let host = unsafe { host_text(ws_host) }?;
        command_session("coap_ws_set_host_request", session, |context, id, _| {
            Some(context.node.engine.set_websocket_host(id, &host).into())
        })
    })
}

/// Whether CoAP over secure WebSockets is built in: 1, or 0 in a build without TLS.
#[unsafe(no_mangle)]
pub extern "C" fn coap_wss_is_supported() -> c_int {
    crate::dtls::IS_BUILT.into()
}

/// The host that a program passed; `None` for null and for what is not UTF-8.
///
/// # Safety
/// `ws_host` is null or points to a string.
pub(crate) unsafe fn host_text(ws_host: *const coap_str_const_t) -> Option<String> {
    // SAFETY: as the caller promises.
    let host = unsafe { raw::read(ws_host).map(|host| raw::bytes(host.s, host.length)) }?;
    Some(str::from_utf8(host).ok()?.to_owned())
}

//! Endpoints: where a server listens.
use crate::{
    entry::entry,
    home::{command_context, command_endpoint, on_endpoint},
    log, scratch, secure, sockaddr,
    types::*,
};
use std::{
    ffi::{c_char, c_uint, c_void},
    ptr,
};

/// Listens at an address; port 0: the system chooses one. Null when the system refuses.
///
/// DTLS, TLS and secure WebSockets need keys or certificates first ([`coap_context_set_psk2`],
/// [`coap_context_set_pki`]).
///
/// [`coap_context_set_psk2`]: crate::net::coap_context_set_psk2
/// [`coap_context_set_pki`]: crate::net::coap_context_set_pki
///
/// # Safety
/// `listen_addr` is null or points to an address whose family is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_endpoint(
    context: *mut coap_context_t,
    listen_addr: *const coap_address_t,
    proto: coap_proto_t,
) -> *mut coap_endpoint_t {
    entry(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        unsafe { open_endpoint("coap_new_endpoint", context, listen_addr, proto) }
    })
}

/// Stops listening. The endpoint's sessions end.
#[unsafe(no_mangle)]
pub extern "C" fn coap_free_endpoint(endpoint: *mut coap_endpoint_t) {
    entry((), || {
        command_endpoint("coap_free_endpoint", endpoint, |context, id, now| {
            let release = context.endpoints.take(id.slot())?.end();
            context.releases.extend(release);
            context.persistence.save(&context.node.engine);
            context.node.close_endpoint(now, id);
            Some(())
        })
    })
}

/// The pointer that the program left with an endpoint; null at first.
#[unsafe(no_mangle)]
pub extern "C" fn coap_endpoint_get_app_data(endpoint: *const coap_endpoint_t) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_endpoint("coap_endpoint_get_app_data", endpoint, |context, id| {
            Some(context.endpoints.get(id.slot())?.app_data.get())
        })
    })
}

/// Leaves a pointer of the program's with an endpoint, and the function to be told when the data is no longer needed:
/// once, when the endpoint is freed, with no lock held, unless the data is null then. Returns the data that was there
/// before, which is the program's again and is not released; null if there is no such endpoint.
///
/// # Safety
/// `callback` may be called as its type says until the endpoint ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_endpoint_set_app_data(
    endpoint: *mut coap_endpoint_t,
    data: *mut c_void,
    callback: coap_app_data_free_callback_t,
) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_endpoint("coap_endpoint_set_app_data", endpoint, |context, id| {
            Some(context.endpoints.get_mut(id.slot())?.app_data.replace(data, callback))
        })
    })
}

/// Largest datagram, in bytes, of sessions to come.
#[unsafe(no_mangle)]
pub extern "C" fn coap_endpoint_set_default_mtu(endpoint: *mut coap_endpoint_t, mtu: c_uint) {
    entry((), || {
        on_endpoint("coap_endpoint_set_default_mtu", endpoint, |context, id| {
            // libcoap keeps 16 bits.
            context.node.engine.endpoint_mut(id)?.set_mtu(usize::from(mtu as u16));
            Some(())
        })
    })
}

/// Text that says which endpoint it is: `address protocol`. Valid until the calling thread has asked for more
/// of such texts; null if there is no such endpoint.
#[unsafe(no_mangle)]
pub extern "C" fn coap_endpoint_str(endpoint: *const coap_endpoint_t) -> *const c_char {
    entry(ptr::null(), || {
        let text = on_endpoint("coap_endpoint_str", endpoint, |context, id| {
            let endpoint = context.node.engine.endpoint(id)?;
            Some(format!("{} {}", endpoint.local(), endpoint.protocol().name()))
        })?;
        Some(scratch::text(&text))
    })
}

/// # Safety
/// As for [`coap_new_endpoint`].
pub(crate) unsafe fn open_endpoint(
    function: &str,
    context: *mut coap_context_t,
    listen_addr: *const coap_address_t,
    protocol: coap_proto_t,
) -> Option<*mut coap_endpoint_t> {
    let protocol = super::open::supported(function, protocol)?;
    // SAFETY: as the caller promises.
    let local = unsafe { sockaddr::from_c(listen_addr) }?;
    secure::may_listen(function, context, protocol)?;
    let opened = command_context(function, context, |context, now| {
        let id = match context.node.listen(local, protocol) {
            Ok(id) => id,
            Err(error) => return Some(Err(error)),
        };
        let key = context.add_endpoint(id);
        if key.is_none() {
            context.node.close_endpoint(now, id);
        }
        key.map(Ok)
    })?;
    opened
        .inspect_err(|error| log::log(COAP_LOG_WARN, format_args!("{function}: {error}")))
        .map(|key| key.pointer())
        .ok()
}

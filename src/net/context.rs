//! Contexts: making them, and the program's pointer in them.
use crate::{
    context::Context, entry::entry, home::on_context, log, session::open_endpoint, startup, types::*,
};
use std::{ffi::c_void, ptr};

/// Makes a context. With an address it listens there over UDP; null, when that fails, or resources are short.
///
/// # Safety
/// `listen_addr` is null or points to an address whose family is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_context(listen_addr: *const coap_address_t) -> *mut coap_context_t {
    entry(ptr::null_mut(), || {
        if !startup::is_started() {
            startup::coap_startup();
            let advice = "coap_startup() should be called before any other coap_*() functions are called";
            log::log(COAP_LOG_WARN, format_args!("{advice}"));
        }
        let context = Context::create()?.pointer();
        if !listen_addr.is_null() {
            // SAFETY: as the caller promises.
            let endpoint = unsafe { open_endpoint("coap_new_context", context, listen_addr, COAP_PROTO_UDP) };
            if endpoint.is_none() {
                super::coap_free_context(context);
                return None;
            }
        }
        Some(context)
    })
}

/// Leaves a pointer of the program's with a context.
#[unsafe(no_mangle)]
pub extern "C" fn coap_set_app_data(context: *mut coap_context_t, data: *mut c_void) {
    entry((), || set_app_data("coap_set_app_data", context, data, None).map(|_| ()))
}

/// The pointer that the program left with a context; null at first.
#[unsafe(no_mangle)]
pub extern "C" fn coap_get_app_data(context: *const coap_context_t) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_context("coap_get_app_data", context, |context| Some(context.app_data.get()))
    })
}

/// Leaves a pointer of the program's with a context. What was there before is forgotten without a word.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_app_data(context: *mut coap_context_t, data: *mut c_void) {
    entry((), || set_app_data("coap_context_set_app_data", context, data, None).map(|_| ()))
}

/// As [`coap_context_set_app_data`], with the function to be told when the data is no longer needed: once, last of all
/// when the context is freed, unless the data is null then. Returns the data that was there before, which is the
/// program's again and is not released; null if there is no such context.
///
/// # Safety
/// `callback` may be called as its type says until the context ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_app_data2(
    context: *mut coap_context_t,
    data: *mut c_void,
    callback: coap_app_data_free_callback_t,
) -> *mut c_void {
    entry(ptr::null_mut(), || set_app_data("coap_context_set_app_data2", context, data, callback))
}

/// The pointer that the program left with a context; null at first.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_get_app_data(context: *const coap_context_t) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_context("coap_context_get_app_data", context, |context| Some(context.app_data.get()))
    })
}

fn set_app_data(
    function: &str,
    context: *mut coap_context_t,
    data: *mut c_void,
    callback: coap_app_data_free_callback_t,
) -> Option<*mut c_void> {
    on_context(function, context, |context| Some(context.app_data.replace(data, callback)))
}

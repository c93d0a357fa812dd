//! `coap_async.h`: answers that come later (RFC 7252 section 5.2.2).
use crate::{
    entry::entry,
    home::{command_async, command_session, on_async, on_session},
    pdu_handle, raw,
    types::*,
};
use std::{
    ffi::{c_int, c_void},
    ptr,
    time::Duration,
};

/// The pointer that the program left with a delayed request.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_get_app_data(async_: *const coap_async_t) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_async("coap_async_get_app_data", async_, |context, place, _| {
            Some(context.asyncs.get(place)?.app_data.get())
        })
    })
}

/// Whether requests can be answered later: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_is_supported() -> c_int {
    1
}

/// Leaves a pointer of the program's with a delayed request. What was there before is forgotten without a word.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_set_app_data(async_: *mut coap_async_t, app_data: *mut c_void) {
    entry((), || {
        on_async("coap_async_set_app_data", async_, |context, place, _| {
            context.asyncs.get_mut(place)?.app_data.replace(app_data, None);
            Some(())
        })
    })
}

/// As [`coap_async_set_app_data`], with the function to be told when the data is no longer needed: once, when the
/// request ends, with no lock held, unless the data is null then. Returns the data that was there before, which is the
/// program's again and is not released; null if the request is none.
///
/// # Safety
/// `callback` may be called as its type says until the request ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_async_set_app_data2(
    async_entry: *mut coap_async_t,
    data: *mut c_void,
    callback: coap_app_data_free_callback_t,
) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_async("coap_async_set_app_data2", async_entry, |context, place, _| {
            Some(context.asyncs.get_mut(place)?.app_data.replace(data, callback))
        })
    })
}

/// Has the handler run again after so many ticks; 0: not before [`coap_async_trigger`]. In the handler that runs
/// for this very request it changes nothing.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_set_delay(async_: *mut coap_async_t, delay: coap_tick_t) {
    entry((), || {
        command_async("coap_async_set_delay", async_, |context, id, now| {
            context.node.engine.set_async_delay(now, id, from_ticks(delay));
        })
    })
}

/// Has the handler run again at once, which is by the next turn of the loop.
#[unsafe(no_mangle)]
pub extern "C" fn coap_async_trigger(async_: *mut coap_async_t) {
    entry((), || {
        command_async("coap_async_trigger", async_, |context, id, now| {
            context.node.engine.trigger_async(now, id);
        })
    })
}

/// The delayed request of a session with this token, or null. In the handler that runs for it again, it is still
/// found.
///
/// # Safety
/// `token.s` is null or readable for `token.length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_find_async(
    session: *mut coap_session_t,
    token: coap_bin_const_t,
) -> *mut coap_async_t {
    entry(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let token = unsafe { raw::bytes(token.s, token.length) };
        on_session("coap_find_async", session, |context, id| {
            let found = context.node.engine.find_async(id, token);
            // None is an answer, not a refusal.
            Some(found.and_then(|id| context.async_key(id)).map_or(ptr::null_mut(), |key| key.pointer()))
        })
    })
}

/// Ends a delayed request: its handler does not run again. After it has run, a request ends by itself.
#[unsafe(no_mangle)]
pub extern "C" fn coap_free_async(session: *mut coap_session_t, async_: *mut coap_async_t) {
    let _ = session; // the request knows whose it is
    entry((), || {
        command_async("coap_free_async", async_, |context, id, now| {
            context.node.engine.free_async(now, id);
        })
    })
}

/// Puts a request off: its handler runs again after so many ticks; 0: when [`coap_async_trigger`] or
/// [`coap_async_set_delay`] says so. The session lives at least until then. Null if it is no request, or one with
/// its token is put off in this session already.
#[unsafe(no_mangle)]
pub extern "C" fn coap_register_async(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    delay: coap_tick_t,
) -> *mut coap_async_t {
    entry(ptr::null_mut(), || {
        let request = pdu_handle::with(request, |request| request.clone())?;
        command_session("coap_register_async", session, |context, id, now| {
            let new = context.node.engine.register_async(now, id, &request, from_ticks(delay)).ok()?;
            let key = context.add_async(new);
            if key.is_none() {
                context.node.engine.free_async(now, new);
            }
            Some(key?.pointer())
        })
    })
}

/// Ticks are milliseconds; none means that no time is set.
fn from_ticks(delay: coap_tick_t) -> Option<Duration> {
    (delay > 0).then(|| Duration::from_millis(delay))
}

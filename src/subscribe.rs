//! `coap_subscribe.h`: observers (RFC 7641). They cannot be kept over a restart yet.
#![allow(unused_variables, reason = "not built yet")]
use crate::{
    entry::entry,
    home::{command_context, on_resource},
    resource::notify,
    stub::{unsupported, warn_unsupported},
    types::*,
};
use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
};

/// Adds an observation that was kept over a restart.
#[unsafe(no_mangle)]
pub extern "C" fn coap_persist_observe_add(
    context: *mut coap_context_t,
    e_proto: coap_proto_t,
    e_listen_addr: *const coap_address_t,
    s_addr_info: *const coap_addr_tuple_t,
    raw_packet: *const coap_bin_const_t,
    oscore_info: *const coap_bin_const_t,
) -> *mut coap_subscription_t {
    entry(ptr::null_mut(), || warn_unsupported("coap_persist_observe_add", "persistent observation"))
}

/// Sets the number that the resource's notifications count up from; 24 bits of it count.
#[unsafe(no_mangle)]
pub extern "C" fn coap_persist_set_observe_num(resource: *mut coap_resource_t, observe_num: u32) {
    entry((), || {
        on_resource("coap_persist_set_observe_num", resource, |here| {
            here.resource.set_observe_number(observe_num);
            Some(())
        })
    })
}

/// Keeps observations over restarts, in files.
#[unsafe(no_mangle)]
pub extern "C" fn coap_persist_startup(
    context: *mut coap_context_t,
    dyn_resource_save_file: *const c_char,
    observe_save_file: *const c_char,
    obs_cnt_save_file: *const c_char,
    save_freq: u32,
) -> c_int {
    entry(0, || warn_unsupported("coap_persist_startup", "persistent observation"))
}

/// Observations no longer end with the context.
#[unsafe(no_mangle)]
pub extern "C" fn coap_persist_stop(context: *mut coap_context_t) {
    entry((), || unsupported("coap_persist_stop"))
}

/// Sets the functions that keep observations over restarts.
#[unsafe(no_mangle)]
pub extern "C" fn coap_persist_track_funcs(
    context: *mut coap_context_t,
    observe_added: coap_observe_added_t,
    observe_deleted: coap_observe_deleted_t,
    track_observe_value: coap_track_observe_value_t,
    dyn_resource_added: coap_dyn_resource_added_t,
    resource_deleted: coap_resource_deleted_t,
    save_freq: u32,
    user_data: *mut c_void,
) {
    entry((), || warn_unsupported("coap_persist_track_funcs", "persistent observation"))
}

/// The resource has changed: its observers are notified, in the loop. Its handler runs for each of them; one
/// who cannot follow gets the newest state only. `query` is not looked at. Returns 1, or 0 if there are no
/// observers.
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_notify_observers(
    resource: *mut coap_resource_t,
    query: *const coap_string_t,
) -> c_int {
    entry(0, || notify("coap_resource_notify_observers", resource))
}

/// Whether observers may register. The listing of resources says so (`obs`). With 0, those that did are kept,
/// but not notified.
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_set_get_observable(resource: *mut coap_resource_t, mode: c_int) {
    entry((), || {
        on_resource("coap_resource_set_get_observable", resource, |here| {
            here.resource.observable = mode != 0;
            Some(())
        })
    })
}

/// Notifies observers whose resources changed, without waiting for the loop; if there are many, only some of
/// them.
#[unsafe(no_mangle)]
pub extern "C" fn coap_check_notify(context: *mut coap_context_t) {
    entry((), || {
        command_context("coap_check_notify", context, |context, now| {
            context.node.engine.notify_some(now);
            Some(())
        })
    })
}

//! `coap_subscribe.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_persist_observe_add`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_persist_observe_add(
    context: *mut coap_context_t,
    e_proto: coap_proto_t,
    e_listen_addr: *const coap_address_t,
    s_addr_info: *const coap_addr_tuple_t,
    raw_packet: *const coap_bin_const_t,
    oscore_info: *const coap_bin_const_t,
) -> *mut coap_subscription_t {
    entry(ptr::null_mut(), || unsupported("coap_persist_observe_add"))
}

/// `coap_persist_set_observe_num`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_persist_set_observe_num(resource: *mut coap_resource_t, observe_num: u32) {
    entry((), || unsupported("coap_persist_set_observe_num"))
}

/// `coap_persist_startup`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_persist_startup(
    context: *mut coap_context_t,
    dyn_resource_save_file: *const c_char,
    observe_save_file: *const c_char,
    obs_cnt_save_file: *const c_char,
    save_freq: u32,
) -> c_int {
    entry(0, || unsupported("coap_persist_startup"))
}

/// `coap_persist_stop`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_persist_stop(context: *mut coap_context_t) {
    entry((), || unsupported("coap_persist_stop"))
}

/// `coap_persist_track_funcs`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_persist_track_funcs(
    context: *mut coap_context_t,
    observe_added: coap_observe_added_t,
    observe_deleted: coap_observe_deleted_t,
    track_observe_value: coap_track_observe_value_t,
    dyn_resource_added: coap_dyn_resource_added_t,
    resource_deleted: coap_resource_deleted_t,
    save_freq: u32,
    user_data: *mut c_void,
) {
    entry((), || unsupported("coap_persist_track_funcs"))
}

/// `coap_resource_notify_observers`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_notify_observers(
    resource: *mut coap_resource_t,
    query: *const coap_string_t,
) -> c_int {
    entry(0, || unsupported("coap_resource_notify_observers"))
}

/// `coap_resource_set_get_observable`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_set_get_observable(resource: *mut coap_resource_t, mode: c_int) {
    entry((), || unsupported("coap_resource_set_get_observable"))
}

/// `coap_check_notify`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_check_notify(context: *mut coap_context_t) {
    entry((), || unsupported("coap_check_notify"))
}

//! Properties of a resource: its handlers, its path, the program's pointer.
use super::making::methods;
use crate::{
    entry::entry,
    home::{command_resource, on_resource},
    types::*,
    user_data::UserData,
};
use coap_proto::resource::flags::NOTIFY_CON;
use std::{
    ffi::{c_int, c_void},
    ptr,
};

/// Sets the function that gets the requests of one method; null: they are answered with 4.05.
///
/// # Safety
/// `handler` may be called as its type says until the resource is deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_request_handler(
    resource: *mut coap_resource_t,
    method: coap_request_t,
    handler: coap_method_handler_t,
) {
    register("coap_register_request_handler", resource, method, handler);
}

/// The former name of [`coap_register_request_handler`].
///
/// # Safety
/// As for [`coap_register_request_handler`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_handler(
    resource: *mut coap_resource_t,
    method: coap_request_t,
    handler: coap_method_handler_t,
) {
    register("coap_register_handler", resource, method, handler);
}

/// The path of a resource, without its leading `/`. Can be read while the resource lives.
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_get_uri_path(resource: *mut coap_resource_t) -> *mut coap_str_const_t {
    entry(ptr::null_mut(), || {
        on_resource("coap_resource_get_uri_path", resource, |here| Some(here.face.path.pointer()))
    })
}

/// Leaves a pointer of the program's with a resource.
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_set_userdata(resource: *mut coap_resource_t, data: *mut c_void) {
    entry((), || {
        on_resource("coap_resource_set_userdata", resource, |here| {
            here.face.user_data = UserData(data);
            Some(())
        })
    })
}

/// The pointer that the program left with a resource; null at first.
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_get_userdata(resource: *mut coap_resource_t) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_resource("coap_resource_get_userdata", resource, |here| Some(here.face.user_data.0))
    })
}

/// Whether notifications are confirmable: `COAP_RESOURCE_FLAGS_NOTIFY_CON` or
/// `COAP_RESOURCE_FLAGS_NOTIFY_NON`.
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_set_mode(resource: *mut coap_resource_t, mode: c_int) {
    entry((), || {
        on_resource("coap_resource_set_mode", resource, |here| {
            here.resource.flags = here.resource.flags & !NOTIFY_CON | mode as u32 & NOTIFY_CON;
            Some(())
        })
    })
}

/// The former name of [`coap_resource_notify_observers`](crate::subscribe::coap_resource_notify_observers).
#[deprecated = "coap_resource_notify_observers()"]
#[unsafe(no_mangle)]
pub extern "C" fn coap_resource_set_dirty(
    resource: *mut coap_resource_t,
    query: *const coap_string_t,
) -> c_int {
    let _ = query; // obsolete: all observers are notified
    entry(0, || notify("coap_resource_set_dirty", resource))
}

/// Has the observers of a resource notified. Returns 1, or 0 if there are none.
pub(crate) fn notify(function: &str, resource: *mut coap_resource_t) -> Option<c_int> {
    let is_observed =
        command_resource(function, resource, |context, id, now| Some(context.node.engine.notify(now, id)))?;
    Some(is_observed.into())
}

fn register(
    function: &str,
    resource: *mut coap_resource_t,
    method: coap_request_t,
    handler: coap_method_handler_t,
) {
    entry((), || {
        on_resource(function, resource, |here| {
            *here.face.handlers.get_mut((method as usize).wrapping_sub(1))? = handler;
            here.resource.methods = methods(&here.face.handlers);
            Some(())
        })
    })
}

//! Making resources.
use crate::{
    cell::Cell,
    entry::entry,
    exposed::Text,
    keys::{Key, Kind, Target},
    log, raw,
    resource_face::{METHODS, Orphan, ResourceFace},
    types::*,
    user_data::UserData,
};
use coap_proto::{
    resource::{MethodMask, Resource, flags::RELEASE_URI},
    wire::Code,
};
use std::{
    ffi::{c_char, c_int},
    ptr,
};

/// Makes a resource for the path `uri_path`, written without its leading `/`; null: the root. `flags` are
/// `COAP_RESOURCE_FLAGS_*`; with `COAP_RESOURCE_FLAGS_RELEASE_URI` the library takes the string over.
///
/// # Safety
/// `uri_path` is null or points to a string; one that is taken over was made by `coap_new_str_const` or
/// `coap_new_string`, and the program does not delete it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_init(
    uri_path: *mut coap_str_const_t,
    flags: c_int,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || {
        let flags = flags as u32;
        // SAFETY: as the caller promises.
        let (path, text) = unsafe { taken_over(uri_path, flags & RELEASE_URI != 0) };
        bear(Resource::new(path, flags), text.unwrap_or_else(|| Text::copied(path)), [None; METHODS])
    })
}

/// Makes the resource for requests to paths that have none. `put_handler` gets PUT requests; handlers for
/// other methods can be registered.
///
/// # Safety
/// `put_handler` may be called as its type says until the resource is deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_unknown_init(
    put_handler: coap_method_handler_t,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unknown(put_handler, 0))
}

/// As [`coap_resource_unknown_init`]; `flags` say how requests to a group are treated.
///
/// # Safety
/// As for [`coap_resource_unknown_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_unknown_init2(
    put_handler: coap_method_handler_t,
    flags: c_int,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || unknown(put_handler, flags))
}

/// Makes the resource for requests that are to be forwarded (Proxy-Uri, Proxy-Scheme). `handler` gets all
/// methods. The names are those of this node: requests for them are not forwarded.
///
/// # Safety
/// `handler` may be called as its type says until the resource is deleted; `host_name_list` points to
/// `host_name_count` C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_proxy_uri_init(
    handler: coap_method_handler_t,
    host_name_count: usize,
    host_name_list: *mut *const c_char,
) -> *mut coap_resource_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe { proxy(handler, host_name_count, host_name_list, 0) })
}

/// As [`coap_resource_proxy_uri_init`]; `flags` say how requests to a group are treated.
///
/// # Safety
/// As for [`coap_resource_proxy_uri_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_proxy_uri_init2(
    handler: coap_method_handler_t,
    host_name_count: usize,
    host_name_list: *mut *const c_char,
    flags: c_int,
) -> *mut coap_resource_t {
    // SAFETY: as the caller promises.
    entry(ptr::null_mut(), || unsafe { proxy(handler, host_name_count, host_name_list, flags) })
}

/// Makes a resource for requests to paths that have none, of all methods: for a proxy that looks like a
/// server.
///
/// # Safety
/// As for [`coap_resource_unknown_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_reverse_proxy_init(
    handler: coap_method_handler_t,
    flags: c_int,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || {
        let resource = Resource::unknown(flags as u32);
        let path = Text::copied(resource.path());
        bear(resource, path, [handler; METHODS])
    })
}

/// The bytes of a string, and the string itself if it is taken over.
///
/// # Safety
/// As for [`coap_resource_init`].
pub(super) unsafe fn taken_over<'a>(text: *mut coap_str_const_t, taken: bool) -> (&'a [u8], Option<Text>) {
    // SAFETY: as the caller promises.
    let bytes = unsafe { raw::string(text) };
    (bytes, (taken && !text.is_null()).then(|| Text::given(text)))
}

fn unknown(put_handler: coap_method_handler_t, flags: c_int) -> Option<*mut coap_resource_t> {
    let resource = Resource::unknown(flags as u32);
    let path = Text::copied(resource.path());
    let mut handlers = [None; METHODS];
    handlers[COAP_REQUEST_PUT as usize - 1] = put_handler;
    bear(resource, path, handlers)
}

/// # Safety
/// As for [`coap_resource_proxy_uri_init`].
unsafe fn proxy(
    handler: coap_method_handler_t,
    count: usize,
    names: *mut *const c_char,
    flags: c_int,
) -> Option<*mut coap_resource_t> {
    // SAFETY: as the caller promises.
    let names = unsafe { raw::slice(names, count) };
    if names.is_empty() {
        let demand = "Must have one or more host names defined";
        log::log(COAP_LOG_ERR, format_args!("coap_resource_proxy_uri_init: {demand}"));
        return None;
    }
    // SAFETY: as the caller promises.
    let hosts = names.iter().filter_map(|&name| unsafe { raw::text(name) });
    let resource = Resource::proxy(hosts.map(|host| host.to_bytes().to_vec()).collect(), flags as u32);
    let path = Text::copied(resource.path());
    bear(resource, path, [handler; METHODS])
}

/// Puts a resource into the nursery.
fn bear(
    mut resource: Resource,
    path: Text,
    handlers: [coap_method_handler_t; METHODS],
) -> Option<*mut coap_resource_t> {
    resource.methods = methods(&handlers);
    let nursery = Cell::nursery();
    nursery.enter(|mut state| {
        let id = state.orphans.resources.next()?;
        let key = nursery.keys.alloc(Target { kind: Kind::Resource, cell: nursery.index, id })?;
        let user_data = UserData::default();
        let face = ResourceFace { key, id: None, path, handlers, user_data, attributes: Vec::new() };
        state.orphans.resources.add(Orphan { face, resource });
        Some(Key::pointer(key))
    })
}

/// The methods that have a handler.
pub(super) fn methods(handlers: &[coap_method_handler_t; METHODS]) -> MethodMask {
    let handled = (1..).zip(handlers).filter(|(_, handler)| handler.is_some());
    handled.fold(MethodMask::NONE, |methods, (code, _)| methods.with(Code(code)))
}

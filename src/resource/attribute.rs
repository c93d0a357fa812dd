//! Attributes of resources, as `/.well-known/core` lists them (RFC 6690).
use super::making::taken_over;
use crate::{
    cell,
    entry::entry,
    exposed::Text,
    home::{ResourceHere, known, on_resource},
    keys::{Key, Kind, Target},
    raw,
    resource_face::AttributeFace,
    types::*,
};
use std::{ffi::c_int, ptr};

/// `flags` of [`coap_add_attr`]: the library takes the name over.
const RELEASE_NAME: c_int = 1;
/// `flags` of [`coap_add_attr`]: the library takes the value over.
const RELEASE_VALUE: c_int = 2;

/// Describes a resource with an attribute. A value is written as it is to be listed, with its quotes; null:
/// none.
///
/// # Safety
/// `name` and `value` are null or point to strings; those that `flags` give to the library were made by
/// `coap_new_str_const` or `coap_new_string`, and the program does not delete them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_add_attr(
    resource: *mut coap_resource_t,
    name: *mut coap_str_const_t,
    value: *mut coap_str_const_t,
    flags: c_int,
) -> *mut coap_attr_t {
    entry(ptr::null_mut(), || {
        if name.is_null() {
            return None;
        }
        // Looked up first: a string must not be taken over from who goes on owning it.
        on_resource("coap_add_attr", resource, |_| Some(()))?;
        // SAFETY: as the caller promises.
        let (name, given_name) = unsafe { taken_over(name, flags & RELEASE_NAME != 0) };
        // SAFETY: as above.
        let (bytes, given_value) = unsafe { taken_over(value, flags & RELEASE_VALUE != 0) };
        let value = (!value.is_null()).then_some(bytes);
        let text = value.map(|value| given_value.unwrap_or_else(|| Text::copied(value)));
        on_resource("coap_add_attr", resource, |here| {
            let ResourceHere { cell, face, resource, attributes } = here;
            let id = attributes.next()?;
            let key = cell.keys.alloc(Target { kind: Kind::Attribute, cell: cell.index, id })?;
            attributes.add(AttributeFace { key, name: given_name, value: text });
            face.attributes.push(id);
            resource.add_attribute(name, value);
            Some(key.pointer())
        })
    })
}

/// The attribute of that name which was added last, or null.
///
/// # Safety
/// `name` is null or points to a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_find_attr(
    resource: *mut coap_resource_t,
    name: *mut coap_str_const_t,
) -> *mut coap_attr_t {
    entry(ptr::null_mut(), || {
        if name.is_null() {
            return None;
        }
        // SAFETY: as the caller promises.
        let name = unsafe { raw::string(name) };
        on_resource("coap_find_attr", resource, |here| {
            let index = here.resource.find_attribute(name)?;
            let place = *here.face.attributes.get(index)?;
            Some(here.attributes.get(place)?.key.pointer())
        })
    })
}

/// The value of an attribute; null if it has none. Can be read while the resource lives.
#[unsafe(no_mangle)]
pub extern "C" fn coap_attr_get_value(attribute: *mut coap_attr_t) -> *mut coap_str_const_t {
    entry(ptr::null_mut(), || {
        let value = cell::with(Kind::Attribute, Key::of(attribute), |_, state, place| {
            let attributes =
                state.context.as_deref().map_or(&state.orphans.attributes, |context| &context.attributes);
            Some(attributes.get(place)?.value.as_ref()?.pointer())
        });
        known("coap_attr_get_value", "attribute", attribute, value)?
    })
}

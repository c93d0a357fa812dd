//! Resources in and out of contexts.
use crate::{
    cell::{self, Cell},
    context::Context,
    deliver::Batch,
    entry::entry,
    home::{Home, command_context, known, on_context, on_resource},
    keys::{Key, Kind, Target},
    log, persistence, raw,
    resource_face::{AttributeFace, Orphan},
    types::*,
    user_data::Release,
};
use coap_proto::resource::{Resource, ResourceKind};
use std::{ffi::c_int, ptr, time::Instant};

/// Adds a resource to a context, which then owns it. One of the same path, or a second for unknown paths or
/// forwarding, takes the place of the one before, which is deleted. Refused when it belongs to a context
/// already.
#[unsafe(no_mangle)]
pub extern "C" fn coap_add_resource(context: *mut coap_context_t, resource: *mut coap_resource_t) {
    const NAME: &str = "coap_add_resource";
    entry((), || {
        // Out under one lock, in under the other, never both held.
        let moving = leave_nursery(resource)?;
        let made = &moving.orphan.resource;
        let path = (*made.kind() == ResourceKind::Plain).then(|| made.path().to_vec());
        let mut moving = Some(moving);
        let added = command_context(NAME, context, |context, now| {
            moving.take().map(|moving| moving.join(context, now))
        });
        if let Some(moving) = moving {
            return moving.back_to_nursery();
        }
        if let Some(replaced) = added? {
            replaced.tell();
        }
        persistence::resource_added(context, &path?)
    })
}

/// Adds a resource that was made because a request came for it. One that the program has added itself, and null, are
/// left as they are. `None`: the context is gone, and the resource still belongs to none.
pub(crate) fn add_made(home: Home, resource: *mut coap_resource_t) -> Option<()> {
    let is_orphan = on_resource(NAME_OF_CREATOR, resource, |here| Some(here.cell.is_nursery()));
    if is_orphan != Some(true) {
        return Some(());
    }
    let mut moving = Some(leave_nursery(resource)?);
    let added = home.command(|context, now| {
        let Moving { mut orphan, attributes } = moving.take()?;
        orphan.resource = orphan.resource.into_dynamic();
        Moving { orphan, attributes }.join(context, now)
    });
    if let Some(moving) = moving {
        moving.back_to_nursery();
        return None;
    }
    if let Some(replaced) = added.flatten() {
        replaced.tell();
    }
    Some(())
}

/// Deletes a resource, wherever it is, after the handler for its user data has run. Returns 1, or 0 if there
/// is no such resource.
#[unsafe(no_mangle)]
pub extern "C" fn coap_delete_resource(
    context: *mut coap_context_t,
    resource: *mut coap_resource_t,
) -> c_int {
    let _ = context; // the resource knows where it is
    const NAME: &str = "coap_delete_resource";
    entry(0, || {
        let deleted = cell::with(Kind::Resource, Key::of(resource), |cell, state, place| {
            if let Some(context) = state.context.as_deref_mut() {
                let id = context.resources.get(place)?.id?;
                let release = context.remove_resource(id)?;
                return Some((release, Some(Batch::take(context))));
            }
            let orphan = state.orphans.resources.remove(place)?;
            orphan.face.end(&mut state.orphans.attributes, &cell.graves);
            Some((None, None))
        });
        let (release, batch) = known(NAME, "resource", resource, deleted.flatten())?;
        // Observers hear of it before the program does.
        batch.into_iter().for_each(Batch::deliver);
        release.into_iter().for_each(Release::call);
        Some(1)
    })
}

/// The resource of a context at a path, written without its leading `/`; or null.
///
/// # Safety
/// `uri_path` is null or points to a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_resource_from_uri_path(
    context: *mut coap_context_t,
    uri_path: *mut coap_str_const_t,
) -> *mut coap_resource_t {
    entry(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let path = unsafe { raw::string(uri_path) };
        on_context("coap_get_resource_from_uri_path", context, |context| {
            let id = context.node.engine.resources().find(path)?;
            Some(context.resource_face(id)?.key.pointer())
        })
    })
}

/// Sets the function that is told which user data is no longer needed, when a resource of the context is
/// deleted.
///
/// # Safety
/// `callback` may be called as its type says until the context ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resource_release_userdata_handler(
    context: *mut coap_context_t,
    callback: coap_resource_release_userdata_handler_t,
) {
    crate::net::register("coap_resource_release_userdata_handler", context, |handlers| {
        handlers.release_user_data = callback;
    });
}

/// For the log: what was to be added came from here.
const NAME_OF_CREATOR: &str = "coap_register_dynamic_resource_handler";

/// A resource between two homes; calls on it are refused meanwhile.
struct Moving {
    orphan: Orphan,
    attributes: Vec<AttributeFace>,
}

/// A resource that had to go for another, and what the program wants to be told about it.
struct Replaced {
    resource: Resource,
    release: Option<Release>,
}

impl Replaced {
    /// What the log and the program are to hear of it. Not under a lock.
    fn tell(self) {
        if *self.resource.kind() == ResourceKind::Plain {
            let path = String::from_utf8_lossy(self.resource.path());
            log::log(
                COAP_LOG_WARN,
                format_args!("coap_add_resource: Duplicate uri_path '{path}', old resource deleted"),
            );
        }
        self.release.into_iter().for_each(Release::call);
    }
}

/// Takes a resource out of the nursery.
fn leave_nursery(resource: *mut coap_resource_t) -> Option<Moving> {
    let left = cell::with(Kind::Resource, Key::of(resource), |cell, state, place| {
        let orphans = cell.is_nursery().then_some(&mut state.orphans)?;
        let orphan = orphans.resources.remove(place)?;
        let places = orphan.face.attributes.iter();
        let attributes = places.filter_map(|&place| orphans.attributes.remove(place)).collect();
        Some(Moving { orphan, attributes })
    });
    known("coap_add_resource", "resource without a context", resource, left.flatten())
}

impl Moving {
    /// Moves in.
    fn join(self, context: &mut Context, now: Instant) -> Option<Replaced> {
        let Orphan { mut face, resource } = self.orphan;
        let (id, replaced) = context.node.engine.add_resource(now, resource);
        let replaced = replaced
            .map(|(old, resource)| Replaced { resource, release: context.end_resource(old).flatten() });
        let cell = context.cell.index;
        face.attributes.clear();
        for attribute in self.attributes {
            let Some(place) = context.attributes.next() else { continue };
            retarget(attribute.key, Target { kind: Kind::Attribute, cell, id: place });
            context.attributes.add(attribute);
            face.attributes.push(place);
        }
        face.id = Some(id);
        let key = face.key;
        context.resources.put(id.slot(), face);
        retarget(key, Target { kind: Kind::Resource, cell, id: id.slot() });
        replaced
    }

    /// The context was none: nothing is lost.
    fn back_to_nursery(self) -> Option<()> {
        let nursery = Cell::nursery();
        nursery.enter(|mut state| {
            let Orphan { mut face, resource } = self.orphan;
            face.attributes.clear();
            for attribute in self.attributes {
                let place = state.orphans.attributes.next()?;
                retarget(attribute.key, Target { kind: Kind::Attribute, cell: nursery.index, id: place });
                state.orphans.attributes.add(attribute);
                face.attributes.push(place);
            }
            let place = state.orphans.resources.next()?;
            let key = face.key;
            state.orphans.resources.add(Orphan { face, resource });
            retarget(key, Target { kind: Kind::Resource, cell: nursery.index, id: place });
            Some(())
        })
    }
}

/// The object behind a living key moved.
fn retarget(key: Key, to: Target) {
    if let Some(slot) = key.slot() {
        slot.retarget(to);
    }
}

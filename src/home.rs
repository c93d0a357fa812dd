//! From what C passed to what it names, and back to it after a callback.
use crate::{
    cell::{self, Cell},
    context::Context,
    deliver::Batch,
    keys::{Key, Kind},
    log,
    places::Places,
    resource_face::{AttributeFace, ResourceFace},
    types::*,
};
use coap_proto::{
    engine::{AsyncId, EndpointId, ResourceId, SessionId},
    resource::Resource,
};
use std::time::Instant;

/// Where a context lives: what may be kept while the lock is open.
#[derive(Clone, Copy)]
pub(crate) struct Home {
    cell: &'static Cell,
    serial: u64,
}

impl Home {
    pub(crate) fn of(context: &Context) -> Self {
        Self { cell: context.cell, serial: context.serial }
    }
    /// Whether a context of this key lives, for tests.
    #[cfg(test)]
    pub(crate) fn alive(pointer: *const coap_context_t) -> bool {
        Key::of(pointer).target(Kind::Context).is_some()
    }
    /// Whether this is the context.
    pub(crate) fn is(self, context: &Context) -> bool {
        context.serial == self.serial
    }
    pub(crate) fn cell(self) -> &'static Cell {
        self.cell
    }
    /// Locks the context, if it still lives.
    pub(crate) fn enter<R>(self, f: impl FnOnce(&mut Context) -> R) -> Option<R> {
        self.cell.context(self.serial, f)
    }
    /// As [`Home::enter`] for what may make the engine send, or tell the program something: that is done,
    /// with the lock open, before this returns.
    pub(crate) fn command<R>(self, f: impl FnOnce(&mut Context, Instant) -> R) -> Option<R> {
        self.enter(|context| collect(context, f)).map(deliver)
    }
    /// Has the context's node do what there is to do, and the program told what that has caused.
    pub(crate) fn turn(self) -> Option<()> {
        let batch = self.enter(|context| {
            context.follow_log_level();
            context.turn(Instant::now());
            Batch::after_turn(context)
        });
        batch.map(Batch::deliver)
    }
}

/// Runs `f` on a context. `None`, logged in the name of `function` unless the pointer is null, if it names
/// none.
pub(crate) fn on_context<R>(
    function: &str,
    pointer: *const coap_context_t,
    f: impl FnOnce(&mut Context) -> Option<R>,
) -> Option<R> {
    let found =
        cell::with(Kind::Context, Key::of(pointer), |_, state, _| state.context.as_deref_mut().and_then(f));
    known(function, "context", pointer, found)?
}

/// As [`on_context`], for a session.
pub(crate) fn on_session<R>(
    function: &str,
    pointer: *const coap_session_t,
    f: impl FnOnce(&mut Context, SessionId) -> Option<R>,
) -> Option<R> {
    let found = cell::with(Kind::Session, Key::of(pointer), |_, state, place| {
        let context = state.context.as_deref_mut()?;
        let id = context.sessions.get(place)?.id;
        f(context, id)
    });
    known(function, "session", pointer, found)?
}

/// As [`on_context`], for an endpoint.
pub(crate) fn on_endpoint<R>(
    function: &str,
    pointer: *const coap_endpoint_t,
    f: impl FnOnce(&mut Context, EndpointId) -> Option<R>,
) -> Option<R> {
    let found = cell::with(Kind::Endpoint, Key::of(pointer), |_, state, place| {
        let context = state.context.as_deref_mut()?;
        let id = context.endpoints.get(place)?.id;
        f(context, id)
    });
    known(function, "endpoint", pointer, found)?
}

/// As [`on_context`], for a request that is put off.
pub(crate) fn on_async<R>(
    function: &str,
    pointer: *const coap_async_t,
    f: impl FnOnce(&mut Context, u32, AsyncId) -> Option<R>,
) -> Option<R> {
    let found = cell::with(Kind::Async, Key::of(pointer), |_, state, place| {
        let context = state.context.as_deref_mut()?;
        let id = context.asyncs.get(place)?.id;
        // The engine does not tell when it forgets one.
        context.node.engine.has_async(id).then(|| f(context, place, id))
    });
    known(function, "async", pointer, found.flatten())?
}

/// As [`on_context`], for a cache entry.
pub(crate) fn on_cache_entry<R>(
    function: &str,
    pointer: *const coap_cache_entry_t,
    f: impl FnOnce(&mut Context, u32) -> Option<R>,
) -> Option<R> {
    let found = cell::with(Kind::CacheEntry, Key::of(pointer), |_, state, place| {
        Some(f(state.context.as_deref_mut()?, place))
    });
    known(function, "cache entry", pointer, found.flatten())?
}

/// A resource, wherever it lives.
pub(crate) struct ResourceHere<'a> {
    pub(crate) cell: &'static Cell,
    pub(crate) face: &'a mut ResourceFace,
    pub(crate) resource: &'a mut Resource,
    pub(crate) attributes: &'a mut Places<AttributeFace>,
}

/// As [`on_context`], for a resource; it may belong to no context yet.
pub(crate) fn on_resource<R>(
    function: &str,
    pointer: *const coap_resource_t,
    f: impl FnOnce(ResourceHere<'_>) -> Option<R>,
) -> Option<R> {
    let found = cell::with(Kind::Resource, Key::of(pointer), |cell, state, place| {
        let Some(context) = state.context.as_deref_mut() else {
            let orphan = state.orphans.resources.get_mut(place)?;
            let (face, resource) = (&mut orphan.face, &mut orphan.resource);
            return f(ResourceHere { cell, face, resource, attributes: &mut state.orphans.attributes });
        };
        let face = context.resources.get_mut(place)?;
        let resource = context.node.engine.resources_mut().get_mut(face.id?)?;
        f(ResourceHere { cell, face, resource, attributes: &mut context.attributes })
    });
    known(function, "resource", pointer, found)?
}

/// As [`on_context`], for what may make the engine send or tell the program something ([`Home::command`]).
pub(crate) fn command_context<R>(
    function: &str,
    pointer: *const coap_context_t,
    f: impl FnOnce(&mut Context, Instant) -> Option<R>,
) -> Option<R> {
    on_context(function, pointer, |context| Some(collect(context, f))).and_then(deliver)
}

/// As [`command_context`], for an endpoint.
pub(crate) fn command_endpoint<R>(
    function: &str,
    pointer: *const coap_endpoint_t,
    f: impl FnOnce(&mut Context, EndpointId, Instant) -> Option<R>,
) -> Option<R> {
    let command = |context: &mut Context, id| Some(collect(context, |context, now| f(context, id, now)));
    on_endpoint(function, pointer, command).and_then(deliver)
}

/// As [`command_context`], for a session.
pub(crate) fn command_session<R>(
    function: &str,
    pointer: *const coap_session_t,
    f: impl FnOnce(&mut Context, SessionId, Instant) -> Option<R>,
) -> Option<R> {
    let command = |context: &mut Context, id| Some(collect(context, |context, now| f(context, id, now)));
    on_session(function, pointer, command).and_then(deliver)
}

/// As [`command_context`], for a request that is put off.
pub(crate) fn command_async(
    function: &str,
    pointer: *const coap_async_t,
    f: impl FnOnce(&mut Context, AsyncId, Instant),
) -> Option<()> {
    let command = |context: &mut Context, _, id| Some(collect(context, |context, now| f(context, id, now)));
    on_async(function, pointer, command).map(deliver)
}

/// As [`command_context`], for a resource. `None` also for one that belongs to no context yet.
pub(crate) fn command_resource<R>(
    function: &str,
    pointer: *const coap_resource_t,
    f: impl FnOnce(&mut Context, ResourceId, Instant) -> Option<R>,
) -> Option<R> {
    let found = cell::with(Kind::Resource, Key::of(pointer), |_, state, place| {
        let context = state.context.as_deref_mut()?;
        let id = context.resources.get(place)?.id?;
        Some(collect(context, |context, now| f(context, id, now)))
    });
    deliver(known(function, "resource", pointer, found)??)
}

/// Runs a command on a context that is locked, and takes along what it has caused.
fn collect<R>(context: &mut Context, command: impl FnOnce(&mut Context, Instant) -> R) -> (R, Batch) {
    context.follow_log_level();
    let done = command(context, Instant::now());
    (done, Batch::take(context))
}

/// Delivers what a command has caused. Never called under a lock: this runs the program's functions.
fn deliver<R>((done, batch): (R, Batch)) -> R {
    batch.deliver();
    done
}

/// What was found; if nothing, a line in the log. Never called under a lock: the log may run the program's
/// handler.
pub(crate) fn known<T, R>(function: &str, what: &str, pointer: *const T, found: Option<R>) -> Option<R> {
    cell::assert_open();
    if found.is_none() {
        unknown(function, what, pointer.cast());
    }
    found
}

/// Apart, so that each exported function that looks something up is short.
#[cold]
#[inline(never)]
fn unknown(function: &str, what: &str, pointer: *const ()) {
    if !pointer.is_null() {
        log::log(COAP_LOG_WARN, format_args!("{function}: {pointer:p} is not a living {what}"));
    }
}

//! The end of a context.
use crate::{
    block::bodies,
    context::Context,
    entry::entry,
    home::{Home, on_context},
    parked::CacheEntryFace,
    proxy,
    types::*,
    user_data::Release,
};
use coap_proto::engine::Event;
use std::{iter, mem, time::Instant};

/// Ends a context with everything in it, from any thread and in any callback. A thread that waits in it
/// returns.
///
/// The handler for resources' user data runs for each resource, those for cached data run for each cache entry, then
/// the NACK handler for what sessions still had to send. Whatever was waiting to be delivered when the context ended
/// is not.
#[unsafe(no_mangle)]
pub extern "C" fn coap_free_context(context: *mut coap_context_t) {
    entry((), || {
        let home = on_context("coap_free_context", context, |context| Some(Home::of(context)))?;
        home.enter(release_resources)?.into_iter().for_each(Release::call);
        home.enter(Context::end_cache_entries)?.into_iter().for_each(CacheEntryFace::end);
        // A callback may have freed the context meanwhile: then there is nothing more to do.
        home.command(|context, now| context.close_all(now))?;
        end(home)
    })
}

/// Ends all resources. Returns what the program wants to be told about.
fn release_resources(context: &mut Context) -> Vec<Release> {
    if context.limits.quiet_shutdown {
        context.node.engine.drop_all_observers(Instant::now());
    }
    let ids: Vec<_> = context.node.engine.resources().ids().collect();
    ids.into_iter().filter_map(|id| context.remove_resource(id)?).collect()
}

/// Takes the context away from everybody.
fn end(home: Home) -> Option<()> {
    let cell = home.cell();
    let mut context = cell.enter(|mut state| state.context.take_if(|context| home.is(context)))?;
    // What takes long, and what other threads are told, with the lock open: keys are not confirmed without the
    // context, and the cell serves no other before it is retired.
    let releases = context.end();
    let cache_entries = context.end_cache_entries();
    let waker = context.node.waker();
    context.crew.abandon();
    context.persistence.save(&context.node.engine);
    // Events that a callback too deep inside others has left; the program wants its data back.
    let events = mem::take(&mut context.leaving.events).into_iter().map(|(event, _)| event);
    for event in events.chain(iter::from_fn(|| context.node.engine.poll_event())) {
        match event {
            Event::BodyReleased { ticket, .. } => bodies::release(ticket),
            // SAFETY: the program gave the key away with the request, which has ended.
            Event::ForwardEnded { tag } => unsafe { proxy::end_cache_key(proxy::cache_key_of(tag)) },
            _ => {}
        }
    }
    let store = context.persistence.stop();
    drop((context, store));
    waker.wake();
    cell.poller_back.ring();
    cell.retire();
    cache_entries.into_iter().for_each(CacheEntryFace::end);
    releases.into_iter().for_each(Release::call);
    Some(())
}

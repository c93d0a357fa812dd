//! What the files of an earlier process keep comes back.
use crate::{deliver, home::Home, log, types::*};
use coap_net::persist::{Files, Kept, KeptNumber, KeptObserver, KeptResource, Problem, Store};
use coap_proto::wire::{Pdu, uri};
use std::{ffi::c_int, num::NonZeroU32};

const NAME: &str = "coap_persist_startup";

/// Opens the files and brings back what they keep. 0: one of them cannot be used. Not under a lock.
pub(crate) fn start(home: Home, files: &Files, frequency: Option<NonZeroU32>) -> Option<c_int> {
    // Before its files are opened again.
    drop(home.enter(|context| context.persistence.store.take())?);
    let frequency = home.enter(|context| {
        let config = context.node.engine.config_mut();
        let frequency = frequency.or(config.tracking).unwrap_or(NonZeroU32::MIN);
        config.tracking = Some(frequency);
        frequency
    })?;
    let (mut store, kept) = Store::open(files, frequency);
    let problems: Vec<_> = std::iter::from_fn(|| store.poll_problem()).collect();
    home.enter(|context| {
        let trackers = &mut context.persistence.trackers;
        if files.observers.is_some() {
            (trackers.observer_added, trackers.observer_deleted) = (None, None);
        }
        if files.numbers.is_some() {
            (trackers.number, trackers.resource_deleted) = (None, None);
        }
        if files.resources.is_some() {
            (trackers.resource_added, trackers.resource_deleted) = (None, None);
        }
        context.persistence.keep(store);
    })?;
    for problem in &problems {
        log::log(COAP_LOG_WARN, format_args!("{NAME}: {problem}"));
    }
    bring_back(home, kept)?;
    let complete = !problems.iter().any(|problem| matches!(problem, Problem::Unusable { .. }));
    Some(complete.into())
}

/// `None`: a callback has freed the context.
fn bring_back(home: Home, Kept { resources, numbers, observers }: Kept) -> Option<()> {
    make_resources(home, &resources)?;
    for KeptNumber { path, number } in numbers {
        home.enter(|context| {
            let resources = context.node.engine.resources_mut();
            let resource = resources.find(&path).and_then(|id| resources.get_mut(id));
            if let Some(resource) = resource {
                resource.set_observe_number(number);
            }
        })?;
    }
    for KeptObserver { name, local, request } in observers {
        let restored = home.command(|context, now| {
            let restored = context.node.engine.restore_observer(now, &name, local, &request);
            if let (Err(_), Some(store)) = (&restored, &mut context.persistence.store) {
                store.forget_observer(&name);
            }
            restored
        })?;
        if let Err(error) = restored {
            log::log(COAP_LOG_WARN, format_args!("{NAME}: {error}: {} observes no more", name.remote));
        }
    }
    Some(())
}

/// Has the handler for unknown paths run once more for each resource that it had made and that is not there.
fn make_resources(home: Home, kept: &[KeptResource]) -> Option<()> {
    for KeptResource { path, protocol, request } in kept {
        let known = home.enter(|context| context.node.engine.resources().find(path).is_some())?;
        let request = Pdu::decode_udp(request).ok().filter(|it| uri::compose_path(it).is_some());
        let Some(request) = request.filter(|_| !known) else { continue };
        let session = home.command(|context, now| context.node.engine.begin_replay(now, *protocol))?;
        let handled = deliver::replay(home, session, *protocol, request);
        let made = home.command(|context, now| {
            context.node.engine.end_replay(now, session);
            let made = context.node.engine.resources().find(path).is_some();
            if let (Some(store), true) = (&mut context.persistence.store, handled.is_some() && !made) {
                store.forget_resource(path);
            }
            made
        })?;
        if !made {
            let why = if handled.is_some() { "was not made again" } else { "has no handler that makes it" };
            let path = String::from_utf8_lossy(path);
            log::log(COAP_LOG_WARN, format_args!("{NAME}: resource '{path}' {why}"));
        }
    }
    Some(())
}

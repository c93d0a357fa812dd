//! What lives on over a restart: C's side of it. What changes is written to the context's files, if it has any
//! ([`Store`]), and told to the program's own functions.
pub(crate) mod startup;

use crate::{
    cell::upcall,
    context::Context,
    exposed::Text,
    home::Home,
    keys::{Key, Kind, Target},
    log, sockaddr,
    types::*,
    user_data::UserData,
};
use coap_net::persist::{Problem, Store};
use coap_proto::{
    Address,
    engine::{Engine, Event, ObserverId, ObserverName, ResourceId, SessionId, Tracked},
    wire::{Pdu, Protocol},
};
use std::{
    cell::RefCell,
    collections::HashMap,
    ptr,
    rc::Rc,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// What a context does so that its observers, resources and numbers live on.
#[derive(Default)]
pub(crate) struct Persistence {
    pub(crate) trackers: Trackers,
    pub(crate) store: Option<Store>,
    /// How many of the events that wait in the engine the store knows, from the first.
    noted: usize,
    /// C's keys of observers. No function takes one: they are names, for the program to store something under.
    subscriptions: HashMap<ObserverId, Key>,
}

/// The program's functions that are told what changes (`coap_persist_track_funcs`).
#[derive(Clone, Copy, Default)]
pub(crate) struct Trackers {
    pub(crate) observer_added: coap_observe_added_t,
    pub(crate) observer_deleted: coap_observe_deleted_t,
    pub(crate) number: coap_track_observe_value_t,
    pub(crate) resource_added: coap_dyn_resource_added_t,
    pub(crate) resource_deleted: coap_resource_deleted_t,
    pub(crate) data: UserData,
}

impl Persistence {
    /// From now on changes are written here, those included of which nobody has been told yet.
    pub(crate) fn keep(&mut self, store: Store) {
        (self.store, self.noted) = (Some(store), 0);
    }

    /// Writes what is to be kept of all that has happened: before anything is sent, as answers may go with it.
    #[inline]
    pub(crate) fn save(&mut self, engine: &Engine) {
        if let Some(store) = &mut self.store {
            self.noted = self.noted.min(engine.event_count());
            engine.events().skip(self.noted).for_each(|event| note(store, event));
            self.noted = engine.event_count();
            store.flush();
        }
    }

    /// These events have left the engine. Those that it made meanwhile are written, too, before they are told.
    #[inline]
    pub(crate) fn polled(&mut self, events: &[(Event, Option<SessionId>)]) {
        if let Some(store) = &mut self.store {
            events.iter().skip(self.noted).for_each(|(event, _)| note(store, event));
            self.noted = self.noted.saturating_sub(events.len());
            store.flush();
        }
    }

    /// What went wrong with the files since the last call.
    pub(crate) fn poll_problem(&mut self) -> Option<Problem> {
        self.store.as_mut()?.poll_problem()
    }

    /// Whether anybody has an interest in resources that requests make.
    pub(crate) fn wants_resources(&self) -> bool {
        self.trackers.resource_added.is_some() || self.store.as_ref().is_some_and(Store::keeps_resources)
    }

    /// Nothing is kept any more. The files are to be closed with the lock open.
    pub(crate) fn stop(&mut self) -> Option<Store> {
        self.trackers = Trackers::default();
        self.subscriptions.drain().for_each(|(_, key)| key.free());
        self.store.take()
    }
}

fn note(store: &mut Store, event: &Event) {
    if let Event::Tracked(change) = event {
        store.note(change);
    }
}

impl Context {
    /// C's key of an observer, made when it is first needed. The observer's end is to be told, or the key stays.
    pub(crate) fn subscription_key(&mut self, id: ObserverId) -> Option<Key> {
        if let Some(&key) = self.persistence.subscriptions.get(&id) {
            return Some(key);
        }
        let target = Target { kind: Kind::Subscription, cell: self.cell.index, id: id.slot() };
        let key = self.cell.keys.alloc(target)?;
        self.persistence.subscriptions.insert(id, key);
        Some(key)
    }
}

/// Something changed: the program is told, if it wants to be.
pub(crate) fn tell(home: Home, change: Tracked) -> Option<()> {
    match change {
        Tracked::ObserverAdded { observer, session, name, local, request } => {
            observer_added(home, observer, session, &name, &local, &request)
        }
        Tracked::ObserverRemoved { observer, session, .. } => observer_removed(home, observer, session),
        Tracked::Numbered { path, number } => {
            let (trackers, context) = trackers(home)?;
            let (handler, path) = (trackers.number?, Text::copied(&path));
            // SAFETY: the program registered this function for such calls; the text is its until the call ends.
            upcall(|| unsafe { handler(context.pointer(), path.pointer(), number, trackers.data.0) });
            Some(())
        }
        Tracked::ResourceRemoved { path } => {
            let (trackers, context) = trackers(home)?;
            let (handler, path) = (trackers.resource_deleted?, Text::copied(&path));
            // SAFETY: as above.
            upcall(|| unsafe { handler(context.pointer(), path.pointer(), trackers.data.0) });
            Some(())
        }
    }
}

fn trackers(home: Home) -> Option<(Trackers, Key)> {
    home.enter(|context| (context.persistence.trackers, context.key))
}

fn observer_added(
    home: Home,
    observer: ObserverId,
    session: SessionId,
    name: &ObserverName,
    local: &Address,
    request: &[u8],
) -> Option<()> {
    let (handler, data, key, session) = home.enter(|context| {
        let trackers = context.persistence.trackers;
        let handler = trackers.observer_added?;
        Some((handler, trackers.data, context.subscription_key(observer)?, context.session_key(session)?))
    })??;
    let mut listen = sockaddr::to_c(&name.listen);
    let mut addresses =
        coap_addr_tuple_t { remote: sockaddr::to_c(&name.remote), local: sockaddr::to_c(local) };
    let mut packet = coap_bin_const_t { length: request.len(), s: request.as_ptr() };
    // SAFETY: the program registered this function for such calls; what is pointed to lives until it returns.
    upcall(|| unsafe {
        handler(
            session.pointer(),
            key.pointer(),
            name.protocol as coap_proto_t,
            &raw mut listen,
            &raw mut addresses,
            &raw mut packet,
            ptr::null_mut(),
            data.0,
        )
    });
    Some(())
}

/// The key ends with the call.
fn observer_removed(home: Home, observer: ObserverId, session: SessionId) -> Option<()> {
    let (told, key) = home.enter(|context| {
        let trackers = context.persistence.trackers;
        // The program is also told of observers that were there before it wanted to know.
        let key = trackers.observer_deleted.and_then(|_| context.subscription_key(observer));
        let key = context.persistence.subscriptions.remove(&observer).or(key)?;
        let session = context.session_key(session);
        Some((trackers.observer_deleted.zip(session).map(|told| (told, trackers.data)), key))
    })??;
    if let Some(((handler, session), data)) = told {
        // SAFETY: the program registered this function for such calls.
        upcall(|| unsafe { handler(session.pointer(), key.pointer(), data.0) });
    }
    key.free();
    Some(())
}

/// A request for an unknown path whose handler runs on this thread: resources that it adds come back with it.
struct Making {
    context: Key,
    session: Key,
    protocol: Protocol,
    request: Vec<u8>,
}

thread_local!(static MAKING: RefCell<Option<Rc<Making>>> = const { RefCell::new(None) });
/// Whether any request ever was one of those: most programs never have one.
static EVER_MAKING: AtomicBool = AtomicBool::new(false);

/// While this lives, the handler of a request runs on this thread.
pub(crate) struct Handling {
    /// What the handler around this one makes; `None`: that was not looked at.
    outside: Option<Option<Rc<Making>>>,
}

impl Handling {
    /// `request` may make resources that are to come back; `None`: it may not.
    #[inline]
    pub(crate) fn begin(making: Option<(Key, Key, Protocol, &mut Pdu)>) -> Self {
        if making.is_none() && !EVER_MAKING.load(Relaxed) {
            return Self { outside: None };
        }
        Self { outside: Some(Self::replace(making)) }
    }

    #[cold]
    fn replace(making: Option<(Key, Key, Protocol, &mut Pdu)>) -> Option<Rc<Making>> {
        let making = making.map(|(context, session, protocol, request)| {
            Rc::new(Making { context, session, protocol, request: request.encode_udp().to_vec() })
        });
        EVER_MAKING.store(true, Relaxed);
        MAKING.replace(making)
    }
}

impl Drop for Handling {
    #[inline]
    fn drop(&mut self) {
        if let Some(outside) = self.outside.take() {
            MAKING.set(outside);
        }
    }
}

/// Whether resources that this resource's handler adds are to come back.
pub(crate) fn may_make_resources(context: &Context, called: ResourceId) -> bool {
    context.persistence.wants_resources() && context.node.engine.resources().unknown() == Some(called)
}

/// A resource was added to a context. Not under a lock.
pub(crate) fn resource_added(context: *mut coap_context_t, path: &[u8]) -> Option<()> {
    let making = MAKING.with_borrow(Clone::clone).filter(|making| making.context == Key::of(context))?;
    let (fits, trackers) = crate::home::on_context("coap_add_resource", context, |context| {
        let store = context.persistence.store.as_mut();
        let fits = store.is_none_or(|store| {
            let fits = store.add_resource(path, making.protocol, &making.request);
            store.flush();
            fits
        });
        Some((fits, context.persistence.trackers))
    })?;
    if !fits {
        let path = String::from_utf8_lossy(path);
        log::log(
            COAP_LOG_WARN,
            format_args!("coap_add_resource: '{path}' came with too much to be kept over a restart"),
        );
    }
    let (handler, path) = (trackers.resource_added?, Text::copied(path));
    let mut packet = coap_bin_const_t { length: making.request.len(), s: making.request.as_ptr() };
    // SAFETY: the program registered this function for such calls; what is pointed to lives until it returns.
    upcall(|| unsafe { handler(making.session.pointer(), path.pointer(), &raw mut packet, trackers.data.0) });
    Some(())
}

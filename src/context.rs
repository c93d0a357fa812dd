//! A context: a node of floor 4 and what C has to do with it.
use crate::{
    calls::Calls,
    cell::Cell,
    crew::Crew,
    debug,
    deliver::Leaving,
    exposed::{Graves, ShownAddress},
    keys::{Key, Kind, Target},
    log,
    net::Limits,
    parked::{AsyncFace, CacheEntryFace},
    persistence::Persistence,
    places::Places,
    prng,
    resource_face::{AttributeFace, ResourceFace},
    secure::{Security, SecurityFace},
    types::*,
    user_data::{AppData, Release},
};
use coap_net::Node;
use coap_proto::engine::{Config, EndpointId, Level, ResourceId, Session, SessionId};
use std::{
    sync::{
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    time::Instant,
};

static SERIAL: AtomicU64 = AtomicU64::new(1);

/// What the lock of a cell guards while a context lives in it.
pub(crate) struct Context {
    pub(crate) key: Key,
    /// Never used again: tells a context from later ones in the same cell.
    pub(crate) serial: u64,
    pub(crate) cell: &'static Cell,
    pub(crate) node: Node,
    pub(crate) handlers: Handlers,
    pub(crate) app_data: AppData,
    /// On its way to the program.
    pub(crate) leaving: Leaving,
    /// What the program is to be told as soon as the lock is open.
    pub(crate) releases: Vec<Release>,
    pub(crate) limits: Limits,
    pub(crate) calls: Calls,
    pub(crate) crew: Crew,
    pub(crate) persistence: Persistence,
    #[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "there is nothing in it"))]
    pub(crate) security: Security,
    /// Packets that were lost on purpose, for the log.
    pub(crate) lost: mpsc::Receiver<debug::Lost>,
    /// By the places of the engine's ids.
    pub(crate) sessions: Places<SessionFace>,
    pub(crate) endpoints: Places<EndpointFace>,
    pub(crate) resources: Places<ResourceFace>,
    pub(crate) attributes: Places<AttributeFace>,
    pub(crate) asyncs: Places<AsyncFace>,
    pub(crate) cache_entries: Places<CacheEntryFace>,
}

/// The program's functions that a context calls.
#[derive(Clone, Copy, Default)]
pub(crate) struct Handlers {
    pub(crate) response: coap_response_handler_t,
    pub(crate) proxy_response: coap_proxy_response_handler_t,
    pub(crate) nack: coap_nack_handler_t,
    pub(crate) ping: coap_ping_handler_t,
    pub(crate) pong: coap_pong_handler_t,
    pub(crate) event: coap_event_handler_t,
    pub(crate) create: coap_resource_dynamic_create_t,
    pub(crate) release_user_data: coap_resource_release_userdata_handler_t,
}

/// C's side of a session.
pub(crate) struct SessionFace {
    pub(crate) key: Key,
    pub(crate) id: SessionId,
    /// Its last event was delivered; calls that still use it keep it.
    pub(crate) ended: bool,
    pub(crate) app_data: AppData,
    pub(crate) local: ShownAddress,
    pub(crate) remote: ShownAddress,
    pub(crate) multicast: ShownAddress,
    pub(crate) security: SecurityFace,
}

// Each session has one that the program has seen, and there may be very many.
const _: () = assert!(size_of::<SessionFace>() <= 72);

impl SessionFace {
    fn end(mut self, graves: &Graves) -> Option<Release> {
        self.key.free();
        [&mut self.local, &mut self.remote, &mut self.multicast]
            .into_iter()
            .for_each(|shown| shown.hide(graves));
        self.security.hide(graves);
        self.app_data.end()
    }
}

/// C's side of an endpoint.
pub(crate) struct EndpointFace {
    pub(crate) key: Key,
    pub(crate) id: EndpointId,
    pub(crate) app_data: AppData,
}

impl EndpointFace {
    /// The end of the endpoint. What the program wants to be told about its data: not under the lock.
    pub(crate) fn end(self) -> Option<Release> {
        self.key.free();
        self.app_data.end()
    }
}

impl Context {
    /// Makes a context; `None`, logged, when the system has no more descriptors.
    pub(crate) fn create() -> Option<Key> {
        let seed = prng::seed().map_err(|error| error.to_string());
        let node = seed.and_then(|seed| {
            Node::new(Config::default(), Instant::now(), seed).map_err(|error| error.to_string())
        });
        let mut node = node
            .inspect_err(|error| log::log(COAP_LOG_ERR, format_args!("coap_new_context: {error}")))
            .ok()?;
        let (lose, lost) = mpsc::channel();
        node.set_filter(Some(Box::new(move |_| {
            debug::lose_packet().is_none_or(|packet| {
                let _ = lose.send(packet); // only the log has an interest in it
                false
            })
        })));
        let cell = Cell::idle()?;
        let Some(key) = cell.keys.alloc(Target { kind: Kind::Context, cell: cell.index, id: 0 }) else {
            cell.retire();
            return None;
        };
        let context = Box::new(Self {
            key,
            serial: SERIAL.fetch_add(1, Relaxed),
            cell,
            node,
            handlers: Handlers::default(),
            app_data: AppData::default(),
            leaving: Leaving::default(),
            releases: Vec::new(),
            limits: Limits::default(),
            calls: Calls::default(),
            crew: Crew::default(),
            persistence: Persistence::default(),
            security: Security::default(),
            lost,
            sessions: Places::default(),
            endpoints: Places::default(),
            resources: Places::default(),
            attributes: Places::default(),
            asyncs: Places::default(),
            cache_entries: Places::default(),
        });
        cell.enter(|mut state| state.context = Some(context));
        Some(key)
    }

    pub(crate) fn session(&self, id: SessionId) -> Option<&Session> {
        self.node.engine.session(id)
    }

    /// Sends what the engine has ready; what is to live on over a restart is written before.
    pub(crate) fn flush(&mut self, now: Instant) {
        self.persistence.save(&self.node.engine);
        self.node.flush(now);
    }

    /// As [`Context::flush`], after a turn of the node.
    pub(crate) fn turn(&mut self, now: Instant) {
        self.persistence.save(&self.node.engine);
        self.node.turn(now);
    }

    /// C's key of a session, made when it is first needed.
    pub(crate) fn session_key(&mut self, id: SessionId) -> Option<Key> {
        if let Some(face) = self.sessions.get(id.slot()).filter(|face| face.id == id) {
            return Some(face.key);
        }
        let release = self.end_session(id.slot());
        self.releases.extend(release);
        let target = Target { kind: Kind::Session, cell: self.cell.index, id: id.slot() };
        let key = self.cell.keys.alloc(target)?;
        let face = SessionFace {
            key,
            id,
            ended: false,
            app_data: AppData::default(),
            local: ShownAddress::default(),
            remote: ShownAddress::default(),
            multicast: ShownAddress::default(),
            security: SecurityFace::default(),
        };
        self.sessions.put(id.slot(), face);
        Some(key)
    }

    /// C's key of an endpoint that was just opened.
    pub(crate) fn add_endpoint(&mut self, id: EndpointId) -> Option<Key> {
        let key =
            self.cell.keys.alloc(Target { kind: Kind::Endpoint, cell: self.cell.index, id: id.slot() })?;
        self.endpoints.put(id.slot(), EndpointFace { key, id, app_data: AppData::default() });
        Some(key)
    }

    /// Takes back one pin; a session that was kept by it alone ends, as by [`Context::forget_session`].
    pub(crate) fn unpin(&mut self, id: SessionId) -> Option<Release> {
        self.node.engine.unpin(Instant::now(), id);
        self.settle_session(id)
    }

    /// A call has ended: if the session's last event was delivered meanwhile, the session goes now.
    pub(crate) fn settle_session(&mut self, id: SessionId) -> Option<Release> {
        let ended = self.sessions.get(id.slot()).is_some_and(|face| face.id == id && face.ended);
        if ended { self.forget_session(id) } else { None }
    }

    /// After the last event of a session: it goes, or with the last call that uses it. What the program wants to be
    /// told about its data comes back: not under the lock.
    pub(crate) fn forget_session(&mut self, id: SessionId) -> Option<Release> {
        if self.session(id).is_some_and(Session::is_at_work) && self.session_key(id).is_some() {
            if let Some(face) = self.sessions.get_mut(id.slot()) {
                face.ended = true;
            }
            return None;
        }
        let is_known = self.sessions.get(id.slot()).is_some_and(|face| face.id == id);
        let release = if is_known { self.end_session(id.slot()) } else { None };
        self.persistence.save(&self.node.engine);
        self.node.forget(id);
        release
    }

    /// Ends C's side of what session there is at a place.
    fn end_session(&mut self, place: u32) -> Option<Release> {
        self.sessions.take(place)?.end(&self.cell.graves)
    }

    /// Whether this is still the resource that the engine knows by this id.
    pub(crate) fn resource_face(&mut self, id: ResourceId) -> Option<&mut ResourceFace> {
        self.resources.get_mut(id.slot()).filter(|face| face.id == Some(id))
    }

    /// Takes a resource out. What the program wants to be told about it comes back: not under the lock.
    pub(crate) fn remove_resource(&mut self, id: ResourceId) -> Option<Option<Release>> {
        self.node.engine.remove_resource(Instant::now(), id)?;
        self.end_resource(id)
    }

    /// As [`Context::remove_resource`], for one that the engine has no more.
    pub(crate) fn end_resource(&mut self, id: ResourceId) -> Option<Option<Release>> {
        let face = self.resources.take(id.slot())?;
        let release = self.handlers.release_user_data.filter(|_| !face.user_data.0.is_null());
        let release = release.map(|handler| Release { handler, data: face.user_data });
        face.end(&mut self.attributes, &self.cell.graves);
        Some(release)
    }

    /// Ends all endpoints and sessions, whatever references the program has. Their events are to be delivered.
    pub(crate) fn close_all(&mut self, now: Instant) {
        self.releases.extend(self.endpoints.drain().filter_map(EndpointFace::end));
        self.node.engine.shut_down(now);
    }

    /// Ends C's side of everything that is left. What the program wants to be told about its data comes back.
    pub(crate) fn end(&mut self) -> Vec<Release> {
        self.key.free();
        let mut releases = std::mem::take(&mut self.releases);
        releases.extend(self.asyncs.drain().filter_map(AsyncFace::end));
        releases.extend(self.sessions.drain().filter_map(|face| face.end(&self.cell.graves)));
        releases.extend(self.endpoints.drain().filter_map(EndpointFace::end));
        releases.extend(std::mem::take(&mut self.app_data).end());
        let resources: Vec<_> = self.resources.drain().collect();
        resources.into_iter().for_each(|face| face.end(&mut self.attributes, &self.cell.graves));
        releases
    }

    /// Whether a timer is due, or something is left that the program has not been told.
    pub(crate) fn is_behind(&self, now: Instant) -> bool {
        let engine = &self.node.engine;
        let is_left = !self.releases.is_empty() || !self.leaving.events.is_empty();
        engine.has_events() || is_left || engine.poll_timeout().is_some_and(|at| at <= now)
    }

    /// Engines log what the program wants to see.
    pub(crate) fn follow_log_level(&mut self) {
        self.node.engine.set_log_level(match log::level() {
            COAP_LOG_EMERG => Level::Emerg,
            COAP_LOG_ALERT => Level::Alert,
            COAP_LOG_CRIT => Level::Crit,
            COAP_LOG_ERR => Level::Err,
            COAP_LOG_WARN => Level::Warn,
            COAP_LOG_NOTICE => Level::Notice,
            COAP_LOG_INFO => Level::Info,
            COAP_LOG_DEBUG => Level::Debug,
            _ => Level::Oscore,
        });
    }
}

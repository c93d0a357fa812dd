//! All servers that requests are forwarded to, found by name.
use super::forwards::{ForwardId, OfUpstream};
use super::{Server, UpstreamId};
use crate::arena::Arena;
use crate::engine::SessionId;
use crate::engine::list::{Links, List, Member};
use crate::engine::timer::Timers;
use crate::hash::Keyed;
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A server, and whose session to it is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct UpstreamName {
    pub(super) server: Server,
    /// The client that has the session for itself.
    pub(super) client: Option<SessionId>,
}

/// A server that requests are forwarded to.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) name: UpstreamName,
    /// The session to it; the engine has one reference.
    pub(super) session: Option<SessionId>,
    /// Requests that wait for the session.
    pub(super) waiting: VecDeque<ForwardId>,
    pub(super) idle_timeout: Option<Duration>,
    /// What is forwarded to it now.
    pub(super) forwards: List<OfUpstream>,
    /// It cannot be found by its name any more.
    disowned: bool,
    idle: Links,
}

/// Lists of servers: those that nothing is forwarded to now.
#[derive(Debug)]
enum Idle {}

impl Member<Idle> for Upstream {
    fn links(&self) -> &Links {
        &self.idle
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.idle
    }
}

impl Upstream {
    pub(super) fn new(name: UpstreamName, idle_timeout: Option<Duration>) -> Self {
        let (session, waiting, forwards, idle) = Default::default();
        Self { name, session, waiting, idle_timeout, forwards, disowned: false, idle }
    }
}

/// All servers that requests are forwarded to.
#[derive(Debug)]
pub(in crate::engine) struct Upstreams {
    arena: Arena<Upstream>,
    names: HashMap<UpstreamName, UpstreamId, Keyed>,
    /// To be connected, in the order in which they were first needed.
    wanted: VecDeque<UpstreamId>,
    /// Nothing is forwarded to them; the longest idle first.
    idle: List<Idle>,
    timers: Timers,
}

impl Upstreams {
    pub(in crate::engine) fn new(hasher: Keyed) -> Self {
        Self {
            arena: Arena::new(),
            names: HashMap::with_hasher(hasher),
            wanted: VecDeque::new(),
            idle: List::default(),
            timers: Timers::default(),
        }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        self.arena.len()
    }

    pub(super) fn get(&self, id: UpstreamId) -> Option<&Upstream> {
        self.arena.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: UpstreamId) -> Option<&mut Upstream> {
        self.arena.get_mut(id.0)
    }

    pub(super) fn find(&self, name: &UpstreamName) -> Option<UpstreamId> {
        self.names.get(name).copied()
    }

    /// Keeps a server that has no session yet: that is asked for.
    pub(super) fn insert(&mut self, upstream: Upstream) -> UpstreamId {
        let name = upstream.name.clone();
        let id = UpstreamId(self.arena.insert(upstream));
        self.names.insert(name, id);
        self.idle.push_back(&mut self.arena, id.0);
        self.wanted.push_back(id);
        id
    }

    /// The server that has to be connected next.
    pub(super) fn next_wanted(&mut self) -> Option<UpstreamId> {
        while let Some(id) = self.wanted.pop_front() {
            if self.arena.get(id.0).is_some() {
                return Some(id);
            }
        }
        None
    }

    /// A first request is about to be forwarded there.
    pub(super) fn begin_use(&mut self, id: UpstreamId) {
        if self.arena.get(id.0).is_some_and(|upstream| upstream.forwards.is_empty()) {
            self.idle.remove(&mut self.arena, id.0);
            self.timers.clear(id.0.slot());
        }
    }

    /// The last of the requests that were forwarded there has ended.
    pub(super) fn end_use(&mut self, id: UpstreamId, now: Instant) {
        let Some(upstream) = self.arena.get(id.0).filter(|upstream| upstream.forwards.is_empty()) else {
            return;
        };
        let until = upstream.idle_timeout.and_then(|timeout| now.checked_add(timeout));
        let until = if upstream.disowned { Some(now) } else { until };
        self.idle.push_back(&mut self.arena, id.0);
        if let Some(at) = until {
            self.timers.set(id.0.slot(), at);
        }
    }

    /// The name leads elsewhere from now on: the server goes as soon as nothing is forwarded to it.
    pub(super) fn disown(&mut self, id: UpstreamId, now: Instant) {
        let Some(upstream) = self.arena.get_mut(id.0) else { return };
        upstream.disowned = true;
        if self.names.get(&upstream.name) == Some(&id) {
            self.names.remove(&upstream.name);
        }
        if upstream.forwards.is_empty() {
            self.timers.set(id.0.slot(), now);
        }
    }

    pub(super) fn remove(&mut self, id: UpstreamId) -> Option<Upstream> {
        let upstream = self.arena.get(id.0)?;
        if self.names.get(&upstream.name) == Some(&id) {
            self.names.remove(&upstream.name);
        }
        if upstream.forwards.is_empty() {
            self.idle.remove(&mut self.arena, id.0);
        }
        self.timers.clear(id.0.slot());
        self.arena.remove(id.0)
    }

    /// The server that nothing has been forwarded to for longest.
    pub(super) fn longest_idle(&self) -> Option<UpstreamId> {
        self.idle.front().map(UpstreamId)
    }

    pub(in crate::engine) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The server that has been idle for long enough.
    pub(in crate::engine) fn pop_due(&mut self, now: Instant) -> Option<UpstreamId> {
        let slot = self.timers.pop_due(now)?;
        self.arena.contains_slot(slot).map(UpstreamId)
    }
}

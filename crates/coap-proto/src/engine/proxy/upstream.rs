//! Servers that requests are forwarded to: finding, connecting and leaving them.
use super::route::{Route, Server};
use super::upstreams::{Upstream, UpstreamName};
use crate::arena::Index;
use crate::block::BlockMode;
use crate::engine::log::log;
use crate::engine::proxy::forwards::Due;
use crate::engine::{Engine, SessionId};
use crate::wire::Code;
use std::time::Instant;
use thiserror::Error;

/// Names a server that requests are forwarded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UpstreamId(pub(super) Index);

/// A session that the engine wants: see [`Engine::poll_upstream`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// For the answer.
    pub upstream: UpstreamId,
    /// To whom.
    pub server: Server,
}

/// Why there is no session to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UpstreamError {
    /// It has no address, or cannot be reached: clients get 5.02.
    #[error("the server cannot be reached")]
    Unreachable,
    /// Requests are not forwarded there, to a group for instance: clients get 5.05.
    #[error("requests are not forwarded there")]
    Unsupported,
    /// There are too many names to look up: clients get 5.03.
    #[error("too busy to look for the server")]
    Busy,
}

impl UpstreamError {
    fn code(self) -> Code {
        match self {
            Self::Unreachable => Code::BAD_GATEWAY,
            Self::Unsupported => Code::PROXYING_NOT_SUPPORTED,
            Self::Busy => Code::SERVICE_UNAVAILABLE,
        }
    }
}

impl Engine {
    /// The next server to which requests are to be forwarded and no session exists. Find its address, open a
    /// session ([`Engine::connect`]), and say so by [`Engine::upstream_connected`]; or
    /// [`Engine::upstream_failed`]. That may take its time: requests wait meanwhile, each up to
    /// [`Config::proxy_timeout`](crate::engine::Config::proxy_timeout).
    pub fn poll_upstream(&mut self) -> Option<Wanted> {
        let upstream = self.upstreams.next_wanted()?;
        let server = self.upstreams.get(upstream)?.name.server.clone();
        Some(Wanted { upstream, server })
    }

    /// There is a session to a server now; requests that waited for it go out. Its reference is the engine's from now
    /// on. `false`: it is not wanted any more, release it.
    pub fn upstream_connected(&mut self, now: Instant, id: UpstreamId, session: SessionId) -> bool {
        self.advance_clock(now);
        let is_group = self.sessions.get(session).is_none_or(|session| session.rare.multicast.is_some());
        if is_group {
            self.upstream_failed(now, id, UpstreamError::Unsupported);
            return false;
        }
        let wanted = self.upstreams.get_mut(id).filter(|upstream| upstream.session.is_none());
        let (Some(upstream), Some(session_there)) = (wanted, self.sessions.get_mut(session)) else {
            return false;
        };
        upstream.session = Some(session);
        let waiting = std::mem::take(&mut upstream.waiting);
        session_there.rare.make_mut().upstream = Some(id);
        // Responses are passed on whole, whatever the application does with bodies of its own.
        session_there.block_mode =
            session_there.block_mode.with(BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY));
        log!(self, Debug, "***{}: session to forward requests", self.name(session));
        waiting.into_iter().for_each(|forward| self.send_onward(forward));
        true
    }

    /// There will be no session to a server: requests that wait for it are answered with an error.
    pub fn upstream_failed(&mut self, now: Instant, id: UpstreamId, error: UpstreamError) {
        self.advance_clock(now);
        let Some(upstream) = self.upstreams.get_mut(id).filter(|upstream| upstream.session.is_none()) else {
            return;
        };
        let waiting = std::mem::take(&mut upstream.waiting);
        log!(self, Info, "proxy: {error}");
        waiting.into_iter().for_each(|forward| self.forwards.make_due(forward, Due::Fail(error.code())));
        // The next request tries again.
        self.upstreams.disown(id, now);
    }

    /// The server that a request goes to. `None`: there are too many.
    pub(super) fn find_upstream(
        &mut self,
        client: SessionId,
        server: Server,
        route: &Route,
    ) -> Option<UpstreamId> {
        let name = UpstreamName { server, client: route.per_client.then_some(client) };
        if let Some(known) = self.upstreams.find(&name) {
            if let Some(upstream) = self.upstreams.get_mut(known) {
                upstream.idle_timeout = route.idle_timeout;
            }
            return Some(known);
        }
        while self.upstreams.len() >= self.config.max_upstreams.max(1) {
            let longest_idle = self.upstreams.longest_idle()?;
            self.leave_upstream(longest_idle);
        }
        let new = self.upstreams.insert(Upstream::new(name, route.idle_timeout));
        if let Some(client) = self.sessions.get_mut(client).filter(|_| route.per_client) {
            let own = &mut client.rare.make_mut().own_upstreams;
            own.retain(|known| self.upstreams.get(*known).is_some());
            own.push(new);
        }
        Some(new)
    }

    /// A client goes: so do the sessions that it had for itself.
    pub(in crate::engine) fn leave_own_upstreams(&mut self, client: SessionId) {
        let Some(own) = self.sessions.get_mut(client).and_then(|client| client.rare.own_mut()) else {
            return;
        };
        for upstream in std::mem::take(&mut own.own_upstreams) {
            self.upstreams.disown(upstream, self.now);
        }
    }

    /// Nobody needs the session to a server any more.
    pub(in crate::engine) fn leave_upstream(&mut self, id: UpstreamId) {
        let Some(session) = self.upstreams.remove(id).and_then(|upstream| upstream.session) else { return };
        if let Some(own) = self.sessions.get_mut(session).and_then(|session| session.rare.own_mut()) {
            own.upstream = None;
        }
        self.release(self.now, session);
    }

    /// The session to a server ends, or takes no more messages: what waits for it is answered with 5.02. The session is
    /// then to be settled.
    pub(in crate::engine) fn lose_upstream(&mut self, session: SessionId) {
        let own = self.sessions.get_mut(session).and_then(|session| session.rare.own_mut());
        let Some(id) = own.and_then(|own| own.upstream.take()) else { return };
        let Some(upstream) = self.upstreams.remove(id) else { return };
        for forward in self.forwards.listed(&upstream.forwards) {
            self.forwards.make_due(forward, Due::Fail(Code::BAD_GATEWAY));
        }
        if let Some(session) = self.sessions.get_mut(session) {
            session.refs = session.refs.saturating_sub(1);
        }
    }
}

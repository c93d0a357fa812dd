//! A request on its way to the server.
use super::forwards::{Client, Due, ForwardId, Forwarding};
use super::onward::{self, has_unknown_unsafe};
use super::route::can_forward;
use super::{Route, Server, UpstreamId};
use crate::block::{BlockMode, Body, LargeBody};
use crate::engine::blockwise::refuse;
use crate::engine::config::is_full;
use crate::engine::log::log;
use crate::engine::observe::is_registration;
use crate::engine::{Engine, ResourceId, SessionId, hop_limit};
use crate::wire::{Code, Pdu, option};
use std::hash::BuildHasher;
use std::time::Instant;

/// Requests that wait for one server's session.
const MAX_WAITING: usize = 64;

/// What became of a request that was to be forwarded.
#[derive(Debug)]
#[must_use]
pub enum Forwarded {
    /// It goes to the server. The response's code is empty; that to the client will come by itself.
    Sent,
    /// A response that was kept is filled in, with what of it does not fit into one message: to be handed over with it
    /// ([`Engine::finish_request_with_body`]).
    Answered(Option<LargeBody>),
    /// The response says why it cannot be forwarded.
    Refused,
}

/// A request that is to be forwarded.
pub(super) struct Job<'a> {
    pub(super) session: SessionId,
    pub(super) resource: Option<ResourceId>,
    pub(super) request: &'a Pdu,
    pub(super) route: &'a Route,
}

impl Engine {
    /// Forwards a request of a client, from its handler, which gives `response` back as it is then. `resource` is the
    /// handler's: with it, response bodies of any length are kept for the client.
    ///
    /// The response follows by itself, or, if `route` says so, by [`Engine::forward_response`]: the server's, or
    /// one that says why there is none: 5.02 if the server refuses it or cannot be reached, 5.04 if it does not
    /// answer.
    pub fn forward(
        &mut self,
        now: Instant,
        (session, resource): (SessionId, Option<ResourceId>),
        request: &Pdu,
        response: &mut Pdu,
        route: &Route,
    ) -> Forwarded {
        self.advance_clock(now);
        match self.try_forward(&Job { session, resource, request, route }, response) {
            Ok(forwarded) => forwarded,
            Err(code) => {
                log!(self, Debug, "{}: request not forwarded: {code}", self.name(session));
                refuse(response, code, "");
                Forwarded::Refused
            }
        }
    }

    fn try_forward(&mut self, job: &Job<'_>, response: &mut Pdu) -> Result<Forwarded, Code> {
        let Job { session, request, route, .. } = *job;
        let is_open = self.sessions.get(session).is_some_and(|session| session.is_open());
        if !is_open || !request.code().is_request() {
            return Err(Code::INTERNAL_ERROR);
        }
        let server = match route.server.as_ref().filter(|server| !server.host.is_empty()) {
            Some(server) => server.clone(),
            None => Server::asked_for(request)?.ok_or(Code::NOT_FOUND)?,
        };
        if !can_forward(server.scheme) {
            log!(self, Warn, "{} URI scheme not supported for proxy", server.scheme.name());
            return Err(Code::PROXYING_NOT_SUPPORTED);
        }
        let mut onward = self.onward(job, &server)?;
        let question = match self.ask_store(job, &server, &mut onward, response) {
            Ok(question) => question,
            Err(body) => return Ok(Forwarded::Answered(body)),
        };
        self.check_room(session, &onward)?;
        let known = self.forwards.of_client(session, request.token());
        let (upstream, token) = match known.and_then(|at| self.observing(at, request)) {
            // What it says of its observation is for the server that it observes.
            Some(observing) => observing,
            None => {
                let upstream = self.find_upstream(session, server, route).ok_or(Code::SERVICE_UNAVAILABLE)?;
                (upstream, self.new_onward_token())
            }
        };
        self.check_waiting(upstream)?;
        self.replace(known, &token);
        let mut new = self.new_forwarding(job, upstream, &token, onward).ok_or(Code::INTERNAL_ERROR)?;
        new.question = question;
        let at = self.keep_forwarding(session, new).ok_or(Code::INTERNAL_ERROR)?;
        match self.upstreams.get_mut(upstream) {
            Some(there) if there.session.is_none() => there.waiting.push_back(at),
            _ => self.send_onward(at),
        }
        Ok(Forwarded::Sent)
    }

    fn onward(&mut self, job: &Job<'_>, server: &Server) -> Result<Pdu, Code> {
        let Job { session, request, route, .. } = *job;
        if let Some(number) = has_unknown_unsafe(request, |number| self.known_options.contains(&number)) {
            log!(self, Debug, "unsafe option {number} is not known: not forwarded");
            return Err(Code::BAD_OPTION);
        }
        let joins = BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY);
        let joins = self.sessions.get(session).is_some_and(|session| session.block_mode.has(joins));
        let tags = request.options().filter(|option| option.number == option::REQUEST_TAG);
        let tags: Vec<_> = tags.map(|option| option.value).collect();
        let tag = self.hasher.hash_one((session, tags));
        let (strip, hop_limit) = (route.strip, self.config.initial_hop_limit);
        hop_limit::check_onward(request)?;
        onward::request(request, &onward::Terms { server, strip, joins, hop_limit, tag })
    }

    /// Server and token of the observation that a request goes on with, or ends.
    fn observing(&self, known: ForwardId, request: &Pdu) -> Option<(UpstreamId, Box<[u8]>)> {
        let forwarding = self.forwards.get(known).filter(|it| it.observes && it.outgoing.is_none())?;
        request.option(option::OBSERVE)?;
        self.upstreams.get(forwarding.upstream)?;
        Some((forwarding.upstream, forwarding.token.clone()))
    }

    /// Everybody has a share: one client must not use up what there is for all.
    fn check_room(&mut self, session: SessionId, onward: &Pdu) -> Result<(), Code> {
        let of_session = self.sessions.get(session).map_or(0, |session| session.rare.forwards.len());
        let config = &self.config;
        if is_full(of_session, config.max_forwards_per_session)
            || is_full(self.forwards.len(), config.max_forwards)
            || self.forwards.bytes() + onward.len() > config.forward_bytes
        {
            log!(self, Warn, "{}: too many requests are forwarded", self.name(session));
            return Err(Code::SERVICE_UNAVAILABLE);
        }
        Ok(())
    }

    fn check_waiting(&mut self, upstream: UpstreamId) -> Result<(), Code> {
        let upstream = self.upstreams.get_mut(upstream).ok_or(Code::INTERNAL_ERROR)?;
        if upstream.waiting.len() >= MAX_WAITING {
            // Those that were withdrawn take no place from others.
            upstream.waiting.retain(|waiting| self.forwards.get(*waiting).is_some());
        }
        if upstream.waiting.len() >= MAX_WAITING { Err(Code::SERVICE_UNAVAILABLE) } else { Ok(()) }
    }

    /// Unpredictable, whatever the session's own tokens are: a response can only come from who saw the request.
    fn new_onward_token(&mut self) -> Box<[u8]> {
        self.random.u64().to_be_bytes().into()
    }

    /// A client uses a token again: what it asked with it before is of no interest any more. With the same token at the
    /// server, that learns it from the new request.
    fn replace(&mut self, old: Option<ForwardId>, token: &[u8]) {
        let Some(old) = old else { return };
        let is_renewed = self.forwards.get(old).is_some_and(|it| *it.token == *token);
        self.part_client(old);
        if is_renewed {
            self.end_forwarding(old);
        } else {
            self.withdraw_forwarding(old);
        }
    }

    fn new_forwarding(
        &self,
        job: &Job<'_>,
        upstream: UpstreamId,
        token: &[u8],
        onward: Pdu,
    ) -> Option<Forwarding> {
        let Job { session: id, resource, request, route } = *job;
        let session = self.sessions.get(id)?;
        let block1 = session.rare.joined.filter(|(mid, _)| *mid == request.mid()).map(|(_, block)| block);
        let client = Client {
            session: id,
            path: session.path(),
            request: request.without_payload(),
            block1,
            resource,
        };
        let mut new = Forwarding::new(client, upstream, token, onward);
        new.observes = is_registration(request) && matches!(request.code(), Code::GET | Code::FETCH);
        (new.by_application, new.tag) = (route.by_application, route.tag);
        Some(new)
    }

    fn keep_forwarding(&mut self, session: SessionId, forwarding: Forwarding) -> Option<ForwardId> {
        let upstream = forwarding.upstream;
        let client = self.sessions.get_mut(session)?;
        self.upstreams.begin_use(upstream);
        let there = self.upstreams.get_mut(upstream)?;
        let client = client.rare.make_mut();
        client.forwards_owed += 1;
        let at = self.forwards.insert(&mut client.forwards, &mut there.forwards, forwarding);
        self.forwards.set_timer(at, self.now.checked_add(self.config.proxy_timeout));
        self.sessions.settle(session, self.now);
        Some(at)
    }

    /// Sends a request whose server has a session.
    pub(super) fn send_onward(&mut self, at: ForwardId) {
        if self.try_send_onward(at).is_none() && self.forwards.get(at).is_some() {
            self.forwards.make_due(at, Due::Fail(Code::BAD_GATEWAY));
        }
    }

    fn try_send_onward(&mut self, at: ForwardId) -> Option<()> {
        let forwarding = self.forwards.get_mut(at)?;
        let (mut pdu, upstream) = (forwarding.outgoing.take()?, forwarding.upstream);
        pdu.update_token(&forwarding.token).ok()?;
        let session = self.upstreams.get(upstream)?.session?;
        pdu.set_mid(self.new_mid(session)?);
        self.forwards.note_sent(at, session);
        let is_block = pdu.option(option::BLOCK1).is_some();
        if is_block || pdu.payload().is_empty() {
            return self.send(self.now, session, pdu).ok().map(|_| ());
        }
        let body = Body::own(pdu.payload().to_vec());
        pdu.clear_payload();
        pdu.set_max_size(self.sessions.get(session)?.max_pdu_size());
        let sent = match self.large_request(session, &mut pdu, body).ok()? {
            Some(body) => self.send_body(self.now, session, pdu, body),
            None => self.send(self.now, session, pdu),
        };
        sent.ok().map(|_| ())
    }
}

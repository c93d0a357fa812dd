//! Observing other nodes (RFC 7641 section 3).
use super::action::{DEREGISTER, REGISTER};
use super::registration::Arrival;
use crate::engine::log::log;
use crate::engine::session::Session;
use crate::engine::{Engine, Nack, NackReason, SessionId};
use crate::wire::{MessageType, Pdu, option};
use std::time::Instant;

impl Session {
    /// When the session ends, servers are not told that this node observes no more.
    pub fn keep_observations(&mut self) {
        self.rare.make_mut().keeps_observations = true;
    }
}

impl Engine {
    /// Ends the observation that the request with `token` began: the server is sent the same request with
    /// another Observe option (RFC 7641 section 3.6), as a message of type `kind`. Notifications that still
    /// come are rejected. Returns the message's ID; `None` if the session does not keep track of observations
    /// ([`Session::tracks_observations`]), if there is no such observation, or if the message cannot be sent. A
    /// body in blocks is sent once more, all of it.
    pub fn cancel_observe(
        &mut self,
        now: Instant,
        id: SessionId,
        token: &[u8],
        kind: MessageType,
    ) -> Option<u16> {
        self.advance_clock(now);
        if !matches!(kind, MessageType::Con | MessageType::Non) {
            return None;
        }
        let session = self.sessions.get(id)?;
        if session.rare.multicast.is_some() || !session.rare.registrations.is_accepted(token) {
            return None;
        }
        let registration = self.registration(id, token);
        let registrations = self.sessions.get_mut(id)?.rare.make_mut().registrations.make_mut();
        registrations.end(token);
        if let Some(registration) = registration.filter(|known| known != token) {
            registrations.end(&registration);
        }
        self.end_registration(id, token, kind)
    }

    /// As [`Engine::cancel_observe`], for the request with `token` that went to a group. Nothing is sent now, for the
    /// members that notify need not be all of the group: each is told by a Reset when it notifies next (RFC 7641
    /// section 3.6). `false` if the session is not one to a group, does not keep track of observations, or if no member
    /// has accepted to notify.
    pub fn cancel_group_observe(&mut self, id: SessionId, token: &[u8]) -> bool {
        let session = self.sessions.get_mut(id).filter(|session| session.rare.multicast.is_some());
        let registrations = session.and_then(|session| session.rare.own_mut()?.registrations.own_mut());
        let Some(accepted) = registrations.filter(|own| own.is_accepted(token)) else { return false };
        accepted.end(token);
        true
    }

    /// The application sends a request.
    pub(in crate::engine) fn note_request(&mut self, id: SessionId, request: &Pdu) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if !session.tracks_observations() {
            return;
        }
        let to_group = session.rare.multicast.is_some();
        let registrations = &mut session.rare.make_mut().registrations;
        match request.option(option::OBSERVE).map(|observe| observe.uint()) {
            Some(Some(REGISTER)) if to_group => registrations.make_mut().begin_of_group(request.token()),
            Some(Some(REGISTER)) => registrations.make_mut().begin(request.token()),
            Some(Some(DEREGISTER)) => registrations.make_mut().end(request.token()),
            _ => registrations.own_mut().into_iter().for_each(|own| own.forget(request.token())),
        }
    }

    /// A request was not sent, or will not be answered. If the server notifies all the same, because part of its answer
    /// came, it is to stop.
    pub(in crate::engine) fn request_failed(&mut self, id: SessionId, token: &[u8]) {
        let session = self.sessions.get_mut(id);
        let registrations = session.and_then(|session| session.rare.own_mut()?.registrations.own_mut());
        match registrations {
            Some(own) if own.is_accepted(token) => own.end(token),
            Some(own) => own.forget(token),
            None => {}
        }
    }

    /// A message will not be answered.
    pub(in crate::engine) fn note_failure(&mut self, nack: &Nack) {
        self.forwarded_failed(nack);
        let request = nack.sent.as_ref().filter(|sent| sent.code().is_request());
        if let Some(request) = request.filter(|_| nack.reason != NackReason::IcmpIssue) {
            self.request_failed(nack.session, request.token());
        }
    }

    /// A response came; `answers`: with the acknowledgement of its request. `false`: it is not for the
    /// application, and what had to be said to the peer was said.
    pub(in crate::engine) fn note_response(&mut self, id: SessionId, response: &Pdu, answers: bool) -> bool {
        let now = self.now;
        let observes_nothing = |session: &Session| session.rare.registrations.is_empty();
        if self.sessions.get(id).is_none_or(observes_nothing) {
            return true;
        }
        // Answers to blocks of a request say nothing about its observation, but for the last one.
        let Some(token) = self.answered_token(id, response) else { return true };
        let Some(session) = self.sessions.get_mut(id) else { return true };
        let is_success = response.code().class() == 2;
        let number = response.option(option::OBSERVE).filter(|_| is_success);
        let number = number.map(|number| number.uint().unwrap_or(u64::MAX));
        // Others of the group may notify all the same.
        let is_group = session.rare.multicast.is_some();
        if is_group && number.is_none() {
            return true;
        }
        // Streams keep the order, so the numbers say nothing (RFC 8323 section 7.1); members of a group have their own
        // each.
        let number = if session.stream.is_some() || is_group { number.map(|_| 0) } else { number };
        let (kind, mid) = (response.kind(), response.mid());
        let registrations = session.rare.own_mut().and_then(|own| own.registrations.own_mut());
        let arrival =
            registrations.map_or(Arrival::Wanted, |own| own.note_response(&token, number, answers, now));
        match arrival {
            Arrival::Wanted => return true,
            Arrival::Overtaken => {
                log!(self, Debug, "** {}: mid=0x{mid:04x}: a newer notification came before", self.name(id));
                if kind == MessageType::Con {
                    self.acknowledge(id, mid);
                }
            }
            Arrival::Stale => {
                log!(self, Debug, "** {}: mid=0x{mid:04x}: not observed any more", self.name(id));
                self.reject(id, kind, mid);
            }
        }
        false
    }

    /// A session is about to end: the servers that it observes need not find out by themselves.
    pub(in crate::engine) fn cancel_observations(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(id).filter(|session| session.is_open()) else { return };
        if session.rare.keeps_observations {
            return;
        }
        for token in session.rare.registrations.accepted_tokens() {
            // Nobody waits for an answer, so nothing would follow a first block.
            if self.ends_in_blocks(id, &token) {
                continue;
            }
            self.cancel_observe(self.now, id, &token, MessageType::Non);
        }
    }
}

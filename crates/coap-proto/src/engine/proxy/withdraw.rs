//! How forwarding ends but by a response: the client goes, the server does, or time.
use super::forwards::{Client, Due, ForwardId};
use crate::engine::exchange::Exchange;
use crate::engine::log::log;
use crate::engine::{Engine, Event, Nack, NackReason, SessionId};
use crate::wire::{Code, MessageType, Pdu, option};

/// Forwarded requests that are served before others get their turn.
const TURN: usize = 256;

impl Engine {
    /// Does what is to be done with requests that are forwarded.
    pub(in crate::engine) fn serve_forwards(&mut self) {
        for _ in 0..TURN {
            let Some((at, due)) = self.forwards.next_due() else { break };
            match due {
                Due::Notify => self.relay_held(at),
                Due::Withdraw => {
                    self.part_client(at);
                    self.withdraw_forwarding(at);
                }
                Due::Fail(code) => self.fail_forwarding(at, code),
            }
        }
        for _ in 0..TURN {
            let Some(at) = self.forwards.pop_due(self.now) else { break };
            self.forwarding_timed_out(at);
        }
        for _ in 0..TURN {
            let Some(upstream) = self.upstreams.pop_due(self.now) else { break };
            self.leave_upstream(upstream);
        }
    }

    /// All sessions are about to end: what the application knows of their requests is its own again.
    pub(in crate::engine) fn end_all_forwards(&mut self) {
        let tags = self.forwards.take_tags();
        self.events.extend(tags.into_iter().map(|tag| Event::ForwardEnded { tag }));
    }

    /// A client goes: nothing more is wanted for it.
    pub(in crate::engine) fn forget_forwards(&mut self, client: SessionId) {
        while let Some(at) =
            self.sessions.get(client).and_then(|session| self.forwards.first(&session.rare.forwards))
        {
            self.part_client(at);
            self.forwards.make_due(at, Due::Withdraw);
        }
    }

    /// A message to a client was rejected, or never acknowledged. If it was a notification, others are not wanted.
    pub(in crate::engine) fn forwarded_rejected(&mut self, exchange: &Exchange) {
        self.forwarded_mid_rejected(exchange.session, exchange.pdu.mid());
    }

    /// A Reset came for a message that is not kept. `true`: it was a notification that was forwarded.
    pub(in crate::engine) fn forwarded_mid_rejected(&mut self, client: SessionId, mid: u16) -> bool {
        let at = self.forwards.with_mid(client, mid);
        if let Some(at) = at {
            self.forwards.make_due(at, Due::Withdraw);
        }
        at.is_some()
    }

    /// A message to a client is on its way no more: a notification that waits for that can go.
    pub(in crate::engine) fn forwarded_settled(&mut self, exchange: &Exchange) {
        let at = self.forwards.with_mid(exchange.session, exchange.pdu.mid());
        let holds =
            |at: &ForwardId| self.forwards.get(*at).is_some_and(|forwarding| forwarding.held.is_some());
        if let Some(at) = at.filter(holds) {
            self.forwards.make_due(at, Due::Notify);
        }
    }

    /// A request that was forwarded will not be answered.
    pub(in crate::engine) fn forwarded_failed(&mut self, nack: &Nack) {
        let Some(sent) = nack.sent.as_ref().filter(|sent| sent.code().is_request()) else { return };
        let Some(at) = self.forwards.sent_with(nack.session, sent.token()) else { return };
        let code = match nack.reason {
            NackReason::TooManyRetries => Code::GATEWAY_TIMEOUT,
            _ => Code::BAD_GATEWAY,
        };
        self.forwards.make_due(at, Due::Fail(code));
    }

    /// The client of a request that is forwarded goes, or got its answer.
    pub(super) fn part_client(&mut self, at: ForwardId) -> Option<Client> {
        let session = self.forwards.get(at)?.client.as_ref()?.session;
        self.note_answered(at);
        let client = self.forwards.part(&mut self.sessions.get_mut(session)?.rare.make_mut().forwards, at);
        self.settle(session);
        client
    }

    /// A client has got a response, or gets none: it is owed nothing for that request any more.
    pub(super) fn note_answered(&mut self, at: ForwardId) {
        let Some(forwarding) = self.forwards.get_mut(at) else { return };
        let was_answered = std::mem::replace(&mut forwarding.is_answered, true);
        let Some(client) = forwarding.client.as_ref().filter(|_| !was_answered) else { return };
        let id = client.session;
        if let Some(own) = self.sessions.get_mut(id).and_then(|session| session.rare.own_mut()) {
            own.forwards_owed = own.forwards_owed.saturating_sub(1);
            self.encourage_stream(id);
        }
    }

    /// Forgets a request that has no client.
    pub(super) fn end_forwarding(&mut self, at: ForwardId) {
        let Some(id) = self.forwards.get(at).map(|forwarding| forwarding.upstream) else { return };
        let list = self.upstreams.get_mut(id).map(|upstream| &mut upstream.forwards);
        let tag = self.forwards.remove(list, at).map_or(0, |forwarding| forwarding.tag);
        if tag != 0 {
            self.events.push_back(Event::ForwardEnded { tag });
        }
        self.upstreams.end_use(id, self.now);
    }

    /// The client of a request is gone: the server need not go on with it. Observations are cancelled; until the server
    /// has acknowledged that, its token is taken.
    pub(super) fn withdraw_forwarding(&mut self, at: ForwardId) {
        let Some(forwarding) = self.forwards.get(at) else { return };
        let session = self.upstreams.get(forwarding.upstream).and_then(|upstream| upstream.session);
        let (token, was_sent, observes) =
            (forwarding.token.clone(), forwarding.outgoing.is_none(), forwarding.observes);
        let Some(session) = session.filter(|_| was_sent) else { return self.end_forwarding(at) };
        if !observes {
            self.cancel_token(session, &token);
            return self.end_forwarding(at);
        }
        // If the server has not accepted it yet, it is cancelled when it does.
        let lifetime = self.sessions.get(session).map(|session| session.parameters.exchange_lifetime());
        let is_cancelled = self.cancel_observe(self.now, session, &token, MessageType::Con).is_some();
        log!(self, Debug, "{}: observation not needed any more", self.name(session));
        if let Some(forwarding) = self.forwards.get_mut(at).filter(|_| is_cancelled) {
            forwarding.observes = false;
        }
        self.forwards.set_timer(at, lifetime.map(|lifetime| self.now + lifetime));
    }

    /// A response came whose client is gone.
    pub(super) fn absorb(&mut self, at: ForwardId, received: &Pdu) {
        let notifies = received.code().class() == 2 && received.option(option::OBSERVE).is_some();
        let observes = self.forwards.get(at).is_some_and(|forwarding| forwarding.observes);
        match (notifies, observes) {
            (true, true) => self.withdraw_forwarding(at),
            (true, false) => {}
            (false, _) => self.end_forwarding(at),
        }
    }

    fn fail_forwarding(&mut self, at: ForwardId, code: Code) {
        if let Some(client) = self.part_client(at) {
            self.give_error(&client, code);
        }
        if self
            .forwards
            .get(at)
            .is_some_and(|forwarding| forwarding.observes && code != Code::GATEWAY_TIMEOUT)
        {
            return self.withdraw_forwarding(at);
        }
        self.drop_request(at);
    }

    /// The server has not answered in time. It may be at work still on blocks; that ends by itself.
    fn forwarding_timed_out(&mut self, at: ForwardId) {
        let Some(forwarding) = self.forwards.get(at) else { return };
        let session = self.upstreams.get(forwarding.upstream).and_then(|upstream| upstream.session);
        if session.is_some_and(|session| self.is_transferring(session, &forwarding.token)) {
            return self.forwards.set_timer(at, self.now.checked_add(self.config.proxy_timeout));
        }
        let Some(client) = &forwarding.client else { return self.drop_request(at) };
        // Who does not want some responses perhaps got no other one (RFC 7967 section 2).
        let may_be_silent = client.request.option(option::NO_RESPONSE).is_some();
        if may_be_silent {
            self.part_client(at);
            return self.drop_request(at);
        }
        self.fail_forwarding(at, Code::GATEWAY_TIMEOUT);
    }

    fn drop_request(&mut self, at: ForwardId) {
        let Some(forwarding) = self.forwards.get(at) else { return };
        let session = self.upstreams.get(forwarding.upstream).and_then(|upstream| upstream.session);
        let token = forwarding.token.clone();
        self.end_forwarding(at);
        if let Some(session) = session {
            self.cancel_token(session, &token);
        }
    }
}

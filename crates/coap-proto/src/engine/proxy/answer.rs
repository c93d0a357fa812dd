//! A response on its way back to the client.
use super::forwards::{Client, Due, ForwardId};
use super::onward::{self, Parts, block_of, has_unknown_unsafe};
use crate::block::LargeBody;
use crate::engine::blockwise::refuse;
use crate::engine::log::log;
use crate::engine::observe::MAX_UNCONFIRMED;
use crate::engine::suppress::{Circumstances, is_wanted};
use crate::engine::{Engine, Origin, ResponseTicket, SessionId};
use crate::wire::{BlockValue, Code, MessageType, Pdu, PduError, option, uint};
use std::time::Instant;

/// Numbers of notifications have 24 bits (RFC 7641 section 3.4).
const LARGEST_NUMBER: u32 = (1 << 24) - 1;

/// What a response that is passed on answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relayed {
    /// The [`Route::tag`](super::Route::tag) of the request.
    pub tag: u64,
    /// No other response follows: the tag is the application's again.
    pub is_last: bool,
}

impl Engine {
    /// Passes a response on to the client whose request was sent on `session` with `token`: what came, or what the
    /// application has made of it. `None`: nothing was forwarded with that token.
    pub fn forward_response(
        &mut self,
        now: Instant,
        session: SessionId,
        token: &[u8],
        response: &Pdu,
    ) -> Option<Relayed> {
        self.advance_clock(now);
        let at = self.forwards.sent_with(session, token)?;
        let relayed = self.forwards.get_mut(at)?.give_tag(response);
        self.relay(at, response);
        Some(relayed)
    }

    /// Gives the tag of what a response answers back before it is passed on. `None`: it answers nothing that was
    /// forwarded for a client who is still there.
    pub fn take_forward_tag(&mut self, session: SessionId, response: &Pdu) -> Option<Relayed> {
        let at = self.forwards.sent_with(session, response.token())?;
        let forwarding = self.forwards.get_mut(at).filter(|forwarding| forwarding.client.is_some())?;
        Some(forwarding.give_tag(response))
    }

    /// A response came. `true`: it is not for the application.
    pub(in crate::engine) fn take_forwarded(&mut self, received: &Pdu, ticket: ResponseTicket) -> bool {
        let session = ticket.origin.session;
        let is_upstream = self.sessions.get(session).is_some_and(|session| session.rare.upstream.is_some());
        let at = if is_upstream { self.forwards.sent_with(session, received.token()) } else { None };
        let Some((at, forwarding)) = at.and_then(|at| Some((at, self.forwards.get(at)?))) else {
            return false;
        };
        match &forwarding.client {
            Some(_) if forwarding.by_application => return false,
            Some(_) => self.relay(at, received),
            None => self.absorb(at, received),
        }
        self.answer_response(ticket, true);
        true
    }

    /// Passes on a response, or holds it until the last notification is acknowledged.
    pub(super) fn relay(&mut self, at: ForwardId, received: &Pdu) {
        let Some(forwarding) = self.forwards.get(at) else { return };
        let Some(session) = forwarding.client.as_ref().map(|client| client.session) else { return };
        let is_waiting = forwarding.mid.is_some_and(|mid| self.exchange_with_mid(session, mid).is_some());
        let waits_for_stream = forwarding.goes_on_after(received) && !self.has_output_room(session);
        if waits_for_stream && forwarding.held.is_none() {
            self.hold_forward(session, at);
        }
        if !is_waiting && !waits_for_stream {
            return self.relay_now(at, received);
        }
        if self.forwards.bytes() + received.len() > self.config.forward_bytes {
            return self.forwards.make_due(at, Due::Fail(Code::SERVICE_UNAVAILABLE));
        }
        self.forwards.hold(at, received.clone());
    }

    /// A notification is out of the way: the one that is held may go.
    pub(super) fn relay_held(&mut self, at: ForwardId) {
        let held = self.forwards.get_mut(at).and_then(|forwarding| forwarding.held.take());
        if let Some(held) = held {
            self.relay(at, &held);
        }
    }

    fn relay_now(&mut self, at: ForwardId, received: &Pdu) {
        self.forwards.count_no_bytes(at);
        let Some(forwarding) = self.forwards.get_mut(at) else { return };
        let Some(client) = forwarding.client.clone() else { return };
        let goes_on = forwarding.goes_on_after(received);
        let mut kind = client.request.kind();
        if forwarding.unconfirmed >= MAX_UNCONFIRMED {
            kind = MessageType::Con;
        }
        forwarding.unconfirmed = if kind == MessageType::Con { 0 } else { forwarding.unconfirmed + 1 };
        let question = if goes_on { forwarding.question.clone() } else { forwarding.question.take() };
        let valid = question.and_then(|question| self.learn_from(&question, &client.request, received));
        let counted =
            if goes_on { self.count_notification_of(at, valid.as_ref().unwrap_or(received)) } else { None };
        let passed = counted.as_ref().or(valid.as_ref()).unwrap_or(received);
        if !goes_on {
            self.part_client(at);
            self.end_forwarding(at);
        }
        let mid = self.give_response(&client, kind, passed);
        if goes_on {
            self.note_answered(at);
            self.forwards.set_timer(at, None);
            match mid {
                Some(mid) => self.forwards.note_mid(at, mid),
                None => self.forwards.make_due(at, Due::Withdraw),
            }
        }
    }

    /// A notification that came over a stream, with a number of its own: that which it came with says nothing (RFC
    /// 8323 section 7.1). `None`: it came by datagrams.
    fn count_notification_of(&mut self, at: ForwardId, received: &Pdu) -> Option<Pdu> {
        let forwarding = self.forwards.get_mut(at)?;
        let session = self.sessions.get(forwarding.sent_on?)?;
        if !session.protocol.is_reliable() {
            return None;
        }
        forwarding.notified = (forwarding.notified + 1) & LARGEST_NUMBER;
        let mut counted = received.clone();
        counted.set_max_size(0);
        counted.update_option(option::OBSERVE, &uint::encode(forwarding.notified.into())).ok()?;
        Some(counted)
    }

    /// Sends a client what the server has answered. Returns the message ID.
    fn give_response(&mut self, client: &Client, kind: MessageType, received: &Pdu) -> Option<u16> {
        let unknown = has_unknown_unsafe(received, |number| self.known_options.contains(&number));
        if let Some(number) = unknown {
            log!(self, Debug, "unsafe option {number} is not known: response not forwarded");
            return self.give_error(client, Code::BAD_GATEWAY);
        }
        let Some((response, body)) = self.response_for(client, kind, received) else {
            return self.give_error(client, Code::BAD_GATEWAY);
        };
        self.give(client, response, body)
    }

    fn response_for(
        &mut self,
        client: &Client,
        kind: MessageType,
        received: &Pdu,
    ) -> Option<(Pdu, Option<LargeBody>)> {
        let room = self.sessions.get(client.session)?.max_pdu_size();
        let is_block = block_of(received, option::BLOCK2).is_some_and(|block| block.more || block.num > 0);
        let parts = Parts { is_block, of_block: client.request.option(option::BLOCK1).is_some() };
        let mut response = onward::response(received, kind, parts, room).ok()?;
        response.update_token(client.request.token()).ok()?;
        if let Some(block) = client.block1.filter(|_| received.code().class() == 2) {
            let last = BlockValue { more: false, ..block };
            response.update_option(option::BLOCK1, &last.encode()).ok()?;
        }
        if received.code().class() != 2 {
            set_diagnostic(&mut response, received.payload()).ok()?;
            return Some((response, None));
        }
        if is_block {
            response.set_payload(received.payload()).ok()?;
            return Some((response, None));
        }
        let place = (client.session, client.resource);
        let body = self.give_body(place, &client.request, &mut response, received.payload()).ok()?;
        Some((response, body))
    }

    /// Tells a client why there is no response.
    pub(super) fn give_error(&mut self, client: &Client, code: Code) -> Option<u16> {
        let mut response = Pdu::new(client.request.kind(), Code::EMPTY, 0, 0);
        response.update_token(client.request.token()).ok()?;
        refuse(&mut response, code, "");
        self.give(client, response, None)
    }

    fn give(&mut self, client: &Client, mut response: Pdu, body: Option<LargeBody>) -> Option<u16> {
        let Client { session, path, request, resource, .. } = client;
        self.recall(&Origin { session: *session, path: *path, reply: None });
        let flags = resource.and_then(|id| self.resources.get(id)).map(|resource| resource.flags);
        let (to_group, per_resource) = (path.is_to_group(), self.config.mcast_per_resource);
        response.set_mid(self.new_mid(*session)?);
        if !is_wanted(request, &mut response, Circumstances { to_group, flags, per_resource }) {
            log!(self, Debug, "   {}: mid=0x{:04x}: response dropped", self.name(*session), response.mid());
            return None;
        }
        let sent = match body {
            Some(body) => self.send_first_block(*session, response, body, Ok(())),
            None => self.submit(*session, response),
        };
        if let Err(reason) = &sent {
            log!(self, Debug, "response not forwarded: {reason}");
        }
        sent.ok()
    }
}

/// An error's text is cut rather than the error lost.
fn set_diagnostic(response: &mut Pdu, payload: &[u8]) -> Result<(), PduError> {
    let room = match response.max_size() {
        0 => payload.len(),
        limit => limit.saturating_sub(response.len() + 1),
    };
    response.set_payload(&payload[..payload.len().min(room)])
}

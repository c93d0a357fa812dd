//! Requests of this node that observe (RFC 7641) and take more than one message. A server knows the observation by
//! the token of the last of them, the application by that of the first.
use super::client::Client;
use super::store::TransferId;
use crate::block::announced_size;
use crate::engine::observe::{is_deregistration, is_registration};
use crate::engine::{Engine, SessionId};
use crate::wire::{MessageType, Pdu, option};

impl Engine {
    /// The body of a request that observes is needed again when that ends. Where that is too much, the server
    /// finds out by a Reset instead (RFC 7641 section 3.6).
    pub(super) fn keep_observed(&mut self, id: SessionId, at: TransferId, request: &Pdu) {
        let length = announced_size(request, option::SIZE1).unwrap_or(0);
        if is_registration(request)
            && self.make_room(id, length, Some(at))
            && let Some(client) = self.transfers.client_mut(at)
        {
            client.keep_observed();
            self.transfers.touch(&mut self.sessions, at);
        }
    }

    /// The token by which the server knows an observation that the application's request ends, if that is not the
    /// application's own.
    pub(super) fn registration_ended_by(&self, id: SessionId, request: &Pdu) -> Option<Vec<u8>> {
        let known = self.registration(id, request.token()).filter(|_| is_deregistration(request))?;
        (known != request.token()).then_some(known)
    }

    /// A request ends an observation that the server knows by another token.
    pub(super) fn end_as(&mut self, id: SessionId, at: TransferId, request: &mut Pdu, registration: &[u8]) {
        let Some(client) = self.transfers.client_mut(at) else { return };
        client.set_registration(registration);
        if client.upload.is_none() {
            // It came in a message of this very session.
            let _ = request.update_token(registration);
        }
        self.transfers.add_token(at, registration);
        if let Some(session) = self.sessions.get_mut(id) {
            session.rare.make_mut().registrations.make_mut().end(registration);
        }
    }

    /// The token by which the server knows the observation of a request.
    pub(in crate::engine) fn registration(&self, id: SessionId, token: &[u8]) -> Option<Vec<u8>> {
        let client = self.transfers.client(self.transfers.with_token(&self.sessions, id, token)?)?;
        Some(client.registration().to_vec())
    }

    /// Whether ending the observation of a request takes several messages.
    pub(in crate::engine) fn ends_in_blocks(&self, id: SessionId, token: &[u8]) -> bool {
        let at = self.transfers.with_token(&self.sessions, id, token);
        at.and_then(|at| self.transfers.client(at)).is_some_and(|client| client.in_blocks)
    }

    /// A request is to observe no more: it is sent once more with another Observe option, in messages of type
    /// `kind`. Returns the ID of the first one. `None`: it does not observe, is not kept in whole, or cannot be
    /// sent; then it is forgotten.
    pub(in crate::engine) fn end_registration(
        &mut self,
        id: SessionId,
        token: &[u8],
        kind: MessageType,
    ) -> Option<u16> {
        let at = self.transfers.with_token(&self.sessions, id, token)?;
        let client = self.transfers.client_mut(at)?;
        if !client.can_end_observation() {
            self.abandon_request(id, token);
            return None;
        }
        client.end_observation(kind);
        let message = self.new_message(at, |client, blank| client.first_request(blank));
        self.transfers.touch(&mut self.sessions, at);
        let sent = message.and_then(|(session, pdu)| self.submit(session, pdu).ok());
        match sent {
            Some(_) => self.wait_for_answer(id, at, kind == MessageType::Non),
            None => self.abandon_request(id, token),
        }
        sent
    }

    /// The body of a notification cannot be had: the state is asked for anew. `false`: it cannot.
    pub(super) fn ask_state_anew(&mut self, at: TransferId) -> bool {
        let can_renew = self.transfers.client_mut(at).is_some_and(Client::renew);
        if can_renew {
            let message = self.new_message(at, |client, blank| client.first_request(blank));
            self.send_message(at, message);
        }
        can_renew
    }

    /// A request has failed: what the server still sends because it observes is not wanted.
    pub(super) fn reject_notifications(&mut self, at: TransferId) {
        let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) else { return };
        let observing = self.transfers.client(at).filter(|client| client.observing);
        if let Some(registration) = observing.map(|client| client.registration().to_vec())
            && let Some(session) = self.sessions.get_mut(session)
        {
            session.rare.make_mut().registrations.make_mut().end(&registration);
        }
    }
}

//! Transfers whose time is over.
use super::client::Client;
use super::store::{Kind, TransferId};
use crate::block::{Intake, Offer};
use crate::engine::exchange::Role;
use crate::engine::{Engine, Nack, NackReason, SessionEvent, SessionId};
use crate::wire::{Code, MessageType, Pdu};

impl Engine {
    /// The time of a transfer has come.
    pub(in crate::engine) fn serve_transfer(&mut self, at: TransferId) {
        match self.transfers.get(at).map(|transfer| &transfer.kind) {
            Some(Kind::Client(client)) if client.quick_upload.is_some() => {
                return self.serve_quick_upload(at);
            }
            Some(Kind::Client(_)) => return self.serve_client(at),
            Some(Kind::QuickIntake(..)) => return self.serve_quick_intake(at),
            Some(Kind::QuickOffer(..)) => return self.serve_quick_offer(at),
            _ => {}
        }
        let Some(transfer) = self.transfers.remove(&mut self.sessions, at) else { return };
        let session = transfer.session;
        match transfer.kind {
            Kind::Intake(_, intake) => self.give_up_intake(session, &intake),
            Kind::Offer(_, offer) => self.give_up_offer(session, offer),
            _ => {}
        }
    }

    /// The session ends: what its transfers hold is released.
    pub(in crate::engine) fn abandon_transfers(&mut self, id: SessionId, reason: NackReason) {
        let is_stream = self.is_of_stream(id);
        while let Some(at) = self.sessions.get(id).and_then(|session| session.rare.transfers.first()) {
            let is_under_way = self.transfers.client(at).is_some_and(|client| client.is_under_way());
            if is_under_way {
                self.fail(at, reason);
            } else if is_stream && self.transfers.client(at).is_some_and(Client::is_unanswered) {
                self.lose_request(id, at, reason);
            } else if let Some(body) = self.end_client(at) {
                self.release_body(id, body);
            }
        }
    }

    /// A request was sent on a stream, which took it for good, and will not be answered.
    pub(in crate::engine) fn lose_request(&mut self, session: SessionId, at: TransferId, reason: NackReason) {
        let Some(sent) = self.transfers.client(at).map(|client| client.request().clone()) else { return };
        let mid = sent.mid();
        if let Some(body) = self.end_client(at) {
            self.release_body(session, body);
        }
        self.tell_nack(Nack { session, sent: Some(sent), reason, mid });
    }

    /// Who sent the last block is told that others are missing (RFC 7959 section 2.9.2).
    fn give_up_intake(&mut self, session: SessionId, intake: &Intake) {
        self.tell(session, SessionEvent::PartialBlock);
        let Some(token) = intake.last_token() else { return };
        let Some(mid) = self.new_mid(session) else { return };
        let mut response = Pdu::new(MessageType::Non, Code::INCOMPLETE, mid, 0);
        if response.set_token(token).is_ok() && response.set_payload(b"Missing interim block").is_ok() {
            self.send_quietly(session, response);
        }
    }

    fn give_up_offer(&mut self, session: SessionId, offer: Offer) {
        let is_complete = offer.is_complete();
        self.release_offered(session, Some(offer.into_body()), is_complete);
    }

    /// A message that is not confirmable is sent again, unless nothing can tell whether that would do harm:
    /// the server may have acted upon the last block of a body.
    fn serve_client(&mut self, at: TransferId) {
        let Some(session) = self.transfers.get(at).map(|transfer| transfer.session) else { return };
        let (parameters, is_stream) = (self.parameters(session), self.is_of_stream(session));
        let Some(client) = self.transfers.client(at) else { return };
        let waits = |role: &Role| self.exchange_with_token(session, client.token(), *role).is_some();
        if Role::ALL.iter().any(waits) {
            // Not sent yet, or not acknowledged: that ends by itself.
            return self.transfers.set_timer(at, self.now + parameters.max_transmit_wait());
        }
        let Some(client) = self.transfers.client_mut(at) else { return };
        // Streams lose nothing.
        let is_non = client.is_non_confirmable() && !is_stream;
        let may_retry = is_non && client.retries() < parameters.non_max_retransmit;
        let all_sent = client.upload.as_ref().map(|upload| !upload.block().more);
        match all_sent {
            Some(false) if may_retry => {
                client.retry();
                self.send_upload(at);
            }
            Some(false) => self.fail(at, NackReason::TooManyRetries),
            Some(true) => {
                // A response may still come; the body is not needed for it.
                if let Some(upload) = client.upload.take() {
                    self.release_body(session, upload.into_body());
                    self.tell(session, SessionEvent::XmitBlockFail);
                }
                self.transfers.set_timer(at, self.now + parameters.exchange_lifetime());
            }
            None if client.done || client.is_fresh() => {
                let token = client.app_token().to_vec();
                let is_unanswered = !client.done;
                self.end_client(at);
                if is_unanswered {
                    self.request_failed(session, &token);
                }
            }
            None if client.download.is_fresh() => self.ask_again(at, session),
            None if may_retry => {
                client.retry();
                self.send_download(at, MessageType::Non);
            }
            None if self.give_up_notification(at) => {}
            None => self.fail(at, NackReason::TooManyRetries),
        }
    }
}

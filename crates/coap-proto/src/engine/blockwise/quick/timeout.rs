//! Transfers whose blocks do not wait for each other, and whose time has come.
use crate::block::quick::QuickUpload;
use crate::engine::blockwise::store::{Kind, TransferId};
use crate::engine::{Engine, SessionEvent};
use crate::wire::{Code, MessageType, Pdu};

impl Engine {
    /// The pause after a set is over, or its receiver will not ask for more of the body.
    pub(in crate::engine::blockwise) fn serve_quick_offer(&mut self, at: TransferId) {
        let Some(transfer) = self.transfers.get_mut(at) else { return };
        let is_busy = !transfer.in_flight.is_empty();
        let Kind::QuickOffer(_, offer) = &mut transfer.kind else { return };
        if is_busy || !offer.all_sent() {
            offer.pace().go_on();
            return self.push(at);
        }
        if let Some((session, body)) = self.end_offer(at) {
            self.release_body(session, body);
        }
    }

    /// Nothing has come of a request's body for too long: the client is told what is missing, or it is given up.
    pub(in crate::engine::blockwise) fn serve_quick_intake(&mut self, at: TransferId) {
        let Some(transfer) = self.transfers.get_mut(at) else { return };
        let session = transfer.session;
        let limit = self.sessions.get(session).map_or(0, |session| session.parameters.non_max_retransmit);
        let Kind::QuickIntake(_, intake) = &mut transfer.kind else { return };
        if intake.is_confirmable() || !intake.retry(limit) {
            return self.give_up_quick_intake(at);
        }
        self.wait_for_request_payloads(at);
        let Some(mid) = self.new_mid(session) else { return };
        let size = self.sessions.get(session).map_or(0, |session| session.max_pdu_size());
        let mut response = Pdu::new(MessageType::Non, Code::INCOMPLETE, mid, size);
        if let Some(Kind::QuickIntake(_, intake)) = self.transfers.get(at).map(|it| &it.kind)
            && intake.ask(&mut response, true).is_ok()
        {
            self.send_quietly(session, response);
            self.attach(at, session, mid);
        }
    }

    /// The rest of a request's body will not come.
    pub(in crate::engine::blockwise) fn give_up_quick_intake(&mut self, at: TransferId) {
        if let Some(transfer) = self.transfers.remove(&mut self.sessions, at) {
            self.tell(transfer.session, SessionEvent::PartialBlock);
        }
    }

    /// The pause after a set is over, or the server is silent although it should have all of a request's body.
    pub(in crate::engine::blockwise) fn serve_quick_upload(&mut self, at: TransferId) {
        let Some(transfer) = self.transfers.get_mut(at) else { return };
        let (session, is_busy) = (transfer.session, !transfer.in_flight.is_empty());
        let Some(client) = self.transfers.client_mut(at) else { return };
        let Some(upload) = &mut client.quick_upload else { return };
        if is_busy || !upload.all_sent() {
            upload.pace().go_on();
            return self.push(at);
        }
        // A response may still come; the body is not needed for it.
        let body = client.quick_upload.take().map(QuickUpload::into_body);
        if let Some(body) = body {
            self.release_body(session, body);
            self.tell(session, SessionEvent::XmitBlockFail);
        }
        let wait = self.parameters(session).exchange_lifetime();
        self.transfers.set_timer(at, self.now + wait);
    }
}

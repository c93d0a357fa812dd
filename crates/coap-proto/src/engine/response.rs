//! Responses to this node's requests (RFC 7252 section 5.3.2).
use super::blockwise::later_payload;
use super::exchange::Role;
use super::log::log;
use super::replies::ReplyId;
use super::{Engine, Origin, ResponseTicket, SessionId};
use crate::wire::{MessageType, Pdu};
use std::time::Instant;

impl Engine {
    /// The application has looked at a response. One that it could do nothing with is rejected; a confirmable
    /// one that it accepted is acknowledged (RFC 7252 section 4.2).
    pub fn finish_response(&mut self, now: Instant, ticket: ResponseTicket, accepted: bool) {
        self.advance_clock(now);
        self.answer_response(ticket, accepted);
        self.let_go(ticket.origin.session);
    }

    /// Acknowledges or rejects a response.
    pub(super) fn answer_response(&mut self, ticket: ResponseTicket, accepted: bool) {
        let ResponseTicket { origin, kind, mid } = ticket;
        self.recall(&origin);
        let answer = match kind {
            MessageType::Con if accepted => Some(MessageType::Ack),
            MessageType::Con | MessageType::Non if !accepted => Some(MessageType::Rst),
            _ => None,
        };
        if let Some(answer) = answer {
            self.remember_answer(origin.reply, &Pdu::empty_datagram(answer, mid));
            self.send_empty_quietly(origin.session, answer, mid);
        }
    }

    /// Makes the session show the addresses that a message came with, for a handler that looks at them.
    pub fn recall(&mut self, origin: &Origin) {
        let Some(session) = self.sessions.get_mut(origin.session) else { return };
        if session.endpoint.is_some() {
            session.arrive_by(&origin.path);
        } else if session.rare.multicast.is_some() {
            (session.local, session.remote) = (origin.path.local, origin.path.remote);
        }
    }

    /// A response that came by itself, not with the acknowledgement.
    pub(super) fn handle_separate_response(&mut self, id: SessionId, pdu: Pdu) {
        if !self.sessions.get(id).is_some_and(|session| session.requested) {
            log!(self, Debug, "response to nobody: mid=0x{:04x}", pdu.mid());
            if pdu.kind() == MessageType::Con {
                self.reject(id, pdu.kind(), pdu.mid());
            }
            return;
        }
        if self.takes_late_q_block_answer(id, &pdu) {
            self.finish_exchanges(id, pdu.token(), &[Role::Asking]);
            if pdu.kind() == MessageType::Con {
                self.acknowledge(id, pdu.mid());
            }
            return;
        }
        self.await_more(id, &pdu);
        if !self.note_response(id, &pdu, false) {
            return;
        }
        // The acknowledgement may have been lost: the request need not be repeated. It bears the first block of a
        // body, if there are others that do not wait for it.
        let is_first = later_payload(&pdu).is_none_or(|block| block.num == 0);
        if is_first && self.finish_exchanges(id, pdu.token(), &[Role::Asking]) > 0 {
            self.note_answer(id, pdu.token());
        }
        if self.answers_question_late(id, &pdu) {
            if self.awaits_token_check(id) {
                self.learn_from_response(id, &pdu);
            }
            if pdu.kind() == MessageType::Con {
                self.acknowledge(id, pdu.mid());
            }
            return;
        }
        self.deliver_response(id, None, pdu);
    }

    /// Where a message comes from that is being worked on.
    pub(super) fn origin(&self, id: SessionId) -> Option<Origin> {
        let session = self.sessions.get(id)?;
        Some(Origin { session: id, path: session.path(), reply: None })
    }

    /// The same for a new message, whose duplicates will be known by `digest` from now on.
    pub(super) fn begin(&mut self, id: SessionId, kind: MessageType, digest: u64) -> Option<Origin> {
        let session = self.sessions.get(id)?;
        let lifetime = match kind {
            // Streams duplicate nothing.
            _ if session.stream.is_some() => return self.origin(id),
            MessageType::Con => session.parameters.exchange_lifetime(),
            _ => session.parameters.non_lifetime(),
        };
        let (path, limit) = (session.path(), self.config.reply_cache_bytes);
        let reply = self.replies.note(&mut self.sessions, (id, digest), lifetime, limit);
        Some(Origin { session: id, path, reply })
    }

    /// The application gets a message; its session is kept meanwhile.
    pub(super) fn hand_out(&mut self, id: SessionId) {
        self.sessions.hand_out(id);
    }

    /// The application has finished with a message.
    pub(super) fn let_go(&mut self, id: SessionId) {
        if !self.sessions.take_back(id, self.now) {
            self.encourage_stream(id);
            self.settle(id);
        }
    }

    /// Duplicates of a message will be answered so.
    pub(super) fn remember_answer(&mut self, reply: Option<ReplyId>, datagram: &[u8]) {
        if let Some(reply) = reply {
            let limit = self.config.reply_cache_bytes;
            self.replies.answered(&mut self.sessions, reply, datagram, limit);
        }
    }
}

//! Responses to this node's requests (RFC 7252 section 5.3.2).
use super::log::log;
use super::{Engine, Event, ResponseEvent, SessionId};
use crate::wire::{Code, MessageType, Pdu};
use std::time::Instant;

impl Engine {
    /// The application has looked at a response. One that it could do nothing with is rejected; a confirmable one
    /// that it accepted is acknowledged (RFC 7252 section 4.2).
    pub fn finish_response(&mut self, now: Instant, id: SessionId, received: &Pdu, accepted: bool) {
        self.advance_clock(now);
        let kind = match (received.kind(), accepted) {
            (MessageType::Con, true) => MessageType::Ack,
            (MessageType::Con | MessageType::Non, false) => MessageType::Rst,
            (MessageType::Non | MessageType::Ack | MessageType::Rst, _) => return,
        };
        let mut answer = Pdu::new(kind, Code::EMPTY, received.mid(), 0);
        let digest = self.digest(id, received);
        self.remember_answer((id, digest), answer.encode_udp().to_vec());
        self.send_quietly(id, answer);
    }

    /// A response that came by itself, not with the acknowledgement.
    pub(super) fn handle_separate_response(&mut self, id: SessionId, pdu: Pdu, digest: u64) {
        if !self.sessions.get(id).is_some_and(|session| session.requested) {
            log!(self, Debug, "response to nobody: mid=0x{:04x}", pdu.mid());
            if pdu.kind() == MessageType::Con {
                self.reject(id, pdu.kind(), pdu.mid());
            }
            return;
        }
        // The acknowledgement may have been lost: the request need not be repeated.
        self.cancel_token(id, pdu.token());
        if self.answers_question_late(id, &pdu) {
            if pdu.kind() == MessageType::Con {
                self.acknowledge(id, pdu.mid());
            }
            return;
        }
        self.remember(id, &pdu, digest);
        self.deliver_response(id, None, pdu);
    }

    pub(super) fn deliver_response(&mut self, session: SessionId, sent: Option<Pdu>, received: Pdu) {
        self.events.push_back(Event::Response(Box::new(ResponseEvent { session, sent, received })));
    }

    /// Duplicates of a message will be known.
    pub(super) fn remember(&mut self, id: SessionId, pdu: &Pdu, digest: u64) {
        let Some(session) = self.sessions.get(id) else { return };
        let lifetime = match pdu.kind() {
            MessageType::Con => session.parameters.exchange_lifetime(),
            _ => session.parameters.non_lifetime(),
        };
        let (times, limit) = ((self.now, self.now + lifetime), self.config.reply_cache_bytes);
        self.replies.note(&mut self.sessions, (id, digest), times, limit);
    }

    /// Duplicates of a message will be answered so.
    pub(super) fn remember_answer(&mut self, message: (SessionId, u64), datagram: Vec<u8>) {
        let limit = (self.now, self.config.reply_cache_bytes);
        self.replies.answered(&mut self.sessions, message, datagram, limit);
    }
}

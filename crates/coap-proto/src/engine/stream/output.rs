//! Messages that go out on streams.
use super::Engine;
use super::connection::Stage;
use crate::engine::exchange::{Exchange, ExchangeId};
use crate::engine::log::log;
use crate::engine::proxy::{Due, ForwardId};
use crate::engine::{Nack, NackReason, SendError, SessionId, SessionState};
use crate::wire::{Pdu, websocket::frame::Opcode};
use std::time::Instant;

impl Engine {
    /// So many bytes of what [`Engine::stream`] shows were written.
    pub fn stream_written(&mut self, now: Instant, id: SessionId, written: usize) {
        self.advance_clock(now);
        if written == 0 {
            return;
        }
        log!(self, Debug, "*  {}: netif: sent {written:4} bytes", self.name(id));
        self.sessions.touch(id, self.now);
        let Some(connection) = self.connection_mut(id) else { return };
        connection.output.take(written);
        connection.write_by = None;
        let is_empty = connection.output.is_empty();
        let memory = connection.output.give_memory();
        if is_empty && matches!(connection.stage, Stage::Draining(_)) {
            connection.stage = Stage::Gone;
            self.attend_to_stream(id);
        }
        // The next answer on any stream is written there: it is still in the processor's caches.
        self.spares.give(memory);
        self.settle_stream(id);
        if self.has_output_room(id) {
            self.encourage_stream(id);
            self.release_observers(id);
            self.release_forwards(id);
        }
        if is_empty {
            self.settle(id);
        }
    }

    /// Whether a stream takes what nobody has asked for yet, or what makes the peer ask.
    pub(in crate::engine) fn has_output_room(&self, id: SessionId) -> bool {
        let Some(connection) = self.connection(id) else { return true };
        // Half of either, so that there is room for the answers that are being made.
        let (of_stream, of_all) = (self.config.stream_output_bytes.div_ceil(2), self.config.stream_bytes / 2);
        connection.output.len() < of_stream && self.streams.may_write(connection, of_all)
    }

    /// Whether the application may send on a session now; over datagrams it always may.
    pub(in crate::engine) fn check_stream(&self, id: SessionId) -> Result<(), SendError> {
        let Some(connection) = self.connection(id) else { return Ok(()) };
        let is_full = connection.output.len() >= self.config.stream_output_bytes.max(1)
            || !self.streams.may_write(connection, self.config.stream_bytes);
        if is_full { Err(SendError::QueueFull) } else { Ok(()) }
    }

    /// Sends a message that is complete on a stream, or lets it wait until the session is established.
    pub(in crate::engine) fn dispatch_to_stream(
        &mut self,
        id: SessionId,
        pdu: Pdu,
    ) -> Result<u16, SendError> {
        let mid = pdu.mid();
        let session = self.sessions.get_mut(id).ok_or(SendError::Closed)?;
        session.requested |= pdu.code().is_request();
        if pdu.code().is_empty() {
            // Acknowledgements and resets do not exist here (RFC 8323 section 2.1).
            return Ok(mid);
        }
        if session.state != SessionState::Established {
            if self.exchanges.with_mid(&session.rare.queues, id, mid).is_some() {
                return Err(SendError::MidInUse(mid));
            }
            if session.is_of_server() {
                self.make_room_for_servers();
            }
            return self.delay(id, pdu).map(|()| mid);
        }
        // What is answered was asked for before too much waited: all of that is taken, as long as there is memory.
        if self.connection(id).is_some_and(|it| !self.streams.may_write(it, self.config.stream_bytes)) {
            self.doom_stream(id, "answers are not read");
            return Err(SendError::QueueFull);
        }
        self.transmit_to_stream(id, pdu);
        Ok(mid)
    }

    /// Sends a message that has waited until the session was established, unless the peer's CSM forbids that.
    pub(in crate::engine) fn flush_to_stream(&mut self, id: SessionId, waiting: ExchangeId) {
        let Some(Exchange { pdu, .. }) = self.take_exchange(waiting) else { return };
        let mid = pdu.mid();
        if self.exceeds_csm(id, &pdu) {
            let name = self.name(id);
            log!(self, Warn, "** {name}: mid=0x{mid:04x}: not sent, the peer does not take it");
            let reason = NackReason::NotDeliverable;
            return self.tell_nack(Nack { session: id, sent: Some(pdu), reason, mid });
        }
        log!(self, Debug, "** {}: mid=0x{mid:04x}: transmitted after delay", self.name(id));
        self.transmit_to_stream(id, pdu);
    }

    fn transmit_to_stream(&mut self, id: SessionId, mut pdu: Pdu) {
        self.write_message(id, &mut pdu);
        match pdu.code().is_request() {
            true => self.await_response(id, pdu),
            false => self.reuse_pdu(pdu),
        }
    }

    fn exceeds_csm(&self, id: SessionId, pdu: &Pdu) -> bool {
        let Some(session) = self.sessions.get(id) else { return true };
        let has_long_token = pdu.code().is_request() && pdu.token().len() > session.max_token_size();
        pdu.len() > session.max_pdu_size() || has_long_token
    }

    /// Puts a message behind the others.
    pub(super) fn write_message(&mut self, id: SessionId, pdu: &mut Pdu) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(connection) = session.stream.as_deref_mut().filter(|it| it.stage == Stage::Open) else {
            return;
        };
        if connection.websocket.is_some() {
            self.write_to_websocket(id, Opcode::Binary, pdu.encode_websocket());
        } else {
            connection.output.begin_in(|| self.spares.take());
            connection.output.push(pdu.encode_stream());
            self.attend_to_stream(id);
        }
        self.settle_stream(id);
        self.show_in(id, pdu);
    }

    /// Who has the sockets is to look at a stream.
    pub(super) fn attend_to_stream(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if let Some(connection) = session.stream.as_deref_mut() {
            self.streams.make_ready(id, connection);
        }
    }

    /// A notification from another server waits until more is written.
    pub(in crate::engine) fn hold_forward(&mut self, id: SessionId, forward: ForwardId) {
        if let Some(connection) = self.connection_mut(id) {
            connection.held.push(forward);
        }
    }

    fn release_forwards(&mut self, id: SessionId) {
        let Some(connection) = self.connection_mut(id) else { return };
        for forward in std::mem::take(&mut connection.held) {
            self.forwards.make_due(forward, Due::Notify);
        }
    }
}

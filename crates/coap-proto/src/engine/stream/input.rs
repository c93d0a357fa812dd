//! Bytes that come on streams, and the messages in them (RFC 8323 section 3.2).
use super::Engine;
use super::connection::{Pause, Stage};
use crate::engine::log::log;
use crate::engine::{SessionEvent, SessionId};
use crate::wire::{Code, DecodeError, Pdu, StreamHeader, signal};
use std::time::Instant;

/// Requests of one stream that the application works on before others are looked at.
const MAX_AT_WORK: u32 = 16;

impl Engine {
    /// Bytes came on a stream, cut anywhere. All of them are taken, whatever [`Engine::reads_stream`] says.
    pub fn handle_stream(&mut self, now: Instant, id: SessionId, bytes: &[u8]) {
        self.advance_clock(now);
        if bytes.is_empty() || !self.is_streaming(id) || self.is_shaking_hands(id) {
            return;
        }
        log!(self, Debug, "*  {}: netif: recv {:4} bytes", self.name(id), bytes.len());
        self.sessions.touch(id, self.now);
        let Some(connection) = self.connection_mut(id) else { return };
        if connection.pause.is_some() || !connection.input.is_empty() {
            connection.input.push(bytes);
            self.read_input(id);
        } else {
            let read = self.read_messages(id, bytes);
            if let Some(connection) = self.connection_mut(id).filter(|it| it.stage == Stage::Open) {
                connection.input.push(&bytes[read..]);
            }
            self.finish_reading(id);
        }
        self.settle(id);
    }

    /// Whether requests wait until answers have left: those that are made, and those that are being made.
    pub(super) fn must_pause(&self, id: SessionId) -> bool {
        let at_work = self.sessions.get(id).map_or(0, |session| session.handed_out);
        at_work >= MAX_AT_WORK || !self.has_output_room(id)
    }

    /// Whether what a message in the input waits for is there.
    pub(super) fn may_go_on(&self, id: SessionId, pause: Pause) -> bool {
        match pause {
            Pause::Answer => !self.must_pause(id),
            Pause::Round => self.is_heard(id),
            Pause::Custody => self.sessions.get(id).is_none_or(|session| session.handed_out == 0),
            Pause::Goodbye => !self.owes_answers(id),
        }
    }

    /// Goes on with input that has waited.
    pub(super) fn resume_reading(&mut self, id: SessionId) {
        let Some(connection) = self.connection(id).filter(|connection| connection.stage == Stage::Open)
        else {
            return;
        };
        if connection.pause.is_some_and(|pause| !self.may_go_on(id, pause)) {
            return;
        }
        if connection.has_ended {
            return self.lose_stream(id);
        }
        let Some(connection) = self.connection_mut(id) else { return };
        connection.pause = None;
        self.read_input(id);
        if self.reads_stream(id) {
            self.attend_to_stream(id);
        }
        self.settle(id);
    }

    fn read_input(&mut self, id: SessionId) {
        let Some(connection) = self.connection_mut(id).filter(|connection| connection.pause.is_none()) else {
            return self.finish_reading(id);
        };
        let mut input = std::mem::take(&mut connection.input);
        let read = self.read_messages(id, input.as_slice());
        input.take(read);
        if let Some(connection) = self.connection_mut(id).filter(|it| it.stage == Stage::Open) {
            connection.input = input;
        }
        self.finish_reading(id);
    }

    /// What is left in the input is a part of a message, or waits.
    fn finish_reading(&mut self, id: SessionId) {
        let (now, limit) = (self.now, self.config.stream_bytes);
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(connection) = session.stream.as_deref_mut().filter(|it| it.stage == Stage::Open) else {
            return;
        };
        let is_partial = connection.is_partial();
        connection.partial_since = match connection.partial_since {
            Some(since) if is_partial => Some(since),
            _ => is_partial.then_some(now),
        };
        connection.partial_at = is_partial.then_some(now);
        self.streams.account(connection);
        self.streams.note_partial(id, connection, is_partial);
        self.streams.arm(id, connection);
        if !self.streams.may_grow(connection, limit) {
            self.make_room_for_input(id);
        }
    }

    /// All streams together hold too much: the oldest part of a message makes room, which had most time to become
    /// whole. Peers that trickle cannot keep the memory from others so.
    fn make_room_for_input(&mut self, id: SessionId) {
        let limit = self.config.stream_bytes;
        while self.connection(id).is_some_and(|connection| {
            connection.stage == Stage::Open && !self.streams.may_grow(connection, limit)
        }) {
            let oldest = self.streams.take_oldest_partial().unwrap_or(id);
            self.abort_stream(oldest, "too much is under way");
        }
    }

    /// Handles the messages at the beginning of `bytes`. Returns how many bytes they have.
    fn read_messages(&mut self, id: SessionId, bytes: &[u8]) -> usize {
        let mut read = 0;
        while self.is_streaming(id) {
            match self.read_message(id, &bytes[read..]) {
                0 => break,
                length => read += length,
            }
        }
        read
    }

    /// Handles the message at the beginning of `bytes`. Returns how many bytes it has; 0: it is not all there, or has
    /// to wait.
    fn read_message(&mut self, id: SessionId, bytes: &[u8]) -> usize {
        let Some(connection) = self.connection(id) else { return 0 };
        if connection.websocket.is_some() {
            return self.read_websocket(id, bytes);
        }
        let limit = connection.max_message;
        let header = match StreamHeader::parse(bytes) {
            Ok(Some(header)) => header,
            Ok(None) => return 0,
            Err(reason) => {
                self.discard_malformed(id, reason);
                return 0;
            }
        };
        let Some(total) = usize::try_from(header.total).ok().filter(|total| *total <= limit) else {
            log!(
                self,
                Warn,
                "** {}: incoming PDU length too large ({} > {limit})",
                self.name(id),
                header.total
            );
            self.abort_stream(id, "message larger than Max-Message-Size");
            return 0;
        };
        let Some(message) = bytes.get(..total) else { return 0 };
        let code = Code(message[header.header - 1]);
        if self.must_wait_in_input(id, code, || Pdu::decode_stream(message)) {
            return 0;
        }
        self.take_message(id, Pdu::decode_stream(message));
        total
    }

    /// Whether a message has to wait, of which all has come. What is read first is answered first, and the connection
    /// does not end before.
    pub(super) fn must_wait_in_input(
        &mut self,
        id: SessionId,
        code: Code,
        decode: impl FnOnce() -> Result<Pdu, DecodeError>,
    ) -> bool {
        if !self.is_heard(id) {
            self.pause(id, Pause::Round);
            self.streams.let_wait(id);
            return true;
        }
        if code == Code::RELEASE {
            return self.defers_goodbye(id);
        }
        let custody = || decode().is_ok_and(|ping| ping.option(signal::CUSTODY).is_some());
        let pause = if makes_answer(code) && self.must_pause(id) {
            Pause::Answer
        } else if code == Code::PING && !self.may_go_on(id, Pause::Custody) && custody() {
            Pause::Custody
        } else {
            return false;
        };
        self.pause(id, pause);
        true
    }

    fn is_heard(&self, id: SessionId) -> bool {
        self.connection(id).is_none_or(|connection| self.streams.is_heard(connection))
    }

    pub(super) fn pause(&mut self, id: SessionId, pause: Pause) {
        if let Some(connection) = self.connection_mut(id) {
            connection.pause = Some(pause);
        }
    }

    /// All of a message has come.
    pub(super) fn take_message(&mut self, id: SessionId, message: Result<Pdu, DecodeError>) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(connection) = session.stream.as_deref_mut() else { return };
        self.streams.hear(connection);
        connection.partial_since = None;
        let has_csm = connection.has_csm;
        let pdu = match message {
            Ok(pdu) => pdu,
            Err(reason) => return self.discard_malformed(id, reason),
        };
        self.show_in(id, &pdu);
        if pdu.code().is_signaling() {
            self.handle_signal(id, pdu);
        } else if pdu.code().is_empty() {
            // RFC 8323 section 3.4: it only shows that the peer is there.
        } else if has_csm {
            self.handle_from_stream(id, pdu);
        } else {
            // RFC 8323 section 3.3.
            self.abort_stream(id, "CSM is missing");
        }
    }

    fn discard_malformed(&mut self, id: SessionId, reason: DecodeError) {
        self.tell(id, SessionEvent::BadPacket);
        log!(self, Warn, "discard malformed PDU");
        log!(self, Debug, "** {}: {reason}", self.name(id));
        self.abort_stream(id, "malformed message");
    }
}

/// Whether a message makes this node write something.
fn makes_answer(code: Code) -> bool {
    code.is_request() || code == Code::PING
}

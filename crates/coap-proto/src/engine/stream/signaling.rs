//! Signalling messages (RFC 8323 section 5).
use super::Engine;
use super::connection::Stage;
use crate::engine::log::log;
use crate::engine::session::{BASIC_TOKEN_SIZE, Session};
use crate::engine::{Event, NackReason, SessionEvent, SessionId, SessionState};
use crate::wire::{Code, MAX_TOKEN_LEN, MessageType, Pdu, option, signal, uint};
use std::time::{Duration, Instant};

/// The longest text of a host and a port.
const MAX_AUTHORITY: usize = 255;

impl Engine {
    /// Asks the peer to end the connection, which this node does too when that is sent (RFC 8323 section 5.5): the
    /// peer may connect to `alternative` instead (an authority, as `host:port`), and should wait for `hold_off` (whole
    /// seconds) before it comes back. `false`: the session is not established over a stream.
    pub fn release_stream(
        &mut self,
        now: Instant,
        id: SessionId,
        alternative: Option<&str>,
        hold_off: Option<Duration>,
    ) -> bool {
        self.advance_clock(now);
        let is_established = self.sessions.get(id).is_some_and(|it| it.state == SessionState::Established);
        let alternative = alternative.unwrap_or_default();
        if !is_established || !self.is_streaming(id) || alternative.len() > MAX_AUTHORITY {
            return false;
        }
        let mut release = new_signal(Code::RELEASE);
        // Without a size limit, options fit.
        if !alternative.is_empty() {
            let _ = release.add_option(signal::ALTERNATIVE_ADDRESS, alternative.as_bytes());
        }
        if let Some(time) = hold_off {
            let seconds = u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
            let _ = release.add_option(signal::HOLD_OFF, &uint::encode(seconds.into()));
        }
        self.write_message(id, &mut release);
        self.end_stream(id, NackReason::NotDeliverable);
        true
    }

    /// The first message in either direction (RFC 8323 section 5.3).
    pub(super) fn send_csm(&mut self, id: SessionId) {
        log!(self, Debug, "***{}: sending CSM", self.name(id));
        let max_message = self.config.csm_max_message_size.max(64);
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.state = SessionState::Csm;
        let longest_token = session.max_token_size();
        if let Some(connection) = session.stream.as_deref_mut() {
            connection.max_message = max_message as usize;
        }
        let mut csm = new_signal(Code::CSM);
        // Without a size limit, options fit.
        let _ = csm.add_option(signal::MAX_MESSAGE_SIZE, &uint::encode(max_message.into()));
        let _ = csm.add_option(signal::BLOCK_WISE_TRANSFER, &[]);
        if longest_token > BASIC_TOKEN_SIZE {
            let _ = csm.add_option(signal::EXTENDED_TOKEN_LENGTH, &uint::encode(longest_token as u64));
        }
        self.write_message(id, &mut csm);
    }

    /// Asks whether the peer is there. `None`: the session is not established.
    pub(in crate::engine) fn ping_stream(&mut self, id: SessionId) -> Option<u16> {
        self.sessions.get(id).filter(|session| session.state == SessionState::Established)?;
        let mut ping = new_signal(Code::PING);
        self.write_message(id, &mut ping);
        Some(ping.mid())
    }

    /// Ends a connection because the peer does what it must not (RFC 8323 section 5.6), and says so.
    pub(super) fn abort_stream(&mut self, id: SessionId, diagnostic: &str) {
        self.abort_with(id, diagnostic, None);
    }

    pub(super) fn handle_signal(&mut self, id: SessionId, pdu: Pdu) {
        let code = pdu.code();
        let is_unknown = |number: u16| option::is_critical(number) && !signal::allows_option(code, number);
        // RFC 8323 section 5.2.
        if let Some(unknown) = pdu.options().map(|option| option.number).find(|number| is_unknown(*number)) {
            let bad_csm_option = (code == Code::CSM).then_some(unknown);
            return self.abort_with(id, "option not understood", bad_csm_option);
        }
        let has_csm = self.connection(id).is_some_and(|connection| connection.has_csm);
        match code {
            Code::CSM => self.handle_csm(id, &pdu),
            Code::RELEASE | Code::ABORT => self.handle_goodbye(id, pdu),
            _ if !has_csm => self.abort_stream(id, "CSM is missing"),
            Code::PING => self.handle_ping(id, pdu),
            Code::PONG => {
                if let Some(own) = self.sessions.get_mut(id).and_then(|session| session.rare.own_mut()) {
                    own.unanswered_ping = None;
                }
                self.events.push_back(Event::Pong { session: id, received: Box::new(pdu) });
            }
            _ => {
                log!(self, Debug, "dropped message with invalid code ({code})");
                self.tell(id, SessionEvent::BadPacket);
            }
        }
    }

    /// Options that are not there leave things as they are (RFC 8323 section 5.3).
    fn handle_csm(&mut self, id: SessionId, pdu: &Pdu) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let number = |number| pdu.option(number).and_then(|option| option.uint());
        if let Some(size) = number(signal::MAX_MESSAGE_SIZE) {
            session.set_mtu(usize::try_from(size).unwrap_or(usize::MAX).min(u32::MAX as usize));
        }
        let longest =
            number(signal::EXTENDED_TOKEN_LENGTH).map(|length| length.min(MAX_TOKEN_LEN as u64) as usize);
        let Some(connection) = session.stream.as_deref_mut() else { return };
        let is_first = !std::mem::replace(&mut connection.has_csm, true);
        connection.peer_knows_blocks |= pdu.option(signal::BLOCK_WISE_TRANSFER).is_some();
        if is_first {
            self.streams.note_arrival(connection);
        }
        if is_first || longest.is_some() {
            session.set_max_token_size(longest.unwrap_or_default().max(BASIC_TOKEN_SIZE));
        }
        if is_first {
            self.settle_stream(id);
            self.establish(id);
        }
    }

    fn establish(&mut self, id: SessionId) {
        log!(self, Debug, "***{}: session connected", self.name(id));
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.state = SessionState::Established;
        self.tell(id, SessionEvent::Connected);
        self.flush(id);
    }

    /// RFC 8323 section 5.4. Custody is given when asked for: a Ping that does waits in the input until the application
    /// has finished with what came before.
    fn handle_ping(&mut self, id: SessionId, ping: Pdu) {
        let mut pong = new_signal(Code::PONG);
        // A token that came fits.
        let _ = pong.set_token(ping.token());
        if ping.option(signal::CUSTODY).is_some() {
            let _ = pong.add_option(signal::CUSTODY, &[]);
        }
        self.events.push_back(Event::Ping { session: id, received: Box::new(ping) });
        self.write_message(id, &mut pong);
    }

    fn handle_goodbye(&mut self, id: SessionId, pdu: Pdu) {
        if pdu.code() == Code::ABORT {
            let diagnostic = String::from_utf8_lossy(pdu.payload()).into_owned();
            log!(self, Info, "** {}: connection aborted by the peer: {diagnostic:?}", self.name(id));
        }
        self.events.push_back(Event::Released { session: id, received: Box::new(pdu) });
        self.end_stream(id, NackReason::Rst);
    }

    fn abort_with(&mut self, id: SessionId, diagnostic: &str, bad_csm_option: Option<u16>) {
        if !self.is_streaming(id) {
            return;
        }
        log!(self, Warn, "** {}: connection aborted: {diagnostic}", self.name(id));
        let mut abort = new_signal(Code::ABORT);
        // Without a size limit, both fit.
        if let Some(number) = bad_csm_option {
            let _ = abort.add_option(signal::BAD_CSM_OPTION, &uint::encode(number.into()));
        }
        let _ = abort.set_payload(diagnostic.as_bytes());
        if self.connection(id).is_some_and(|connection| connection.stage == Stage::Open) {
            self.write_message(id, &mut abort);
        }
        self.end_stream(id, NackReason::NotDeliverable);
    }
}

impl Session {
    /// Whether it takes messages at once: its peer's CSM has come, or it needs none.
    pub(in crate::engine) fn is_established(&self) -> bool {
        self.state == SessionState::Established
    }
}

fn new_signal(code: Code) -> Pdu {
    Pdu::new(MessageType::Con, code, 0, 0)
}

//! Lines for the log.
use super::{Engine, Event, Level, NackReason, SessionId};
use crate::wire::Pdu;

/// Gives out a line of a level, if that is asked for. Its arguments are only evaluated then.
macro_rules! log {
    ($engine:expr, $level:ident, $($argument:tt)+) => {
        if $engine.wants($crate::engine::Level::$level) {
            let text = format!($($argument)+);
            $engine.say($crate::engine::Level::$level, text);
        }
    };
}
pub(super) use log;

impl Engine {
    pub(super) fn wants(&self, level: Level) -> bool {
        level <= self.config.log_level
    }

    pub(super) fn say(&mut self, level: Level, text: String) {
        self.events.push_back(Event::Log { level, text });
    }

    /// How a session is called in log lines.
    pub(super) fn name(&self, id: SessionId) -> String {
        self.sessions.get(id).map(|session| session.describe()).unwrap_or_default()
    }

    /// Shows a message of a session that came, went or was dropped.
    #[inline]
    pub(super) fn show_in(&mut self, id: SessionId, pdu: &Pdu) {
        if self.wants(Level::Debug) {
            self.show(id, pdu);
        }
    }

    #[cold]
    fn show(&mut self, id: SessionId, pdu: &Pdu) {
        if let Some(protocol) = self.sessions.get(id).map(|session| session.protocol) {
            self.events.push_back(Event::Shown { pdu: Box::new(pdu.clone()), protocol });
        }
    }
}

impl NackReason {
    /// The name of the C constant.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooManyRetries => "COAP_NACK_TOO_MANY_RETRIES",
            Self::NotDeliverable => "COAP_NACK_NOT_DELIVERABLE",
            Self::Rst => "COAP_NACK_RST",
            Self::TlsFailed => "COAP_NACK_TLS_FAILED",
            Self::IcmpIssue => "COAP_NACK_ICMP_ISSUE",
            Self::BadResponse => "COAP_NACK_BAD_RESPONSE",
            Self::TlsLayerFailed => "COAP_NACK_TLS_LAYER_FAILED",
            Self::WsLayerFailed => "COAP_NACK_WS_LAYER_FAILED",
            Self::WsFailed => "COAP_NACK_WS_FAILED",
        }
    }
}

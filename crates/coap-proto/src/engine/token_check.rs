//! Whether a peer takes tokens of more than 8 bytes: a request with a long token finds out (RFC 8974 section
//! 2.2.2).
use super::exchange::Phase;
use super::log::log;
use super::q_block::QBlock;
use super::session::{BASIC_TOKEN_SIZE, Session, TokenCheck};
use super::{Engine, Nack, NackReason, SessionId};
use crate::wire::{Code, MessageType, Pdu, option};

/// Room in the question's message for its option and the token's length.
const OVERHEAD: usize = 8;

impl Session {
    /// Nobody will answer any more.
    pub(super) fn give_up_token_check(&mut self) {
        if matches!(self.token_check, TokenCheck::Asking(_)) {
            self.token_check = TokenCheck::Done;
        }
    }

    fn question(&self) -> Vec<u8> {
        let length = self.max_token_size().min(self.max_pdu_size().saturating_sub(OVERHEAD));
        (1..=length).map(|place| place as u8).collect()
    }
}

impl Engine {
    /// Asks before the first request, if it is not known. Requests wait for the answer.
    pub(super) fn ask_for_long_tokens(&mut self, id: SessionId) {
        let is_unknown = |session: &Session| session.token_check == TokenCheck::Unknown;
        if !self.sessions.get(id).is_some_and(is_unknown) {
            return;
        }
        log!(self, Debug, "Testing for Extended Token support");
        let Some(mid) = self.new_mid(id) else { return };
        let Some(session) = self.sessions.get_mut(id) else { return };
        // A group cannot be asked (RFC 8974 section 2.2.2 wants confirmable messages).
        session.token_check =
            if session.rare.multicast.is_some() { TokenCheck::Done } else { TokenCheck::Asking(mid) };
        if session.token_check == TokenCheck::Done {
            return;
        }
        let mut question = Pdu::new(MessageType::Con, Code::GET, mid, 0);
        let built = question.set_token(&session.question()).is_ok()
            && question.add_option(option::IF_NONE_MATCH, b"").is_ok()
            && self.submit(id, question).is_ok();
        match self.exchange_with_mid(id, mid).and_then(|exchange| self.exchanges.get_mut(exchange)) {
            Some(exchange) if built => exchange.hidden = true,
            _ => self.learn_nothing(id),
        }
    }

    /// Whether a message answers the question.
    pub(super) fn answers_question(&self, id: SessionId, pdu: &Pdu) -> bool {
        self.sessions.get(id).is_some_and(|session| session.token_check == TokenCheck::Asking(pdu.mid()))
    }

    /// Whether requests wait for the answer.
    pub(super) fn awaits_token_check(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(|session| matches!(session.token_check, TokenCheck::Asking(_)))
    }

    /// Whether a response came separately, perhaps after the question was acknowledged.
    pub(super) fn answers_question_late(&self, id: SessionId, pdu: &Pdu) -> bool {
        let token = pdu.token();
        token.len() > BASIC_TOKEN_SIZE
            && self.sessions.get(id).is_some_and(|session| session.question() == token)
    }

    /// Peers that do not know long tokens cut them, or say 4.00 or 5.03.
    pub(super) fn learn_from_response(&mut self, id: SessionId, response: &Pdu) {
        let Some(session) = self.sessions.get(id) else { return };
        let refused = matches!(response.code(), Code::BAD_REQUEST | Code::SERVICE_UNAVAILABLE);
        if refused || response.token() != session.question() {
            log!(self, Debug, "Extended Token requested size support not available");
            self.forbid_long_tokens(id);
        } else {
            log!(self, Debug, "Extended Token support available");
            self.learn_nothing(id);
        }
    }

    pub(super) fn learn_from_reset(&mut self, id: SessionId) {
        log!(self, Debug, "Extended Token support not available");
        self.forbid_long_tokens(id);
    }

    /// The requests that wait will find out by themselves.
    pub(super) fn learn_nothing(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.token_check = TokenCheck::Done;
            self.flush(id);
        }
    }

    /// Nobody is asked any more whose question was given up with something else, by its token for instance.
    pub(super) fn drop_lost_questions(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get(id) else { return };
        let (token_check, q_block) = (session.token_check, session.q_block);
        let is_lost = |mid| {
            let exchange = self.exchange_with_mid(id, mid).and_then(|at| self.exchanges.get(at));
            exchange.is_none_or(|exchange| !exchange.hidden)
        };
        let tokens_lost = matches!(token_check, TokenCheck::Asking(mid) if is_lost(mid));
        let q_block_lost = matches!(q_block, QBlock::Asking(mid) if is_lost(mid));
        if tokens_lost {
            self.learn_nothing(id);
        }
        if q_block_lost {
            self.learn_q_block(id, QBlock::Denied);
        }
    }

    /// Requests that wait with a long token cannot be sent.
    fn forbid_long_tokens(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.set_max_token_size(BASIC_TOKEN_SIZE);
        for exchange in self.exchanges.list(&session.rare.queues, Phase::Delayed) {
            let Some(waiting) = self.exchanges.get(exchange) else { continue };
            if waiting.pdu.code().is_request() && waiting.pdu.token().len() > BASIC_TOKEN_SIZE {
                self.lose(exchange);
            }
        }
        self.learn_nothing(id);
        self.settle(id);
    }

    fn lose(&mut self, exchange: super::exchange::ExchangeId) {
        let Some(lost) = self.take_exchange(exchange) else { return };
        let (session, mid) = (lost.session, lost.pdu.mid());
        let length = lost.pdu.token().len();
        log!(self, Warn, "coap_send: PDU dropped as token too long ({length} > {BASIC_TOKEN_SIZE})");
        let reason = NackReason::NotDeliverable;
        self.tell_nack(Nack { session, sent: Some(lost.pdu), reason, mid });
    }
}

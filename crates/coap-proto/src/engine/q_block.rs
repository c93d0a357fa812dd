//! Whether a peer knows Q-Block (RFC 9177 section 4.1). A client finds out by a confirmable request before its first
//! own one; a server learns it from the options of a request.
use super::exchange::{Exchange, Phase};
use super::log::log;
use super::session::Session;
use super::{Engine, SessionId, SessionType};
use crate::block::{BlockMode, block_option, quick};
use crate::wire::{BlockValue, Code, MessageType, Pdu, option};

/// What is known of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QBlock {
    /// Nothing; a client's first request will ask, if its [`BlockMode`] says so.
    Unknown,
    /// The request with this message ID asks; its token is [`Rare::q_block_token`](super::rare::Rare::q_block_token).
    /// Other requests wait.
    Asking(u16),
    /// That request was acknowledged. Others do not wait until it is answered.
    Open,
    /// It knows Q-Block.
    Known,
    /// It does not, or does not say.
    Denied,
}

impl Session {
    /// Whether its block mode has Q-Block.
    pub(super) fn tries_q_block(&self) -> bool {
        self.block_mode.has(BlockMode::TRY_Q_BLOCK)
    }

    /// Whether bodies may go in Q-Block options to this peer, or at least may turn out to.
    pub(super) fn may_speak_q_block(&self) -> bool {
        let is_hopeful = !matches!(self.q_block, QBlock::Open | QBlock::Denied);
        self.tries_q_block() && self.rare.multicast.is_none() && is_hopeful
    }

    /// Whether this peer knows Q-Block, and this node wants it.
    pub(super) fn speaks_q_block(&self) -> bool {
        self.block_mode.has(BlockMode::TRY_Q_BLOCK) && self.q_block == QBlock::Known
    }

    /// Whether requests wait until the peer says whether it knows Q-Block.
    pub(super) fn awaits_q_block(&self) -> bool {
        matches!(self.q_block, QBlock::Asking(_))
    }

    /// Nobody will answer any more.
    pub(super) fn give_up_q_block_check(&mut self) {
        if matches!(self.q_block, QBlock::Asking(_) | QBlock::Open) {
            self.q_block = QBlock::Denied;
        }
    }
}

impl Engine {
    /// Asks before the first request, if it is not known. Requests wait for the answer.
    pub(super) fn ask_for_q_block(&mut self, id: SessionId) {
        let is_unknown = |session: &Session| {
            session.kind == SessionType::Client
                && session.q_block == QBlock::Unknown
                && session.may_speak_q_block()
        };
        if !self.sessions.get(id).is_some_and(is_unknown) {
            return;
        }
        log!(self, Debug, "Testing for Q-Block support");
        let (Some(mid), token) = (self.new_mid(id), self.random.u64()) else { return };
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.q_block = QBlock::Asking(mid);
        session.rare.make_mut().q_block_token = token;
        let mut question = Pdu::new(MessageType::Con, Code::GET, mid, 0);
        let first_block = BlockValue { num: 0, more: false, szx: 0 };
        let built = question.set_token(&token.to_be_bytes()).is_ok()
            && question.add_option(option::Q_BLOCK2, &first_block.encode()).is_ok()
            && self.submit(id, question).is_ok();
        match self.exchange_with_mid(id, mid).and_then(|exchange| self.exchanges.get_mut(exchange)) {
            Some(exchange) if built => exchange.hidden = true,
            _ => self.learn_q_block(id, QBlock::Denied),
        }
    }

    /// Whether the message with this ID asks.
    pub(super) fn asks_for_q_block(&self, id: SessionId, mid: u16) -> bool {
        let asking = self.sessions.get(id).map(|session| session.q_block);
        matches!(asking, Some(QBlock::Asking(question)) if question == mid)
    }

    /// The question was acknowledged, perhaps with an answer.
    pub(super) fn note_q_block_ack(&mut self, id: SessionId, answer: &Pdu) {
        if !self.sessions.get(id).is_some_and(Session::awaits_q_block) {
            return;
        }
        let state = if answer.code().is_empty() { QBlock::Open } else { what_it_says(answer) };
        self.learn_q_block(id, state);
    }

    /// Whether a response is the answer, without an acknowledgement or long after it; then that is learnt.
    pub(super) fn takes_late_q_block_answer(&mut self, id: SessionId, response: &Pdu) -> bool {
        let Some(session) = self.sessions.get(id) else { return false };
        let has_asked = matches!(session.q_block, QBlock::Asking(_) | QBlock::Open);
        let answers = has_asked && response.token() == session.rare.q_block_token.to_be_bytes();
        if answers {
            self.learn_q_block(id, what_it_says(response));
        }
        answers
    }

    /// Whether a session's block mode has Q-Block.
    pub(super) fn tries_q_block(&self, id: SessionId) -> bool {
        self.sessions.get(id).is_some_and(Session::tries_q_block)
    }

    /// A peer's request shows by its options what the peer knows. One with Block options is not answered with
    /// Q-Block ones (RFC 9177 section 4.1), nor are others, until the peer uses those again.
    pub(super) fn note_block_options(&mut self, id: SessionId, request: &Pdu) {
        let Some(session) = self.sessions.get_mut(id).filter(|session| session.is_of_server()) else {
            return;
        };
        if quick::is_quick(request) {
            session.q_block = QBlock::Known;
        } else if quick::is_stepwise(request) {
            session.q_block = QBlock::Unknown;
        }
    }

    /// Makes a request of the application fit to what the peer knows.
    pub(super) fn adapt_to_q_block(&self, id: SessionId, request: &mut Pdu) {
        let Some(session) = self.sessions.get(id) else { return };
        if !session.may_speak_q_block() {
            fall_back(request);
        } else if !ask_for_all(request) && session.speaks_q_block() {
            invite(request, self.max_szx());
        }
    }

    /// Requests that wait go on, with the options that the peer knows.
    pub(super) fn learn_q_block(&mut self, id: SessionId, state: QBlock) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.q_block = state;
        let is_known = state == QBlock::Known;
        let not = if is_known { "" } else { "not " };
        log!(self, Debug, "Q-Block support {not}available");
        let Some(session) = self.sessions.get(id) else { return };
        let (szx, mut requests) = (self.max_szx(), Vec::new());
        for exchange in self.exchanges.list(&session.rare.queues, Phase::Delayed) {
            let Some(waiting) = self.exchanges.get_mut(exchange).filter(|waiting| is_request(waiting)) else {
                continue;
            };
            match is_known {
                true => invite(&mut waiting.pdu, szx),
                false => {
                    fall_back(&mut waiting.pdu);
                    waiting.carries = None;
                }
            }
            requests.push(waiting.pdu.clone());
        }
        if !is_known {
            requests.iter().for_each(|pdu| self.fall_back_to_steps(id, pdu.token()));
        }
        self.flush(id);
        if is_known {
            for pdu in requests {
                self.begin_pushing(id, pdu.token());
                self.await_payloads(id, pdu);
            }
        }
    }
}

fn is_request(waiting: &Exchange) -> bool {
    waiting.pdu.code().is_request()
}

/// libcoap's servers show that they know Q-Block by using it; that others do not reject it is not enough.
fn what_it_says(answer: &Pdu) -> QBlock {
    let uses_it = answer.code() != Code::BAD_OPTION && answer.option(option::Q_BLOCK2).is_some();
    if uses_it { QBlock::Known } else { QBlock::Denied }
}

/// Replaces Q-Block options by Block options (RFC 7959).
pub(super) fn fall_back(request: &mut Pdu) {
    for (quick, plain) in [(option::Q_BLOCK1, option::BLOCK1), (option::Q_BLOCK2, option::BLOCK2)] {
        let Ok(Some(block)) = block_option(request, quick) else { continue };
        while request.remove_option(quick) {}
        // In a request, the M bit of Block2 has no meaning.
        let block = BlockValue { more: block.more && plain == option::BLOCK1, ..block };
        // There was room for the other option, whose number is not much different.
        let _ = request.update_option(plain, &block.encode());
    }
}

/// A Q-Block2 of the application that names the first block means the whole body. Returns whether the request has
/// block options.
fn ask_for_all(request: &mut Pdu) -> bool {
    if let Ok(Some(block)) = block_option(request, option::Q_BLOCK2)
        && block.num == 0
        && !block.more
    {
        // The value does not get longer by more than a byte; a request without room for it asks for one block.
        let _ = request.update_option(option::Q_BLOCK2, &BlockValue { more: true, ..block }.encode());
    }
    quick::is_quick(request) || quick::is_stepwise(request)
}

/// Tells the server that its response may come in Q-Block2 (RFC 9177 section 4.1).
fn invite(request: &mut Pdu, szx: u8) {
    let has_blocks = quick::is_quick(request) || quick::is_stepwise(request);
    if !has_blocks && request.code() != Code::DELETE {
        let all = BlockValue { num: 0, more: true, szx };
        // A request that has no room for it goes without.
        let _ = request.insert_option(option::Q_BLOCK2, &all.encode());
    }
}

//! Peers' requests that are blocks of something larger.
use super::give::refuse;
use super::store::{Kind, ServedKey, Side, TransferId};
use crate::block::quick::{is_quick, is_stepwise};
use crate::block::{
    BlockMode, Extent, Intake, Received, Refusal, RequestKey, announced_size, block_option_up_to, check_size,
};
use crate::engine::critical::Verdict;
use crate::engine::log::log;
use crate::engine::request::Target;
use crate::engine::session::BASIC_TOKEN_SIZE;
use crate::engine::{Engine, ResourceId, SessionEvent, SessionId};
use crate::resource::flags;
use crate::wire::option::{self, Presence};
use crate::wire::{BlockValue, Code, MessageType, Pdu, uint, uri};
use std::sync::Arc;
use std::time::Duration;

/// Non-confirmable blocks may overtake each other: after the last one, missing ones are waited for so long.
const STRAGGLERS: Duration = Duration::from_secs(10);
/// Nobody asks again for a body whose last block was sent so many NON_TIMEOUTs ago (RFC 9177 section 7.2).
const OFFER_TIMEOUTS: u32 = 4;

/// Options of a request that are all seen to where a block of a kept body is looked for and written, so that nothing
/// else has to be asked.
const SIMPLE: Presence = Presence::ELECTIVE
    .without(option::OBSERVE)
    .without(option::HOP_LIMIT)
    .with(option::URI_HOST)
    .with(option::URI_PORT)
    .with(option::URI_PATH)
    .with(option::URI_QUERY)
    .with(option::ACCEPT)
    .with(option::BLOCK2);

/// What is to be done with a request.
#[derive(Clone, Copy, Debug)]
pub(in crate::engine) enum Joined {
    /// It is answered.
    Answered,
    /// The handler is to be called.
    Call(Call),
    /// It is answered, and blocks of this body follow.
    Pushed(TransferId),
}

/// What a handler is called with, besides the request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Call {
    /// Where the request's payload belongs.
    pub(in crate::engine) extent: Extent,
    /// The block of the request's body that the response acknowledges.
    pub(in crate::engine) block1: Option<BlockValue>,
}

/// Where a block of a request goes.
struct Place<'a> {
    session: SessionId,
    resource: ResourceId,
    mode: BlockMode,
    block: BlockValue,
    request: &'a mut Pdu,
    response: &'a mut Pdu,
}

impl Engine {
    /// A request came. Blocks of its body are joined, blocks of a kept response are sent. `response` has a
    /// token only.
    pub(in crate::engine) fn join_request(
        &mut self,
        session: SessionId,
        resource: ResourceId,
        request: &mut Pdu,
        response: &mut Pdu,
    ) -> Joined {
        let mode = self.block_mode(session);
        let is_block = is_stepwise(request) || is_quick(request);
        if !is_block || !mode.has(BlockMode::USE_LIBCOAP) {
            return Joined::Call(Call { extent: Extent::whole(request), block1: None });
        }
        if mode.has(BlockMode::TRY_Q_BLOCK) && is_quick(request) {
            return self.join_quick_request((session, resource), request, response);
        }
        let largest = self.largest_szx(session);
        let joined = match block_option_up_to(request, option::BLOCK1, largest) {
            Err(_) => Err(Refusal::bad_request("")),
            Ok(None) => Ok(Joined::Call(Call { extent: Extent::whole(request), block1: None })),
            Ok(Some(block)) => check_size(request, block)
                .map(|()| self.take_block(Place { session, resource, mode, block, request, response })),
        };
        let asked = block_option_up_to(request, option::BLOCK2, largest);
        match (joined, asked) {
            (Err(refusal), _) => self.refuse_block(response, refusal),
            (_, Err(_)) => self.refuse_block(response, Refusal::bad_request("")),
            (Ok(Joined::Call(call)), Ok(Some(block))) if block.num > 0 && call.block1.is_none() => {
                match self.serve_kept(session, resource, block, request, response) {
                    true => Joined::Answered,
                    // The answer would be one to another question.
                    false if request.code() == Code::FETCH && request.payload().is_empty() => {
                        self.refuse_block(response, Refusal::incomplete("Missing request body"))
                    }
                    false => Joined::Call(call),
                }
            }
            (Ok(joined), _) => joined,
        }
    }

    /// A block of a body came.
    fn take_block(&mut self, place: Place<'_>) -> Joined {
        let Place { session, resource, mode, block, .. } = place;
        let at = self.transfers.of_request(&self.sessions, (session, resource, Side::Request), place.request);
        if !self.joins(&place) || block.num == 0 && !block.more {
            if let Some(at) = at {
                self.transfers.remove(&mut self.sessions, at);
            }
            let announced = announced_size(place.request, option::SIZE1);
            let extent = Extent::of_block(place.request, block, announced);
            return Joined::Call(Call { extent, block1: Some(block) });
        }
        let limit = self.body_limit();
        let announced = announced_size(place.request, option::SIZE1).unwrap_or(0);
        if announced.max(block.offset() + place.request.payload().len()) > limit {
            return self.refuse_too_large(at, place.response, limit);
        }
        let at = match self.intake_for(&place, at) {
            Ok(at) => at,
            Err(refusal) => return self.refuse_block(place.response, refusal),
        };
        let at = match at {
            Some(at) => at,
            None => match self.begin_intake(session, resource, place.request) {
                Some(at) => at,
                None => return Joined::Answered,
            },
        };
        if !self.make_room(session, place.request.payload().len(), Some(at)) {
            return self.refuse_too_large(Some(at), place.response, limit);
        }
        let Some(Kind::Intake(_, intake)) = self.transfers.get_mut(at).map(|transfer| &mut transfer.kind)
        else {
            return Joined::Answered;
        };
        if mode.has(BlockMode::NOT_RANDOM_BLOCK1) && !intake.expects(block) {
            return self.refuse_block(place.response, Refusal::incomplete("Missing interim block"));
        }
        let received = intake.take(place.request, block);
        self.transfers.touch(&mut self.sessions, at);
        self.acknowledge_block(at, received, place)
    }

    /// Whether handlers want bodies in one piece.
    fn joins(&self, place: &Place<'_>) -> bool {
        let flags = self.resources.get(place.resource).map_or(0, |resource| resource.flags);
        place.mode.has(BlockMode::SINGLE_BODY)
            || place.request.code() == Code::FETCH
            || flags & flags::FORCE_SINGLE_BODY != 0
    }

    /// The body that a block belongs to, if it has begun.
    fn intake_for(
        &mut self,
        place: &Place<'_>,
        at: Option<TransferId>,
    ) -> Result<Option<TransferId>, Refusal> {
        let begun = at.and_then(|at| match &self.transfers.get(at)?.kind {
            Kind::Intake(_, intake) => Some((at, intake.is_restarted_by(place.block))),
            _ => None,
        });
        match begun {
            Some((at, false)) => Ok(Some(at)),
            Some((at, true)) => {
                self.transfers.remove(&mut self.sessions, at);
                Ok(None)
            }
            None if place.block.num > 0 && place.mode.has(BlockMode::NOT_RANDOM_BLOCK1) => {
                Err(Refusal::incomplete("Missing block 0"))
            }
            None => Ok(None),
        }
    }

    fn begin_intake(
        &mut self,
        session: SessionId,
        resource: ResourceId,
        request: &Pdu,
    ) -> Option<TransferId> {
        let key = ServedKey { session, resource, side: Side::Request, request: RequestKey::of(request) };
        let intake = Kind::Intake(Arc::new(key), Intake::new(request));
        self.transfers.insert(&mut self.sessions, session, intake)
    }

    /// Answers a block, or calls the handler if none is missing.
    fn acknowledge_block(
        &mut self,
        at: TransferId,
        received: Result<Received, Refusal>,
        place: Place<'_>,
    ) -> Joined {
        let Place { session, block, request, response, .. } = place;
        let is_confirmable = request.kind() == MessageType::Con;
        match received {
            Ok(Received::More) => {
                let wait = self.parameters(session).exchange_lifetime();
                self.transfers.set_timer(at, self.now + wait);
                self.ask_for_more(block, response);
                Joined::Answered
            }
            // Confirmable blocks come in their order: the missing ones are lost.
            Ok(Received::Gaps) if is_confirmable => {
                self.transfers.remove(&mut self.sessions, at);
                self.tell(session, SessionEvent::PartialBlock);
                self.refuse_block(response, Refusal::incomplete("Missing interim block"))
            }
            Ok(Received::Gaps) => {
                self.transfers.set_timer(at, self.now + STRAGGLERS);
                Joined::Answered
            }
            Ok(Received::Whole) => self.complete_body(at, block, request, response),
            Err(refusal) => {
                self.transfers.remove(&mut self.sessions, at);
                self.tell(session, SessionEvent::PartialBlock);
                self.refuse_block(response, refusal)
            }
        }
    }

    /// The block that filled the last gap is acknowledged apart: the response is that to the last block.
    fn complete_body(
        &mut self,
        at: TransferId,
        block: BlockValue,
        request: &mut Pdu,
        response: &mut Pdu,
    ) -> Joined {
        let Some(transfer) = self.transfers.remove(&mut self.sessions, at) else { return Joined::Answered };
        let Kind::Intake(_, intake) = transfer.kind else { return Joined::Answered };
        let late = block.more && request.kind() == MessageType::Non;
        if late && let Some(mid) = self.new_mid(transfer.session) {
            let mut answer = response.clone();
            answer.set_mid(mid);
            self.ask_for_more(block, &mut answer);
            self.send_quietly(transfer.session, answer);
            let token = intake.last_token().unwrap_or(request.token()).to_vec();
            // These tokens came in messages of this very session.
            let _ = response.update_token(&token);
            let _ = request.update_token(&token);
        }
        intake.complete(request);
        let block1 = (!block.more).then_some(block);
        Joined::Call(Call { extent: Extent::whole(request), block1 })
    }

    /// Answers a request for a block with what is kept of the response's body. `false`: nothing is.
    pub(in crate::engine) fn serve_kept(
        &mut self,
        session: SessionId,
        resource: ResourceId,
        block: BlockValue,
        request: &Pdu,
        response: &mut Pdu,
    ) -> bool {
        let at = self.transfers.of_request(&self.sessions, (session, resource, Side::Response), request);
        if at.is_some_and(|at| self.serve_block(at, block, request, response).is_some()) {
            return true;
        }
        if !self.is_proxy(resource) {
            return false;
        }
        let request_key = RequestKey::of_method_and_query(request);
        let key = ServedKey { session, resource, side: Side::Response, request: request_key };
        let at = self.transfers.served(&key);
        at.is_some_and(|at| self.serve_block(at, block, request, response).is_some())
    }

    /// Answers a request for more of a response whose body is kept, if it is a simple one. Who asks once more gets the
    /// same from there, so it need not be known whether the request is a duplicate, nor is it noted for those to come
    /// (RFC 7252 section 4.5).
    #[inline(never)] // most messages are no blocks
    pub(in crate::engine) fn continue_offer(&mut self, id: SessionId, request: &Pdu) -> bool {
        if !self.is_simple(id, request) {
            return false;
        }
        let Some(block) = self.asks_for_more(id, request) else { return false };
        let is_understood = matches!(self.check_options(id, request), Verdict::Understood);
        if !is_understood || request.token().len() > BASIC_TOKEN_SIZE {
            return false;
        }
        let mut room = Vec::new();
        let Some(resource) = self.resources.find_again(uri::path_in(request, &mut room)) else {
            return false;
        };
        self.check_target(Target::Resource(resource), request, false).is_ok()
            && self.answer_from_offer(id, (resource, block), request)
    }

    /// The same for a request that is not simple, and that `resource` may answer.
    #[inline(never)] // most messages are no blocks
    pub(in crate::engine) fn continue_offer_of(
        &mut self,
        id: SessionId,
        resource: ResourceId,
        request: &Pdu,
    ) -> bool {
        let is_plain = !request.presence().may_have(option::BLOCK1)
            && !is_quick(request)
            && !self.must_prove_first(id, request)
            && !self.is_simple(id, request);
        if !is_plain {
            return false;
        }
        let block = self.asks_for_more(id, request);
        block.is_some_and(|block| self.answer_from_offer(id, (resource, block), request))
    }

    /// Whether nothing but its target has to be looked at to answer a request for more of something that is kept.
    fn is_simple(&self, id: SessionId, request: &Pdu) -> bool {
        request.presence().is_within(SIMPLE)
            && self.sessions.get(id).is_some_and(|session| {
                session.rare.transfers.offers() > 0
                    && session.rare.asyncs.is_empty()
                    && !session.tries_q_block()
                    && !session.was_reached_by_group()
            })
    }

    /// Which block of a response a request asks for, if that is not the first and it only reads: if the body is gone
    /// when it comes again, its handler runs once more, and that must do no harm.
    fn asks_for_more(&self, id: SessionId, request: &Pdu) -> Option<BlockValue> {
        let only_reads = request.kind() == MessageType::Con
            && matches!(request.code(), Code::GET | Code::FETCH)
            && self.block_mode(id).has(BlockMode::USE_LIBCOAP);
        let asked = block_option_up_to(request, option::BLOCK2, self.largest_szx(id)).ok().flatten();
        asked.filter(|block| only_reads && block.num > 0)
    }

    fn answer_from_offer(
        &mut self,
        id: SessionId,
        (resource, block): (ResourceId, BlockValue),
        request: &Pdu,
    ) -> bool {
        if self.is_proxy(resource) {
            return false;
        }
        let Some(mut response) = self.new_response(id, request) else { return false };
        if !self.serve_kept(id, resource, block, request, &mut response) {
            self.reuse_pdu(response);
            return false;
        }
        let flags = self.resources.get(resource).map(|resource| resource.flags);
        self.answer(id, request, response, flags, None);
        true
    }

    /// Writes a block of a body that is kept into a response. `None`: there is none.
    fn serve_block(
        &mut self,
        at: TransferId,
        block: BlockValue,
        request: &Pdu,
        response: &mut Pdu,
    ) -> Option<()> {
        let session = self.transfers.get(at)?.session;
        let (parameters, now) = (self.parameters(session), self.now);
        let Kind::Offer(_, offer) = &mut self.transfers.get_mut(at)?.kind else { return None };
        let written = match offer.is_named_by(request) {
            Some(false) => return None,
            Some(true) => offer.confirm(response).map(|()| false).map_err(|_| Refusal::bad_request("")),
            None => offer.write(block, response, now),
        };
        offer.was_sent(written == Ok(true));
        let wait = match written {
            Ok(true) => parameters.non_timeout.as_duration() * OFFER_TIMEOUTS,
            _ => parameters.max_transmit_wait(),
        };
        self.transfers.set_timer(at, self.now + wait);
        self.transfers.touch(&mut self.sessions, at);
        if let Err(refusal) = written {
            self.refuse_block(response, refusal);
        }
        Some(())
    }

    /// 2.31 (Continue), perhaps with smaller blocks (RFC 7959 section 2.3, 2.9.1).
    fn ask_for_more(&self, block: BlockValue, response: &mut Pdu) {
        response.set_code(Code::CONTINUE);
        let szx = if block.num == 0 { self.wanted_szx(block.szx) } else { block.szx };
        // A response with a token only has room for it.
        let _ = response.insert_option(option::BLOCK1, &BlockValue { szx, ..block }.encode());
    }

    pub(super) fn refuse_block(&mut self, response: &mut Pdu, refusal: Refusal) -> Joined {
        let options: Vec<u16> = response.options().map(|option| option.number).collect();
        for number in options {
            response.remove_option(number);
        }
        refuse(response, refusal.code, refusal.reason);
        log!(self, Debug, "block refused: {} {}", refusal.code, refusal.reason);
        Joined::Answered
    }

    /// 4.13 with the size that would be taken (RFC 7959 section 2.9.3).
    pub(super) fn refuse_too_large(
        &mut self,
        at: Option<TransferId>,
        response: &mut Pdu,
        limit: usize,
    ) -> Joined {
        if let Some(transfer) = at.and_then(|at| self.transfers.remove(&mut self.sessions, at)) {
            self.tell(transfer.session, SessionEvent::PartialBlock);
        }
        let _ = response.insert_option(option::SIZE1, &uint::encode(limit as u64));
        refuse(response, Code::TOO_LARGE, "");
        Joined::Answered
    }
}

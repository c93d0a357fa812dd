//! Peers' requests with Q-Block options.
use crate::block::quick::{Asked, Progress, QuickIntake, Step};
use crate::block::{Extent, Refusal, RequestKey, block_option};
use crate::engine::blockwise::give::refuse;
use crate::engine::blockwise::serve::{Call, Joined};
use crate::engine::blockwise::store::{Kind, ServedKey, Side, TransferId};
use crate::engine::{Engine, ResourceId, SessionEvent, SessionId};
use crate::wire::{BlockValue, Code, MessageType, Pdu, option};
use std::sync::Arc;

/// Where a request goes.
type Place = (SessionId, ResourceId);

impl Engine {
    /// A request with Q-Block options came: see [`Engine::join_request`].
    pub(in crate::engine::blockwise) fn join_quick_request(
        &mut self,
        place: Place,
        request: &mut Pdu,
        response: &mut Pdu,
    ) -> Joined {
        match block_option(request, option::Q_BLOCK1) {
            Err(_) => return self.refuse_block(response, Refusal::bad_request("")),
            Ok(Some(block)) if block.num > 0 || block.more => {
                return match QuickIntake::check(request, block) {
                    Ok(length) => self.take_request_payload(place, (block, length), request, response),
                    Err(refusal) => self.refuse_block(response, refusal),
                };
            }
            // It is all of the body, in which nothing can be missing: that needs no Request-Tag.
            Ok(Some(block)) => {
                if let Err(refusal) = QuickIntake::check_size(request, block) {
                    return self.refuse_block(response, refusal);
                }
            }
            Ok(None) => {}
        }
        let set = self.parameters(place.0).max_payloads;
        match Asked::of(request, set) {
            Err(refusal) => self.refuse_block(response, refusal),
            Ok(Some((asked, szx))) if asked != Asked::All => {
                match self.serve_payloads(place, (&asked, szx), request, response) {
                    Some(joined) => joined,
                    // The answer would be one to another question.
                    None if request.code() == Code::FETCH && request.payload().is_empty() => {
                        self.refuse_block(response, Refusal::incomplete("Missing request body"))
                    }
                    None => call(request),
                }
            }
            Ok(_) => call(request),
        }
    }

    /// Blocks of a body that is kept are asked for. `None`: the handler is to be called.
    fn serve_payloads(
        &mut self,
        (session, resource): Place,
        (asked, szx): (&Asked, u8),
        request: &Pdu,
        response: &mut Pdu,
    ) -> Option<Joined> {
        let key = ServedKey { session, resource, side: Side::Response, request: RequestKey::of(request) };
        let at = self.transfers.served(&key)?;
        let Kind::QuickOffer(_, offer) = &mut self.transfers.get_mut(at)?.kind else { return None };
        match offer.offer().is_named_by(request) {
            Some(false) => return None,
            Some(true) => {
                let confirmed = offer.offer().confirm(response);
                return Some(match confirmed {
                    Ok(()) => Joined::Answered,
                    Err(_) => self.refuse_block(response, Refusal::bad_request("")),
                });
            }
            None => {}
        }
        Some(match offer.ask(asked, szx, request.token()) {
            Ok(()) => Joined::Pushed(at),
            Err(refusal) => self.refuse_block(response, refusal),
        })
    }

    /// A block of a body came.
    fn take_request_payload(
        &mut self,
        (session, resource): Place,
        (block, length): (BlockValue, usize),
        request: &mut Pdu,
        response: &mut Pdu,
    ) -> Joined {
        let key = ServedKey { session, resource, side: Side::Request, request: RequestKey::of(request) };
        let at = self.transfers.served(&key);
        let limit = self.body_limit();
        if length > limit {
            return self.refuse_too_large(at, response, limit);
        }
        let at = match at.and_then(|at| Some((at, &self.transfers.get(at)?.kind))) {
            Some((_, Kind::Received(_))) => return Joined::Answered,
            Some((at, Kind::QuickIntake(..))) => Some(at),
            Some((at, _)) => {
                self.transfers.remove(&mut self.sessions, at);
                None
            }
            None => None,
        };
        let set = self.parameters(session).max_payloads;
        let begin =
            || Kind::QuickIntake(Arc::new(key), Box::new(QuickIntake::new(request, block, length, set)));
        let Some(at) = at.or_else(|| self.transfers.insert(&mut self.sessions, session, begin())) else {
            return Joined::Answered;
        };
        if !self.make_room(session, request.payload().len(), Some(at)) {
            return self.refuse_too_large(Some(at), response, limit);
        }
        let Some(Kind::QuickIntake(_, intake)) = self.transfers.get_mut(at).map(|it| &mut it.kind) else {
            return Joined::Answered;
        };
        let progress = intake.take(request, block, length);
        self.transfers.touch(&mut self.sessions, at);
        match progress {
            Ok(Progress::Partial(step)) => self.answer_payload(at, (block, step), request, response),
            Ok(Progress::Whole) => self.complete_quick_body(at, request),
            Err(refusal) => {
                self.transfers.remove(&mut self.sessions, at);
                self.tell(session, SessionEvent::PartialBlock);
                self.refuse_block(response, refusal)
            }
        }
    }

    /// Confirmable blocks are acknowledged and nothing more (RFC 9177 section 4.3).
    fn answer_payload(
        &mut self,
        at: TransferId,
        (block, step): (BlockValue, Step),
        request: &Pdu,
        response: &mut Pdu,
    ) -> Joined {
        self.wait_for_request_payloads(at);
        if request.kind() != MessageType::Non {
            return Joined::Answered;
        }
        let Some(Kind::QuickIntake(_, intake)) = self.transfers.get(at).map(|it| &it.kind) else {
            return Joined::Answered;
        };
        match step {
            Step::Wait => {}
            Step::Continue(next) => {
                response.set_code(Code::CONTINUE);
                let last = BlockValue { num: next - 1, more: true, ..block };
                // A response with a token only has room for it.
                let _ = response.insert_option(option::Q_BLOCK1, &last.encode());
            }
            Step::Ask => {
                if intake.ask(response, false).is_err() {
                    refuse(response, Code::INTERNAL_ERROR, "");
                }
            }
        }
        Joined::Answered
    }

    fn complete_quick_body(&mut self, at: TransferId, request: &mut Pdu) -> Joined {
        let Some(transfer) = self.transfers.remove(&mut self.sessions, at) else { return Joined::Answered };
        let session = transfer.session;
        let Kind::QuickIntake(key, intake) = transfer.kind else { return Joined::Answered };
        intake.complete(request);
        if request.kind() == MessageType::Non
            && let Some(at) = self.transfers.insert(&mut self.sessions, session, Kind::Received(key))
        {
            let lifetime = self.parameters(session).non_partial_timeout();
            self.transfers.set_timer(at, self.now + lifetime);
        }
        Joined::Call(Call { extent: Extent::whole(request), block1: None })
    }

    /// For how long nothing may come of a body.
    pub(in crate::engine::blockwise) fn wait_for_request_payloads(&mut self, at: TransferId) {
        let Some(transfer) = self.transfers.get(at) else { return };
        let Kind::QuickIntake(_, intake) = &transfer.kind else { return };
        let parameters = self.parameters(transfer.session);
        let last = parameters.non_partial_timeout();
        let wait = match intake.is_confirmable() {
            true => last,
            false => parameters.non_receive_wait(intake.retries()).min(last),
        };
        self.transfers.set_timer(at, self.now + wait);
    }
}

/// The handler is called with what the request itself bears.
fn call(request: &Pdu) -> Joined {
    Joined::Call(Call { extent: Extent::whole(request), block1: None })
}

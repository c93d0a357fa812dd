//! Requests that responses answer which are kept, or may answer if the server says so (RFC 7252 section 5.6).
use super::Server;
use super::forward::Job;
use super::onward::block_of;
use super::store::{Found, Question, confirmed, set_max_age};
use crate::block::{Body, LargeBody};
use crate::engine::{Engine, ResourceId, SessionId};
use crate::wire::{Code, Pdu, option};
use std::time::Duration;

impl Engine {
    /// Looks for what is kept for a request. `Err`: it is in `response`, with what does not fit there. A stale response
    /// makes the request that goes `onward` ask whether it is valid.
    pub(super) fn ask_store(
        &mut self,
        job: &Job<'_>,
        server: &Server,
        onward: &mut Pdu,
        response: &mut Pdu,
    ) -> Result<Option<Question>, Option<LargeBody>> {
        if self.config.response_cache_bytes == 0 {
            return Ok(None);
        }
        let mut question = Question::of(onward, server);
        if !question.may_be_answered(onward) {
            return Ok(Some(question));
        }
        match self.store.find(&question, self.now) {
            Some(Found::Fresh(kept, rest)) => {
                // A response that there is no room for is not the answer.
                if let Ok(body) = self.answer_from_store(job, &kept, rest, response) {
                    return Err(body);
                }
            }
            Some(Found::Stale(kept)) => {
                if let Some(etag) = kept.option(option::ETAG)
                    && !has_etag(onward, etag.value)
                    && onward.insert_option(option::ETAG, etag.value).is_ok()
                {
                    question.stale = Some(kept);
                }
                // A block of it is no answer to that.
                if question.stale.is_some() {
                    onward.remove_option(option::BLOCK2);
                }
            }
            None => {}
        }
        Ok(Some(question))
    }

    /// What the client gets when the server has answered: a response that is kept, if the server says that it is valid
    /// still and the client does not have it.
    pub(super) fn learn_from(&mut self, question: &Question, request: &Pdu, received: &Pdu) -> Option<Pdu> {
        let limit = self.config.response_cache_bytes;
        let confirms = received.code() == Code::VALID;
        let stale = question.stale.as_ref().filter(|stale| confirms && same_etag(stale, received));
        let Some(stale) = stale else {
            self.store.learn(question, received, self.now, limit);
            return None;
        };
        let valid = confirmed(stale, received);
        self.store.learn(question, &valid, self.now, limit);
        let is_known = received.option(option::ETAG).is_some_and(|etag| has_etag(request, etag.value));
        (!is_known).then_some(valid)
    }

    fn answer_from_store(
        &mut self,
        job: &Job<'_>,
        kept: &Pdu,
        rest: Duration,
        response: &mut Pdu,
    ) -> Result<Option<LargeBody>, ()> {
        let Job { session, resource, request, .. } = *job;
        let etag = kept.option(option::ETAG).map(|etag| etag.value);
        let mut answer = response.clone();
        let body = if etag.is_some_and(|etag| has_etag(request, etag)) {
            answer.set_code(Code::VALID);
            answer.insert_option(option::ETAG, etag.unwrap_or_default()).map_err(drop)?;
            None
        } else {
            answer.set_code(kept.code());
            for option in kept.options() {
                answer.insert_option(option.number, option.value).map_err(drop)?;
            }
            set_max_age(&mut answer, rest);
            self.give_body((session, resource), request, &mut answer, kept.payload())?
        };
        set_max_age(&mut answer, rest);
        *response = answer;
        Ok(body)
    }

    /// Puts the body of a response into it, or the block that the client asks for.
    pub(super) fn give_body(
        &mut self,
        place: (SessionId, Option<ResourceId>),
        request: &Pdu,
        response: &mut Pdu,
        payload: &[u8],
    ) -> Result<Option<LargeBody>, ()> {
        if payload.is_empty() && block_of(request, option::BLOCK2).is_none() {
            return Ok(None);
        }
        let body = Body::own(payload.to_vec());
        self.large_answer(place, request, response, body).map_err(drop)
    }
}

/// Whether a request asks if the response with that ETag is valid (RFC 7252 section 5.10.6.2).
fn has_etag(request: &Pdu, etag: &[u8]) -> bool {
    request.options().any(|option| option.number == option::ETAG && option.value == etag)
}

fn same_etag(one: &Pdu, other: &Pdu) -> bool {
    let etag = |pdu: &Pdu| pdu.option(option::ETAG).map(|etag| etag.value.to_vec());
    etag(one).is_some() && etag(one) == etag(other)
}

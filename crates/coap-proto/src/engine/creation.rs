//! Resources that are made when the first request for them comes (`coap_register_dynamic_resource_handler`).
use super::request::{Refusal, Target};
use super::{Engine, Event, MissingEvent, MissingTicket, SessionId, error_response};
use crate::wire::{Code, OptionFilter, Pdu, uri};
use std::time::Instant;

impl Engine {
    /// Whether a resource is still to be made for a request that found none: others for its path may have been served
    /// since. Ask right before making it; call [`Engine::finish_creation`] in any case.
    pub fn start_creation(&mut self, ticket: MissingTicket, request: &Pdu) -> bool {
        self.recall(&ticket.origin);
        self.may_create()
            && uri::compose_path(request).is_some_and(|path| self.resources.find(&path).is_none())
    }

    /// The application has added a resource for a request that found none, or did not want to. Now it is served as if
    /// it came now, and with 4.04 if there is still nothing at its path.
    pub fn finish_creation(&mut self, now: Instant, ticket: MissingTicket, request: Pdu) {
        self.advance_clock(now);
        let MissingTicket { origin } = ticket;
        self.recall(&origin);
        let made = uri::compose_path(&request).and_then(|path| self.resources.find(&path));
        let found = made.ok_or(Refusal { code: Code::NOT_FOUND, target: None });
        let checked = found.and_then(|made| self.check_target(Target::Resource(made), &request, false));
        match checked {
            Ok(Target::Resource(resource)) => {
                self.call_handler(origin, resource, request);
            }
            Ok(Target::WellKnown) => {}
            Err(Refusal { code, .. }) => {
                let response = error_response(&request, code, &OptionFilter::EMPTY);
                self.answer(origin.session, &request, response, None, origin.reply);
            }
        }
        self.let_go(origin.session);
    }

    /// Whether the application wants to make resources, and may make one more.
    pub(super) fn may_create(&self) -> bool {
        let limit = self.config.max_dynamic_resources;
        limit.is_some_and(|limit| limit == 0 || self.resources.dynamic() < limit)
    }

    /// Asks the application for the resource that a request is for. Its duplicates are known from now on.
    pub(super) fn ask_for_resource(&mut self, session: SessionId, request: Pdu, digest: u64) {
        let Some(origin) = self.begin(session, request.kind(), digest) else { return };
        self.hand_out(session);
        let ticket = MissingTicket { origin };
        self.events.push_back(Event::Missing(Box::new(MissingEvent { session, request, ticket })));
    }
}

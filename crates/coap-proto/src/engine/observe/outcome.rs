//! What becomes of notifications, and how observations end (RFC 7641 section 3.6, 4.5).
use super::observer::Stage;
use crate::engine::exchange::Exchange;
use crate::engine::log::log;
use crate::engine::{Engine, ObserverId, ResourceId, SessionId};
use crate::resource::Resource;
use crate::wire::{Code, MessageType, Pdu};
use std::time::Instant;

impl Engine {
    /// Adds a resource. One of the same path, or a second unknown or proxy resource, takes the place of the
    /// one before, whose observers are told that it is gone.
    pub fn add_resource(
        &mut self,
        now: Instant,
        resource: Resource,
    ) -> (ResourceId, Option<(ResourceId, Resource)>) {
        self.advance_clock(now);
        let (id, replaced) = self.resources.add(resource);
        if let Some((old, resource)) = &replaced {
            self.end_observations(*old, resource);
        }
        (id, replaced)
    }

    /// Takes a resource out. Its observers are told so (RFC 7641 section 4.2).
    pub fn remove_resource(&mut self, now: Instant, id: ResourceId) -> Option<Resource> {
        self.advance_clock(now);
        let resource = self.resources.remove(id)?;
        self.end_observations(id, &resource);
        Some(resource)
    }

    /// Nobody observes any more, and nobody is told: the node is about to go
    /// (`coap_context_set_shutdown_no_observe`). Not for the packet path.
    pub fn drop_all_observers(&mut self, now: Instant) {
        self.advance_clock(now);
        let sessions: Vec<_> = self.sessions.ids().collect();
        for id in sessions {
            self.forget_observers(id);
            self.settle(id);
        }
    }

    /// All resources are about to go.
    pub(in crate::engine) fn end_all_observations(&mut self) {
        let ids: Vec<_> = self.resources.ids().collect();
        for id in ids {
            let observable = self.resources.get(id).is_some_and(|resource| resource.observable);
            self.tell_gone(id, observable);
        }
    }

    /// A session ends: it observes no more.
    pub(in crate::engine) fn forget_observers(&mut self, id: SessionId) {
        while let Some(observer) = self.sessions.get(id).and_then(|session| session.rare.observers.first()) {
            self.drop_observer(observer);
        }
    }

    /// A message that was kept is on its way no more, for whatever reason.
    pub(in crate::engine) fn exchange_ended(&mut self, exchange: &Exchange) {
        if let Some(id) = exchange.notifies
            && let Some(observer) = self.observers.get_mut(id)
            && observer.stage == Stage::Unacknowledged
        {
            observer.stage = Stage::Resting;
            self.go_on_with(id);
        }
        self.payload_ended(exchange);
        self.forwarded_settled(exchange);
        self.release_observers(exchange.session);
        if exchange.hidden {
            self.sessions.leave(exchange.session);
        }
    }

    /// A notification was rejected, or never acknowledged: who it was for observes no more. (libcoap's
    /// COAP_OBS_MAX_FAIL is 1: the first failure counts.)
    pub(in crate::engine) fn notification_failed(&mut self, exchange: &Exchange) {
        if exchange.pdu.code().class() < 2 {
            return;
        }
        self.forwarded_rejected(exchange);
        // Also a response that the application has sent by itself, with the token of the request that
        // registered.
        let with_token = self.observers.with_token(exchange.session, exchange.pdu.token());
        for observer in [exchange.notifies, with_token].into_iter().flatten() {
            self.end_observation(observer);
        }
    }

    /// A reset came for a message that is not kept. `true`: it was the last notification of an observer.
    pub(in crate::engine) fn notification_rejected(&mut self, session: SessionId, mid: u16) -> bool {
        let observer = self.observers.with_mid(session, mid);
        if let Some(observer) = observer {
            self.end_observation(observer);
        }
        self.forwarded_mid_rejected(session, mid) || observer.is_some()
    }

    /// Somebody observes no more. A notification that waits for its acknowledgement is not repeated. The session may
    /// then have nothing left that keeps it: the caller settles it when done with it.
    pub(super) fn end_observation(&mut self, id: ObserverId) {
        log!(self, Debug, "removed subscription {}", self.describe_observer(id));
        if let Some(last) = self.drop_observer(id) {
            self.repeat_no_more(id, last);
        }
    }

    /// Its last notification is not repeated any more.
    pub(super) fn withdraw_notification(&mut self, id: ObserverId) {
        if let Some(last) = self.observers.get(id).map(|observer| (observer.session, observer.mid)) {
            self.repeat_no_more(id, last);
        }
    }

    fn repeat_no_more(&mut self, id: ObserverId, (session, mid): (SessionId, Option<u16>)) {
        let exchange = mid.and_then(|mid| self.exchange_with_mid(session, mid));
        let notifies = exchange.and_then(|at| self.exchanges.get(at)).and_then(|kept| kept.notifies);
        if let Some(exchange) = exchange.filter(|_| notifies == Some(id)) {
            self.finish_exchange(exchange);
        }
    }

    fn drop_observer(&mut self, id: ObserverId) -> Option<(SessionId, Option<u16>)> {
        let observer = self.observers.remove(&mut self.sessions, id)?;
        let length = observer.request.payload().len();
        self.transfers.refund(&mut self.sessions, observer.session, length);
        self.track_removal(id, observer.session, observer.request.token());
        Some((observer.session, observer.mid))
    }

    fn end_observations(&mut self, id: ResourceId, resource: &Resource) {
        self.track_resource_removal(resource.path());
        self.tell_gone(id, resource.observable);
    }

    fn tell_gone(&mut self, resource: ResourceId, observable: bool) {
        while let Some(id) = self.observers.first_of(resource) {
            let Some(observer) = self.observers.get(id) else { return };
            let (session, token) = (observer.session, observer.request.token().to_vec());
            self.end_observation(id);
            // Who does not get it will find out when it asks again.
            if observable
                && !self.config.keeps_observers
                && let Some(mid) = self.new_mid(session)
            {
                let mut last = Pdu::new(MessageType::Non, Code::NOT_FOUND, mid, 0);
                if last.set_token(&token).is_ok() {
                    self.send_quietly(session, last);
                }
            }
            self.settle(session);
        }
    }
}

//! Notifications: when they are made, and how they are sent (RFC 7641 section 4.2 to 4.5).
use super::observer::{Envelope, Observes, Stage};
use crate::block::Extent;
use crate::engine::exchange::Phase;
use crate::engine::log::log;
use crate::engine::{
    Engine, ObserverId, Origin, RequestEvent, RequestTicket, ResourceId, SendError, SessionId,
};
use crate::resource::{Resource, flags};
use crate::wire::{BlockValue, Code, MessageType, Pdu, option, uint};
use std::time::{Duration, Instant};

/// Observers served before others get their turn.
const TURN: usize = 256;
/// So many bytes of their requests' bodies, and those of one more: handlers get copies.
const TURN_BYTES: usize = 1 << 20;
/// So many non-confirmable notifications come between two confirmable ones: libcoap's COAP_OBS_MAX_NON.
pub(in crate::engine) const MAX_UNCONFIRMED: u8 = 5;
/// Notifications of one stream whose handlers run before others are made.
const MAX_RUNNING: usize = 16;
/// At least that often an observer has to say that it is still there (RFC 7641 section 4.5).
const CONFIRMATION_INTERVAL: Duration = Duration::from_secs(24 * 3600);

impl Engine {
    /// The state of a resource has changed: its observers are to be notified. That is done by and by in
    /// [`Engine::handle_timeout`]; those who cannot follow get the newest state only.
    ///
    /// `false`: it has no observers, or must not be observed.
    pub fn notify(&mut self, now: Instant, id: ResourceId) -> bool {
        self.advance_clock(now);
        let Some(resource) = self.resources.get_mut(id).filter(|resource| resource.observable) else {
            return false;
        };
        let is_observed = self.observers.note_change(id);
        if is_observed {
            resource.count_change();
            self.track_change(id);
        }
        is_observed
    }

    /// Notifies some of the observers whose resources have changed, without waiting for
    /// [`Engine::poll_timeout`].
    pub fn notify_some(&mut self, now: Instant) {
        self.advance_clock(now);
        self.serve_observers();
    }

    /// One turn: those who have waited for their peer come first.
    pub(in crate::engine) fn serve_observers(&mut self) {
        let mut bytes = 0;
        for _ in 0..TURN {
            let next = self.observers.take_due().or_else(|| self.observers.next_to_visit());
            let Some(observer) = next else { return };
            bytes += self.observers.get(observer).map_or(0, |it| it.request.payload().len());
            self.visit(observer);
            if bytes >= TURN_BYTES {
                return;
            }
        }
    }

    /// The handler has answered the request of an observer once more. Returns whether that was sent.
    pub(in crate::engine) fn finish_notification(
        &mut self,
        session: SessionId,
        (id, envelope): (ObserverId, Envelope),
        mut response: Pdu,
    ) -> bool {
        if envelope.kind == MessageType::Con
            && let Some(own) = self.sessions.get_mut(session).and_then(|session| session.rare.own_mut())
        {
            own.observers.running = own.observers.running.saturating_sub(1);
        }
        let mut sent = false;
        let is_running = |stage| stage == Stage::Running;
        if let Some(observer) = self.observers.get_mut(id).filter(|it| is_running(it.stage)) {
            observer.stage = Stage::Resting;
            // A handler may ask for an acknowledgement; an answer of the engine's own is an acknowledgement
            // itself.
            if !matches!(response.kind(), MessageType::Con | MessageType::Non) {
                response.set_kind(envelope.kind);
            }
            response.set_mid(envelope.mid);
            sent = self.send_notification(session, id, response);
            self.go_on_with(id);
        }
        self.release_observers(session);
        sent
    }

    /// Fewer messages are in flight to a peer, or could be: who waits for that is served soon.
    pub(in crate::engine) fn release_observers(&mut self, id: SessionId) {
        for _ in 0..self.room(id) {
            if !self.observers.release_one(&mut self.sessions, id) {
                return;
            }
        }
    }

    /// A notification is out of the way: if the state has changed meanwhile, the next one is due.
    pub(super) fn go_on_with(&mut self, id: ObserverId) {
        let rests = self.observers.get(id).is_some_and(|observer| observer.stage == Stage::Resting);
        if rests && self.observers.is_behind(id) {
            self.observers.make_due(id);
        }
    }

    fn visit(&mut self, id: ObserverId) {
        let Some(observer) = self.observers.get(id) else { return };
        // Those that wait will show what is newest then.
        if observer.stage != Stage::Resting || !self.observers.is_behind(id) {
            return;
        }
        let (session, at) = (observer.session, observer.resource);
        let Some(resource) = self.resources.get(at) else {
            self.end_observation(id);
            return self.settle(session);
        };
        if !resource.observable {
            return;
        }
        let must_confirm = resource.flags & flags::NOTIFY_NON_ALWAYS == 0
            && (observer.unconfirmed >= MAX_UNCONFIRMED
                || observer.confirmed_at + CONFIRMATION_INTERVAL <= self.now);
        let is_confirmable = resource.flags & flags::NOTIFY_CON != 0 || must_confirm;
        let is_stream = self.is_of_stream(session);
        if (is_confirmable || is_stream) && self.room(session) == 0 {
            return self.observers.hold(&mut self.sessions, id);
        }
        let kind = if is_confirmable || is_stream { MessageType::Con } else { MessageType::Non };
        if let Some(event) = self.begin_notification(id, kind) {
            self.give_request(event);
        }
    }

    /// How many more confirmable messages to a peer may be under way or be made.
    fn room(&self, id: SessionId) -> usize {
        let Some(session) = self.sessions.get(id) else { return 0 };
        if session.stream.is_some() {
            let most = if self.has_output_room(id) { MAX_RUNNING } else { 0 };
            return most.saturating_sub(session.rare.observers.running);
        }
        let busy = session.rare.queues.count(Phase::InFlight) + session.rare.observers.running;
        usize::from(session.parameters.nstart.max(1)).saturating_sub(busy)
    }

    /// Has the handler run for an observer.
    fn begin_notification(&mut self, id: ObserverId, kind: MessageType) -> Option<RequestEvent> {
        let session = self.observers.get(id)?.session;
        let mid = self.new_mid(session)?;
        let observer = self.observers.get(id)?;
        let (resource, path) = (observer.resource, observer.path);
        let mut request = observer.request.clone();
        request.set_mid(mid);
        let (called, peer) = (self.resources.get(resource)?, self.sessions.get_mut(session)?);
        let response = new_notification(&request, kind, called, peer.max_pdu_size())?;
        peer.rare.make_mut().observers.running += usize::from(kind == MessageType::Con);
        self.sessions.hand_out(session);
        self.observers.catch_up(id);
        self.observers.get_mut(id)?.stage = Stage::Running;
        log!(self, Debug, "Observe PDU presented to app.");
        self.show_in(session, &request);
        log!(self, Debug, "call custom handler for resource '{}' (4)", self.name_of(resource));
        let origin = Origin { session, path, reply: None };
        let observes = Observes::Notified(id, Envelope { kind, mid });
        let ticket =
            RequestTicket { origin, observes, block1: None, acknowledged: false, asynchronous: None };
        let extent = Extent::whole(&request);
        Some(RequestEvent { session, resource, request, extent, response, ticket })
    }

    fn send_notification(&mut self, session: SessionId, id: ObserverId, mut response: Pdu) -> bool {
        let (class, kind, mid) = (response.code().class(), response.kind(), response.mid());
        if class != 2 {
            response.remove_option(option::OBSERVE);
        }
        if class > 2 {
            // RFC 7641 section 4.2: the last one.
            self.end_observation(id);
        }
        if response.code().is_empty() {
            return false;
        }
        self.count_notification(id, kind);
        let sent = self.submit(session, response);
        match &sent {
            Ok(_) => self.await_acknowledgement(session, id, mid),
            Err(SendError::QueueFull) => {
                self.observers.fall_behind(id);
                self.observers.hold(&mut self.sessions, id);
            }
            Err(reason) => log!(self, Debug, "cannot send notification mid=0x{mid:04x}: {reason}"),
        }
        sent.is_ok()
    }

    fn count_notification(&mut self, id: ObserverId, kind: MessageType) {
        let now = self.now;
        let Some(observer) = self.observers.get_mut(id) else { return };
        if kind == MessageType::Con {
            (observer.unconfirmed, observer.confirmed_at) = (0, now);
        } else {
            observer.unconfirmed = observer.unconfirmed.saturating_add(1);
        }
    }

    fn await_acknowledgement(&mut self, session: SessionId, id: ObserverId, mid: u16) {
        self.observers.note_mid(id, mid);
        let exchange = self.exchange_with_mid(session, mid);
        if let Some(exchange) = exchange.and_then(|exchange| self.exchanges.get_mut(exchange))
            && let Some(observer) = self.observers.get_mut(id)
        {
            exchange.notifies = Some(id);
            observer.stage = Stage::Unacknowledged;
        }
    }
}

/// A response for a handler to fill in, as one to the request of an observer.
fn new_notification(request: &Pdu, kind: MessageType, resource: &Resource, max_size: usize) -> Option<Pdu> {
    let mut response = Pdu::new(kind, Code::EMPTY, request.mid(), max_size);
    response.set_token(request.token()).ok()?;
    response.insert_option(option::OBSERVE, &uint::encode(resource.observe_number().into())).ok()?;
    for number in [option::BLOCK2, option::Q_BLOCK2] {
        if let Some(block) = request.option(number).and_then(|block| BlockValue::decode(block.value)) {
            // The size that the client wants; the handler sees to the rest (RFC 7959 section 2.6).
            let first = BlockValue { num: 0, more: false, ..block };
            response.insert_option(number, &first.encode()).ok()?;
        }
    }
    Some(response)
}

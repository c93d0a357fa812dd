//! Requests with an Observe option (RFC 7641 section 3.1, 4.1).
use super::action::{DEREGISTER, REGISTER};
use super::observer::{Observer, Observes};
use crate::engine::config::is_full;
use crate::engine::log::log;
use crate::engine::{Engine, ObserverId, Path, ResourceId, SessionId};
use crate::wire::{BlockValue, Code, MessageType, Pdu, option, uint};

impl Engine {
    /// A request is about to be handled. One that registers gets an Observe option into its `response`,
    /// unless there are too many observers. `Err`: the code of the answer instead.
    pub(in crate::engine) fn observe(
        &mut self,
        id: SessionId,
        resource: ResourceId,
        request: &Pdu,
        response: &mut Pdu,
    ) -> Result<Observes, Code> {
        let Some(action) = request.option(option::OBSERVE).map(|option| option.uint()) else {
            return Ok(Observes::No);
        };
        let is_observable = self.resources.get(resource).is_some_and(|resource| resource.observable);
        if !is_observable || !matches!(request.code(), Code::GET | Code::FETCH) {
            return Ok(Observes::No);
        }
        match action {
            Some(REGISTER) => self.register(id, resource, request, response),
            Some(DEREGISTER) => {
                let known = self.observers.with_token(id, request.token());
                let of_resource = |at: &ObserverId| {
                    self.observers.get(*at).is_some_and(|observer| observer.resource == resource)
                };
                if let Some(observer) = known.filter(of_resource) {
                    self.end_observation(observer);
                }
                Ok(Observes::No)
            }
            _ => {
                log!(self, Info, "observe: unexpected action {}", action.unwrap_or(u64::MAX));
                Ok(Observes::No)
            }
        }
    }

    /// The handler of a request that registered has run. One that fails does not observe (RFC 7641 section
    /// 4.1).
    pub(in crate::engine) fn confirm_registration(&mut self, observer: ObserverId, response: &mut Pdu) {
        let class = response.code().class();
        if class != 2 {
            response.remove_option(option::OBSERVE);
        }
        if class > 2 {
            self.end_observation(observer);
        } else if response.kind() != MessageType::Ack {
            // A client that has lost its interest may reject this one, too.
            self.observers.note_mid(observer, response.mid());
        }
    }

    /// The handler of a request that was put off runs again: if the request registered, the `response` that follows now
    /// says so.
    pub(in crate::engine) fn go_on_observing(
        &mut self,
        id: SessionId,
        resource: ResourceId,
        response: &mut Pdu,
    ) -> Observes {
        let known = self.observers.with_token(id, response.token());
        let of_resource = |at: &ObserverId| self.observers.get(*at).is_some_and(|it| it.resource == resource);
        let Some(observer) = known.filter(of_resource) else { return Observes::No };
        self.show_number(resource, response);
        Observes::Registers(observer)
    }

    fn register(
        &mut self,
        id: SessionId,
        resource: ResourceId,
        request: &Pdu,
        response: &mut Pdu,
    ) -> Result<Observes, Code> {
        let block = request.option(option::BLOCK2).or(request.option(option::Q_BLOCK2));
        let block = block.and_then(|block| BlockValue::decode(block.value));
        if block.is_some_and(|block| block.num != 0) {
            // RFC 7959 section 2.6: observing is for whole representations.
            return Err(Code::BAD_REQUEST);
        }
        let Some(path) = self.sessions.get(id).map(|session| session.path()) else { return Ok(Observes::No) };
        let Some(observer) = self.replace_observer(id, resource, request, path) else {
            return Ok(Observes::No);
        };
        self.show_number(resource, response);
        Ok(Observes::Registers(observer))
    }

    fn show_number(&self, resource: ResourceId, response: &mut Pdu) {
        let number = self.resources.get(resource).map_or(0, |resource| resource.observe_number());
        // A response with a token only has room for it.
        let _ = response.insert_option(option::OBSERVE, &uint::encode(number.into()));
    }

    /// One entry for a token of a client, and one for what it asks (RFC 7641 section 4.1): it uses the last.
    pub(super) fn replace_observer(
        &mut self,
        id: SessionId,
        resource: ResourceId,
        request: &Pdu,
        path: Path,
    ) -> Option<ObserverId> {
        if let Some(same_token) = self.observers.with_token(id, request.token()) {
            if self.renew(same_token, resource, request, path) {
                return Some(same_token);
            }
            self.end_observation(same_token);
        }
        if let Some(same_request) = self.observers.with_request(id, resource, request) {
            self.end_observation(same_request);
        }
        // Its payload is kept for as long as the client likes.
        let length = request.payload().len();
        if !self.has_place_for_observer(id, resource) || length > 0 && !self.make_room(id, length, None) {
            log!(self, Info, "too many observers: request answered without Observe");
            return None;
        }
        let observer = Observer::new((id, resource), request.clone(), path, self.now);
        let observer = self.observers.insert(&mut self.sessions, observer)?;
        self.transfers.charge(&mut self.sessions, id, length);
        log!(self, Debug, "create new subscription {}", self.describe_observer(observer));
        self.track_observer(observer);
        self.settle(id);
        Some(observer)
    }

    /// The same request once more, as a client sends that wants to be sure (RFC 7641 section 3.3.1): nothing changes,
    /// but that the answer tells the newest state. `false`: it is another request.
    fn renew(&mut self, id: ObserverId, resource: ResourceId, request: &Pdu, path: Path) -> bool {
        let Some(observer) = self.observers.get_mut(id) else { return false };
        let known = &observer.request;
        if observer.resource != resource || known.code() != request.code() || known.body() != request.body() {
            return false;
        }
        observer.path = path;
        self.observers.catch_up(id);
        self.withdraw_notification(id);
        true
    }

    fn has_place_for_observer(&self, id: SessionId, resource: ResourceId) -> bool {
        let of_session = self.sessions.get(id).map_or(0, |session| session.rare.observers.len());
        let config = &self.config;
        !(is_full(of_session, config.max_observers_per_session)
            || is_full(self.observers.count(resource), config.max_observers_per_resource)
            || is_full(self.observers.len(), config.max_observers))
    }

    pub(super) fn describe_observer(&self, id: ObserverId) -> String {
        let Some(observer) = self.observers.get(id) else { return String::new() };
        let token: String = observer.request.token().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{} with token '{token}'", id.0.slot())
    }
}

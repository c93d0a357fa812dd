//! What becomes of a request that is put off: repetitions are absorbed, then its time comes, or its session ends.
use super::requests::Stage;
use crate::block::Extent;
use crate::engine::log::log;
use crate::engine::request::Target;
use crate::engine::session::Session;
use crate::engine::{
    AsyncId, Engine, Event, Origin, RequestEvent, RequestTicket, ResourceId, SessionId, error_response,
};
use crate::wire::{BlockValue, Code, MessageType, OptionFilter, Pdu, option};

impl Engine {
    /// Whether the handler of a request is to run: not if the request was put off, and has been forgotten or put
    /// off again since its time came. Ask right before it runs. The request is to be finished in any
    /// case.
    pub fn start_handler(&mut self, ticket: &RequestTicket) -> bool {
        self.recall(&ticket.origin);
        let Some(id) = ticket.asynchronous else { return true };
        let due = self.asyncs.get_mut(id).filter(|request| request.stage == Stage::Due);
        due.map(|request| request.stage = Stage::Running).is_some()
    }

    /// A request that is put off came again, or another one with its token. `false`: it is none of these.
    pub(in crate::engine) fn absorb_repetition(&mut self, id: SessionId, request: &Pdu, digest: u64) -> bool {
        let Some(session) = self.sessions.get(id) else { return false };
        if session.rare.asyncs.is_empty() || self.asyncs.with_token(id, request.token()).is_none() {
            return false;
        }
        log!(self, Info, "Retransmit async response");
        let Some(origin) = self.begin(id, request.kind(), digest) else { return true };
        if request.kind() == MessageType::Con {
            self.remember_answer(origin.reply, &Pdu::empty_datagram(MessageType::Ack, request.mid()));
            self.acknowledge(id, request.mid());
        }
        true
    }

    /// The time of a request has come.
    pub(in crate::engine) fn serve_async(&mut self, id: AsyncId) {
        if self.fire(id).is_none() {
            self.free_async(self.now, id);
        }
    }

    /// The handler of a request that was put off has run, and its response is sent. Nothing happens if it was
    /// put off again before that.
    pub(in crate::engine) fn finish_async(&mut self, id: AsyncId) {
        if self.asyncs.get(id).is_some_and(|request| request.stage != Stage::Waiting) {
            self.free_async(self.now, id);
        }
    }

    /// A session ends.
    pub(in crate::engine) fn forget_asyncs(&mut self, id: SessionId) {
        while let Some(session) = self.sessions.get_mut(id)
            && let Some(first) = session.rare.asyncs.front()
        {
            let request = AsyncId(first);
            self.asyncs.remove(&mut session.rare.make_mut().asyncs, request);
            self.events.push_back(Event::AsyncEnded { request });
        }
    }

    /// Has the handler of a request run again. `None`: there is none.
    fn fire(&mut self, id: AsyncId) -> Option<()> {
        let due = self.asyncs.get_mut(id)?;
        due.stage = Stage::Due;
        let (session, path, mut request) = (due.session, due.path, due.request.clone());
        let origin = Origin { session, path, reply: None };
        self.recall(&origin);
        // The acknowledgement has used the one that it came with.
        request.set_mid(self.new_mid(session)?);
        match self.find_target_again(session, &request)? {
            Ok(Target::Resource(resource)) => self.call_again(id, resource, request, origin),
            Ok(Target::WellKnown) => None,
            Err(code) => {
                let mut response = error_response(&request, code, &OptionFilter::EMPTY);
                response.set_kind(request.kind());
                self.send_quietly(session, response);
                None
            }
        }
    }

    /// Resources may have come and gone. Its Hop-Limit was counted when the request came (RFC 8768 section 3).
    fn find_target_again(&mut self, id: SessionId, request: &Pdu) -> Option<Result<Target, Code>> {
        let to_group = self.sessions.get(id).is_some_and(Session::was_reached_by_group);
        let mut counted = request.clone();
        counted.remove_option(option::HOP_LIMIT);
        let found = self.find_target(&mut counted, false)?;
        let checked = found.and_then(|target| self.check_target(target, request, to_group));
        Some(checked.map_err(|refusal| refusal.code))
    }

    fn call_again(&mut self, id: AsyncId, resource: ResourceId, request: Pdu, origin: Origin) -> Option<()> {
        let session = origin.session;
        self.resources.get(resource)?;
        let peer = self.sessions.get_mut(session)?;
        let mut response = Pdu::new(request.kind(), Code::EMPTY, request.mid(), peer.max_pdu_size());
        response.set_token(request.token()).ok()?;
        self.sessions.hand_out(session);
        let observes = self.go_on_observing(session, resource, &mut response);
        log!(self, Debug, "call custom handler for resource '{}' (3)", self.name_of(resource));
        let block1 = request.option(option::BLOCK1).and_then(|block| BlockValue::decode(block.value));
        let ticket = RequestTicket { origin, block1, observes, acknowledged: true, asynchronous: Some(id) };
        let extent = Extent::whole(&request);
        let event = RequestEvent { session, resource, request, extent, response, ticket };
        self.give_request(event);
        Some(())
    }
}

//! Requests of peers: which resource they are for, and what becomes of its answer (RFC 7252 section 5.2,
//! 5.8).
use super::blockwise::{Call, Joined};
use super::echo::proof_asked;
use super::exchange::Phase;
use super::log::log;
use super::observe::Observes;
use super::replies::ReplyId;
use super::suppress::{Circumstances, is_delayed, is_wanted};
use super::{
    Engine, Event, Origin, RequestEvent, RequestTicket, ResourceId, SessionId, error_response, hop_limit,
    well_known,
};
use crate::block::{block_option, quick};
use crate::resource::{ResourceKind, flags};
use crate::wire::option::{self, Presence};
use crate::wire::{BlockValue, Code, MessageType, OptionFilter, Pdu, Uri, uri};
use std::borrow::Cow;
use std::time::Instant;

/// The options that make a request one for a proxy.
pub(super) const FOR_PROXIES: Presence = Presence::NONE.with(option::PROXY_URI).with(option::PROXY_SCHEME);
/// Delayed answers to group requests, of one session.
const MAX_LEISURE: usize = 16;

/// What a request is for.
pub(super) enum Target {
    WellKnown,
    Resource(ResourceId),
}

/// Why it is not served: the answer's code, and the resource, if one was found.
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) target: Option<Target>,
}

impl Refusal {
    /// There is nothing at the path of the request.
    fn is_about_path(&self) -> bool {
        self.code == Code::NOT_FOUND && self.target.is_none()
    }
}

/// What its proxy options make of a request (RFC 7252 section 5.7.2).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proxying {
    /// It has none.
    None,
    /// This node is the origin server itself.
    Hosted,
    /// It is to be forwarded.
    Forward(ResourceId),
}

impl Engine {
    /// The handler of a request has run, and filled in the response. An empty code there means that there is no
    /// answer yet: a confirmable request is acknowledged, and the answer is for [`Engine::send`].
    pub fn finish_request(&mut self, now: Instant, event: Box<RequestEvent>) {
        self.conclude_request(now, event);
    }

    /// As [`Engine::finish_request`]; returns whether the response was sent.
    pub(super) fn conclude_request(&mut self, now: Instant, mut event: Box<RequestEvent>) -> bool {
        self.advance_clock(now);
        self.recall(&event.ticket.origin);
        let id = event.ticket.origin.session;
        let sent = match event.ticket.observes {
            Observes::Notified(observer, envelope) => {
                self.finish_notification(id, (observer, envelope), std::mem::take(&mut event.response))
            }
            Observes::Registers(observer) => {
                self.confirm_registration(observer, &mut event.response);
                self.answer_handled(id, &mut event)
            }
            Observes::No => self.answer_handled(id, &mut event),
        };
        self.spares.give_box(event);
        self.let_go(id);
        sent
    }

    /// Sends what a handler has answered to a request that came.
    fn answer_handled(&mut self, id: SessionId, event: &mut RequestEvent) -> bool {
        let RequestEvent { response, ticket, .. } = &mut *event;
        if ticket.acknowledged && response.kind() == MessageType::Ack {
            // The answer becomes separate.
            response.set_kind(MessageType::Con);
            response.set_mid(self.new_mid(id).unwrap_or_default());
        }
        if let Some(block) = ticket.block1 {
            acknowledge_block(response, block);
        }
        // None at all was given already.
        let says_nothing = ticket.acknowledged && response.code().is_empty();
        if proof_asked(response).is_some() {
            self.keep_for_proof(event);
        }
        let RequestEvent { request, response, ticket, .. } = event;
        let mut sent = false;
        if !says_nothing {
            let flags = self.resources.get(event.resource).map(|resource| resource.flags);
            sent = self.answer(id, request, std::mem::take(response), flags, ticket.origin.reply);
        }
        if let Some(request) = ticket.asynchronous {
            self.finish_async(request);
        }
        if ticket.block1.is_some() {
            self.forget_joined(id, request.mid());
        }
        sent
    }

    /// The application is to handle a request.
    #[inline(always)] // so that it is made where it is to be, without being copied there
    pub(super) fn give_request(&mut self, request: RequestEvent) {
        let event = self.spares.enclose(request);
        self.events.push_back(Event::Request(event));
    }

    pub(super) fn handle_request(
        &mut self,
        id: SessionId,
        mut request: Pdu,
        digest: u64,
        forward_only: bool,
    ) {
        let Some(session) = self.sessions.get(id) else { return };
        let (to_group, tries_q_block) = (session.was_reached_by_group(), session.tries_q_block());
        if to_group && request.kind() != MessageType::Non {
            log!(self, Info, "Invalid multicast packet received RFC7252 8.1");
            return;
        }
        if tries_q_block {
            if to_group && request.option(option::Q_BLOCK2).is_some() {
                log!(self, Info, "Q-Block2 for a group is ignored (RFC 9177 4.8)");
                return;
            }
            self.note_block_options(id, &request);
        }
        if self.absorb_repetition(id, &request, digest) {
            return;
        }
        self.note_proof(id, &request);
        let Some(found) = self.find_target(&mut request, forward_only) else { return };
        if matches!(&found, Err(refusal) if refusal.is_about_path()) && !to_group && self.may_create() {
            return self.ask_for_resource(id, request, digest);
        }
        match found.and_then(|target| self.check_target(target, &request, to_group)) {
            Err(Refusal { code, target }) => {
                let response = error_response(&request, code, &OptionFilter::EMPTY);
                let flags = target.and_then(|target| self.flags_of(&target));
                self.answer(id, &request, response, flags, None);
            }
            Ok(Target::WellKnown) => {
                let Some(mut response) = self.new_response(id, &request) else { return };
                log!(self, Debug, "call custom handler for resource '.well-known/core' (3)");
                self.answer_well_known(id, &request, &mut response);
                self.answer(id, &request, response, Some(well_known::FLAGS), None);
            }
            Ok(Target::Resource(resource)) => {
                if quick::is_stepwise(&request) && self.continue_offer_of(id, resource, &request) {
                    return self.reuse_pdu(request);
                }
                let Some(origin) = self.begin(id, request.kind(), digest) else { return };
                self.call_handler(origin, resource, request);
            }
        }
    }

    /// Sends what a handler or the engine itself answers, if the client wants it. Duplicates of the request
    /// will get it, too, if they are known by `reply`. Returns whether it was sent.
    pub(super) fn answer(
        &mut self,
        id: SessionId,
        request: &Pdu,
        mut response: Pdu,
        flags: Option<u32>,
        reply: Option<ReplyId>,
    ) -> bool {
        let Some(session) = self.sessions.get(id) else { return false };
        if session.tries_q_block() {
            confirm_q_block(request, &mut response);
        }
        let (to_group, per_resource) = (session.was_reached_by_group(), self.config.mcast_per_resource);
        let circumstances = Circumstances { to_group, flags, per_resource };
        if !is_wanted(request, &mut response, circumstances) {
            log!(self, Debug, "   {}: mid=0x{:04x}: response dropped", self.name(id), response.mid());
            self.show_in(id, &response);
            return false;
        }
        if response.code().is_empty() {
            // An empty message has no token (RFC 7252 section 4.1), whatever type the handler gave it.
            response.clear();
        }
        if let Err(reason) = self.prepare(id, &mut response) {
            log!(self, Debug, "cannot send response for mid=0x{:04x}: {reason}", request.mid());
            return false;
        }
        if self.is_too_much(id, &response) {
            response = self.proof_demand(id, request, &response);
        }
        if request.kind() == MessageType::Con {
            let acknowledgement = Pdu::empty_datagram(MessageType::Ack, request.mid());
            let piggybacked = response.kind() == MessageType::Ack;
            let datagram = if piggybacked { response.encode_udp() } else { &acknowledgement };
            self.remember_answer(reply, datagram);
        }
        if is_delayed(circumstances) {
            self.answer_at_leisure(id, response);
            return false;
        }
        let has_code = !response.code().is_empty();
        match self.dispatch(id, response) {
            Ok(_) => has_code,
            Err(reason) => {
                log!(self, Debug, "cannot send response for mid=0x{:04x}: {reason}", request.mid());
                false
            }
        }
    }

    /// Spreads the answers of a group's members over the leisure (RFC 7252 section 8.2).
    fn answer_at_leisure(&mut self, id: SessionId, response: Pdu) {
        let Some(session) = self.sessions.get(id) else { return };
        if session.rare.queues.count(Phase::Leisure) >= MAX_LEISURE || !self.exchanges.has_leisure() {
            return;
        }
        let delay = session.parameters.default_leisure.as_duration();
        let delay = self.random.part(delay);
        log!(
            self,
            Debug,
            "   {}: mid=0x{:04x}: mcast response delayed for {}.{:03} secs",
            self.name(id),
            response.mid(),
            delay.as_secs(),
            delay.subsec_millis()
        );
        if let Some(exchange) = self.keep(id, response, Phase::Leisure) {
            self.exchanges.set_timer(exchange, self.now + delay);
        }
    }

    /// A resource that stands for others, to which requests go on.
    fn onward_target(resource: ResourceId, request: &Pdu) -> Result<Target, Refusal> {
        let checked = hop_limit::check_onward(request);
        checked.map(|()| Target::Resource(resource)).map_err(|code| Refusal { code, target: None })
    }

    /// `None`: the request is not answered at all.
    pub(super) fn find_target(
        &mut self,
        request: &mut Pdu,
        forward_only: bool,
    ) -> Option<Result<Target, Refusal>> {
        let refuse = |code| Some(Err(Refusal { code, target: None }));
        let proxying = match self.proxying(request, forward_only) {
            Ok(proxying) => proxying,
            Err(code) => return refuse(code),
        };
        // One for this node by its own name has come to its end, whatever it says.
        if proxying != Proxying::Hosted
            && let Err(code) = hop_limit::count_down(request)
        {
            return refuse(code);
        }
        if let Proxying::Forward(proxy) = proxying {
            return Some(Self::onward_target(proxy, request));
        }
        if request.presence().may_have(option::PROXY_URI) {
            return uri::compose_path(request).map(|path| self.target_at(&path, request));
        }
        let mut room = Vec::new();
        Some(self.target_at(uri::path_in(request, &mut room), request))
    }

    /// What a request is for that is not to be forwarded.
    fn target_at(&mut self, path: &[u8], request: &Pdu) -> Result<Target, Refusal> {
        if let Some(resource) = self.resources.find_again(path) {
            return Ok(Target::Resource(resource));
        }
        if path == well_known::PATH {
            return Ok(Target::WellKnown);
        }
        let method = request.code();
        let handles = |id: &ResourceId| self.resources.get(*id).is_some_and(|it| it.methods.contains(method));
        if let Some(unknown) = self.resources.unknown().filter(handles) {
            return Self::onward_target(unknown, request);
        }
        // RFC 7252 section 5.8.4: what is not there counts as deleted.
        let code = if method == Code::DELETE { Code::DELETED } else { Code::NOT_FOUND };
        log!(
            self,
            Debug,
            "request for unknown resource '{}', return {}.{:02}",
            String::from_utf8_lossy(path),
            code.class(),
            code.detail()
        );
        Err(Refusal { code, target: None })
    }

    fn proxying(&mut self, request: &Pdu, forward_only: bool) -> Result<Proxying, Code> {
        if !request.presence().meets(FOR_PROXIES) {
            return Ok(Proxying::None);
        }
        let proxy_uri = request.option(option::PROXY_URI);
        let scheme = request.option(option::PROXY_SCHEME);
        let host = request.option(option::URI_HOST);
        if scheme.is_some() && host.is_none() {
            log!(self, Debug, "Proxy-Scheme requires Uri-Host");
            return Err(Code::BAD_OPTION);
        }
        let kind = if scheme.is_some() { "Scheme" } else { "Uri" };
        let Some((id, proxy)) = self.resources.proxy().and_then(|id| Some((id, self.resources.get(id)?)))
        else {
            log!(self, Debug, "Proxy-{kind} support not configured");
            return Err(Code::PROXYING_NOT_SUPPORTED);
        };
        let host = match (proxy_uri, host) {
            (Some(uri), _) => match Uri::parse(uri.value) {
                Ok(uri) if !uri.host.is_empty() => uri.host,
                _ => {
                    log!(self, Debug, "Proxy-URI not decodable");
                    return Err(Code::PROXYING_NOT_SUPPORTED);
                }
            },
            (None, host) => host.map(|host| host.value).unwrap_or_default(),
        };
        let decoded = if proxy_uri.is_some() { uri::percent_decode(host).ok() } else { None };
        let host = decoded.as_deref().unwrap_or(host);
        let hosted = matches!(proxy.kind(), ResourceKind::Proxy { hosts } if is_one_of(host, hosts));
        match hosted {
            true if forward_only => return Err(Code::BAD_OPTION),
            true => return Ok(Proxying::Hosted),
            false => {}
        }
        if matches!(request.code().0, 1..=7) && !proxy.methods.contains(request.code()) {
            log!(self, Debug, "Proxy-{kind} code {} handler not supported", request.code());
            return Err(Code::PROXYING_NOT_SUPPORTED);
        }
        Ok(Proxying::Forward(id))
    }

    /// Whether a request can be served by what it is for.
    pub(super) fn check_target(
        &self,
        target: Target,
        request: &Pdu,
        to_group: bool,
    ) -> Result<Target, Refusal> {
        let (is_plain, has_handler) = match target {
            Target::WellKnown => (true, request.code() == Code::GET),
            Target::Resource(id) => self.resources.get(id).map_or((false, false), |resource| {
                (matches!(resource.kind(), ResourceKind::Plain), resource.methods.contains(request.code()))
            }),
        };
        let not_for_groups = to_group && self.config.mcast_per_resource && {
            let flags = self.flags_of(&target).unwrap_or_default();
            flags & flags::HAS_MCAST_SUPPORT == 0
        };
        let code = if is_plain && request.option(option::IF_NONE_MATCH).is_some() {
            Code::PRECONDITION_FAILED
        } else if !has_handler {
            Code::METHOD_NOT_ALLOWED
        } else if request.code() == Code::FETCH && request.option(option::CONTENT_FORMAT).is_none() {
            // RFC 8132 section 2.3.1.
            Code::UNSUPPORTED_FORMAT
        } else if not_for_groups {
            Code::METHOD_NOT_ALLOWED
        } else {
            return Ok(target);
        };
        Err(Refusal { code, target: Some(target) })
    }

    pub(super) fn call_handler(&mut self, origin: Origin, resource: ResourceId, mut request: Pdu) {
        let id = origin.session;
        let Some(mut response) = self.new_response(id, &request) else { return };
        if self.must_prove_first(id, &request) {
            let demand = self.proof_demand(id, &request, &response);
            self.answer(id, &request, demand, None, origin.reply);
            return;
        }
        let joined = self.join_request(id, resource, &mut request, &mut response);
        let Joined::Call(call) = joined else {
            let flags = self.resources.get(resource).map(|resource| resource.flags);
            self.answer(id, &request, response, flags, origin.reply);
            self.reuse_pdu(request);
            if let Joined::Pushed(body) = joined {
                self.push(body);
            }
            return;
        };
        let Some(called) = self.resources.get(resource) else { return };
        let is_proxy = matches!(called.kind(), ResourceKind::Proxy { .. });
        let observes = match self.observe(id, resource, &request, &mut response) {
            Ok(observes) => observes,
            Err(code) => {
                response.set_code(code);
                self.answer(id, &request, response, None, origin.reply);
                return;
            }
        };
        // Another server has to answer first: that takes longer than a client should wait.
        let acknowledged = is_proxy && request.kind() == MessageType::Con;
        if acknowledged {
            self.remember_answer(origin.reply, &Pdu::empty_datagram(MessageType::Ack, request.mid()));
            self.acknowledge(id, request.mid());
        }
        log!(self, Debug, "call custom handler for resource '{}' (3)", self.name_of(resource));
        let Call { extent, block1 } = call;
        if let Some(session) = self.sessions.hand_out(id) {
            match block1.map(|block| (request.mid(), block)) {
                Some(joined) => session.rare.make_mut().joined = Some(joined),
                // Message IDs come again, and on a stream there are none.
                None => session.rare.own_mut().into_iter().for_each(|rare| rare.joined = None),
            }
        }
        let ticket = RequestTicket { origin, block1, observes, acknowledged, asynchronous: None };
        let event = RequestEvent { session: id, resource, request, extent, response, ticket };
        self.give_request(event);
    }

    /// The request of that message ID, whose body was joined, is finished.
    fn forget_joined(&mut self, id: SessionId, mid: u16) {
        let rare = self.sessions.get_mut(id).and_then(|session| session.rare.own_mut());
        if let Some(rare) = rare.filter(|rare| rare.joined.is_some_and(|(joined, _)| joined == mid)) {
            rare.joined = None;
        }
    }

    pub(super) fn new_response(&mut self, id: SessionId, request: &Pdu) -> Option<Pdu> {
        let kind = if request.kind() == MessageType::Con { MessageType::Ack } else { MessageType::Non };
        let max_size = self.sessions.get(id)?.max_pdu_size();
        // Who asks for a certain block gets one.
        let memory = match request.option(option::BLOCK2).and_then(|block| BlockValue::decode(block.value)) {
            Some(block) => self.spares.take_for(request.len() + block.size()),
            None => self.spares.take(),
        };
        Pdu::answering(request, kind, max_size, memory)
    }

    /// The path of a resource, for the log.
    pub(super) fn name_of(&self, resource: ResourceId) -> Cow<'_, str> {
        String::from_utf8_lossy(self.resources.get(resource).map_or(b"", |it| it.path()))
    }

    fn flags_of(&self, target: &Target) -> Option<u32> {
        match target {
            Target::WellKnown => Some(well_known::FLAGS),
            Target::Resource(id) => self.resources.get(*id).map(|resource| resource.flags),
        }
    }
}

/// The response to a block of a body says which one it is; as long as more are to come, it cannot be the one
/// to the whole request (RFC 7959 section 2.3, 2.9.1).
fn acknowledge_block(response: &mut Pdu, block: BlockValue) {
    if response.code().class() != 2 {
        return;
    }
    if block.more {
        response.set_code(Code::CONTINUE);
    }
    if response.option(option::BLOCK1).is_none() {
        // A response that has no room for it goes without: its token says the same.
        let _ = response.insert_option(option::BLOCK1, &block.encode());
    }
}

/// Who asks for the first block only may want to know whether Q-Block is understood (RFC 9177 section 4.1). That is
/// shown also where there is nothing to be split.
fn confirm_q_block(request: &Pdu, response: &mut Pdu) {
    let Ok(Some(asked)) = block_option(request, option::Q_BLOCK2) else { return };
    let says_nothing =
        response.code().class() < 2 || quick::is_quick(response) || quick::is_stepwise(response);
    if asked.num == 0 && !asked.more && !says_nothing {
        // Error responses of the engine have no room for more than they bear.
        response.set_max_size(0);
        let _ = response.insert_option(option::Q_BLOCK2, &asked.encode());
    }
}

/// One empty name stands for all. Case does not matter (RFC 3986 section 3.2.2).
fn is_one_of(host: &[u8], hosts: &[Vec<u8>]) -> bool {
    let any = matches!(hosts, [only] if only.is_empty());
    !host.is_empty() && (any || hosts.iter().any(|name| name.eq_ignore_ascii_case(host)))
}

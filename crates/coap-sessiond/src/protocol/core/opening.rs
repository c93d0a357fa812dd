//! Tunnels are opened: from here, through here and to here.
use super::Core;
use crate::model::{Role, Target};
use crate::protocol::link::{Control, FlowRef, Link, MAX_OPENINGS};
use crate::protocol::onion::{self, MAX_PATH};
use crate::protocol::opening::{Accepted, Layer, OpenRequest, Step};
use crate::protocol::tunnel::{Pending, Side, Tunnel};
use crate::protocol::wire::shortened;
use crate::protocol::{Action, End, LinkId, OpenError, Opening, Reason, Reply, Ticket, TunnelId};
use coap_proto::wire::Code;
use std::time::Instant;

/// Short frames that wait on a link, for each tunnel that it may have.
const CONTROLS: usize = 5;

impl Core {
    /// Opens a tunnel from here. [`Action::Opened`] or [`Action::Ended`] tells what came of it. Bytes and datagrams of
    /// the local socket are taken meanwhile.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&mut self, now: Instant, opening: &Opening) -> Result<TunnelId, OpenError> {
        self.advance(now);
        if self.is_stopping {
            return Err(OpenError::Stopping);
        }
        let next = *opening.path.first().ok_or(OpenError::Path)?;
        if self.tunnels.len() >= self.settings.tunnels {
            return Err(OpenError::Full);
        }
        let layer = onion::build(&mut *self.keyring, opening)?;
        let pending = Pending::new(None, layer, MAX_PATH as u8);
        let (carries, sides) = ((opening.transport, opening.capabilities), [Side::Local, Side::Wanted(next)]);
        let tunnel = Tunnel::new(now, Role::Entry, carries, sides, pending, &self.settings);
        Ok(self.begin(tunnel))
    }

    /// A POST to `open` came. `None`: [`Action::Answer`] with this ticket follows. `hop_limit` is that which the
    /// peer has sent: the engine's requests show it counted down by one already (RFC 8768); 16 if there was none.
    pub fn open_request(
        &mut self,
        now: Instant,
        link: LinkId,
        hop_limit: u8,
        payload: &[u8],
        ticket: Ticket,
    ) -> Option<Reply> {
        self.advance(now);
        if !self.heard(link) {
            return Some(error(Code::SERVICE_UNAVAILABLE, "no such link"));
        }
        let refusal = match self.try_open(link, hop_limit, payload, ticket) {
            Ok(reply) => return reply,
            Err(refusal) => refusal,
        };
        *self.counters.refused.entry(refusal.code).or_default() += 1;
        Some(refusal)
    }

    fn try_open(
        &mut self,
        id: LinkId,
        hop_limit: u8,
        payload: &[u8],
        ticket: Ticket,
    ) -> Result<Option<Reply>, Reply> {
        let malformed = || error(Code::BAD_REQUEST, "malformed");
        let request = OpenRequest::decode(payload).ok_or_else(malformed)?;
        self.learn_boot(id, request.boot);
        if !self.links.contains(id.0) {
            return Err(error(Code::SERVICE_UNAVAILABLE, "no such link")); // that has ended too much
        }
        let known = self.links.get(id.0).and_then(|link| link.tunnels.get(&request.number));
        if let Some(known) = known {
            return self.open_again(*known, ticket);
        }
        self.check_room(id)?;
        let foreign = || error(Code::BAD_REQUEST, "the layer is not for this node");
        let layer = onion::peel(&mut *self.keyring, request.layer).ok_or_else(foreign)?;
        let Layer { transport, capabilities, step } = layer;
        let new = |role, far, pending| {
            let sides = [Side::Link(id, request.number), far];
            Tunnel::new(self.now, role, (transport, capabilities), sides, pending, &self.settings)
        };
        let (mut tunnel, target) = match step {
            Step::Relay { .. } if !self.settings.relay => {
                return Err(error(Code::FORBIDDEN, "this node is no relay"));
            }
            Step::Relay { next, layer } => {
                // No path is longer, whatever the sender says.
                let hop_limit = hop_limit.min(MAX_PATH as u8).saturating_sub(1);
                if hop_limit == 0 {
                    return Err(error(Code::HOP_LIMIT_REACHED, "too many hops"));
                }
                (new(Role::Relay, Side::Wanted(next), Pending::new(Some(ticket), layer, hop_limit)), None)
            }
            Step::Exit(target) => {
                (new(Role::Exit, Side::Local, Pending::new(Some(ticket), Vec::new(), 0)), Some(target))
            }
        };
        if let Some(flow) = tunnel.flow_mut(1) {
            flow.raise_limit(request.credit);
        }
        let tunnel = self.begin(tunnel);
        self.join_link(id, request.number, tunnel);
        if let Some(target) = target {
            self.ask_for_target(tunnel, target);
        }
        Ok(None)
    }

    /// A request that asks for a number that has a tunnel. CoAP may have forgotten that it came before.
    fn open_again(&mut self, id: TunnelId, ticket: Ticket) -> Result<Option<Reply>, Reply> {
        match self.tunnels.get_mut(id.0).filter(|tunnel| tunnel.asked_by == Some(ticket)) {
            None => Err(error(Code::BAD_REQUEST, "the number is in use")),
            Some(tunnel) if tunnel.opening.is_some() => Ok(None),
            Some(_) => Ok(Some(self.acceptance(id))),
        }
    }

    /// The answer to an opening that has succeeded.
    fn acceptance(&mut self, id: TunnelId) -> Reply {
        let flow = self.tunnels.get_mut(id.0).and_then(|tunnel| tunnel.flow_mut(0));
        let credit = flow.map_or(0, |flow| flow.grant());
        Reply { code: Code::CREATED, payload: Accepted { boot: self.boot, credit }.encode(), max_age: None }
    }

    fn check_room(&self, id: LinkId) -> Result<(), Reply> {
        // Who opens tunnels that end at once is not taken more from than it can be told of.
        let of_link = self.links.get(id.0).map_or(0, Link::load);
        let is_full =
            self.tunnels.len() >= self.settings.tunnels || of_link >= self.settings.tunnels_per_link;
        if !is_full && !self.is_stopping {
            return Ok(());
        }
        let text = if self.is_stopping { "the node stops" } else { "too many tunnels" };
        let max_age = Some(self.settings.retry_after);
        Err(Reply { max_age, ..error(Code::SERVICE_UNAVAILABLE, text) })
    }

    fn begin(&mut self, tunnel: Tunnel) -> TunnelId {
        let far = tunnel.sides[1];
        let id = TunnelId(self.tunnels.insert(tunnel));
        self.set_tunnel_timer(id);
        if let Side::Wanted(next) = far {
            match self.link_to(&next) {
                Some(link) => self.begin_on(id, link),
                None => self.want_link(next, id),
            }
        }
        id
    }

    /// A tunnel that is to be opened has a link to its next node.
    pub(super) fn begin_on(&mut self, id: TunnelId, link_id: LinkId) {
        if !self.tunnels.contains(id.0) {
            return; // given up meanwhile
        }
        let Some(link) = self.links.get_mut(link_id.0) else { return };
        if link.tunnels.len() >= self.settings.tunnels_per_link {
            return self.end(id, End::Refused(Code::SERVICE_UNAVAILABLE), "too many tunnels on the link");
        }
        if link.openings.len() >= self.settings.tunnels_per_link {
            link.openings.retain(|id| self.tunnels.contains(id.0));
        }
        let key = link.new_key();
        link.openings.push_back(id);
        self.join_link(link_id, key, id);
        self.mark_busy(link_id);
    }

    fn ask_for_target(&mut self, id: TunnelId, target: Target) {
        let Some(tunnel) = self.tunnels.get(id.0) else { return };
        let (transport, capabilities) = (tunnel.transport, tunnel.capabilities);
        let [from, _] = self.neighbours(id);
        self.actions.push_back(Action::ConnectTarget { tunnel: id, transport, target, capabilities, from });
    }

    /// The target is connected (TCP), or known and its socket there (UDP).
    pub fn connected(&mut self, now: Instant, tunnel: TunnelId) {
        self.advance(now);
        let is_exit = self.tunnels.get(tunnel.0).is_some_and(|it| it.role == Role::Exit);
        if is_exit {
            self.opened(tunnel);
        }
    }

    /// There will be no connection to the target. `code` goes to the entry: 4.03, 4.04, 5.02, 5.03 (with Max-Age) or
    /// 5.04, 4.00 for a sealed target that cannot be decrypted.
    pub fn target_failed(&mut self, now: Instant, tunnel: TunnelId, code: Code, text: &str) {
        self.advance(now);
        let is_pending = |it: &Tunnel| it.role == Role::Exit && it.opening.is_some();
        if self.tunnels.get(tunnel.0).is_some_and(is_pending) {
            let max_age = Some(self.settings.retry_after).filter(|_| code == Code::SERVICE_UNAVAILABLE);
            self.finish(tunnel, End::Refused(code), text, [true, true], max_age);
        }
    }

    /// The next node has answered a request to open.
    pub(super) fn open_answered(&mut self, link: LinkId, key: u32, id: TunnelId, reply: &Reply) {
        let is_expected = self.tunnels.get(id.0).is_some_and(|it| it.opening.is_some());
        if reply.code == Code::CREATED {
            let Some(accepted) = Accepted::decode(&reply.payload) else {
                return self.end(id, End::Aborted(Reason::Protocol), "malformed answer to an opening");
            };
            self.learn_boot(link, accepted.boot);
            if !is_expected {
                // Given up meanwhile. What told so may have come before the request.
                let (reason, text) = (Reason::GivenUp, String::new());
                return self.queue_control(link, Control::Abort { key, reason, text });
            }
            if let Some(flow) = self.tunnels.get_mut(id.0).and_then(|tunnel| tunnel.flow_mut(0)) {
                flow.raise_limit(accepted.credit);
            }
            return self.opened(id);
        }
        if !is_expected {
            return;
        }
        let text = crate::protocol::wire::text_of(&reply.payload).to_owned();
        self.refused(id, reply, &text);
    }

    /// The tunnel is open as far as this node knows.
    fn opened(&mut self, id: TunnelId) {
        let Some(tunnel) = self.tunnels.get_mut(id.0) else { return };
        let Some(opening) = tunnel.opening.take() else { return };
        tunnel.active_at = self.now;
        let role = tunnel.role;
        self.counters.established += 1;
        self.counters.initiated += u64::from(role == Role::Entry);
        self.counters.accepted += u64::from(role == Role::Exit);
        if let (Some(ticket), Side::Link(link, _)) = (opening.ticket, tunnel.sides[0]) {
            let reply = self.acceptance(id);
            self.actions.push_back(Action::Answer { link, ticket, reply });
        }
        if role == Role::Entry {
            self.actions.push_back(Action::Opened { tunnel: id });
        }
        self.set_tunnel_timer(id);
        for datagram in opening.early {
            self.pass_datagram(id, 0, &datagram);
        }
        for direction in [0, 1] {
            self.feed(FlowRef { tunnel: id, direction });
        }
    }

    /// A request to open that is about to be sent: its tunnel's number, layer and Hop-Limit. `None`: it is not wanted
    /// any more.
    pub(super) fn opening_to_send(&mut self, id: TunnelId) -> Option<(u32, Vec<u8>, u8)> {
        let tunnel = self.tunnels.get_mut(id.0)?;
        let Side::Link(_, key) = tunnel.sides[1] else { return None };
        let credit = tunnel.flow_mut(1).map_or(0, |flow| flow.grant());
        let pending = tunnel.opening.as_mut()?;
        pending.is_sent = true;
        let number = key & !crate::protocol::wire::OPENED_BY_RECEIVER;
        let request = OpenRequest { number, boot: self.boot, layer: &pending.layer, credit };
        Some((key, request.encode(), pending.hop_limit))
    }

    /// A short frame waits to be sent to where a direction comes from.
    pub(super) fn queue_control(&mut self, link: LinkId, control: Control) {
        let Some(it) = self.links.get_mut(link.0) else { return };
        it.queue_control(control);
        // Two credits, two confirmations and an abort a tunnel, and an abort for each opening that was given up before
        // it was answered: more than an honest node leaves unanswered.
        if it.control.len() > CONTROLS * self.settings.tunnels_per_link + MAX_OPENINGS {
            return self.drop_link(link, "the next node answers too little");
        }
        self.mark_busy(link);
    }
}

/// An answer that says what is wrong.
pub(super) fn error(code: Code, text: &str) -> Reply {
    Reply { code, payload: shortened(text).as_bytes().to_vec(), max_age: None }
}

//! The tunnels and links of a node, and what happens to them.
mod ending;
mod frames;
mod links;
mod local;
mod opening;
mod passing;
mod peers;
mod responses;
mod sending;
mod status;

pub use status::{Counters, Held, LinkStatus};

use super::flow::Flow;
use super::link::{FlowRef, Keyed, Link, Step};
use super::opening::Boot;
use super::timers::Timers;
use super::tunnel::{Carries, Tunnel};
use super::{Action, End, Keyring, LinkId, Reason, Request, Settings, TunnelId};
use crate::model::{PeerId, Role};
use coap_proto::wire::Code;
use std::collections::{HashMap, VecDeque};
use std::time::Instant;
use thunderdome::Arena;

/// The session protocol of one node: see the [module's](super) page.
pub struct Core {
    settings: Settings,
    keyring: Box<dyn Keyring + Send>,
    boot: Boot,
    hasher: Keyed,
    /// The latest time that anybody has told.
    now: Instant,
    tunnels: Arena<Tunnel>,
    links: Arena<Link>,
    /// The links to each node.
    by_peer: HashMap<PeerId, peers::ToPeer, Keyed>,
    /// Tunnels that wait for a link.
    wanted: HashMap<PeerId, Vec<TunnelId>, Keyed>,
    tunnel_timers: Timers<TunnelId>,
    link_timers: Timers<LinkId>,
    actions: VecDeque<Action>,
    /// Links that may have something to send.
    busy: VecDeque<LinkId>,
    counters: Counters,
    is_stopping: bool,
}

impl Core {
    /// A node without links. `seed` must be secret: the boot number and the places in hash tables follow from it.
    pub fn new(
        mut settings: Settings,
        keyring: Box<dyn Keyring + Send>,
        now: Instant,
        seed: [u8; 32],
    ) -> Self {
        settings.buffer = settings.buffer.max(Settings::SMALLEST_BUFFER);
        settings.tunnels = Settings::most_tunnels(settings.tunnels, settings.buffer, settings.memory);
        let [boot @ .., _, _, _, _, _, _, _, _] = seed.first_chunk::<16>().copied().unwrap_or_default();
        let hasher = Keyed(seed.last_chunk().copied().unwrap_or_default());
        Self {
            settings,
            keyring,
            boot,
            now,
            tunnels: Arena::new(),
            links: Arena::new(),
            by_peer: HashMap::with_hasher(hasher.clone()),
            wanted: HashMap::with_hasher(hasher.clone()),
            hasher,
            tunnel_timers: Timers::new(),
            link_timers: Timers::new(),
            actions: VecDeque::new(),
            busy: VecDeque::new(),
            counters: Counters::default(),
            is_stopping: false,
        }
    }

    /// The next thing to do. To be called until there is none, after every other call.
    pub fn poll(&mut self) -> Option<Action> {
        loop {
            if let Some(action) = self.actions.pop_front() {
                return Some(action);
            }
            let id = *self.busy.front()?;
            if let Some(action) = self.next_to_send(id) {
                self.hasten_link_timer(id);
                self.busy.rotate_left(1);
                return Some(action);
            }
            self.busy.pop_front();
            if let Some(link) = self.links.get_mut(id.0) {
                link.busy = false;
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.tunnel_timers.first().into_iter().chain(self.link_timers.first()).min()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        while let Some(id) = self.tunnel_timers.due(now) {
            self.wake_tunnel(id);
        }
        while let Some(id) = self.link_timers.due(now) {
            self.wake_link(id);
        }
    }

    fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    fn wake_tunnel(&mut self, id: TunnelId) {
        let Some(tunnel) = self.tunnels.get_mut(id.0) else { return };
        if let Carries::Datagrams(datagrams) = &mut tunnel.carries {
            for incomplete in &mut datagrams.incomplete {
                incomplete.expire(self.now);
                let dropped = incomplete.take_dropped();
                self.counters.dropped += dropped;
                tunnel.losses += dropped;
            }
        }
        if tunnel.ends_at(&self.settings) > self.now {
            return self.set_tunnel_timer(id);
        }
        match (&tunnel.opening, tunnel.role) {
            (Some(_), Role::Exit) => {
                self.end(id, End::Refused(Code::GATEWAY_TIMEOUT), "the target does not answer")
            }
            (Some(_), _) => self.end(id, End::Refused(Code::GATEWAY_TIMEOUT), "the opening took too long"),
            (None, _) => self.end(id, End::Aborted(Reason::Idle), ""),
        }
    }

    fn set_tunnel_timer(&mut self, id: TunnelId) {
        if let Some(tunnel) = self.tunnels.get_mut(id.0) {
            let at = tunnel.wakes_at(&self.settings);
            self.tunnel_timers.set(id, &mut tunnel.deadline, Some(at));
        }
    }

    fn wake_link(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id.0) else { return };
        match link.next_step(&self.settings) {
            (at, _) if at > self.now => {}
            (_, Step::Ask) => self.ask(id),
            (_, Step::Doubt) => self.doubt_link(id),
            (_, Step::GiveUp | Step::Close) => return self.drop_link(id, "the next node is silent"),
        }
        self.set_link_timer(id);
    }

    /// Asks the other node whether it is there, and who.
    fn ask(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id.0) else { return };
        let message = Some(link.sent(self.now, super::link::What::KeepAlive, 0));
        let (request, payload) = (Request::KeepAlive, Vec::new());
        self.actions.push_back(Action::Send { link: id, message, request, payload });
    }

    fn set_link_timer(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(id.0) {
            link.set_timer(self.now, id, &self.settings, &mut self.link_timers);
        }
    }

    /// Sets a link's timer if it would go off too late.
    fn hasten_link_timer(&mut self, id: LinkId) {
        if self.links.get(id.0).is_some_and(|link| link.must_wake_earlier(&self.settings)) {
            self.set_link_timer(id);
        }
    }

    fn flow(&mut self, at: FlowRef) -> Option<&mut Flow> {
        self.tunnels.get_mut(at.tunnel.0)?.flow_mut(at.direction)
    }

    /// A link may have something to send.
    fn mark_busy(&mut self, id: LinkId) {
        if let Some(link) = self.links.get_mut(id.0)
            && !link.busy
        {
            link.busy = true;
            self.busy.push_back(id);
        }
    }
}

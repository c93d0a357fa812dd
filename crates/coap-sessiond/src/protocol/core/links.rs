//! Links that come and go.
use super::Core;
use crate::model::PeerId;
use crate::protocol::link::Link;
use crate::protocol::opening::Boot;
use crate::protocol::tunnel::Side;
use crate::protocol::wire::OPENED_BY_RECEIVER;
use crate::protocol::{Action, End, LinkFailure, LinkId, LinkUp, Reason, Reply, TunnelId};
use coap_proto::wire::Code;
use std::time::Instant;

impl Core {
    /// A link has come to be: a session that this node opened, or the first request of a peer's session. The session's
    /// NSTART must be no less than [`Settings::window`](crate::protocol::Settings::window), which is what paces it.
    pub fn link_up(&mut self, now: Instant, link: LinkUp) -> LinkId {
        self.advance(now);
        let id = LinkId(self.links.insert(Link::new(now, link, &self.settings, self.hasher.clone())));
        self.set_link_timer(id);
        let Some(peer) = link.peer else { return id };
        // A node that comes again has lost its old link.
        self.by_peer.insert(peer, id);
        for tunnel in self.wanted.remove(&peer).unwrap_or_default() {
            self.begin_on(tunnel, id);
        }
        id
    }

    /// A link that was wanted cannot be had.
    pub fn link_failed(&mut self, now: Instant, peer: &PeerId, why: LinkFailure) {
        self.advance(now);
        let (code, text) = match why {
            LinkFailure::Unknown => (Code::NOT_FOUND, "the next node is not known".to_owned()),
            LinkFailure::Unreachable(text) => (Code::GATEWAY_TIMEOUT, text),
        };
        for tunnel in self.wanted.remove(peer).unwrap_or_default() {
            self.end(tunnel, End::Refused(code), &text);
        }
    }

    /// The session of a link has ended.
    pub fn link_lost(&mut self, now: Instant, link: LinkId) {
        self.advance(now);
        self.remove_link(link, "the link is lost");
    }

    /// A GET of `t` came. The answer is to be given at once.
    pub fn keep_alive_request(&mut self, now: Instant, link: LinkId) -> Reply {
        self.advance(now);
        self.heard(link);
        Reply { code: Code::CONTENT, payload: self.boot.to_vec(), max_age: None }
    }

    /// CoAP has repeated a message of this link. If nobody tells, long waits for answers do.
    pub fn repeated(&mut self, now: Instant, link: LinkId) {
        self.advance(now);
        if let Some(link) = self.links.get_mut(link.0) {
            link.window.cut(self.now);
        }
    }

    /// Something came on a link. `false`: there is no such link.
    pub(super) fn heard(&mut self, link: LinkId) -> bool {
        let Some(link) = self.links.get_mut(link.0) else { return false };
        link.heard_at = self.now;
        true
    }

    /// The link to use for a node; `None`: it is asked for.
    pub(super) fn link_to(&self, peer: &PeerId) -> Option<LinkId> {
        self.by_peer.get(peer).copied()
    }

    /// A tunnel waits for a link to its next node.
    pub(super) fn want_link(&mut self, peer: PeerId, tunnel: TunnelId) {
        let is_asked = self.wanted.contains_key(&peer);
        let waiting = self.wanted.entry(peer).or_default();
        if waiting.len() >= self.settings.tunnels {
            waiting.retain(|id| self.tunnels.contains(id.0));
        }
        waiting.push(tunnel);
        if !is_asked {
            self.actions.push_back(Action::WantLink { peer });
        }
    }

    /// The other node has told its boot number.
    pub(super) fn learn_boot(&mut self, id: LinkId, boot: Boot) {
        let Some(link) = self.links.get_mut(id.0) else { return };
        let has_restarted = link.boot.replace(boot).is_some_and(|old| old != boot);
        if !has_restarted {
            return;
        }
        // What is being opened there may be for the new one: if not, it takes too long.
        let is_old = |(key, tunnel): (u32, TunnelId)| {
            let is_open = self.tunnels.get(tunnel.0).is_some_and(|it| it.opening.is_none());
            is_open || key & OPENED_BY_RECEIVER == 0
        };
        let old: Vec<_> = self.tunnels_of(id).into_iter().filter(|pair| is_old(*pair)).collect();
        for (key, tunnel) in old {
            self.cut_side(tunnel, side_of(key), "the next node has restarted");
        }
    }

    /// Ends a link, and has its session ended.
    pub(super) fn drop_link(&mut self, id: LinkId, why: &str) {
        if self.remove_link(id, why) {
            self.actions.push_back(Action::CloseLink { link: id });
        }
    }

    fn remove_link(&mut self, id: LinkId, why: &str) -> bool {
        let tunnels = self.tunnels_of(id);
        let Some(mut link) = self.links.remove(id.0) else { return false };
        self.link_timers.set(id, &mut link.deadline, None);
        if let Some(peer) = link.up.peer
            && self.by_peer.get(&peer) == Some(&id)
        {
            self.by_peer.remove(&peer);
        }
        for (key, tunnel) in tunnels {
            self.cut_side(tunnel, side_of(key), why);
        }
        true
    }

    /// A tunnel has lost what is on one side; the other is told.
    fn cut_side(&mut self, id: TunnelId, side: usize, why: &str) {
        let Some(tunnel) = self.tunnels.get(id.0) else { return };
        let end = match tunnel.opening {
            Some(_) if side == 1 => End::Refused(Code::GATEWAY_TIMEOUT),
            _ => End::Aborted(Reason::Lost),
        };
        self.end_towards(id, end, why, [side != 0, side != 1]);
    }

    /// Its tunnels, in an order that does not depend on chance.
    fn tunnels_of(&self, id: LinkId) -> Vec<(u32, TunnelId)> {
        let link = self.links.get(id.0);
        let mut tunnels: Vec<_> =
            link.iter().flat_map(|link| &link.tunnels).map(|(key, id)| (*key, *id)).collect();
        tunnels.sort_unstable();
        tunnels
    }

    /// A tunnel uses a link.
    pub(super) fn join_link(&mut self, id: LinkId, key: u32, tunnel: TunnelId) {
        if let Some(link) = self.links.get_mut(id.0) {
            link.tunnels.insert(key, tunnel);
        }
        if let Some(it) = self.tunnels.get_mut(tunnel.0) {
            it.sides[side_of(key)] = Side::Link(id, key);
        }
        self.set_link_timer(id);
    }

    /// It no longer does.
    pub(super) fn leave_link(&mut self, id: LinkId, key: u32) {
        let Some(link) = self.links.get_mut(id.0) else { return };
        link.tunnels.remove(&key);
        if link.tunnels.is_empty() {
            link.unused_since = self.now;
            self.set_link_timer(id);
        }
    }
}

/// On which side of a tunnel a link is where it has this number: what this node has opened there leads to the target.
pub(super) fn side_of(key: u32) -> usize {
    usize::from(key & OPENED_BY_RECEIVER != 0)
}

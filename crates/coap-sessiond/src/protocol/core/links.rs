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

/// What tunnels are told whose next node is not the process any more that they went by.
pub(super) const RESTARTED: &str = "the next node has restarted";

impl Core {
    /// A link has come to be: a session that this node opened, or the first request of a peer's session. The session's
    /// NSTART must be no less than [`Settings::window`](crate::protocol::Settings::window), which is what paces it.
    pub fn link_up(&mut self, now: Instant, link: LinkUp) -> LinkId {
        self.advance(now);
        let id = LinkId(self.links.insert(Link::new(now, link, &self.settings, self.hasher.clone())));
        if let Some(peer) = link.peer {
            self.note_link(peer, id);
        }
        self.set_link_timer(id);
        id
    }

    /// A link that was wanted cannot be had.
    pub fn link_failed(&mut self, now: Instant, peer: &PeerId, why: LinkFailure) {
        self.advance(now);
        let (code, text) = match why {
            LinkFailure::Unknown if self.fall_back(peer) => return,
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
        let Some(it) = self.links.get_mut(link.0) else { return };
        it.window.cut(self.now);
        if it.doubt.repeated(self.now, &self.settings) {
            self.doubt_link(link);
            self.set_link_timer(link);
        }
    }

    /// Something came on a link. `false`: there is no such link.
    pub(super) fn heard(&mut self, id: LinkId) -> bool {
        let Some(link) = self.links.get_mut(id.0) else { return false };
        if link.heard(self.now) {
            self.trust_link(id);
        }
        true
    }

    /// The other node has told its boot number.
    pub(super) fn learn_boot(&mut self, id: LinkId, boot: Boot) {
        let Some(link) = self.links.get_mut(id.0) else { return };
        let before = link.boot.replace(boot);
        if before == Some(boot) {
            return;
        }
        self.end_links_before(id, boot);
        if before.is_none() {
            return;
        }
        // What is being opened there may be for the new one: if not, it takes too long.
        let is_old = |(key, tunnel): (u32, TunnelId)| {
            let is_open = self.tunnels.get(tunnel.0).is_some_and(|it| it.opening.is_none());
            is_open || key & OPENED_BY_RECEIVER == 0
        };
        let old: Vec<_> = self.tunnels_of(id).into_iter().filter(|pair| is_old(*pair)).collect();
        for (key, tunnel) in old {
            self.cut_side(tunnel, side_of(key), RESTARTED);
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
        if let Some(peer) = link.up.peer {
            self.forget_link(peer, id);
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
    pub(super) fn tunnels_of(&self, id: LinkId) -> Vec<(u32, TunnelId)> {
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

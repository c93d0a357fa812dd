//! Which link leads to a node, if there are several: a link may be doubtful, and a node that has restarted is known by
//! its boot number on the next one.
use super::Core;
use super::links::RESTARTED;
use crate::model::PeerId;
use crate::protocol::opening::Boot;
use crate::protocol::tunnel::Side;
use crate::protocol::wire::OPENED_BY_RECEIVER;
use crate::protocol::{Action, LinkId, TunnelId};
use std::collections::hash_map::Entry;

/// The links to a node.
#[derive(Debug, Default)]
pub(super) struct ToPeer {
    /// What tunnels use: the latest one, unless it is doubtful.
    current: Option<LinkId>,
    /// All, in the order in which they came to be.
    all: Vec<LinkId>,
}

impl Core {
    /// The link to use for a node; `None`: one is asked for.
    pub(super) fn link_to(&self, peer: &PeerId) -> Option<LinkId> {
        self.by_peer.get(peer)?.current
    }

    /// There is a new link to a node. Tunnels that wait for one use it.
    pub(super) fn note_link(&mut self, peer: PeerId, id: LinkId) {
        let known = self.by_peer.entry(peer).or_default();
        // A node that comes again has lost its old link.
        known.current = Some(id);
        known.all.push(id);
        if self.links.get(id.0).is_some_and(|link| link.up.initiated) {
            // Its boot number tells whether it is still the process that other links lead to, or later ones will; and
            // what is answered at once tells that there is somebody, while targets take their time.
            self.ask(id);
        }
        for tunnel in self.wanted.remove(&peer).unwrap_or_default() {
            self.begin_on(tunnel, id);
        }
    }

    /// A link to a node is gone.
    pub(super) fn forget_link(&mut self, peer: PeerId, id: LinkId) {
        let Some(known) = self.by_peer.get_mut(&peer) else { return };
        known.all.retain(|other| *other != id);
        if known.current == Some(id) {
            // An older one may have been doubtful when this one came, and have answered since.
            let is_sound = |it: &&LinkId| self.links.get(it.0).is_some_and(|link| !link.doubt.is_doubtful());
            known.current = known.all.iter().rev().find(is_sound).copied();
        }
        if known.all.is_empty() {
            self.by_peer.remove(&peer);
        }
    }

    /// Nothing has come on a link for too long. New tunnels take another one; if this node has opened it, it looks for
    /// the other node at once, which may have restarted. A link that never worked is given up.
    pub(super) fn doubt_link(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id.0) else { return };
        let initiated = link.up.initiated;
        if initiated && !link.doubt.has_heard() {
            return self.drop_link(id, "the next node does not answer");
        }
        link.doubt.begin(self.now, &self.settings);
        let is_needed = initiated && !link.tunnels.is_empty();
        let Some(peer) = link.up.peer else { return };
        let Some(known) = self.by_peer.get_mut(&peer) else { return };
        known.current = known.current.filter(|current| *current != id);
        if is_needed && known.current.is_none() {
            self.seek_link(peer);
        }
    }

    /// Something came on a link that was doubtful: it is used again, if there is no other one.
    pub(super) fn trust_link(&mut self, id: LinkId) {
        let Some(peer) = self.links.get(id.0).and_then(|link| link.up.peer) else { return };
        let Some(known) = self.by_peer.get_mut(&peer) else { return };
        if known.current.is_none() {
            known.current = Some(id);
            self.begin_waiting(peer, id);
        }
    }

    /// No other link can be had. Whether tunnels that wait take one that is doubtful.
    pub(super) fn fall_back(&mut self, peer: &PeerId) -> bool {
        let Some(id) = self.by_peer.get(peer).and_then(|known| known.all.last()).copied() else {
            return false;
        };
        self.begin_waiting(*peer, id);
        self.wanted.remove(peer);
        true
    }

    fn begin_waiting(&mut self, peer: PeerId, id: LinkId) {
        let waiting = self.wanted.get_mut(&peer).map(std::mem::take);
        for tunnel in waiting.unwrap_or_default() {
            self.begin_on(tunnel, id);
        }
    }

    /// A tunnel waits for a link to its next node.
    pub(super) fn want_link(&mut self, peer: PeerId, tunnel: TunnelId) {
        self.seek_link(peer);
        let waiting = self.wanted.entry(peer).or_default();
        if waiting.len() >= self.settings.tunnels {
            waiting.retain(|id| self.tunnels.contains(id.0));
        }
        waiting.push(tunnel);
    }

    /// Asks for a link, once.
    fn seek_link(&mut self, peer: PeerId) {
        if let Entry::Vacant(entry) = self.wanted.entry(peer) {
            entry.insert(Vec::new());
            self.actions.push_back(Action::WantLink { peer });
        }
    }

    /// A node has told its boot number on a link: earlier ones on which it had another number lead to a process that is
    /// no more. Their tunnels end; those that were to be opened there are opened here.
    pub(super) fn end_links_before(&mut self, id: LinkId, boot: Boot) {
        let Some(peer) = self.links.get(id.0).and_then(|link| link.up.peer) else { return };
        let earlier =
            self.by_peer.get(&peer).into_iter().flat_map(|known| &known.all).take_while(|it| **it != id);
        let is_other = |it: &&LinkId| {
            self.links.get(it.0).and_then(|link| link.boot).is_some_and(|before| before != boot)
        };
        let old: Vec<_> = earlier.filter(is_other).copied().collect();
        for old in old {
            for (key, tunnel) in self.tunnels_of(old) {
                self.move_opening(tunnel, (old, key), id);
            }
            self.drop_link(old, RESTARTED);
        }
    }

    /// Has a tunnel opened on another link, if it is not open and this node has asked for it.
    fn move_opening(&mut self, id: TunnelId, (from, key): (LinkId, u32), to: LinkId) {
        if key & OPENED_BY_RECEIVER == 0 {
            return;
        }
        let Some(tunnel) = self.tunnels.get_mut(id.0) else { return };
        let (Some(opening), Side::Link(_, _)) = (&mut tunnel.opening, tunnel.sides[1]) else { return };
        opening.is_sent = false;
        self.leave_link(from, key);
        self.begin_on(id, to);
    }
}

//! The local peers of a UDP listener, and which of them has been silent for longest.
use crate::protocol::TunnelId;
use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
};

/// Local peers with their tunnels, in the order in which something last came from them or went to them.
#[derive(Debug, Default)]
pub(super) struct LocalPeers {
    peers: HashMap<SocketAddr, Peer>,
    /// By [`Peer::heard`], the one that is silent for longest first.
    order: BTreeMap<u64, SocketAddr>,
    /// The last number that was given.
    last: u64,
}

#[derive(Debug)]
struct Peer {
    tunnel: TunnelId,
    /// Numbers grow: who has the smallest has been silent for longest.
    heard: u64,
}

impl LocalPeers {
    pub(super) fn len(&self) -> usize {
        self.peers.len()
    }

    /// A peer's tunnel.
    pub(super) fn tunnel(&self, peer: &SocketAddr) -> Option<TunnelId> {
        self.peers.get(peer).map(|peer| peer.tunnel)
    }

    /// A new peer, which has just been heard.
    pub(super) fn insert(&mut self, at: SocketAddr, tunnel: TunnelId) {
        self.remove(&at);
        self.last += 1;
        self.order.insert(self.last, at);
        self.peers.insert(at, Peer { tunnel, heard: self.last });
    }

    /// Something came from somebody, or goes there: the tunnel, if it is one of the peers.
    pub(super) fn heard(&mut self, at: &SocketAddr) -> Option<TunnelId> {
        let peer = self.peers.get_mut(at)?;
        if peer.heard != self.last {
            self.order.remove(&peer.heard);
            self.last += 1;
            peer.heard = self.last;
            self.order.insert(self.last, *at);
        }
        Some(peer.tunnel)
    }

    pub(super) fn remove(&mut self, at: &SocketAddr) -> Option<TunnelId> {
        let peer = self.peers.remove(at)?;
        self.order.remove(&peer.heard);
        Some(peer.tunnel)
    }

    /// Takes out the peer that has been silent for longest.
    pub(super) fn pop_silent(&mut self) -> Option<(SocketAddr, TunnelId)> {
        let (_, at) = self.order.pop_first()?;
        self.peers.remove(&at).map(|peer| (at, peer.tunnel))
    }
}

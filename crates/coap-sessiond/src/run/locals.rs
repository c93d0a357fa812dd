//! What tunnels have at this node besides their links.
use super::sockets::SocketId;
use crate::{model::Ends, protocol::TunnelId};
use std::{collections::HashMap, net::SocketAddr};

/// Where the bytes or datagrams of a tunnel come from and go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A connection.
    Stream(SocketId),
    /// A local peer of a UDP listener; at first there may be none.
    Peer { listener: SocketId, peer: Option<SocketAddr> },
    /// A UDP socket for the target.
    Socket(SocketId),
    /// The target is being looked up, or connected.
    Sought,
    /// The service that sends everything back.
    Echo,
}

/// What a tunnel has here.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) place: Place,
    /// The local peer or the target, for people.
    pub(super) ends: Ends,
    /// The listener that it came from.
    pub(super) listener: Option<SocketId>,
}

/// What the tunnels that begin or end here have. Those that pass by are not in it.
#[derive(Debug, Default)]
pub(super) struct Locals(HashMap<TunnelId, Local>);

impl Locals {
    pub(super) fn insert(&mut self, tunnel: TunnelId, place: Place, ends: Ends, listener: Option<SocketId>) {
        self.0.insert(tunnel, Local { place, ends, listener });
    }

    pub(super) fn remove(&mut self, tunnel: TunnelId) -> Option<Local> {
        self.0.remove(&tunnel)
    }

    pub(super) fn place(&self, tunnel: TunnelId) -> Option<Place> {
        self.0.get(&tunnel).map(|local| local.place)
    }

    /// It is somewhere else now.
    pub(super) fn move_to(&mut self, tunnel: TunnelId, place: Place) {
        if let Some(local) = self.0.get_mut(&tunnel) {
            local.place = place;
        }
    }

    /// The local peer is known now.
    pub(super) fn set_ends(&mut self, tunnel: TunnelId, ends: Ends) {
        if let Some(local) = self.0.get_mut(&tunnel) {
            local.ends = ends;
        }
    }

    /// The local peer or the target, for people.
    pub(super) fn ends(&self, tunnel: TunnelId) -> &Ends {
        self.0.get(&tunnel).map_or(&Ends::Nothing, |local| &local.ends)
    }
}

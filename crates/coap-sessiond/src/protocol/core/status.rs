//! What there is and what was counted.
use super::Core;
use crate::model::{Ends, PeerId, TunnelStatus};
use crate::protocol::tunnel::{Side, Tunnel};
use crate::protocol::{LinkId, Reason, TunnelId};
use coap_proto::wire::Code;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What a node has counted since it started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Tunnels that were opened: from here, through here or to here.
    pub established: u64,
    /// Of those, tunnels that were opened from here.
    pub initiated: u64,
    /// Of those, tunnels that end here.
    pub accepted: u64,
    /// Openings that failed, by code of the answer (as in "4.03").
    pub refused: BTreeMap<Code, u64>,
    /// Tunnels that were aborted, by reason.
    pub aborted: BTreeMap<Reason, u64>,
    /// Datagrams that were too long or found no room.
    pub dropped: u64,
    /// Bytes from local sockets, and to them.
    pub bytes: (u64, u64),
}

/// A link, for logs and for setting its session's times.
#[derive(Clone, Copy, Debug)]
pub struct LinkStatus {
    /// Whose key the other node has, if known.
    pub peer: Option<PeerId>,
    /// Its tunnels.
    pub tunnels: usize,
    /// Messages that may wait for their answer (bytes, over streams).
    pub window: usize,
    /// Messages that do (bytes, over streams).
    pub in_flight: usize,
    /// Smoothed round-trip time, and its variation, if one was measured (RFC 6298).
    pub round_trip: Option<(Duration, Duration)>,
}

/// What a core holds: when nothing goes on it is little, however much went on before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Tunnels.
    pub tunnels: usize,
    /// Links.
    pub links: usize,
    /// Numbers of tunnels on them.
    pub numbers: usize,
    /// Requests that wait for their answer.
    pub messages: usize,
    /// Deadlines.
    pub timers: usize,
    /// Things that wait to be sent or done.
    pub queued: usize,
    /// Bytes of memory that the tunnels hold beside themselves.
    pub tunnel_bytes: usize,
}

impl Core {
    /// Whether there is nothing left: no tunnel, no message that waits for its answer.
    pub fn is_idle(&self) -> bool {
        let is_idle = |link: &super::Link| link.waiting() == 0 && link.control.is_empty();
        self.tunnels.is_empty() && self.links.iter().all(|(_, link)| is_idle(link))
    }

    /// A tunnel, for tables. `ends` is left out: see [`neighbours`](Self::neighbours).
    pub fn status(&self, now: Instant, tunnel: TunnelId) -> Option<TunnelStatus> {
        let it = self.tunnels.get(tunnel.0)?;
        Some(TunnelStatus {
            number: tunnel.0.to_bits(),
            role: it.role,
            transport: it.transport,
            ends: Ends::Nothing,
            bytes: it.bytes(),
            round_trip_us: it.round_trip.map_or(0, |time| time.as_micros() as u64),
            losses: it.losses,
            age_s: now.saturating_duration_since(it.since).as_secs(),
        })
    }

    /// The nodes before and behind this one on a tunnel's path, as far as known. `None` too where the local socket is.
    pub fn neighbours(&self, tunnel: TunnelId) -> [Option<PeerId>; 2] {
        let sides = self.tunnels.get(tunnel.0).map_or([Side::Local; 2], |it| it.sides);
        sides.map(|side| match side {
            Side::Local => None,
            Side::Link(link, _) => self.links.get(link.0).and_then(|link| link.up.peer),
            Side::Wanted(peer) => Some(peer),
        })
    }

    /// All tunnels, in no order.
    pub fn tunnels(&self) -> impl Iterator<Item = TunnelId> + '_ {
        self.tunnels.iter().map(|(index, _)| TunnelId(index))
    }

    /// A link.
    pub fn link(&self, link: LinkId) -> Option<LinkStatus> {
        let link = self.links.get(link.0)?;
        let (window, in_flight) = link.window.state();
        let (peer, tunnels, round_trip) = (link.up.peer, link.tunnels.len(), link.window.round_trip());
        Some(LinkStatus { peer, tunnels, window, in_flight, round_trip })
    }

    /// How many links are up.
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// What was counted.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What is held. Looks at everything: for people who ask, and for tests.
    pub fn held(&self) -> Held {
        let links = || self.links.iter().map(|(_, link)| link);
        let waits = |link: &super::Link| {
            link.openings.len() + link.control.len() + link.datagrams.len() + link.ready.len()
        };
        Held {
            tunnels: self.tunnels.len(),
            links: self.links.len(),
            numbers: links().map(|link| link.tunnels.len()).sum(),
            messages: links().map(super::Link::waiting).sum(),
            timers: self.tunnel_timers.len() + self.link_timers.len(),
            queued: self.actions.len()
                + links().map(waits).sum::<usize>()
                + self.wanted.values().map(Vec::len).sum::<usize>(),
            tunnel_bytes: self.tunnels.iter().map(|(_, tunnel)| tunnel.memory()).sum(),
        }
    }

    /// Bytes that a tunnel through which nothing flows costs, tables not counted.
    pub const IDLE_TUNNEL: usize = size_of::<Tunnel>() + size_of::<[crate::protocol::flow::Flow; 2]>();
}

//! One tunnel at one node.
use super::datagrams::Incomplete;
use super::flow::Flow;
use super::{LinkId, Settings, Ticket};
use crate::model::{Capabilities, PeerId, Role, Transport};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Datagrams that are kept until an unreliable tunnel is open, at most.
const MAX_EARLY: usize = 16;

/// What is on one side of a tunnel: 0 that of the entry, 1 that of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// A socket of this node.
    Local,
    /// A link, and the tunnel's number on it as in frames that come.
    Link(LinkId, u32),
    /// A link to that node, once there is one.
    Wanted(PeerId),
}

/// A tunnel.
#[derive(Debug)]
pub(super) struct Tunnel {
    pub(super) role: Role,
    pub(super) transport: Transport,
    pub(super) capabilities: Capabilities,
    pub(super) sides: [Side; 2],
    /// The request that has asked for it, if a node did.
    pub(super) asked_by: Option<Ticket>,
    /// While it is being opened.
    pub(super) opening: Option<Box<Pending>>,
    pub(super) carries: Carries,
    pub(super) since: Instant,
    /// When there last was traffic.
    pub(super) active_at: Instant,
    pub(super) deadline: Option<Instant>,
    /// Datagrams' bytes, in each direction.
    pub(super) datagram_bytes: [u64; 2],
    pub(super) losses: u64,
    /// Smoothed time until a data frame is answered.
    pub(super) round_trip: Option<Duration>,
}

/// What a tunnel keeps for what it carries. Direction 0 is towards the target, 1 back.
#[derive(Debug)]
pub(super) enum Carries {
    /// A stream, or records of a stream.
    Flows(Box<[Flow; 2]>),
    /// Datagrams.
    Datagrams(Box<Datagrams>),
}

/// What an unreliable tunnel keeps.
#[derive(Debug, Default)]
pub(super) struct Datagrams {
    pub(super) incomplete: [Incomplete; 2],
    /// Numbers of the next ones that go in parts.
    pub(super) next_number: [u32; 2],
}

/// What is known of a tunnel that is being opened.
#[derive(Debug)]
pub(super) struct Pending {
    /// Who waits for an answer.
    pub(super) ticket: Option<Ticket>,
    /// For the next node; kept until that has answered, as it may have to be sent to it once more. Empty at the exit.
    pub(super) layer: Vec<u8>,
    /// For the next node.
    pub(super) hop_limit: u8,
    /// The request has gone to the next node.
    pub(super) is_sent: bool,
    /// Datagrams of the local socket that have come already.
    pub(super) early: VecDeque<Vec<u8>>,
    early_bytes: usize,
}

impl Pending {
    pub(super) fn new(ticket: Option<Ticket>, layer: Vec<u8>, hop_limit: u8) -> Self {
        Self { ticket, layer, hop_limit, is_sent: false, early: VecDeque::new(), early_bytes: 0 }
    }

    /// Has one more datagram wait; `false`: there are too many, or they have more than `most` bytes.
    pub(super) fn queue(&mut self, datagram: &[u8], most: usize) -> bool {
        let bytes = self.early_bytes + datagram.len();
        if self.early.len() == MAX_EARLY || bytes > most {
            return false;
        }
        self.early_bytes = bytes;
        self.early.push_back(datagram.to_vec());
        true
    }
}

impl Tunnel {
    pub(super) fn new(
        now: Instant,
        role: Role,
        (transport, capabilities): (Transport, Capabilities),
        sides: [Side; 2],
        opening: Pending,
        settings: &Settings,
    ) -> Self {
        let flow = || Flow::new(settings.buffer);
        let carries = match capabilities.is_reliable(transport) {
            true => Carries::Flows(Box::new([flow(), flow()])),
            false => Carries::Datagrams(Box::default()),
        };
        Self {
            role,
            transport,
            capabilities,
            sides,
            asked_by: opening.ticket,
            opening: Some(Box::new(opening)),
            carries,
            since: now,
            active_at: now,
            deadline: None,
            datagram_bytes: [0; 2],
            losses: 0,
            round_trip: None,
        }
    }

    pub(super) fn flow(&self, direction: usize) -> Option<&Flow> {
        match &self.carries {
            Carries::Flows(flows) => flows.get(direction),
            Carries::Datagrams(_) => None,
        }
    }

    pub(super) fn flow_mut(&mut self, direction: usize) -> Option<&mut Flow> {
        match &mut self.carries {
            Carries::Flows(flows) => flows.get_mut(direction),
            Carries::Datagrams(_) => None,
        }
    }

    /// The direction of what the local socket gives, if there is one.
    pub(super) fn direction_from_local(&self) -> Option<usize> {
        self.sides.iter().position(|side| *side == Side::Local)
    }

    /// The direction of what the local socket takes.
    pub(super) fn direction_to_local(&self) -> Option<usize> {
        self.direction_from_local().map(|direction| 1 - direction)
    }

    /// Whether bytes of its streams are datagrams with their lengths.
    pub(super) fn has_records(&self) -> bool {
        self.transport == Transport::Udp && matches!(self.carries, Carries::Flows(_))
    }

    /// Whether both ends have got everything.
    pub(super) fn is_over(&self) -> bool {
        match &self.carries {
            Carries::Flows(flows) => flows.iter().all(Flow::is_over),
            Carries::Datagrams(_) => false,
        }
    }

    /// Bytes towards the target, and back.
    pub(super) fn bytes(&self) -> (u64, u64) {
        match &self.carries {
            Carries::Flows(flows) => (flows[0].passed(), flows[1].passed()),
            Carries::Datagrams(_) => (self.datagram_bytes[0], self.datagram_bytes[1]),
        }
    }

    /// Bytes of memory that it holds beside itself.
    pub(super) fn memory(&self) -> usize {
        let early = self.opening.as_ref().map_or(0, |opening| size_of::<Pending>() + opening.early_bytes);
        early
            + match &self.carries {
                Carries::Flows(flows) => {
                    size_of::<[Flow; 2]>() + flows.iter().map(Flow::memory).sum::<usize>()
                }
                Carries::Datagrams(datagrams) => {
                    size_of::<Datagrams>()
                        + datagrams.incomplete.iter().map(Incomplete::memory).sum::<usize>()
                }
            }
    }

    /// A data frame was answered after so long.
    pub(super) fn measure(&mut self, after: Duration, is_late: bool) {
        self.losses += u64::from(is_late);
        self.round_trip = Some(self.round_trip.map_or(after, |smoothed| (smoothed * 7 + after) / 8));
    }

    /// When it ends if nothing happens.
    pub(super) fn ends_at(&self, settings: &Settings) -> Instant {
        let patience = if self.role == Role::Entry { Duration::ZERO } else { Settings::PATIENCE };
        let relay_patience = if self.role == Role::Relay { Settings::PATIENCE } else { Duration::ZERO };
        match self.opening {
            Some(_) => self.since + settings.opening + patience,
            None => self.active_at + settings.idle + relay_patience,
        }
    }

    /// When its timer is to go off.
    pub(super) fn wakes_at(&self, settings: &Settings) -> Instant {
        let expiry = match &self.carries {
            Carries::Flows(_) => None,
            Carries::Datagrams(datagrams) => {
                datagrams.incomplete.iter().filter_map(Incomplete::expires_at).min()
            }
        };
        expiry.into_iter().fold(self.ends_at(settings), Instant::min)
    }
}

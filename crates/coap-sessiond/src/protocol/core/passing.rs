//! What a tunnel has got goes on: to a link or to the local socket.
use super::Core;
use crate::protocol::datagrams::{self, MAX_RECORD};
use crate::protocol::flow::Cut;
use crate::protocol::link::{Control, FlowRef};
use crate::protocol::tunnel::{Carries, Side};
use crate::protocol::wire::{DATA_HEADER, DATAGRAM_HEADER, Frame, OPENED_BY_RECEIVER, PART_HEADER};
use crate::protocol::{Action, End, LinkId, Reason, TunnelId};

impl Core {
    /// Something has changed that may let a direction go on.
    pub(super) fn feed(&mut self, flow: FlowRef) {
        let Some(tunnel) = self.tunnels.get(flow.tunnel.0).filter(|it| it.opening.is_none()) else { return };
        match tunnel.sides[1 - flow.direction] {
            Side::Local => self.deliver(flow),
            Side::Link(link, _) => self.take_turn(link, flow),
            Side::Wanted(_) => {}
        }
    }

    /// A direction waits for its turn on the link that it leads to, if it has something for it.
    pub(super) fn take_turn(&mut self, link_id: LinkId, at: FlowRef) {
        let Some(cut) = self.cut(link_id, at.tunnel) else { return };
        let Some(link) = self.links.get_mut(link_id.0) else { return };
        let Some(flow) = self.tunnels.get_mut(at.tunnel.0).and_then(|it| it.flow_mut(at.direction)) else {
            return;
        };
        if !flow.queued && flow.next_chunk(cut).is_some() {
            flow.queued = true;
            link.ready.push_back(at);
            self.mark_busy(link_id);
        }
    }

    pub(super) fn cut(&self, link: LinkId, tunnel: TunnelId) -> Option<Cut> {
        let full = self.links.get(link.0)?.up.max_payload.saturating_sub(DATA_HEADER).max(1);
        let no_delay = self.tunnels.get(tunnel.0)?.capabilities.no_delay;
        Some(Cut { full, no_delay })
    }

    /// Tells the local socket that something has come for it, if it does not know yet. It stays here, and its credit
    /// with it, until the socket has taken it.
    fn deliver(&mut self, at: FlowRef) {
        let Some(tunnel) = self.tunnels.get_mut(at.tunnel.0) else { return };
        let has_records = tunnel.has_records();
        let Some(flow) = tunnel.flow_mut(at.direction) else { return };
        if flow.has_news(has_records) && !flow.announced {
            flow.announced = true;
            self.actions.push_back(Action::Deliver { tunnel: at.tunnel });
        }
        self.end_delivery(at);
    }

    /// The local socket hears that nothing follows, if it has got everything; and so does the other end.
    pub(super) fn end_delivery(&mut self, at: FlowRef) {
        let Some(tunnel) = self.tunnels.get_mut(at.tunnel.0).filter(|it| it.opening.is_none()) else {
            return;
        };
        let has_records = tunnel.has_records();
        let Some(flow) = tunnel.flow_mut(at.direction) else { return };
        if has_records && flow.ends_within() && !flow.has_news(has_records) {
            return self.end(at.tunnel, End::Aborted(Reason::Protocol), "a datagram is cut off");
        }
        if !flow.is_exhausted() {
            return;
        }
        flow.end_told = true;
        self.actions.push_back(Action::Finish { tunnel: at.tunnel });
        self.confirm(at);
    }

    /// The far end has got everything: where it came from hears that.
    pub(super) fn confirm(&mut self, at: FlowRef) {
        let Some(tunnel) = self.tunnels.get_mut(at.tunnel.0) else { return };
        let side = tunnel.sides[at.direction];
        let Some(flow) = tunnel.flow_mut(at.direction) else { return };
        if std::mem::replace(&mut flow.delivered, true) {
            return; // told before
        }
        match side {
            Side::Link(link, _) => self.queue_control(link, Control::Delivered(at)),
            Side::Local | Side::Wanted(_) => flow.confirmed = true,
        }
        self.check_over(at.tunnel);
    }

    /// Something was handed on: there is room for more.
    pub(super) fn progressed(&mut self, at: FlowRef) {
        let Some(tunnel) = self.tunnels.get_mut(at.tunnel.0) else { return };
        let side = tunnel.sides[at.direction];
        let enough = (self.settings.buffer / 2).max(MAX_RECORD);
        let Some(flow) = tunnel.flow_mut(at.direction) else { return };
        match side {
            Side::Local if flow.crowded && flow.room() >= enough => {
                flow.crowded = false;
                self.actions.push_back(Action::Resume { tunnel: at.tunnel });
            }
            Side::Link(link, _) if flow.owes_credit() && !flow.credit_queued => {
                flow.credit_queued = true;
                self.queue_control(link, Control::Credit(at));
            }
            _ => {}
        }
    }

    /// A datagram of an unreliable tunnel goes on. `false`: it was dropped, and counted.
    pub(super) fn pass_datagram(&mut self, id: TunnelId, direction: usize, bytes: &[u8]) -> bool {
        let is_passed = self.try_pass_datagram(id, direction, bytes);
        if !is_passed {
            self.drop_datagram(id);
        } else if let Some(tunnel) = self.tunnels.get_mut(id.0) {
            tunnel.datagram_bytes[direction] += bytes.len() as u64;
        }
        is_passed
    }

    fn try_pass_datagram(&mut self, id: TunnelId, direction: usize, bytes: &[u8]) -> bool {
        let Some(tunnel) = self.tunnels.get_mut(id.0).filter(|it| it.opening.is_none()) else { return false };
        let (link_id, key) = match tunnel.sides[1 - direction] {
            Side::Local => {
                self.counters.bytes.1 += bytes.len() as u64;
                self.actions.push_back(Action::Datagram { tunnel: id, bytes: bytes.to_vec() });
                return true;
            }
            Side::Link(link, key) => (link, key ^ OPENED_BY_RECEIVER),
            Side::Wanted(_) => return false,
        };
        let Some(link) = self.links.get_mut(link_id.0).filter(|link| link.may_queue_datagram()) else {
            return false;
        };
        let longest = link.up.max_payload;
        if DATAGRAM_HEADER + bytes.len() <= longest {
            link.datagrams.push_back((id, Frame::Datagram(bytes).encode(key)));
            self.mark_busy(link_id);
            return true;
        }
        let Carries::Datagrams(state) = &mut tunnel.carries else { return false };
        let number = state.next_number[direction];
        let Some(parts) = tunnel
            .capabilities
            .segmentation
            .then(|| datagrams::parts(number, bytes, longest.saturating_sub(PART_HEADER)))
            .flatten()
        else {
            return false;
        };
        // All of it or nothing: a part alone is of no use. One datagram may overfill the queue.
        state.next_number[direction] = number.wrapping_add(1);
        link.datagrams.extend(parts.map(|part| (id, Frame::Part(part).encode(key))));
        self.mark_busy(link_id);
        true
    }
}

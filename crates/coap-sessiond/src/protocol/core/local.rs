//! The local sockets of tunnels: listeners' connections and peers at entries, targets at exits.
use super::Core;
use crate::protocol::datagrams::{self, MAX_DATAGRAM, MAX_RECORD};
use crate::protocol::flow::Flow;
use crate::protocol::link::FlowRef;
use crate::protocol::tunnel::{Carries, Tunnel};
use crate::protocol::{Reason, TunnelId};
use std::borrow::Cow;
use std::time::Instant;

impl Core {
    /// How many bytes [`local_data`](Self::local_data) would take.
    pub fn room(&self, tunnel: TunnelId) -> usize {
        let flow =
            |it: &Tunnel| it.direction_from_local().and_then(|direction| it.flow(direction)).map(Flow::room);
        self.tunnels.get(tunnel.0).and_then(flow).unwrap_or(0)
    }

    /// Bytes of the local connection. Returns how many were taken; while less than 64 KiB are free, expect
    /// [`Action::Resume`](crate::protocol::Action::Resume) when half of the buffer is.
    pub fn local_data(&mut self, now: Instant, tunnel: TunnelId, bytes: &[u8]) -> usize {
        self.advance(now);
        if self.tunnels.get(tunnel.0).is_none_or(Tunnel::has_records) {
            return 0;
        }
        let Some((at, flow)) = self.local_source(tunnel) else { return 0 };
        let taken = bytes.len().min(flow.room());
        if taken == 0 {
            return 0;
        }
        flow.push(&bytes[..taken]);
        flow.crowded |= flow.room() < MAX_RECORD;
        self.counters.bytes.0 += taken as u64;
        self.touch(tunnel);
        self.feed(at);
        taken
    }

    /// Whether [`local_datagram`](Self::local_datagram) would take any datagram. If not, as only reliable tunnels say,
    /// expect [`Action::Resume`](crate::protocol::Action::Resume).
    pub fn has_room_for_datagram(&self, tunnel: TunnelId) -> bool {
        let is_there = |it: &Tunnel| !it.has_records() || self.room(tunnel) >= MAX_RECORD;
        self.tunnels.get(tunnel.0).is_some_and(is_there)
    }

    /// A datagram of the local peer or target, at most 65,535 bytes. `false`: it was dropped, and counted. Those of
    /// reliable tunnels need not be, if they are read only when there is
    /// [room](Self::has_room_for_datagram).
    pub fn local_datagram(&mut self, now: Instant, tunnel: TunnelId, bytes: &[u8]) -> bool {
        self.advance(now);
        if bytes.len() > MAX_DATAGRAM {
            self.drop_datagram(tunnel);
            return false;
        }
        let is_taken = self.take_datagram(tunnel, bytes);
        if is_taken {
            self.counters.bytes.0 += bytes.len() as u64;
        }
        is_taken
    }

    fn take_datagram(&mut self, id: TunnelId, bytes: &[u8]) -> bool {
        self.touch(id);
        let Some(tunnel) = self.tunnels.get_mut(id.0) else { return false };
        let Some(direction) = tunnel.direction_from_local() else { return false };
        if let Carries::Flows(_) = tunnel.carries {
            return self.take_record(id, bytes);
        }
        let Some(opening) = &mut tunnel.opening else { return self.pass_datagram(id, direction, bytes) };
        let is_taken = opening.queue(bytes, self.settings.buffer);
        if !is_taken {
            self.drop_datagram(id);
        }
        is_taken
    }

    fn take_record(&mut self, id: TunnelId, bytes: &[u8]) -> bool {
        let Some((at, flow)) = self.local_source(id) else { return false };
        let head = datagrams::record_head(bytes).filter(|head| head.len() + bytes.len() <= flow.room());
        flow.crowded |= head.is_none();
        let Some(head) = head else {
            self.drop_datagram(id);
            return false;
        };
        flow.push(&head);
        flow.push(bytes);
        flow.crowded |= flow.room() < MAX_RECORD;
        self.feed(at);
        true
    }

    /// The local socket has ended its stream (end of file).
    pub fn local_finished(&mut self, now: Instant, tunnel: TunnelId) {
        self.advance(now);
        self.touch(tunnel);
        if let Some((at, flow)) = self.local_source(tunnel) {
            flow.finish();
            self.feed(at);
        }
    }

    /// The local connection was reset or has failed. The other end is told;
    /// [`Action::Ended`](crate::protocol::Action::Ended) follows.
    pub fn local_reset(&mut self, now: Instant, tunnel: TunnelId) {
        self.close(now, tunnel, Reason::Reset, "");
    }

    /// What is to be written to the local connection, in order: the second slice follows the first.
    pub fn readable(&self, tunnel: TunnelId) -> [&[u8]; 2] {
        let open = self.tunnels.get(tunnel.0).filter(|it| it.opening.is_none() && !it.has_records());
        let flow = open.and_then(|it| it.direction_to_local().and_then(|direction| it.flow(direction)));
        flow.map_or([&[], &[]], Flow::readable)
    }

    /// The local socket has taken the first `count` bytes of [`readable`](Self::readable).
    pub fn local_taken(&mut self, now: Instant, tunnel: TunnelId, count: usize) {
        self.advance(now);
        self.touch(tunnel);
        let Some(it) = self.tunnels.get_mut(tunnel.0) else { return };
        let Some(direction) = it.direction_to_local() else { return };
        let Some(flow) = it.flow_mut(direction) else { return };
        let count = count.min(flow.readable_len());
        flow.taken(count);
        flow.announced = flow.readable_len() > 0;
        self.counters.bytes.1 += count as u64;
        let at = FlowRef { tunnel, direction };
        self.progressed(at);
        self.end_delivery(at);
    }

    /// The next datagram for the local socket of a reliable tunnel; see
    /// [`Action::Deliver`](crate::protocol::Action::Deliver).
    pub fn readable_record(&self, tunnel: TunnelId) -> Option<Cow<'_, [u8]>> {
        let it = self.tunnels.get(tunnel.0).filter(|it| it.opening.is_none() && it.has_records())?;
        datagrams::first_record(it.flow(it.direction_to_local()?)?.readable())
    }

    /// The local socket has taken what [`readable_record`](Self::readable_record) shows; or the system refuses it for
    /// good, and it is dropped and counted.
    pub fn record_taken(&mut self, now: Instant, tunnel: TunnelId, is_sent: bool) {
        self.advance(now);
        self.touch(tunnel);
        let Some(it) = self.tunnels.get_mut(tunnel.0).filter(|it| it.has_records()) else { return };
        let Some(direction) = it.direction_to_local() else { return };
        let Some(flow) = it.flow_mut(direction) else { return };
        let Some(length) = datagrams::record_length(flow.readable()) else { return };
        flow.taken(length);
        flow.announced = flow.has_news(true);
        if is_sent {
            self.counters.bytes.1 += (length - 2) as u64;
        } else {
            self.drop_datagram(tunnel);
        }
        let at = FlowRef { tunnel, direction };
        self.progressed(at);
        self.end_delivery(at);
    }

    /// Sends back what has come for the local socket, as much as there is room for, where the node itself is the
    /// target. Records stay what they are.
    pub fn send_back(&mut self, now: Instant, tunnel: TunnelId) {
        self.advance(now);
        let Some(it) = self.tunnels.get_mut(tunnel.0).filter(|it| it.opening.is_none()) else { return };
        let Some(direction) = it.direction_to_local() else { return };
        let Carries::Flows(flows) = &mut it.carries else { return };
        let [first, second] = &mut **flows;
        let (from, to) = if direction == 0 { (first, second) } else { (second, first) };
        let count = from.turn_back(to);
        from.announced = from.readable_len() > 0;
        to.crowded |= to.room() < MAX_RECORD;
        self.counters.bytes.0 += count as u64;
        self.counters.bytes.1 += count as u64;
        self.touch(tunnel);
        let at = FlowRef { tunnel, direction };
        self.progressed(at);
        self.end_delivery(at);
        self.feed(FlowRef { tunnel, direction: 1 - direction });
    }

    /// A datagram of a tunnel is not passed on.
    pub(super) fn drop_datagram(&mut self, id: TunnelId) {
        self.counters.dropped += 1;
        if let Some(tunnel) = self.tunnels.get_mut(id.0) {
            tunnel.losses += 1;
        }
    }

    /// There was traffic.
    pub(super) fn touch(&mut self, id: TunnelId) {
        if let Some(tunnel) = self.tunnels.get_mut(id.0) {
            tunnel.active_at = self.now;
        }
    }

    /// The direction whose bytes come from the local socket.
    fn local_source(&mut self, id: TunnelId) -> Option<(FlowRef, &mut Flow)> {
        let tunnel = self.tunnels.get_mut(id.0)?;
        let direction = tunnel.direction_from_local()?;
        Some((FlowRef { tunnel: id, direction }, tunnel.flow_mut(direction)?))
    }
}

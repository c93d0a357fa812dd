//! The local sockets of tunnels: listeners' connections and peers at entries, targets at exits.
use super::Core;
use crate::protocol::datagrams::{self, MAX_DATAGRAM, MAX_RECORD};
use crate::protocol::flow::Flow;
use crate::protocol::link::FlowRef;
use crate::protocol::tunnel::{Carries, Tunnel};
use crate::protocol::{Reason, TunnelId};
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

    /// A datagram of the local peer or target, at most 65,535 bytes. `false`: it was dropped, and counted. Those of
    /// reliable tunnels that are dropped for want of room need not be: see [`room`](Self::room), which is 65,537 or
    /// more if any datagram fits, and [`Action::Resume`](crate::protocol::Action::Resume).
    pub fn local_datagram(&mut self, now: Instant, tunnel: TunnelId, bytes: &[u8]) -> bool {
        self.advance(now);
        let is_taken = bytes.len() <= MAX_DATAGRAM && self.take_datagram(tunnel, bytes);
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
        match &mut tunnel.opening {
            None => self.pass_datagram(id, direction, bytes),
            Some(opening) if opening.may_queue() => {
                opening.early.push_back(bytes.to_vec());
                true
            }
            Some(_) => {
                tunnel.losses += 1;
                self.counters.dropped += 1;
                false
            }
        }
    }

    fn take_record(&mut self, id: TunnelId, bytes: &[u8]) -> bool {
        let Some((at, flow)) = self.local_source(id) else { return false };
        let head = datagrams::record_head(bytes).filter(|head| head.len() + bytes.len() <= flow.room());
        flow.crowded |= head.is_none();
        let Some(head) = head else {
            self.counters.dropped += 1;
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

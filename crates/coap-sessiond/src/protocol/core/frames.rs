//! Frames that come.
use super::Core;
use super::opening::error;
use crate::protocol::link::FlowRef;
use crate::protocol::tunnel::Carries;
use crate::protocol::wire::{Frame, Part};
use crate::protocol::{End, LinkId, Reply, TunnelId};
use coap_proto::wire::Code;
use std::time::Instant;

const RELIABLE: &str = "the tunnel is reliable";
const UNRELIABLE: &str = "the tunnel is not reliable";

impl Core {
    /// A POST to `t` came, confirmable or not. The answer is to be given at once (the engine drops it if the request
    /// wants none).
    pub fn frame_request(&mut self, now: Instant, link: LinkId, payload: &[u8]) -> Reply {
        self.advance(now);
        if !self.heard(link) {
            return error(Code::NOT_FOUND, "no such link");
        }
        let Some((key, frame)) = Frame::decode(payload) else {
            return error(Code::BAD_REQUEST, "malformed");
        };
        let tunnel = self.links.get(link.0).and_then(|link| link.tunnels.get(&key)).copied();
        let Some(id) = tunnel else {
            // That it is over is what an abort wants.
            let is_abort = matches!(frame, Frame::Abort { .. });
            return if is_abort { changed() } else { error(Code::NOT_FOUND, "no such tunnel") };
        };
        self.touch(id);
        self.take_frame(id, super::links::side_of(key), frame)
    }

    /// A frame from one side of a tunnel.
    fn take_frame(&mut self, id: TunnelId, side: usize, frame: Frame<'_>) -> Reply {
        // Bytes from there, and those to there.
        let (from, to) =
            (FlowRef { tunnel: id, direction: side }, FlowRef { tunnel: id, direction: 1 - side });
        match frame {
            Frame::Data { offset, bytes, is_last } => self.take_data(from, offset, bytes, is_last),
            Frame::Credit(limit) => {
                let Some(flow) = self.flow(to) else { return self.break_off(id, UNRELIABLE) };
                flow.raise_limit(limit);
                self.feed(to);
                changed()
            }
            Frame::Delivered => {
                if !self.flow(to).is_some_and(|flow| flow.end_told) {
                    return self.break_off(id, "what was not sent cannot be delivered");
                }
                self.confirm(to);
                changed()
            }
            Frame::Abort { reason, text } => {
                self.end_towards(id, End::Aborted(reason), text, [side != 0, side != 1]);
                changed()
            }
            Frame::Datagram(bytes) => {
                if !self.is_unreliable(id) {
                    return self.break_off(id, RELIABLE);
                }
                self.pass_datagram(id, side, bytes);
                changed()
            }
            Frame::Part(part) => self.take_part(id, side, part),
        }
    }

    fn take_data(&mut self, at: FlowRef, offset: u64, bytes: &[u8], is_last: bool) -> Reply {
        let Some(flow) = self.flow(at) else { return self.break_off(at.tunnel, UNRELIABLE) };
        if let Err(why) = flow.take(offset, bytes, is_last) {
            return self.break_off(at.tunnel, why);
        }
        self.feed(at);
        // Before it is open, it may not send: the answer to its opening says how far.
        let is_open =
            self.tunnels.get(at.tunnel.0).is_some_and(|it| it.opening.is_none() || at.direction == 1);
        let limit = self.flow(at).filter(|_| is_open).map_or(0, |flow| flow.grant());
        Reply { payload: limit.to_be_bytes().to_vec(), ..changed() }
    }

    fn take_part(&mut self, id: TunnelId, side: usize, part: Part<'_>) -> Reply {
        let room = self.settings.buffer;
        let Some(tunnel) = self.tunnels.get_mut(id.0) else { return changed() };
        let Carries::Datagrams(datagrams) = &mut tunnel.carries else { return self.break_off(id, RELIABLE) };
        let incomplete = &mut datagrams.incomplete[side];
        let was_waiting = incomplete.expires_at();
        let datagram = incomplete.take(self.now, part, room);
        let (dropped, expires_at) = (incomplete.take_dropped(), incomplete.expires_at());
        tunnel.losses += dropped;
        self.counters.dropped += dropped;
        if expires_at != was_waiting {
            self.set_tunnel_timer(id);
        }
        if let Some(datagram) = datagram {
            self.pass_datagram(id, side, &datagram);
        }
        changed()
    }

    pub(super) fn is_unreliable(&self, id: TunnelId) -> bool {
        self.tunnels.get(id.0).is_some_and(|it| matches!(it.carries, Carries::Datagrams(_)))
    }
}

fn changed() -> Reply {
    Reply { code: Code::CHANGED, payload: Vec::new(), max_age: None }
}

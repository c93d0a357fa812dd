//! What is sent next on a link.
use super::Core;
use crate::protocol::link::{Control, FlowRef, What};
use crate::protocol::tunnel::Side;
use crate::protocol::wire::{self, Frame, OPENED_BY_RECEIVER};
use crate::protocol::{Action, End, LinkId, Request, TunnelId};
use coap_proto::wire::Code;

impl Core {
    /// The next message of a link, if there is one and it may go: what is short and what tunnels carry in turn; of
    /// that, datagrams and data in turn, one frame of each tunnel.
    pub(super) fn next_to_send(&mut self, id: LinkId) -> Option<Action> {
        loop {
            let link = self.links.get_mut(id.0)?;
            let (is_open, is_stream) = (link.window.is_open(), link.up.is_stream);
            let has_control = is_open && !link.control.is_empty();
            let has_opening = link.may_open() && !link.openings.is_empty();
            let has_datagram = (is_open || !is_stream) && !link.datagrams.is_empty();
            let has_data = is_open && !link.ready.is_empty();
            let has_carried = has_datagram || has_data;
            let action = if has_control && !(link.is_turn_of_tunnels && has_carried) {
                link.is_turn_of_tunnels = true;
                let control = link.next_control()?;
                self.send_control(id, control)
            } else if has_opening {
                let tunnel = link.openings.pop_front()?;
                self.send_opening(id, tunnel)
            } else if has_datagram && (link.is_turn_of_datagrams || !has_data) {
                (link.is_turn_of_datagrams, link.is_turn_of_tunnels) = (false, false);
                let (tunnel, payload) = link.datagrams.pop_front()?;
                let message = is_stream.then(|| link.sent(self.now, What::Other(tunnel), payload.len()));
                let request = if is_stream { Request::Frame } else { Request::Datagram };
                Some(Action::Send { link: id, message, request, payload })
            } else if has_data {
                (link.is_turn_of_datagrams, link.is_turn_of_tunnels) = (true, false);
                let flow = link.ready.pop_front()?;
                self.send_data(id, flow)
            } else {
                return None;
            };
            if action.is_some() {
                return action;
            }
        }
    }

    fn send_opening(&mut self, id: LinkId, tunnel: TunnelId) -> Option<Action> {
        let (key, payload, hop_limit) = self.opening_to_send(tunnel)?;
        let link = self.links.get_mut(id.0)?;
        if payload.len() > link.up.max_payload {
            // Layers are what takes room, one for each node. What else the link carries is none the worse.
            let why = "the request to open does not fit into a message on the way";
            self.end_towards(tunnel, End::Refused(Code::BAD_GATEWAY), why, [true, false]);
            return None;
        }
        let message = Some(link.sent(self.now, What::Open(tunnel, key), payload.len()));
        Some(Action::Send { link: id, message, request: Request::Open { hop_limit }, payload })
    }

    fn send_control(&mut self, id: LinkId, control: Control) -> Option<Action> {
        let (what, payload) = match control {
            Control::Credit(at) => {
                let (key, flow) = self.source(at)?;
                flow.credit_queued = false;
                (What::Credit(at), Frame::Credit(flow.grant()).encode(key))
            }
            Control::Delivered(at) => (What::Delivered(at), Frame::Delivered.encode(self.source(at)?.0)),
            Control::Abort { key, reason, text } => {
                let frame = Frame::Abort { reason, text: &text };
                (What::Abort, frame.encode(key ^ OPENED_BY_RECEIVER))
            }
        };
        self.send_frame(id, what, payload)
    }

    /// The number, for the node that a direction comes from, and the flow.
    fn source(&mut self, at: FlowRef) -> Option<(u32, &mut crate::protocol::flow::Flow)> {
        let tunnel = self.tunnels.get_mut(at.tunnel.0)?;
        let Side::Link(_, key) = tunnel.sides[at.direction] else { return None };
        Some((key ^ OPENED_BY_RECEIVER, tunnel.flow_mut(at.direction)?))
    }

    fn send_data(&mut self, id: LinkId, at: FlowRef) -> Option<Action> {
        let cut = self.cut(id, at.tunnel)?;
        let tunnel = self.tunnels.get_mut(at.tunnel.0)?;
        let Side::Link(_, key) = tunnel.sides[1 - at.direction] else { return None };
        let flow = tunnel.flow_mut(at.direction)?;
        flow.queued = false;
        let chunk = flow.next_chunk(cut)?;
        let mut payload =
            wire::data_header(key ^ OPENED_BY_RECEIVER, chunk.offset, chunk.is_last, chunk.length);
        for bytes in flow.bytes(chunk) {
            payload.extend_from_slice(bytes);
        }
        flow.sent(chunk);
        tunnel.active_at = self.now;
        self.take_turn(id, at);
        self.progressed(at);
        self.send_frame(id, What::Data(at), payload)
    }

    fn send_frame(&mut self, id: LinkId, what: What, payload: Vec<u8>) -> Option<Action> {
        let message = Some(self.links.get_mut(id.0)?.sent(self.now, what, payload.len()));
        Some(Action::Send { link: id, message, request: Request::Frame, payload })
    }
}

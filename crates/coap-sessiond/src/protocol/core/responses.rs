//! Answers to our requests.
use super::Core;
use crate::protocol::link::{FlowRef, What};
use crate::protocol::{Action, End, LinkId, MessageId, Reason, Reply, TunnelId};
use coap_proto::wire::Code;
use std::time::Instant;

impl Core {
    /// A request was answered.
    pub fn response(&mut self, now: Instant, link: LinkId, message: MessageId, reply: &Reply) {
        self.advance(now);
        if !self.heard(link) {
            return;
        }
        let Some(it) = self.links.get_mut(link.0) else { return };
        let Some((sent, shown)) = it.answered(self.now, message) else { return };
        if let Some(ack_timeout) = shown.ack_timeout {
            self.actions.push_back(Action::SetAckTimeout { link, ack_timeout });
        }
        self.mark_busy(link);
        let after = self.now.saturating_duration_since(sent.at);
        match sent.what {
            What::Open(tunnel, key) => self.open_answered(link, key, tunnel, reply),
            What::Data(flow) => {
                if let Some(tunnel) = self.tunnels.get_mut(flow.tunnel.0) {
                    tunnel.measure(after, shown.is_late);
                }
                self.data_answered(link, flow, reply);
            }
            What::Delivered(flow) => self.confirmation_answered(flow, reply),
            // Whose stream has come to its end needs no more credit, and may have forgotten the tunnel.
            What::Credit(flow) if self.flow(flow).is_some_and(|flow| flow.has_end()) => {}
            What::Credit(FlowRef { tunnel, .. }) | What::Other(tunnel) => {
                self.accepted(link, tunnel, reply);
            }
            What::Abort => {}
            What::KeepAlive => {
                if let (Code::CONTENT, Ok(boot)) = (reply.code, reply.payload.as_slice().try_into()) {
                    self.learn_boot(link, boot);
                }
                if self.links.get(link.0).is_some_and(|it| it.is_neglected(sent.at, &self.settings)) {
                    return self.drop_link(link, "the next node leaves a request unanswered");
                }
                self.set_link_timer(link);
            }
        }
    }

    /// A request will not be answered: no acknowledgement, reset, or no way to send it. Ends its link.
    pub fn failed(&mut self, now: Instant, link: LinkId, message: MessageId) {
        self.advance(now);
        let Some(it) = self.links.get_mut(link.0) else { return };
        if it.answered(self.now, message).is_some() {
            self.drop_link(link, "the next node does not answer");
        }
    }

    fn data_answered(&mut self, link: LinkId, at: FlowRef, reply: &Reply) {
        if !self.accepted(link, at.tunnel, reply) {
            return;
        }
        let limit = reply.payload.as_slice().try_into().map(u64::from_be_bytes);
        let Some(tunnel) = self.tunnels.get_mut(at.tunnel.0) else { return };
        tunnel.active_at = self.now;
        let Some(flow) = tunnel.flow_mut(at.direction) else { return };
        flow.answered();
        match limit {
            Ok(limit) => {
                flow.raise_limit(limit);
                self.feed(at);
            }
            Err(_) => self.end(at.tunnel, End::Aborted(Reason::Protocol), "malformed answer to data"),
        }
    }

    fn confirmation_answered(&mut self, at: FlowRef, reply: &Reply) {
        let Some(flow) = self.flow(at) else { return };
        flow.confirmed = true;
        // Who has got everything and knows that the other has too may have forgotten the tunnel.
        self.check_over(at.tunnel);
        if reply.code != Code::CHANGED {
            self.forgotten(at.tunnel, reply);
        }
    }

    /// Whether the other node has taken a frame. If not, its tunnel ends.
    fn accepted(&mut self, _link: LinkId, id: TunnelId, reply: &Reply) -> bool {
        if reply.code != Code::CHANGED {
            self.forgotten(id, reply);
            return false;
        }
        self.tunnels.contains(id.0)
    }

    fn forgotten(&mut self, id: TunnelId, reply: &Reply) {
        let (reason, text) = match reply.code {
            Code::NOT_FOUND => (Reason::Lost, "the next node does not know the tunnel"),
            _ => (Reason::Protocol, "the next node refuses a frame"),
        };
        self.end(id, End::Aborted(reason), text);
    }
}

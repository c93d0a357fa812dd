//! Tunnels end.
use super::Core;
use super::opening::error;
use crate::protocol::link::Control;
use crate::protocol::tunnel::{Side, Tunnel};
use crate::protocol::{Action, End, Ending, LinkId, Reason, Reply, Ticket, TunnelId};
use coap_proto::wire::Code;
use std::time::{Duration, Instant};

impl Core {
    /// Cuts a tunnel off. The other end is told; [`Action::Ended`] follows.
    pub fn close(&mut self, now: Instant, tunnel: TunnelId, reason: Reason, text: &str) {
        self.advance(now);
        self.end(tunnel, End::Aborted(reason), text);
    }

    /// Cuts all tunnels off, and takes no more: the node stops. When [`is_idle`](Self::is_idle) says so, all have been
    /// told who can be.
    pub fn shut_down(&mut self, now: Instant) {
        self.advance(now);
        self.is_stopping = true;
        let all: Vec<_> = self.tunnels().collect();
        for tunnel in all {
            self.end(tunnel, End::Aborted(Reason::Stopped), "");
        }
    }

    /// Ends a tunnel, and tells both sides.
    pub(super) fn end(&mut self, id: TunnelId, end: End, text: &str) {
        self.end_towards(id, end, text, [true, true]);
    }

    /// Ends a tunnel whose opening was refused by the next node.
    pub(super) fn refused(&mut self, id: TunnelId, reply: &Reply, text: &str) {
        // Who finds the request wrong may have taken it before.
        let tell = [true, reply.code == Code::BAD_REQUEST];
        self.finish(id, End::Refused(reply.code), text, tell, reply.max_age);
    }

    /// Ends a tunnel, and tells the sides that are to be told.
    pub(super) fn end_towards(&mut self, id: TunnelId, end: End, text: &str, tell: [bool; 2]) {
        self.finish(id, end, text, tell, None);
    }

    /// Ends a tunnel if both ends have got everything.
    pub(super) fn check_over(&mut self, id: TunnelId) {
        if self.tunnels.get(id.0).is_some_and(Tunnel::is_over) {
            self.finish(id, End::Finished, "", [false, false], None);
        }
    }

    pub(super) fn finish(
        &mut self,
        id: TunnelId,
        end: End,
        text: &str,
        tell: [bool; 2],
        max_age: Option<Duration>,
    ) {
        let Some(mut tunnel) = self.tunnels.remove(id.0) else { return };
        self.tunnel_timers.set(id, &mut tunnel.deadline, None);
        let reason = match end {
            End::Aborted(reason) => reason,
            End::Refused(_) | End::Finished => Reason::GivenUp,
        };
        let (ticket, is_sent) = match &tunnel.opening {
            Some(opening) => (opening.ticket, opening.is_sent),
            None => (None, true),
        };
        for (side, tell) in tunnel.sides.into_iter().zip(tell) {
            let Side::Link(link, key) = side else { continue };
            self.leave_link(link, key);
            let is_near = super::links::side_of(key) == 0;
            match ticket {
                Some(ticket) if is_near => self.answer_refused(link, ticket, end, text, max_age),
                _ if tell && (is_near || is_sent) => {
                    self.queue_control(link, Control::Abort { key, reason, text: text.to_owned() });
                }
                _ => {}
            }
        }
        match end {
            End::Finished => {}
            End::Refused(code) => *self.counters.refused.entry(code).or_default() += 1,
            End::Aborted(reason) => *self.counters.aborted.entry(reason).or_default() += 1,
        }
        let (role, ending) = (tunnel.role, Ending { end, text: text.to_owned() });
        self.actions.push_back(Action::Ended { tunnel: id, role, ending });
    }

    /// Who waits for a tunnel to be opened hears that it is not; also who has given it up, so that nothing is kept.
    fn answer_refused(
        &mut self,
        link: LinkId,
        ticket: Ticket,
        end: End,
        text: &str,
        max_age: Option<Duration>,
    ) {
        if !self.links.contains(link.0) {
            return;
        }
        let code = match end {
            End::Refused(code) => code,
            End::Aborted(Reason::Protocol) => Code::BAD_GATEWAY,
            End::Aborted(Reason::Stopped) => Code::SERVICE_UNAVAILABLE,
            End::Aborted(_) | End::Finished => Code::GATEWAY_TIMEOUT,
        };
        let reply = Reply { max_age, ..error(code, text) };
        self.actions.push_back(Action::Answer { link, ticket, reply });
    }

    /// A tunnel that somebody has broken the protocol on.
    pub(super) fn break_off(&mut self, id: TunnelId, why: &str) -> Reply {
        self.end(id, End::Aborted(Reason::Protocol), why);
        error(Code::BAD_REQUEST, why)
    }
}

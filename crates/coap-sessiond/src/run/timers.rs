//! What the loop has to look after at a certain time, besides what core and engine ask for.
use super::sockets::SocketId;
use crate::protocol::TunnelId;
use coap_proto::engine::SessionId;
use std::{cmp::Reverse, collections::BinaryHeap, time::Instant};

/// What its time has come for. It may be gone since: who is woken looks whether it is still of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// A target has been tried for as long as it may take.
    Target(TunnelId),
    /// A session for a link has been tried for as long as it may take.
    Session(SessionId),
    /// A socket may be tried again: the system had no descriptor, or no memory.
    Retry(SocketId),
}

/// Timers, the earliest first. Those that are not needed any more stay until their time: each lasts for less than
/// half a minute.
#[derive(Debug, Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Instant, Timer)>>);

impl Timers {
    pub(super) fn set(&mut self, at: Instant, timer: Timer) {
        self.0.push(Reverse((at, timer)));
    }

    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// One that is due.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Timer> {
        if self.next_at()? > now {
            return None;
        }
        self.0.pop().map(|Reverse((_, timer))| timer)
    }
}

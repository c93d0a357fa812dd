//! What the loop has to look after at a certain time, besides what core and engine ask for.
use super::sockets::SocketId;
use crate::protocol::TunnelId;
use coap_proto::engine::SessionId;
use std::{collections::BTreeSet, time::Instant};

/// What its time has come for. It may be gone since: who is woken looks whether it is still of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// An address of a target, or the target, has been tried for as long as it may take.
    Target(TunnelId),
    /// A session for a link has been tried for as long as it may take.
    Session(SessionId),
    /// A socket may be tried again: the system had no descriptor, or no memory.
    Retry(SocketId),
}

/// Timers, the earliest first. Who sets one cancels it when it is not needed any more.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, Timer)>);

impl Timers {
    pub(super) fn set(&mut self, at: Instant, timer: Timer) {
        self.0.insert((at, timer));
    }

    /// Takes a timer back that was set to this time.
    pub(super) fn cancel(&mut self, at: Instant, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// One that is due.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Timer> {
        if self.next_at()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}

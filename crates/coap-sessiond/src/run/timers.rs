//! What the loop has to look after at a certain time, besides what core and engine ask for.
use super::sockets::SocketId;
use crate::protocol::TunnelId;
use coap_proto::engine::SessionId;
use std::{
    collections::{BTreeSet, HashSet},
    time::Instant,
};

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
pub(super) struct Timers {
    timers: BTreeSet<(Instant, Timer)>,
    /// Sockets with a [`Timer::Retry`].
    resting: HashSet<SocketId>,
}

impl Timers {
    pub(super) fn set(&mut self, at: Instant, timer: Timer) {
        self.timers.insert((at, timer));
    }

    /// Has a socket be tried again at this time, if it is not to be before.
    pub(super) fn retry(&mut self, at: Instant, socket: SocketId) {
        if self.resting.insert(socket) {
            self.set(at, Timer::Retry(socket));
        }
    }

    /// Takes a timer back that was set to this time.
    pub(super) fn cancel(&mut self, at: Instant, timer: Timer) {
        self.timers.remove(&(at, timer));
    }

    /// When the next one is due.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// One that is due.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Timer> {
        if self.next_at()? > now {
            return None;
        }
        let (_, timer) = self.timers.pop_first()?;
        if let Timer::Retry(socket) = &timer {
            self.resting.remove(socket);
        }
        Some(timer)
    }
}

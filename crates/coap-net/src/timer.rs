//! The timer descriptor that makes a node's deadlines visible to an event loop outside.
use crate::poller::ALARM;
use mio::{Interest, Registry, unix::SourceFd};
use nix::sys::{
    time::TimeSpec,
    timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags},
};
use std::{
    io,
    os::fd::{AsFd, AsRawFd},
    time::{Duration, Instant},
};

/// A timer that makes the node's descriptor readable.
#[derive(Debug)]
pub(crate) struct Alarm {
    timer: TimerFd,
    set: Option<Instant>,
}

impl Alarm {
    /// A timer that is not set, watched by `registry`.
    pub(crate) fn new(registry: &Registry) -> io::Result<Self> {
        let timer =
            TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
        registry.register(&mut SourceFd(&timer.as_fd().as_raw_fd()), ALARM, Interest::READABLE)?;
        Ok(Self { timer, set: None })
    }

    /// Sees to it that the timer goes off at `at` at the latest. It stays set to an earlier time: going off
    /// too early costs less than setting it for every deadline that moves back.
    pub(crate) fn set(&mut self, now: Instant, at: Option<Instant>) {
        match (self.set, at) {
            (None, None) => {}
            (Some(_), None) => {
                self.set = None;
                let _ = self.timer.unset();
            }
            (Some(set), Some(at)) if set <= at => {}
            (_, Some(at)) => {
                self.set = Some(at);
                // Zero would unset it.
                let delay = at.saturating_duration_since(now).max(Duration::from_nanos(1));
                let _ =
                    self.timer.set(Expiration::OneShot(TimeSpec::from(delay)), TimerSetTimeFlags::empty());
            }
        }
    }

    /// The timer went off and the event loop has taken notice: it must be set anew.
    pub(crate) fn gone_off(&mut self) {
        self.set = None;
    }
}

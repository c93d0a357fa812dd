//! SIGINT and SIGTERM as something that can be waited for.
use nix::sys::{
    signal::{SigSet, Signal},
    signalfd::{SfdFlags, SignalFd},
};
use std::{
    io,
    os::fd::{AsRawFd, RawFd},
};

/// The signals that ask a program to stop. As long as there is one, they do nothing else. Make it before other
/// threads start: those would be interrupted.
#[derive(Debug)]
pub struct StopSignals(SignalFd);

impl StopSignals {
    /// Takes over what SIGINT and SIGTERM do.
    ///
    /// # Errors
    /// The system's.
    pub fn new() -> io::Result<Self> {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGINT);
        signals.add(Signal::SIGTERM);
        signals.thread_block()?;
        let flags = SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC;
        Ok(Self(SignalFd::with_flags(&signals, flags)?))
    }

    /// Whether one came since the last call.
    pub fn came(&self) -> bool {
        matches!(self.0.read_signal(), Ok(Some(_)))
    }
}

impl AsRawFd for StopSignals {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

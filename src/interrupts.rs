//! Ending loops and waits from anywhere, also from a signal handler: all that those functions do is to count in atomics
//! and to write to a descriptor.
use crate::home::Home;
use std::{
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
};

/// Written to when something is to end; every context in which somebody waits for that watches it.
static BELL: OnceLock<Option<OwnedFd>> = OnceLock::new();
/// How often waiting calls were told to end.
static CALLS_ENDED: AtomicU32 = AtomicU32::new(0);
/// Loops are to end.
static LOOPS_END: AtomicBool = AtomicBool::new(false);
/// Threads that run a loop.
static LOOPS: AtomicU32 = AtomicU32::new(0);

/// Has waits in a context end when something is to end. `None`: the context is gone, or the system has no more
/// descriptors.
pub(crate) fn watch(home: Home) -> Option<()> {
    let bell = bell()?;
    home.enter(|context| context.node.interrupt_by(bell).ok())?
}

/// How often waiting calls were told to end: more than when one began means it.
pub(crate) fn calls_ended() -> u32 {
    CALLS_ENDED.load(SeqCst)
}

/// Ends all calls that wait. Fit for signal handlers.
pub(crate) fn end_calls() {
    CALLS_ENDED.fetch_add(1, SeqCst);
    ring();
}

/// Ends all loops, and all calls that wait. Fit for signal handlers. If there is no loop, the next one ends at once.
pub(crate) fn end_loops() {
    LOOPS_END.store(true, SeqCst);
    end_calls();
}

/// Whether loops are to end.
pub(crate) fn loops_end() -> bool {
    LOOPS_END.load(SeqCst)
}

/// Loops to come are not to end at once.
pub(crate) fn reset() {
    if LOOPS.load(SeqCst) == 0 {
        LOOPS_END.store(false, SeqCst);
    }
}

/// A thread that runs a loop. When the last one has ended, others may begin.
pub(crate) struct Running(());

impl Running {
    pub(crate) fn begin() -> Self {
        LOOPS.fetch_add(1, SeqCst);
        Self(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if LOOPS.fetch_sub(1, SeqCst) == 1 {
            LOOPS_END.store(false, SeqCst);
        }
    }
}

/// Made when first needed: not by a signal handler.
fn bell() -> Option<BorrowedFd<'static>> {
    let made = BELL.get_or_init(|| {
        // SAFETY: takes no pointers; a descriptor that is not negative is new and nobody else's.
        unsafe {
            let fd = libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK);
            (fd >= 0).then(|| OwnedFd::from_raw_fd(fd))
        }
    });
    made.as_ref().map(AsFd::as_fd)
}

fn ring() {
    let Some(Some(bell)) = BELL.get() else { return }; // nobody waits
    let one = 1u64;
    // SAFETY: eight bytes of a local are read; `errno` belongs to this thread, and an interrupted call wants it as it
    // was.
    unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        libc::write(bell.as_raw_fd(), (&raw const one).cast(), size_of_val(&one));
        *errno = before;
    }
}

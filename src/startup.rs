//! `libcoap.h`: the library's own beginning and end.
use crate::{debug, entry::entry, interrupts, time};
use std::sync::atomic::{AtomicBool, Ordering::AcqRel, Ordering::Acquire};

static STARTED: AtomicBool = AtomicBool::new(false);

/// Prepares the library: the clock that ticks count from. To be called before anything else; further calls
/// change nothing until [`coap_cleanup`].
#[unsafe(no_mangle)]
pub extern "C" fn coap_startup() {
    entry((), || {
        if !STARTED.swap(true, AcqRel) {
            time::coap_clock_init();
            interrupts::reset();
        }
        Some(())
    })
}

/// Ends the use of the library: settings for debugging are back at their defaults. Contexts are freed before.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cleanup() {
    entry((), || {
        debug::reset();
        STARTED.store(false, std::sync::atomic::Ordering::Release);
        Some(())
    })
}

pub(crate) fn is_started() -> bool {
    STARTED.load(Acquire)
}

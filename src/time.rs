//! `coap_time.h`: ticks, which are milliseconds of the wall clock since [`coap_clock_init`].
use crate::{entry::entry, raw, types::*};
use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// `COAP_TICKS_PER_SECOND`.
const TICKS_PER_SECOND: u64 = 1000;
const MICROS_PER_TICK: u64 = 1_000_000 / TICKS_PER_SECOND;

/// The second of the wall clock at which ticks start.
static START: AtomicU64 = AtomicU64::new(0);

/// Starts the ticks at the current second.
#[unsafe(no_mangle)]
pub extern "C" fn coap_clock_init() {
    entry((), || {
        START.store(wall_clock().as_secs(), Relaxed);
        Some(())
    })
}

/// The current time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ticks(t: *mut coap_tick_t) {
    // SAFETY: writable, as documented.
    entry((), || unsafe { raw::write(t, now()) })
}

/// Microseconds of the wall clock as ticks.
#[unsafe(no_mangle)]
pub extern "C" fn coap_ticks_from_rt_us(t: u64) -> coap_tick_t {
    t.wrapping_sub(START.load(Relaxed).wrapping_mul(1_000_000)).wrapping_mul(TICKS_PER_SECOND) / 1_000_000
}

/// Ticks as seconds of the wall clock.
#[unsafe(no_mangle)]
pub extern "C" fn coap_ticks_to_rt(t: coap_tick_t) -> coap_time_t {
    START.load(Relaxed).wrapping_add(t / TICKS_PER_SECOND) as coap_time_t
}

/// Ticks as microseconds of the wall clock.
#[unsafe(no_mangle)]
pub extern "C" fn coap_ticks_to_rt_us(t: coap_tick_t) -> u64 {
    START.load(Relaxed).wrapping_mul(1_000_000).wrapping_add(t.wrapping_mul(MICROS_PER_TICK))
}

/// The current time in ticks, rounded to the nearest.
pub(crate) fn now() -> coap_tick_t {
    let now = wall_clock();
    let seconds = now.as_secs().wrapping_sub(START.load(Relaxed));
    let millis = (u64::from(now.subsec_nanos()) + 500_000) / 1_000_000;
    seconds.wrapping_mul(TICKS_PER_SECOND).wrapping_add(millis)
}

fn wall_clock() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_and_the_wall_clock_convert_into_each_other() {
        // SAFETY: the pointer is to a local.
        unsafe {
            let mut ticks = 0;
            coap_ticks(&mut ticks);
            coap_ticks(std::ptr::null_mut());
            let micros = coap_ticks_to_rt_us(ticks);
            assert_eq!(coap_ticks_from_rt_us(micros), ticks);
            assert_eq!(coap_ticks_to_rt(ticks) as u64, micros / 1_000_000);
            assert!(micros.abs_diff(wall_clock().as_micros() as u64) < 5_000_000);
        }
    }
}

//! `coap_time.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_clock_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_clock_init() {
    entry((), || unsupported("coap_clock_init"))
}

/// `coap_ticks`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ticks(t: *mut coap_tick_t) {
    entry((), || unsupported("coap_ticks"))
}

/// `coap_ticks_from_rt_us`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ticks_from_rt_us(t: u64) -> coap_tick_t {
    entry(0, || unsupported("coap_ticks_from_rt_us"))
}

/// `coap_ticks_to_rt`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ticks_to_rt(t: coap_tick_t) -> coap_time_t {
    entry(0, || unsupported("coap_ticks_to_rt"))
}

/// `coap_ticks_to_rt_us`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ticks_to_rt_us(t: coap_tick_t) -> u64 {
    entry(0, || unsupported("coap_ticks_to_rt_us"))
}

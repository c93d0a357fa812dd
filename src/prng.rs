//! `coap_prng.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_prng`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_prng(buf: *mut c_void, len: usize) -> c_int {
    entry(0, || unsupported("coap_prng"))
}

/// `coap_prng_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_prng_init(seed: c_uint) {
    entry((), || unsupported("coap_prng_init"))
}

/// `coap_set_prng`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_prng(rng: coap_rand_func_t) {
    entry((), || unsupported("coap_set_prng"))
}

//! `libcoap.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_cleanup`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cleanup() {
    entry((), || unsupported("coap_cleanup"))
}

/// `coap_startup`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_startup() {
    entry((), || unsupported("coap_startup"))
}

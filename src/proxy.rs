//! `coap_proxy.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_verify_proxy_scheme_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_verify_proxy_scheme_supported(scheme: coap_uri_scheme_t) -> c_int {
    entry(0, || unsupported("coap_verify_proxy_scheme_supported"))
}

//! `coap_proxy.h`: forwarding requests. Not built yet.
#![allow(unused_variables, reason = "not built yet")]
use crate::types::*;
use std::ffi::c_int;

/// Whether requests for URIs of this scheme can be forwarded by the library: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_verify_proxy_scheme_supported(scheme: coap_uri_scheme_t) -> c_int {
    0
}

//! Security of a context's sessions: not built yet, as in a libcoap without (D)TLS.
#![allow(unused_variables, reason = "not built yet")]
use crate::{entry::entry, stub::warn_unsupported, types::*};
use std::ffi::{c_char, c_int};

/// Sets the pre-shared key of server sessions.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_psk(
    context: *mut coap_context_t,
    hint: *const c_char,
    key: *const u8,
    key_len: usize,
) -> c_int {
    entry(0, || warn_unsupported("coap_context_set_psk", "PSK"))
}

/// Sets the pre-shared keys of server sessions.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_psk2(
    context: *mut coap_context_t,
    setup_data: *mut coap_dtls_spsk_t,
) -> c_int {
    entry(0, || warn_unsupported("coap_context_set_psk2", "PSK"))
}

/// Sets the certificates and keys of server sessions.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_pki(
    context: *mut coap_context_t,
    setup_data: *const coap_dtls_pki_t,
) -> c_int {
    entry(0, || warn_unsupported("coap_context_set_pki", "PKI"))
}

/// Sets the root certificates that peers are checked with.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_pki_root_cas(
    context: *mut coap_context_t,
    ca_file: *const c_char,
    ca_dir: *const c_char,
) -> c_int {
    entry(0, || warn_unsupported("coap_context_set_pki_root_cas", "PKI"))
}

/// Has peers checked with the root certificates that the system trusts.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_load_pki_trust_store(context: *mut coap_context_t) -> c_int {
    entry(0, || warn_unsupported("coap_context_load_pki_trust_store", "PKI"))
}

/// Has client sessions with a Connection ID (RFC 9146) change their address every so many messages, for
/// tests.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_cid_tuple_change(context: *mut coap_context_t, every: u8) -> c_int {
    entry(0, || warn_unsupported("coap_context_set_cid_tuple_change", "DTLS Connection ID"))
}

//! Security of a context's sessions: not built yet, as in a libcoap without (D)TLS.
use crate::{entry::entry, stub::unsupported_feature, types::*};
use std::ffi::{c_char, c_int};

/// Sets the pre-shared key of server sessions.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_psk(
    _context: *mut coap_context_t,
    _hint: *const c_char,
    _key: *const u8,
    _key_len: usize,
) -> c_int {
    entry(0, || unsupported_feature("coap_context_set_psk", "PSK"))
}

/// Sets the pre-shared keys of server sessions.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_psk2(
    _context: *mut coap_context_t,
    _setup_data: *mut coap_dtls_spsk_t,
) -> c_int {
    entry(0, || unsupported_feature("coap_context_set_psk2", "PSK"))
}

/// Sets the certificates and keys of server sessions.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_pki(
    _context: *mut coap_context_t,
    _setup_data: *const coap_dtls_pki_t,
) -> c_int {
    entry(0, || unsupported_feature("coap_context_set_pki", "PKI"))
}

/// Sets the root certificates that peers are checked with.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_pki_root_cas(
    _context: *mut coap_context_t,
    _ca_file: *const c_char,
    _ca_dir: *const c_char,
) -> c_int {
    entry(0, || unsupported_feature("coap_context_set_pki_root_cas", "PKI"))
}

/// Has client sessions with a Connection ID (RFC 9146) change their address every so many messages, for tests.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_cid_tuple_change(_context: *mut coap_context_t, _every: u8) -> c_int {
    entry(0, || unsupported_feature("coap_context_set_cid_tuple_change", "DTLS Connection ID"))
}

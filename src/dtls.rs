//! `coap_dtls.h`: DTLS and TLS. Not built yet, as in a libcoap without them.
#![allow(unused_variables, reason = "not built yet")]
use crate::{entry::entry, stub::warn_unsupported, types::*};
use std::ffi::c_int;

/// For [`coap_get_tls_library_version`]; in memory that can be written to, as its type says.
static mut NO_TLS: coap_tls_version_t =
    coap_tls_version_t { version: 0, r#type: COAP_TLS_LIBRARY_NOTLS, built_version: 0 };

/// Whether DTLS is built in: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_is_supported() -> c_int {
    0
}

/// Whether keys can lie in a PKCS #11 token: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_pkcs11_is_supported() -> c_int {
    0
}

/// Whether certificates are supported: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_pki_is_supported() -> c_int {
    0
}

/// Whether pre-shared keys are supported: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_psk_is_supported() -> c_int {
    0
}

/// Whether raw public keys are supported: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_rpk_is_supported() -> c_int {
    0
}

/// Which TLS library is in use: none.
#[unsafe(no_mangle)]
pub extern "C" fn coap_get_tls_library_version() -> *mut coap_tls_version_t {
    &raw mut NO_TLS
}

/// Whether TLS is built in: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_tls_is_supported() -> c_int {
    0
}

/// Loads an OpenSSL engine.
#[unsafe(no_mangle)]
pub extern "C" fn coap_tls_engine_configure(conf_mem: *mut coap_str_const_t) -> c_int {
    entry(0, || warn_unsupported("coap_tls_engine_configure", "OpenSSL engines"))
}

/// Unloads the OpenSSL engine.
#[unsafe(no_mangle)]
pub extern "C" fn coap_tls_engine_remove() -> c_int {
    entry(0, || warn_unsupported("coap_tls_engine_remove", "OpenSSL engines"))
}

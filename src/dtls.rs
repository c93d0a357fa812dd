//! `coap_dtls.h`: which DTLS and TLS there is.
use crate::{entry::entry, stub::warn_unsupported, types::*};
use coap_proto::wire::Protocol;
use std::ffi::c_int;

/// Whether DTLS and TLS are built in.
pub(crate) const IS_BUILT: bool = cfg!(feature = "tls");

/// Which library they are.
pub(crate) const LIBRARY: coap_tls_library_t =
    if IS_BUILT { COAP_TLS_LIBRARY_FERROCOAP } else { COAP_TLS_LIBRARY_NOTLS };

/// This library's own version, a byte each for major, minor and patch.
const VERSION: u64 = if IS_BUILT {
    number(env!("CARGO_PKG_VERSION_MAJOR")) << 16
        | number(env!("CARGO_PKG_VERSION_MINOR")) << 8
        | number(env!("CARGO_PKG_VERSION_PATCH"))
} else {
    0
};

/// For [`coap_get_tls_library_version`]; in memory that can be written to, as its type says.
static mut TLS: coap_tls_version_t =
    coap_tls_version_t { version: VERSION, r#type: LIBRARY, built_version: VERSION };

/// Whether DTLS is built in: 1, or 0 in a build without (`make TLS=none`).
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_is_supported() -> c_int {
    IS_BUILT.into()
}

/// Whether keys can lie in a PKCS #11 token: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_pkcs11_is_supported() -> c_int {
    0
}

/// Whether certificates are supported: 1, or 0 in a build without DTLS and TLS.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_pki_is_supported() -> c_int {
    IS_BUILT.into()
}

/// Whether pre-shared keys are supported (over DTLS): 1, or 0 in a build without DTLS.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_psk_is_supported() -> c_int {
    IS_BUILT.into()
}

/// Whether raw public keys are supported: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_rpk_is_supported() -> c_int {
    0
}

/// Which TLS library is in use: `COAP_TLS_LIBRARY_FERROCOAP` in this library's version, a byte each for major, minor
/// and patch; `COAP_TLS_LIBRARY_NOTLS` in a build without.
#[unsafe(no_mangle)]
pub extern "C" fn coap_get_tls_library_version() -> *mut coap_tls_version_t {
    &raw mut TLS
}

/// Whether TLS is built in (with certificates): 1, or 0 in a build without.
#[unsafe(no_mangle)]
pub extern "C" fn coap_tls_is_supported() -> c_int {
    IS_BUILT.into()
}

/// Loads an OpenSSL engine.
#[unsafe(no_mangle)]
pub extern "C" fn coap_tls_engine_configure(_conf_mem: *mut coap_str_const_t) -> c_int {
    entry(0, || warn_unsupported("coap_tls_engine_configure", "OpenSSL engines"))
}

/// Unloads the OpenSSL engine.
#[unsafe(no_mangle)]
pub extern "C" fn coap_tls_engine_remove() -> c_int {
    entry(0, || warn_unsupported("coap_tls_engine_remove", "OpenSSL engines"))
}

/// Whether there is DTLS or TLS below.
pub(crate) fn is_secure(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Dtls | Protocol::Tls | Protocol::Wss)
}

/// The text of a number, at compile time.
const fn number(text: &str) -> u64 {
    match u64::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("Cargo's versions are numbers"),
    }
}

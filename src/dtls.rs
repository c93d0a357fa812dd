//! `coap_dtls.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_dtls_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dtls_is_supported() -> c_int {
    entry(0, || unsupported("coap_dtls_is_supported"))
}

/// `coap_dtls_pkcs11_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dtls_pkcs11_is_supported() -> c_int {
    entry(0, || unsupported("coap_dtls_pkcs11_is_supported"))
}

/// `coap_dtls_pki_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dtls_pki_is_supported() -> c_int {
    entry(0, || unsupported("coap_dtls_pki_is_supported"))
}

/// `coap_dtls_psk_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dtls_psk_is_supported() -> c_int {
    entry(0, || unsupported("coap_dtls_psk_is_supported"))
}

/// `coap_dtls_rpk_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dtls_rpk_is_supported() -> c_int {
    entry(0, || unsupported("coap_dtls_rpk_is_supported"))
}

/// `coap_get_tls_library_version`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_tls_library_version() -> *mut coap_tls_version_t {
    entry(ptr::null_mut(), || unsupported("coap_get_tls_library_version"))
}

/// `coap_tls_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_tls_is_supported() -> c_int {
    entry(0, || unsupported("coap_tls_is_supported"))
}

/// `coap_tls_engine_configure`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_tls_engine_configure(conf_mem: *mut coap_str_const_t) -> c_int {
    entry(0, || unsupported("coap_tls_engine_configure"))
}

/// `coap_tls_engine_remove`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_tls_engine_remove() -> c_int {
    entry(0, || unsupported("coap_tls_engine_remove"))
}

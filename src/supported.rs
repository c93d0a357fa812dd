//! `coap_supported.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_af_unix_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_af_unix_is_supported() -> c_int {
    entry(0, || unsupported("coap_af_unix_is_supported"))
}

/// `coap_client_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_client_is_supported() -> c_int {
    entry(0, || unsupported("coap_client_is_supported"))
}

/// `coap_dtls_cid_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_dtls_cid_is_supported() -> c_int {
    entry(0, || unsupported("coap_dtls_cid_is_supported"))
}

/// `coap_epoll_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_epoll_is_supported() -> c_int {
    entry(0, || unsupported("coap_epoll_is_supported"))
}

/// `coap_ipv4_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ipv4_is_supported() -> c_int {
    entry(0, || unsupported("coap_ipv4_is_supported"))
}

/// `coap_ipv6_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_ipv6_is_supported() -> c_int {
    entry(0, || unsupported("coap_ipv6_is_supported"))
}

/// `coap_observe_persist_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_observe_persist_is_supported() -> c_int {
    entry(0, || unsupported("coap_observe_persist_is_supported"))
}

/// `coap_proxy_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_proxy_is_supported() -> c_int {
    entry(0, || unsupported("coap_proxy_is_supported"))
}

/// `coap_server_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_server_is_supported() -> c_int {
    entry(0, || unsupported("coap_server_is_supported"))
}

/// `coap_threadsafe_is_supported`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_threadsafe_is_supported() -> c_int {
    entry(0, || unsupported("coap_threadsafe_is_supported"))
}

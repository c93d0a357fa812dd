//! `coap_supported.h`: what is built in.
use std::ffi::c_int;

/// Whether CoAP over Unix domain sockets is built in: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_af_unix_is_supported() -> c_int {
    1
}

/// Whether this can be a client: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_client_is_supported() -> c_int {
    1
}

/// Whether DTLS Connection IDs (RFC 9146) are supported: 0.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dtls_cid_is_supported() -> c_int {
    0
}

/// Whether there is one descriptor for all sockets of a context: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_epoll_is_supported() -> c_int {
    1
}

/// Whether IPv4 is supported: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_ipv4_is_supported() -> c_int {
    1
}

/// Whether IPv6 is supported: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_ipv6_is_supported() -> c_int {
    1
}

/// Whether observations survive a restart: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_observe_persist_is_supported() -> c_int {
    1
}

/// Whether requests can be forwarded by the library: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_proxy_is_supported() -> c_int {
    1
}

/// Whether this can be a server: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_server_is_supported() -> c_int {
    1
}

/// Whether any function may be called from any thread: 1.
#[unsafe(no_mangle)]
pub extern "C" fn coap_threadsafe_is_supported() -> c_int {
    1
}

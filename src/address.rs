//! `coap_address.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_address_copy`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_copy(dst: *mut coap_address_t, src: *const coap_address_t) {
    entry((), || unsupported("coap_address_copy"))
}

/// `coap_address_equals`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_equals(a: *const coap_address_t, b: *const coap_address_t) -> c_int {
    entry(0, || unsupported("coap_address_equals"))
}

/// `coap_address_get_port`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_get_port(addr: *const coap_address_t) -> u16 {
    entry(0, || unsupported("coap_address_get_port"))
}

/// `coap_address_init`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_init(addr: *mut coap_address_t) {
    entry((), || unsupported("coap_address_init"))
}

/// `coap_address_set_port`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_set_port(addr: *mut coap_address_t, port: u16) {
    entry((), || unsupported("coap_address_set_port"))
}

/// `coap_address_set_unix_domain`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_address_set_unix_domain(
    addr: *mut coap_address_t,
    host: *const u8,
    host_len: usize,
) -> c_int {
    entry(0, || unsupported("coap_address_set_unix_domain"))
}

/// `coap_free_address_info`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_free_address_info(info_list: *mut coap_addr_info_t) {
    entry((), || unsupported("coap_free_address_info"))
}

/// `coap_get_available_scheme_hint_bits`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_available_scheme_hint_bits(
    have_pki_psk: c_int,
    ws_check: c_int,
    use_unix_proto: coap_proto_t,
) -> u32 {
    entry(0, || unsupported("coap_get_available_scheme_hint_bits"))
}

/// `coap_is_af_unix`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_is_af_unix(a: *const coap_address_t) -> c_int {
    entry(0, || unsupported("coap_is_af_unix"))
}

/// `coap_is_bcast`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_is_bcast(a: *const coap_address_t) -> c_int {
    entry(0, || unsupported("coap_is_bcast"))
}

/// `coap_is_mcast`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_is_mcast(a: *const coap_address_t) -> c_int {
    entry(0, || unsupported("coap_is_mcast"))
}

/// `coap_resolve_address_info`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resolve_address_info(
    address: *const coap_str_const_t,
    port: u16,
    secure_port: u16,
    ws_port: u16,
    ws_secure_port: u16,
    ai_hints_flags: c_int,
    scheme_hint_bits: c_int,
    type_: coap_resolve_type_t,
) -> *mut coap_addr_info_t {
    entry(ptr::null_mut(), || unsupported("coap_resolve_address_info"))
}

/// `_coap_address_isany_impl`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn _coap_address_isany_impl(a: *const coap_address_t) -> c_int {
    entry(0, || unsupported("_coap_address_isany_impl"))
}

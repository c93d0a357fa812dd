//! `coap_session.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_endpoint_set_default_mtu`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_endpoint_set_default_mtu(endpoint: *mut coap_endpoint_t, mtu: c_uint) {
    entry((), || unsupported("coap_endpoint_set_default_mtu"))
}

/// `coap_endpoint_str`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_endpoint_str(endpoint: *const coap_endpoint_t) -> *const c_char {
    entry(ptr::null(), || unsupported("coap_endpoint_str"))
}

/// `coap_free_endpoint`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_free_endpoint(endpoint: *mut coap_endpoint_t) {
    entry((), || unsupported("coap_free_endpoint"))
}

/// `coap_new_client_session`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_new_client_session"))
}

/// `coap_new_client_session_pki`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_pki(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_pki_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_new_client_session_pki"))
}

/// `coap_new_client_session_psk`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_psk(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    identity: *const c_char,
    key: *const u8,
    key_len: c_uint,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_new_client_session_psk"))
}

/// `coap_new_client_session_psk2`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_client_session_psk2(
    ctx: *mut coap_context_t,
    local_if: *const coap_address_t,
    server: *const coap_address_t,
    proto: coap_proto_t,
    setup_data: *mut coap_dtls_cpsk_t,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_new_client_session_psk2"))
}

/// `coap_new_endpoint`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_endpoint(
    context: *mut coap_context_t,
    listen_addr: *const coap_address_t,
    proto: coap_proto_t,
) -> *mut coap_endpoint_t {
    entry(ptr::null_mut(), || unsupported("coap_new_endpoint"))
}

/// `coap_session_disconnected`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_disconnected(session: *mut coap_session_t, reason: coap_nack_reason_t) {
    entry((), || unsupported("coap_session_disconnected"))
}

/// `coap_session_get_ack_random_factor`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_ack_random_factor(
    session: *const coap_session_t,
) -> coap_fixed_point_t {
    entry(coap_fixed_point_t { integer_part: 0, fractional_part: 0 }, || {
        unsupported("coap_session_get_ack_random_factor")
    })
}

/// `coap_session_get_ack_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_ack_timeout(session: *const coap_session_t) -> coap_fixed_point_t {
    entry(coap_fixed_point_t { integer_part: 0, fractional_part: 0 }, || {
        unsupported("coap_session_get_ack_timeout")
    })
}

/// `coap_session_get_addr_local`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_addr_local(
    session: *const coap_session_t,
) -> *const coap_address_t {
    entry(ptr::null(), || unsupported("coap_session_get_addr_local"))
}

/// `coap_session_get_addr_mcast`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_addr_mcast(
    session: *const coap_session_t,
) -> *const coap_address_t {
    entry(ptr::null(), || unsupported("coap_session_get_addr_mcast"))
}

/// `coap_session_get_addr_remote`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_addr_remote(
    session: *const coap_session_t,
) -> *const coap_address_t {
    entry(ptr::null(), || unsupported("coap_session_get_addr_remote"))
}

/// `coap_session_get_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_app_data(session: *const coap_session_t) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_session_get_app_data"))
}

/// `coap_session_get_by_peer`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_by_peer(
    context: *const coap_context_t,
    remote_addr: *const coap_address_t,
    ifindex: c_int,
) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_session_get_by_peer"))
}

/// `coap_session_get_context`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_context(session: *const coap_session_t) -> *mut coap_context_t {
    entry(ptr::null_mut(), || unsupported("coap_session_get_context"))
}

/// `coap_session_get_default_leisure`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_default_leisure(
    session: *const coap_session_t,
) -> coap_fixed_point_t {
    entry(coap_fixed_point_t { integer_part: 0, fractional_part: 0 }, || {
        unsupported("coap_session_get_default_leisure")
    })
}

/// `coap_session_get_ifindex`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_ifindex(session: *const coap_session_t) -> c_int {
    entry(0, || unsupported("coap_session_get_ifindex"))
}

/// `coap_session_get_max_payloads`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_max_payloads(session: *const coap_session_t) -> u16 {
    entry(0, || unsupported("coap_session_get_max_payloads"))
}

/// `coap_session_get_max_retransmit`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_max_retransmit(session: *const coap_session_t) -> u16 {
    entry(0, || unsupported("coap_session_get_max_retransmit"))
}

/// `coap_session_get_non_max_retransmit`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_non_max_retransmit(session: *const coap_session_t) -> u16 {
    entry(0, || unsupported("coap_session_get_non_max_retransmit"))
}

/// `coap_session_get_non_receive_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_non_receive_timeout(
    session: *const coap_session_t,
) -> coap_fixed_point_t {
    entry(coap_fixed_point_t { integer_part: 0, fractional_part: 0 }, || {
        unsupported("coap_session_get_non_receive_timeout")
    })
}

/// `coap_session_get_non_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_non_timeout(session: *const coap_session_t) -> coap_fixed_point_t {
    entry(coap_fixed_point_t { integer_part: 0, fractional_part: 0 }, || {
        unsupported("coap_session_get_non_timeout")
    })
}

/// `coap_session_get_nstart`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_nstart(session: *const coap_session_t) -> u16 {
    entry(0, || unsupported("coap_session_get_nstart"))
}

/// `coap_session_get_probing_rate`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_probing_rate(session: *const coap_session_t) -> u32 {
    entry(0, || unsupported("coap_session_get_probing_rate"))
}

/// `coap_session_get_proto`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_proto(session: *const coap_session_t) -> coap_proto_t {
    entry(0, || unsupported("coap_session_get_proto"))
}

/// `coap_session_get_psk_hint`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_psk_hint(
    session: *const coap_session_t,
) -> *const coap_bin_const_t {
    entry(ptr::null(), || unsupported("coap_session_get_psk_hint"))
}

/// `coap_session_get_psk_identity`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_psk_identity(
    session: *const coap_session_t,
) -> *const coap_bin_const_t {
    entry(ptr::null(), || unsupported("coap_session_get_psk_identity"))
}

/// `coap_session_get_psk_key`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_psk_key(session: *const coap_session_t) -> *const coap_bin_const_t {
    entry(ptr::null(), || unsupported("coap_session_get_psk_key"))
}

/// `coap_session_get_state`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_state(session: *const coap_session_t) -> coap_session_state_t {
    entry(0, || unsupported("coap_session_get_state"))
}

/// `coap_session_get_tls`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_tls(
    session: *const coap_session_t,
    tls_lib: *mut coap_tls_library_t,
) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_session_get_tls"))
}

/// `coap_session_get_type`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_get_type(session: *const coap_session_t) -> coap_session_type_t {
    entry(0, || unsupported("coap_session_get_type"))
}

/// `coap_session_init_token`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_init_token(
    session: *mut coap_session_t,
    length: usize,
    token: *const u8,
) {
    entry((), || unsupported("coap_session_init_token"))
}

/// `coap_session_max_pdu_size`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_max_pdu_size(session: *const coap_session_t) -> usize {
    entry(0, || unsupported("coap_session_max_pdu_size"))
}

/// `coap_session_new_token`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_new_token(
    session: *mut coap_session_t,
    length: *mut usize,
    token: *mut u8,
) {
    entry((), || unsupported("coap_session_new_token"))
}

/// `coap_session_reference`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_reference(session: *mut coap_session_t) -> *mut coap_session_t {
    entry(ptr::null_mut(), || unsupported("coap_session_reference"))
}

/// `coap_session_release`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_release(session: *mut coap_session_t) {
    entry((), || unsupported("coap_session_release"))
}

/// `coap_session_send_ping`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_send_ping(session: *mut coap_session_t) -> coap_mid_t {
    entry(COAP_INVALID_MID, || unsupported("coap_session_send_ping"))
}

/// `coap_session_set_ack_random_factor`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_ack_random_factor(
    session: *mut coap_session_t,
    value: coap_fixed_point_t,
) {
    entry((), || unsupported("coap_session_set_ack_random_factor"))
}

/// `coap_session_set_ack_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_ack_timeout(
    session: *mut coap_session_t,
    value: coap_fixed_point_t,
) {
    entry((), || unsupported("coap_session_set_ack_timeout"))
}

/// `coap_session_set_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_app_data(session: *mut coap_session_t, data: *mut c_void) {
    entry((), || unsupported("coap_session_set_app_data"))
}

/// `coap_session_set_default_leisure`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_default_leisure(
    session: *mut coap_session_t,
    value: coap_fixed_point_t,
) {
    entry((), || unsupported("coap_session_set_default_leisure"))
}

/// `coap_session_set_max_payloads`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_max_payloads(session: *mut coap_session_t, value: u16) {
    entry((), || unsupported("coap_session_set_max_payloads"))
}

/// `coap_session_set_max_retransmit`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_max_retransmit(session: *mut coap_session_t, value: u16) {
    entry((), || unsupported("coap_session_set_max_retransmit"))
}

/// `coap_session_set_mtu`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_mtu(session: *mut coap_session_t, mtu: c_uint) {
    entry((), || unsupported("coap_session_set_mtu"))
}

/// `coap_session_set_no_observe_cancel`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_no_observe_cancel(session: *mut coap_session_t) {
    entry((), || unsupported("coap_session_set_no_observe_cancel"))
}

/// `coap_session_set_non_max_retransmit`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_non_max_retransmit(session: *mut coap_session_t, value: u16) {
    entry((), || unsupported("coap_session_set_non_max_retransmit"))
}

/// `coap_session_set_non_receive_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_non_receive_timeout(
    session: *mut coap_session_t,
    value: coap_fixed_point_t,
) {
    entry((), || unsupported("coap_session_set_non_receive_timeout"))
}

/// `coap_session_set_non_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_non_timeout(
    session: *mut coap_session_t,
    value: coap_fixed_point_t,
) {
    entry((), || unsupported("coap_session_set_non_timeout"))
}

/// `coap_session_set_nstart`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_nstart(session: *mut coap_session_t, value: u16) {
    entry((), || unsupported("coap_session_set_nstart"))
}

/// `coap_session_set_probing_rate`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_probing_rate(session: *mut coap_session_t, value: u32) {
    entry((), || unsupported("coap_session_set_probing_rate"))
}

/// `coap_session_set_type_client`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_set_type_client(session: *mut coap_session_t) -> c_int {
    entry(0, || unsupported("coap_session_set_type_client"))
}

/// `coap_session_str`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_session_str(session: *const coap_session_t) -> *const c_char {
    entry(ptr::null(), || unsupported("coap_session_str"))
}

//! `coap_net.h`.
use crate::{entry::entry, stub::unsupported, types::*};
use std::{ffi::*, ptr};

/// `coap_can_exit`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_can_exit(context: *mut coap_context_t) -> c_int {
    entry(0, || unsupported("coap_can_exit"))
}

/// `coap_context_get_coap_fd`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_get_coap_fd(context: *const coap_context_t) -> c_int {
    entry(0, || unsupported("coap_context_get_coap_fd"))
}

/// `coap_context_get_csm_max_message_size`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_get_csm_max_message_size(context: *const coap_context_t) -> u32 {
    entry(0, || unsupported("coap_context_get_csm_max_message_size"))
}

/// `coap_context_get_csm_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_get_csm_timeout(context: *const coap_context_t) -> c_uint {
    entry(0, || unsupported("coap_context_get_csm_timeout"))
}

/// `coap_context_get_max_handshake_sessions`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_get_max_handshake_sessions(context: *const coap_context_t) -> c_uint {
    entry(0, || unsupported("coap_context_get_max_handshake_sessions"))
}

/// `coap_context_get_max_idle_sessions`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_get_max_idle_sessions(context: *const coap_context_t) -> c_uint {
    entry(0, || unsupported("coap_context_get_max_idle_sessions"))
}

/// `coap_context_get_session_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_get_session_timeout(context: *const coap_context_t) -> c_uint {
    entry(0, || unsupported("coap_context_get_session_timeout"))
}

/// `coap_context_set_csm_max_message_size`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_csm_max_message_size(
    context: *mut coap_context_t,
    csm_max_message_size: u32,
) {
    entry((), || unsupported("coap_context_set_csm_max_message_size"))
}

/// `coap_context_set_csm_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_csm_timeout(context: *mut coap_context_t, csm_tmeout: c_uint) {
    entry((), || unsupported("coap_context_set_csm_timeout"))
}

/// `coap_context_set_keepalive`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_keepalive(context: *mut coap_context_t, seconds: c_uint) {
    entry((), || unsupported("coap_context_set_keepalive"))
}

/// `coap_context_set_max_handshake_sessions`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_max_handshake_sessions(
    context: *mut coap_context_t,
    max_handshake_sessions: c_uint,
) {
    entry((), || unsupported("coap_context_set_max_handshake_sessions"))
}

/// `coap_context_set_max_idle_sessions`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_max_idle_sessions(
    context: *mut coap_context_t,
    max_idle_sessions: c_uint,
) {
    entry((), || unsupported("coap_context_set_max_idle_sessions"))
}

/// `coap_context_set_max_token_size`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_max_token_size(
    context: *mut coap_context_t,
    max_token_size: usize,
) {
    entry((), || unsupported("coap_context_set_max_token_size"))
}

/// `coap_context_set_pki`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_pki(
    context: *mut coap_context_t,
    setup_data: *const coap_dtls_pki_t,
) -> c_int {
    entry(0, || unsupported("coap_context_set_pki"))
}

/// `coap_context_set_pki_root_cas`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_pki_root_cas(
    context: *mut coap_context_t,
    ca_file: *const c_char,
    ca_dir: *const c_char,
) -> c_int {
    entry(0, || unsupported("coap_context_set_pki_root_cas"))
}

/// `coap_context_set_psk`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_psk(
    context: *mut coap_context_t,
    hint: *const c_char,
    key: *const u8,
    key_len: usize,
) -> c_int {
    entry(0, || unsupported("coap_context_set_psk"))
}

/// `coap_context_set_psk2`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_psk2(
    context: *mut coap_context_t,
    setup_data: *mut coap_dtls_spsk_t,
) -> c_int {
    entry(0, || unsupported("coap_context_set_psk2"))
}

/// `coap_context_set_session_timeout`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_session_timeout(
    context: *mut coap_context_t,
    session_timeout: c_uint,
) {
    entry((), || unsupported("coap_context_set_session_timeout"))
}

/// `coap_free_context`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_free_context(context: *mut coap_context_t) {
    entry((), || unsupported("coap_free_context"))
}

/// `coap_get_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_get_app_data(context: *const coap_context_t) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_get_app_data"))
}

/// `coap_handle_event`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_handle_event(
    context: *mut coap_context_t,
    event: coap_event_t,
    session: *mut coap_session_t,
) -> c_int {
    entry(0, || unsupported("coap_handle_event"))
}

/// `coap_io_do_epoll`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_do_epoll(
    ctx: *mut coap_context_t,
    events: *mut libc::epoll_event,
    nevents: usize,
) {
    entry((), || unsupported("coap_io_do_epoll"))
}

/// `coap_io_do_io`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_do_io(ctx: *mut coap_context_t, now: coap_tick_t) {
    entry((), || unsupported("coap_io_do_io"))
}

/// `coap_io_pending`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_pending(context: *mut coap_context_t) -> c_int {
    entry(0, || unsupported("coap_io_pending"))
}

/// `coap_io_prepare_epoll`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_prepare_epoll(ctx: *mut coap_context_t, now: coap_tick_t) -> c_uint {
    entry(0, || unsupported("coap_io_prepare_epoll"))
}

/// `coap_io_prepare_io`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_prepare_io(
    ctx: *mut coap_context_t,
    sockets: *mut *mut coap_socket_t,
    max_sockets: c_uint,
    num_sockets: *mut c_uint,
    now: coap_tick_t,
) -> c_uint {
    entry(0, || unsupported("coap_io_prepare_io"))
}

/// `coap_io_process`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_process(ctx: *mut coap_context_t, timeout_ms: u32) -> c_int {
    entry(0, || unsupported("coap_io_process"))
}

/// `coap_io_process_with_fds`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_io_process_with_fds(
    ctx: *mut coap_context_t,
    timeout_ms: u32,
    nfds: c_int,
    readfds: *mut libc::fd_set,
    writefds: *mut libc::fd_set,
    exceptfds: *mut libc::fd_set,
) -> c_int {
    entry(0, || unsupported("coap_io_process_with_fds"))
}

/// `coap_join_mcast_group_intf`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_join_mcast_group_intf(
    ctx: *mut coap_context_t,
    groupname: *const c_char,
    ifname: *const c_char,
) -> c_int {
    entry(0, || unsupported("coap_join_mcast_group_intf"))
}

/// `coap_mcast_per_resource`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_mcast_per_resource(context: *mut coap_context_t) {
    entry((), || unsupported("coap_mcast_per_resource"))
}

/// `coap_mcast_set_hops`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_mcast_set_hops(session: *mut coap_session_t, hops: usize) -> c_int {
    entry(0, || unsupported("coap_mcast_set_hops"))
}

/// `coap_new_context`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_context(listen_addr: *const coap_address_t) -> *mut coap_context_t {
    entry(ptr::null_mut(), || unsupported("coap_new_context"))
}

/// `coap_new_error_response`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_error_response(
    request: *const coap_pdu_t,
    code: coap_pdu_code_t,
    opts: *mut coap_opt_filter_t,
) -> *mut coap_pdu_t {
    entry(ptr::null_mut(), || unsupported("coap_new_error_response"))
}

/// `coap_new_message_id`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_message_id(session: *mut coap_session_t) -> u16 {
    entry(0, || unsupported("coap_new_message_id"))
}

/// `coap_register_nack_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_nack_handler(
    context: *mut coap_context_t,
    handler: coap_nack_handler_t,
) {
    entry((), || unsupported("coap_register_nack_handler"))
}

/// `coap_register_option`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_option(ctx: *mut coap_context_t, type_: u16) {
    entry((), || unsupported("coap_register_option"))
}

/// `coap_register_ping_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_ping_handler(
    context: *mut coap_context_t,
    handler: coap_ping_handler_t,
) {
    entry((), || unsupported("coap_register_ping_handler"))
}

/// `coap_register_pong_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_pong_handler(
    context: *mut coap_context_t,
    handler: coap_pong_handler_t,
) {
    entry((), || unsupported("coap_register_pong_handler"))
}

/// `coap_register_response_handler`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_register_response_handler(
    context: *mut coap_context_t,
    handler: coap_response_handler_t,
) {
    entry((), || unsupported("coap_register_response_handler"))
}

/// `coap_send`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_send(session: *mut coap_session_t, pdu: *mut coap_pdu_t) -> coap_mid_t {
    entry(COAP_INVALID_MID, || unsupported("coap_send"))
}

/// `coap_send_ack`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_send_ack(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
) -> coap_mid_t {
    entry(COAP_INVALID_MID, || unsupported("coap_send_ack"))
}

/// `coap_send_error`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_send_error(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    code: coap_pdu_code_t,
    opts: *mut coap_opt_filter_t,
) -> coap_mid_t {
    entry(COAP_INVALID_MID, || unsupported("coap_send_error"))
}

/// `coap_send_message_type`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_send_message_type(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    type_: coap_pdu_type_t,
) -> coap_mid_t {
    entry(COAP_INVALID_MID, || unsupported("coap_send_message_type"))
}

/// `coap_set_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_app_data(context: *mut coap_context_t, data: *mut c_void) {
    entry((), || unsupported("coap_set_app_data"))
}

/// `coap_context_get_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_get_app_data(context: *const coap_context_t) -> *mut c_void {
    entry(ptr::null_mut(), || unsupported("coap_context_get_app_data"))
}

/// `coap_context_get_csm_timeout_ms`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_get_csm_timeout_ms(context: *const coap_context_t) -> c_uint {
    entry(0, || unsupported("coap_context_get_csm_timeout_ms"))
}

/// `coap_context_set_app_data`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_app_data(context: *mut coap_context_t, data: *mut c_void) {
    entry((), || unsupported("coap_context_set_app_data"))
}

/// `coap_context_set_cid_tuple_change`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_cid_tuple_change(context: *mut coap_context_t, every: u8) -> c_int {
    entry(0, || unsupported("coap_context_set_cid_tuple_change"))
}

/// `coap_context_set_csm_timeout_ms`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_csm_timeout_ms(
    context: *mut coap_context_t,
    csm_timeout_ms: c_uint,
) {
    entry((), || unsupported("coap_context_set_csm_timeout_ms"))
}

/// `coap_send_rst`: not written yet.
///
/// # Safety
/// As libcoap's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_send_rst(
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
) -> coap_mid_t {
    entry(COAP_INVALID_MID, || unsupported("coap_send_rst"))
}

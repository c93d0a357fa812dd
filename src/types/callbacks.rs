//! Types of functions that C hands to the library.
#![allow(non_camel_case_types, missing_docs)]
use super::*;
use std::ffi::{c_char, c_int, c_uint, c_void};

pub type coap_dtls_security_setup_t =
    Option<unsafe extern "C" fn(tls_session: *mut c_void, setup_data: *mut coap_dtls_pki_t) -> c_int>;
pub type coap_dtls_cn_callback_t = Option<
    unsafe extern "C" fn(
        cn: *const c_char,
        asn1_public_cert: *const u8,
        asn1_length: usize,
        coap_session: *mut coap_session_t,
        depth: c_uint,
        validated: c_int,
        arg: *mut c_void,
    ) -> c_int,
>;
pub type coap_dtls_pki_sni_callback_t =
    Option<unsafe extern "C" fn(sni: *const c_char, arg: *mut c_void) -> *mut coap_dtls_key_t>;
pub type coap_dtls_ih_callback_t = Option<
    unsafe extern "C" fn(
        hint: *mut coap_str_const_t,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_dtls_cpsk_info_t,
>;
pub type coap_dtls_id_callback_t = Option<
    unsafe extern "C" fn(
        identity: *mut coap_bin_const_t,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_bin_const_t,
>;
pub type coap_dtls_psk_sni_callback_t = Option<
    unsafe extern "C" fn(
        sni: *const c_char,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_dtls_spsk_info_t,
>;
pub type coap_event_handler_t =
    Option<unsafe extern "C" fn(session: *mut coap_session_t, event: coap_event_t) -> c_int>;
pub type coap_log_handler_t = Option<unsafe extern "C" fn(level: coap_log_t, message: *const c_char)>;
pub type coap_response_handler_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        sent: *const coap_pdu_t,
        received: *const coap_pdu_t,
        mid: coap_mid_t,
    ) -> coap_response_t,
>;
pub type coap_nack_handler_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        sent: *const coap_pdu_t,
        reason: coap_nack_reason_t,
        mid: coap_mid_t,
    ),
>;
pub type coap_ping_handler_t =
    Option<unsafe extern "C" fn(session: *mut coap_session_t, received: *const coap_pdu_t, mid: coap_mid_t)>;
pub type coap_pong_handler_t =
    Option<unsafe extern "C" fn(session: *mut coap_session_t, received: *const coap_pdu_t, mid: coap_mid_t)>;
pub type coap_release_large_data_t =
    Option<unsafe extern "C" fn(session: *mut coap_session_t, app_ptr: *mut c_void)>;
pub type coap_cache_app_data_free_callback_t = Option<unsafe extern "C" fn(data: *mut c_void)>;
pub type coap_oscore_save_seq_num_t =
    Option<unsafe extern "C" fn(sender_seq_num: u64, param: *mut c_void) -> c_int>;
pub type coap_rand_func_t = Option<unsafe extern "C" fn(out: *mut c_void, len: usize) -> c_int>;
pub type coap_method_handler_t = Option<
    unsafe extern "C" fn(
        a0: *mut coap_resource_t,
        a1: *mut coap_session_t,
        a2: *const coap_pdu_t,
        a3: *const coap_string_t,
        a4: *mut coap_pdu_t,
    ),
>;
pub type coap_resource_release_userdata_handler_t = Option<unsafe extern "C" fn(user_data: *mut c_void)>;
pub type coap_observe_added_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        observe_key: *mut coap_subscription_t,
        e_proto: coap_proto_t,
        e_listen_addr: *mut coap_address_t,
        s_addr_info: *mut coap_addr_tuple_t,
        raw_packet: *mut coap_bin_const_t,
        oscore_info: *mut coap_bin_const_t,
        user_data: *mut c_void,
    ) -> c_int,
>;
pub type coap_observe_deleted_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        observe_key: *mut coap_subscription_t,
        user_data: *mut c_void,
    ) -> c_int,
>;
pub type coap_track_observe_value_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        resource_name: *mut coap_str_const_t,
        observe_num: u32,
        user_data: *mut c_void,
    ) -> c_int,
>;
pub type coap_dyn_resource_added_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        resource_name: *mut coap_str_const_t,
        raw_packet: *mut coap_bin_const_t,
        user_data: *mut c_void,
    ) -> c_int,
>;
pub type coap_resource_deleted_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        resource_name: *mut coap_str_const_t,
        user_data: *mut c_void,
    ) -> c_int,
>;

//! Types of functions that C hands to the library.
#![allow(non_camel_case_types)] // libcoap's own names
use super::*;
use std::ffi::{c_char, c_int, c_uint, c_void};

/// Called with the TLS library's own session before a handshake, to set what `setup_data` cannot. 0 refuses.
pub type coap_dtls_security_setup_t =
    Option<unsafe extern "C" fn(tls_session: *mut c_void, setup_data: *mut coap_dtls_pki_t) -> c_int>;

/// Judges the name (or raw public key) in the peer's certificate, `depth` certificates above its own; `validated` says
/// whether the TLS library finds it good. 0 refuses.
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

/// Chooses a server's key for the name that a client asked for; NULL refuses. What is returned stays the
/// program's and has to live on.
pub type coap_dtls_pki_sni_callback_t =
    Option<unsafe extern "C" fn(sni: *const c_char, arg: *mut c_void) -> *mut coap_dtls_key_t>;

/// Chooses a client's identity and key for a server's hint; NULL refuses. What is returned stays the program's.
pub type coap_dtls_ih_callback_t = Option<
    unsafe extern "C" fn(
        hint: *mut coap_str_const_t,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_dtls_cpsk_info_t,
>;

/// Finds the key of a client's identity; NULL refuses. What is returned stays the program's.
pub type coap_dtls_id_callback_t = Option<
    unsafe extern "C" fn(
        identity: *mut coap_bin_const_t,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_bin_const_t,
>;

/// Chooses a server's hint and key for the name that a client asked for; NULL refuses. What is returned stays
/// the program's.
pub type coap_dtls_psk_sni_callback_t = Option<
    unsafe extern "C" fn(
        sni: *const c_char,
        coap_session: *mut coap_session_t,
        arg: *mut c_void,
    ) -> *const coap_dtls_spsk_info_t,
>;

/// Told what happened to a session. The return value counts for nothing yet.
pub type coap_event_handler_t =
    Option<unsafe extern "C" fn(session: *mut coap_session_t, event: coap_event_t) -> c_int>;

/// Takes each log line instead of stdout and stderr. `message` ends with a newline and lives for the call.
pub type coap_log_handler_t = Option<unsafe extern "C" fn(level: coap_log_t, message: *const c_char)>;

/// What a loop runs besides, with the pointer that it was given.
pub type coap_io_process_thread_t = Option<unsafe extern "C" fn(arg: *mut c_void)>;

/// Takes a response. `sent` is the request, or NULL if the library has none any more; both PDUs live for the call.
pub type coap_response_handler_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        sent: *const coap_pdu_t,
        received: *const coap_pdu_t,
        mid: coap_mid_t,
    ) -> coap_response_t,
>;

/// Told that `sent` gets no answer, and why. `sent` lives for the call.
pub type coap_nack_handler_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        sent: *const coap_pdu_t,
        reason: coap_nack_reason_t,
        mid: coap_mid_t,
    ),
>;

/// Told of a ping from the peer.
pub type coap_ping_handler_t =
    Option<unsafe extern "C" fn(session: *mut coap_session_t, received: *const coap_pdu_t, mid: coap_mid_t)>;

/// Told of the answer to a ping.
pub type coap_pong_handler_t =
    Option<unsafe extern "C" fn(session: *mut coap_session_t, received: *const coap_pdu_t, mid: coap_mid_t)>;

/// Called once when the library needs a body no longer that was handed to it.
pub type coap_release_large_data_t =
    Option<unsafe extern "C" fn(session: *mut coap_session_t, app_ptr: *mut c_void)>;

/// Writes up to `max` bytes of a body, those from `offset` on, to `data`, and says in `*length` how many. 0 is a
/// failure.
pub type coap_get_large_data_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        max: usize,
        offset: usize,
        data: *mut u8,
        length: *mut usize,
        app_ptr: *mut c_void,
    ) -> c_int,
>;

/// Gets a block of a body. Its parameters are not settled yet.
pub type coap_block_data_handler_t = Option<unsafe extern "C" fn()>;

/// Called with a cache entry's program data when the entry is freed.
pub type coap_cache_app_data_free_callback_t = Option<unsafe extern "C" fn(data: *mut c_void)>;

/// Called once with the program's data of an object when the object ends.
pub type coap_app_data_free_callback_t = Option<unsafe extern "C" fn(data: *mut c_void)>;

/// Called when the OSCORE sender sequence number is to be stored. 0 is a failure.
pub type coap_oscore_save_seq_num_t =
    Option<unsafe extern "C" fn(sender_seq_num: u64, param: *mut c_void) -> c_int>;

/// Fills `len` bytes at `out` with random numbers. 0 is a failure.
pub type coap_rand_func_t = Option<unsafe extern "C" fn(out: *mut c_void, len: usize) -> c_int>;

/// Answers a request for `resource`: fills `response`, which has the request's token already. `query` is NULL
/// without one.
/// Nothing is sent if the response's code stays 0.00.
pub type coap_method_handler_t = Option<
    unsafe extern "C" fn(
        resource: *mut coap_resource_t,
        session: *mut coap_session_t,
        request: *const coap_pdu_t,
        query: *const coap_string_t,
        response: *mut coap_pdu_t,
    ),
>;

/// Makes the resource that `request`, which found none, is for: NULL if there is to be none. `request` lives for the
/// call.
pub type coap_resource_dynamic_create_t = Option<
    unsafe extern "C" fn(session: *mut coap_session_t, request: *const coap_pdu_t) -> *mut coap_resource_t,
>;

/// Called with a resource's program data when the resource is freed.
pub type coap_resource_release_userdata_handler_t = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// Told of a new observation, with what `coap_persist_observe_add()` needs to bring it back. 0 is a failure.
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

/// Told that an observation ended. 0 is a failure.
pub type coap_observe_deleted_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        observe_key: *mut coap_subscription_t,
        user_data: *mut c_void,
    ) -> c_int,
>;

/// Told of the observe number to store for a resource. 0 is a failure.
pub type coap_track_observe_value_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        resource_name: *mut coap_str_const_t,
        observe_num: u32,
        user_data: *mut c_void,
    ) -> c_int,
>;

/// Told of a resource that a request created, with that request. 0 is a failure.
pub type coap_dyn_resource_added_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        resource_name: *mut coap_str_const_t,
        raw_packet: *mut coap_bin_const_t,
        user_data: *mut c_void,
    ) -> c_int,
>;

/// Told that a resource was deleted. 0 is a failure.
pub type coap_resource_deleted_t = Option<
    unsafe extern "C" fn(
        context: *mut coap_context_t,
        resource_name: *mut coap_str_const_t,
        user_data: *mut c_void,
    ) -> c_int,
>;

/// Called with a response to a request that was forwarded. What it returns is passed on to the client:
/// `received`, or another PDU, which the library takes over; NULL rejects the response. `cache_key` is what
/// `coap_proxy_forward_request()` was given: the program's again, unless the request observes and more responses
/// follow.
pub type coap_proxy_response_handler_t = Option<
    unsafe extern "C" fn(
        session: *mut coap_session_t,
        sent: *const coap_pdu_t,
        received: *mut coap_pdu_t,
        cache_key: *mut coap_cache_key_t,
    ) -> *mut coap_pdu_t,
>;

//! Security of a context's sessions: `coap_encryption(3)`.
use crate::{entry::entry, raw, secure, stub::warn_unsupported, types::*};
use std::{
    ffi::{c_char, c_int},
    ptr,
};

/// Sets the pre-shared key of servers over DTLS, and the hint that clients get, or null. As
/// [`coap_context_set_psk2`] without functions.
///
/// Not yet: TLS and secure WebSockets, which work with certificates alone.
///
/// # Safety
/// `hint` is null or a C string; `key` is null or readable for `key_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_psk(
    context: *mut coap_context_t,
    hint: *const c_char,
    key: *const u8,
    key_len: usize,
) -> c_int {
    entry(0, || {
        // SAFETY: as the caller promises.
        let length = unsafe { raw::text(hint) }.map_or(0, |hint| hint.count_bytes());
        let setup = coap_dtls_spsk_t {
            version: COAP_DTLS_SPSK_SETUP_VERSION,
            reserved: [0; 7],
            validate_id_call_back: None,
            id_call_back_arg: ptr::null_mut(),
            validate_sni_call_back: None,
            sni_call_back_arg: ptr::null_mut(),
            psk_info: coap_dtls_spsk_info_t {
                hint: coap_bin_const_t { length, s: hint.cast() },
                key: coap_bin_const_t { length: key_len, s: key },
            },
        };
        // SAFETY: as the caller promises.
        unsafe { secure::set_pre_shared_keys("coap_context_set_psk", context, &setup) }
    })
}

/// Sets the pre-shared keys of servers over DTLS, before endpoints are opened. Everything is copied. TLS works with
/// certificates alone. Returns 1, or 0 if a key cannot be used; the log says why.
///
/// * `validate_id_call_back` knows the key of each identity; without it, whoever has the key of `psk_info` is let in.
/// * `validate_sni_call_back` knows hint and key by the name that a client calls the server by, which is an empty
///   string if it does not say. It is asked once for each name that it accepts.
///
/// Not yet: TLS and secure WebSockets, which work with certificates alone.
///
/// # Safety
/// `setup_data` is null or points to a structure whose binaries are readable. Its functions may be called as their
/// types say until the context ends, and what they return is readable until they are called again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_psk2(
    context: *mut coap_context_t,
    setup_data: *mut coap_dtls_spsk_t,
) -> c_int {
    // SAFETY: as the caller promises.
    entry(0, || unsafe { secure::set_pre_shared_keys("coap_context_set_psk2", context, setup_data) })
}

/// Sets the certificate and key of servers over DTLS and TLS, and how clients are judged, before endpoints are
/// opened. Files are read now. Returns 1, or 0 if something cannot be used or cannot be honoured; the log says what.
///
/// * `validate_cn_call_back` is asked about each certificate of a client, from its CA down to its own; a certificate
///   without a name has an empty one.
/// * `validate_sni_call_back` knows the certificate by the name that a client calls the server by, which is an empty
///   string if it does not say. It is asked once for each name that it accepts; of clients that speak DTLS 1.3 alone
///   each time, but 10 times a second at most.
/// * `additional_tls_setup_call_back` has to be null: there is no TLS library of C's to hand to it.
///
/// Not yet: RSA keys and certificates between the peer's and its CA over DTLS, PKCS #11, raw public keys, encrypted
/// private keys, `additional_tls_setup_call_back`, `allow_bad_md_hash`, RSA keys of less than 2048 bits
/// (`allow_short_rsa_length`).
///
/// # Safety
/// `setup_data` is null or points to a structure whose strings and buffers are readable. Its functions may be called as
/// their types say until the context ends, and what they return is readable until they are called again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_pki(
    context: *mut coap_context_t,
    setup_data: *const coap_dtls_pki_t,
) -> c_int {
    // SAFETY: as the caller promises.
    entry(0, || unsafe { secure::set_certificates("coap_context_set_pki", context, setup_data) })
}

/// Trusts further CAs, besides those that come with a certificate: those of a PEM file, of the PEM files of a
/// directory, or both. It counts for the servers of the context and for client sessions to come, unless they ask for a
/// common CA. All files of CAs are read now, those of before again; the servers' certificate and key are not. Returns
/// 1, or 0 if there is nothing to be read; the log says why, and nothing has changed.
///
/// # Safety
/// Both are null or C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_context_set_pki_root_cas(
    context: *mut coap_context_t,
    ca_file: *const c_char,
    ca_dir: *const c_char,
) -> c_int {
    // SAFETY: as the caller promises.
    entry(0, || unsafe { secure::add_root_cas("coap_context_set_pki_root_cas", context, ca_file, ca_dir) })
}

/// As [`coap_context_set_pki_root_cas`] with the CAs that the system trusts (or those that `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name in the environment).
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_load_pki_trust_store(context: *mut coap_context_t) -> c_int {
    entry(0, || secure::trust_system("coap_context_load_pki_trust_store", context))
}

/// Has client sessions with a Connection ID (RFC 9146) change their address every so many messages, for
/// tests.
#[unsafe(no_mangle)]
pub extern "C" fn coap_context_set_cid_tuple_change(_context: *mut coap_context_t, _every: u8) -> c_int {
    entry(0, || warn_unsupported("coap_context_set_cid_tuple_change", "DTLS Connection ID"))
}

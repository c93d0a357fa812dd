//! Keys, certificates and how a (D)TLS session is to be set up.
#![allow(non_camel_case_types)] // libcoap's own names
use super::{
    coap_asn1_privatekey_type_t, coap_bin_const_t, coap_dtls_cn_callback_t, coap_dtls_id_callback_t,
    coap_dtls_ih_callback_t, coap_dtls_pki_sni_callback_t, coap_dtls_psk_sni_callback_t,
    coap_dtls_security_setup_t, coap_pki_key_t, coap_tls_library_t,
};
use std::ffi::{c_char, c_void};

/// What `version` of a [`coap_dtls_pki_t`] is.
pub const COAP_DTLS_PKI_SETUP_VERSION: u8 = 1;
/// What `version` of a [`coap_dtls_spsk_t`] is.
pub const COAP_DTLS_SPSK_SETUP_VERSION: u8 = 1;
/// What `version` of a [`coap_dtls_cpsk_t`] is.
pub const COAP_DTLS_CPSK_SETUP_VERSION: u8 = 1;

/// The TLS library underneath. Versions are written as the library writes its own.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_tls_version_t {
    /// The version that runs.
    pub version: u64,
    /// The library.
    pub r#type: coap_tls_library_t,
    /// The version that was built against.
    pub built_version: u64,
}

/// How certificates are used and checked.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_pki_t {
    /// `COAP_DTLS_PKI_SETUP_VERSION`.
    pub version: u8,
    /// 1: the peer has to show a certificate (or key), and it is checked.
    pub verify_peer_cert: u8,
    /// 1: the peer's certificate has to be issued by the same CA as ours.
    pub check_common_ca: u8,
    /// 1: a self-signed certificate is good enough.
    pub allow_self_signed: u8,
    /// 1: so is an expired one.
    pub allow_expired_certs: u8,
    /// 1: the chain is checked, to `cert_chain_verify_depth`.
    pub cert_chain_validation: u8,
    /// How many CAs may stand between the peer's certificate and a trusted one.
    pub cert_chain_verify_depth: u8,
    /// 1: revocation lists are looked at.
    pub check_cert_revocation: u8,
    /// 1: it is no error if there is none.
    pub allow_no_crl: u8,
    /// 1: nor if it is expired.
    pub allow_expired_crl: u8,
    /// 1: weak digests are accepted.
    pub allow_bad_md_hash: u8,
    /// 1: short RSA keys are accepted.
    pub allow_short_rsa_length: u8,
    /// 1: raw public keys (RFC 7250) instead of certificates.
    pub is_rpk_not_cert: u8,
    /// 0.
    pub reserved: [u8; 3],
    /// Asked about the name in each certificate of the chain, or NULL.
    pub validate_cn_call_back: coap_dtls_cn_callback_t,
    /// Handed to it.
    pub cn_call_back_arg: *mut c_void,
    /// Chooses the key for the server name that a client asked for, or NULL.
    pub validate_sni_call_back: coap_dtls_pki_sni_callback_t,
    /// Handed to it.
    pub sni_call_back_arg: *mut c_void,
    /// Called with the TLS library's own session before the handshake, or NULL.
    pub additional_tls_setup_call_back: coap_dtls_security_setup_t,
    /// The server name that a client asks for, or NULL.
    pub client_sni: *mut c_char,
    /// Our certificate and key.
    pub pki_key: coap_dtls_key_t,
}

/// A certificate and its private key, in one of four forms.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_key_t {
    /// Which member of `key` counts.
    pub key_type: coap_pki_key_t,
    /// The certificate and key.
    pub key: coap_dtls_key_union,
}

/// The forms of [`coap_dtls_key_t`].
#[repr(C)]
#[derive(Clone, Copy)]
pub union coap_dtls_key_union {
    /// `COAP_PKI_KEY_PEM`.
    pub pem: coap_pki_key_pem_t,
    /// `COAP_PKI_KEY_PEM_BUF`.
    pub pem_buf: coap_pki_key_pem_buf_t,
    /// `COAP_PKI_KEY_ASN1`.
    pub asn1: coap_pki_key_asn1_t,
    /// `COAP_PKI_KEY_PKCS11`.
    pub pkcs11: coap_pki_key_pkcs11_t,
}

/// Names of PEM files.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pem_t {
    /// Trusted CAs.
    pub ca_file: *const c_char,
    /// Our certificate, or public key.
    pub public_cert: *const c_char,
    /// Our private key.
    pub private_key: *const c_char,
}

/// PEM in memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pem_buf_t {
    /// Trusted CAs.
    pub ca_cert: *const u8,
    /// Our certificate, or public key.
    pub public_cert: *const u8,
    /// Our private key.
    pub private_key: *const u8,
    /// Bytes in `ca_cert`.
    pub ca_cert_len: usize,
    /// Bytes in `public_cert`.
    pub public_cert_len: usize,
    /// Bytes in `private_key`.
    pub private_key_len: usize,
}

/// DER in memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_asn1_t {
    /// Trusted CA.
    pub ca_cert: *const u8,
    /// Our certificate, or public key.
    pub public_cert: *const u8,
    /// Our private key.
    pub private_key: *const u8,
    /// Bytes in `ca_cert`.
    pub ca_cert_len: usize,
    /// Bytes in `public_cert`.
    pub public_cert_len: usize,
    /// Bytes in `private_key`.
    pub private_key_len: usize,
    /// What kind of key `private_key` is.
    pub private_key_type: coap_asn1_privatekey_type_t,
}

/// PKCS#11 URIs (RFC 7512).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pkcs11_t {
    /// Trusted CA.
    pub ca: *const c_char,
    /// Our certificate, or public key.
    pub public_cert: *const c_char,
    /// Our private key.
    pub private_key: *const c_char,
    /// The token's PIN, or NULL.
    pub user_pin: *const c_char,
}

/// A client's identity and pre-shared key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_cpsk_info_t {
    /// The identity.
    pub identity: coap_bin_const_t,
    /// The key.
    pub key: coap_bin_const_t,
}

/// How a client uses pre-shared keys.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_cpsk_t {
    /// `COAP_DTLS_CPSK_SETUP_VERSION`.
    pub version: u8,
    /// 0.
    pub reserved: [u8; 7],
    /// Chooses identity and key for the server's hint, or NULL.
    pub validate_ih_call_back: coap_dtls_ih_callback_t,
    /// Handed to it.
    pub ih_call_back_arg: *mut c_void,
    /// The server name to ask for, or NULL.
    pub client_sni: *mut c_char,
    /// Identity and key to begin with.
    pub psk_info: coap_dtls_cpsk_info_t,
}

/// A server's identity hint and pre-shared key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_spsk_info_t {
    /// The hint.
    pub hint: coap_bin_const_t,
    /// The key.
    pub key: coap_bin_const_t,
}

/// How a server uses pre-shared keys.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_spsk_t {
    /// `COAP_DTLS_SPSK_SETUP_VERSION`.
    pub version: u8,
    /// 0.
    pub reserved: [u8; 7],
    /// Finds the key of a client's identity, or NULL.
    pub validate_id_call_back: coap_dtls_id_callback_t,
    /// Handed to it.
    pub id_call_back_arg: *mut c_void,
    /// Chooses hint and key for the server name that a client asked for, or NULL.
    pub validate_sni_call_back: coap_dtls_psk_sni_callback_t,
    /// Handed to it.
    pub sni_call_back_arg: *mut c_void,
    /// Hint and key to begin with.
    pub psk_info: coap_dtls_spsk_info_t,
}

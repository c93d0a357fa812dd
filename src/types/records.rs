//! Plain structures that C reads and writes.
#![allow(non_camel_case_types, missing_docs)]
use super::*;
use std::ffi::{c_char, c_uint, c_void};

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_option_t {
    pub delta: u16,
    pub length: usize,
    pub value: *const u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_opt_filter_t {
    pub mask: u16,
    pub long_opts: [u16; 2],
    pub short_opts: [u8; 6],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_optlist_t {
    pub next: *mut coap_optlist_t,
    pub number: u16,
    pub length: usize,
    pub data: *mut u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_string_t {
    pub length: usize,
    pub s: *mut u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_str_const_t {
    pub length: usize,
    pub s: *const u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_binary_t {
    pub length: usize,
    pub s: *mut u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_bin_const_t {
    pub length: usize,
    pub s: *const u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_uri_t {
    pub host: coap_str_const_t,
    pub port: u16,
    pub path: coap_str_const_t,
    pub query: coap_str_const_t,
    pub scheme: coap_uri_scheme_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_option {
    pub key: u16,
    pub length: c_uint,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_addr_info_t {
    pub next: *mut coap_addr_info_t,
    pub scheme: coap_uri_scheme_t,
    pub proto: coap_proto_t,
    pub addr: coap_address_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_addr_tuple_t {
    pub remote: coap_address_t,
    pub local: coap_address_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_pki_t {
    pub version: u8,
    pub verify_peer_cert: u8,
    pub check_common_ca: u8,
    pub allow_self_signed: u8,
    pub allow_expired_certs: u8,
    pub cert_chain_validation: u8,
    pub cert_chain_verify_depth: u8,
    pub check_cert_revocation: u8,
    pub allow_no_crl: u8,
    pub allow_expired_crl: u8,
    pub allow_bad_md_hash: u8,
    pub allow_short_rsa_length: u8,
    pub is_rpk_not_cert: u8,
    pub reserved: [u8; 3],
    pub validate_cn_call_back: coap_dtls_cn_callback_t,
    pub cn_call_back_arg: *mut c_void,
    pub validate_sni_call_back: coap_dtls_pki_sni_callback_t,
    pub sni_call_back_arg: *mut c_void,
    pub additional_tls_setup_call_back: coap_dtls_security_setup_t,
    pub client_sni: *mut c_char,
    pub pki_key: coap_dtls_key_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_tls_version_t {
    pub version: u64,
    pub type_: coap_tls_library_t,
    pub built_version: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pem_t {
    pub ca_file: *const c_char,
    pub public_cert: *const c_char,
    pub private_key: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pem_buf_t {
    pub ca_cert: *const u8,
    pub public_cert: *const u8,
    pub private_key: *const u8,
    pub ca_cert_len: usize,
    pub public_cert_len: usize,
    pub private_key_len: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_asn1_t {
    pub ca_cert: *const u8,
    pub public_cert: *const u8,
    pub private_key: *const u8,
    pub ca_cert_len: usize,
    pub public_cert_len: usize,
    pub private_key_len: usize,
    pub private_key_type: coap_asn1_privatekey_type_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_pki_key_pkcs11_t {
    pub ca: *const c_char,
    pub public_cert: *const c_char,
    pub private_key: *const c_char,
    pub user_pin: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_cpsk_info_t {
    pub identity: coap_bin_const_t,
    pub key: coap_bin_const_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_cpsk_t {
    pub version: u8,
    pub reserved: [u8; 7],
    pub validate_ih_call_back: coap_dtls_ih_callback_t,
    pub ih_call_back_arg: *mut c_void,
    pub client_sni: *mut c_char,
    pub psk_info: coap_dtls_cpsk_info_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_spsk_info_t {
    pub hint: coap_bin_const_t,
    pub key: coap_bin_const_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_spsk_t {
    pub version: u8,
    pub reserved: [u8; 7],
    pub validate_id_call_back: coap_dtls_id_callback_t,
    pub id_call_back_arg: *mut c_void,
    pub validate_sni_call_back: coap_dtls_psk_sni_callback_t,
    pub sni_call_back_arg: *mut c_void,
    pub psk_info: coap_dtls_spsk_info_t,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_fixed_point_t {
    pub integer_part: u16,
    pub fractional_part: u16,
}

/// The system's socket address behind its length. Read through [`crate::address`], which looks at `family` first.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_address_t {
    pub size: libc::socklen_t,
    pub addr: coap_address_union,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union coap_address_union {
    pub sa: libc::sockaddr,
    pub sin: libc::sockaddr_in,
    pub sin6: libc::sockaddr_in6,
    pub cun: coap_sockaddr_un,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_sockaddr_un {
    pub sun_family: libc::sa_family_t,
    pub sun_path: [c_char; 26],
}

/// `flags` holds C's two bit-fields: bit 0 `bad`, bit 1 `filtered`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_opt_iterator_t {
    pub length: usize,
    pub number: coap_option_num_t,
    pub flags: u16,
    pub next_option: *mut coap_opt_t,
    pub filter: coap_opt_filter_t,
}

/// `bits` holds C's bit-fields: bit 0 `m`, bits 1-3 `szx`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_block_t {
    pub num: c_uint,
    pub bits: c_uint,
}

/// `bits` holds C's bit-fields: bit 0 `m`, bits 1-3 `szx`, bits 4-6 `aszx`, bit 7 `defined`, bit 8 `bert`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_block_b_t {
    pub num: c_uint,
    pub bits: c_uint,
    pub chunk_size: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_dtls_key_t {
    pub key_type: coap_pki_key_t,
    pub key: coap_dtls_key_union,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union coap_dtls_key_union {
    pub pem: coap_pki_key_pem_t,
    pub pem_buf: coap_pki_key_pem_buf_t,
    pub asn1: coap_pki_key_asn1_t,
    pub pkcs11: coap_pki_key_pkcs11_t,
}

//! Records that C reads and writes.
#![allow(non_camel_case_types)] // libcoap's own names
use super::{
    coap_address_t, coap_dtls_cpsk_t, coap_dtls_pki_t, coap_oscore_conf_t, coap_proto_t, coap_proxy_t,
    coap_uri_scheme_t,
};
use std::ffi::{c_int, c_uint};

/// A string, not NUL-terminated by contract though the library's own are.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_string_t {
    /// Bytes in `s`.
    pub length: usize,
    /// The text.
    pub s: *mut u8,
}

/// A string that is only read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_str_const_t {
    /// Bytes in `s`.
    pub length: usize,
    /// The text.
    pub s: *const u8,
}

/// Bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_binary_t {
    /// Bytes in `s`.
    pub length: usize,
    /// The bytes.
    pub s: *mut u8,
}

/// Bytes that are only read.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_bin_const_t {
    /// Bytes in `s`.
    pub length: usize,
    /// The bytes.
    pub s: *const u8,
}

/// What `coap_opt_parse()` found in an encoded option.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_option_t {
    /// The difference to the number of the option before.
    pub delta: u16,
    /// Bytes in `value`.
    pub length: usize,
    /// The value, inside what was parsed.
    pub value: *const u8,
}

/// An option as `COAP_OPTION_KEY()` and `COAP_OPTION_LENGTH()` read it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_option {
    /// The number.
    pub key: u16,
    /// Bytes in the value.
    pub length: c_uint,
}

/// A set of option numbers, of limited size: changed by `coap_option_filter_set()` and `_unset()` only.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_opt_filter_t {
    /// Which elements below are in use.
    pub mask: u16,
    /// Numbers above 255.
    pub long_opts: [u16; 2],
    /// Numbers up to 255.
    pub short_opts: [u8; 6],
}

/// An option in a list that `coap_add_optlist_pdu()` puts into a PDU.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_optlist_t {
    /// The next, or NULL.
    pub next: *mut coap_optlist_t,
    /// The option's number.
    pub number: u16,
    /// Bytes in `data`.
    pub length: usize,
    /// The value.
    pub data: *mut u8,
}

/// The parts of a URI. They point into the text that was split.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_uri_t {
    /// Host name or address, without the brackets of an IPv6 address.
    pub host: coap_str_const_t,
    /// The port, the scheme's own if none was given.
    pub port: u16,
    /// The path, without its first slash.
    pub path: coap_str_const_t,
    /// The query, without its question mark.
    pub query: coap_str_const_t,
    /// The scheme.
    pub scheme: coap_uri_scheme_t,
}

/// One result of `coap_resolve_address_info()`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_addr_info_t {
    /// The next, or NULL.
    pub next: *mut coap_addr_info_t,
    /// The scheme that it serves.
    pub scheme: coap_uri_scheme_t,
    /// The transport that goes with the scheme.
    pub proto: coap_proto_t,
    /// The address, with the port.
    pub addr: coap_address_t,
}

/// Both ends of a session.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_addr_tuple_t {
    /// The peer's.
    pub remote: coap_address_t,
    /// Ours.
    pub local: coap_address_t,
}

/// A number with three decimal places: 1.5 is 1 and 500.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_fixed_point_t {
    /// The whole number.
    pub integer_part: u16,
    /// Thousandths.
    pub fractional_part: u16,
}

/// A server that requests are forwarded to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_proxy_server_t {
    /// Scheme, host and port.
    pub uri: coap_uri_t,
    /// How to use certificates there, or NULL.
    pub dtls_pki: *mut coap_dtls_pki_t,
    /// How to use a shared key there, or NULL.
    pub dtls_cpsk: *mut coap_dtls_cpsk_t,
    /// How to use OSCORE there, or NULL.
    pub oscore_conf: *mut coap_oscore_conf_t,
}

/// How `coap_proxy_forward_request()` forwards.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_proxy_server_list_t {
    /// The servers, which take turns.
    pub entry: *mut coap_proxy_server_t,
    /// How many there are.
    pub entry_count: usize,
    /// Which of them had its turn last.
    pub next_entry: usize,
    /// Where requests go.
    pub r#type: coap_proxy_t,
    /// Whether each client has sessions to servers for itself: 1, or 0.
    pub track_client_session: c_int,
    /// After so many seconds without requests a session to a server ends; 0: never.
    pub idle_timeout_secs: c_uint,
}

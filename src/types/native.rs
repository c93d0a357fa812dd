//! Records that cbindgen cannot express. The header's `coap_c.h` declares them by hand, and `tests/abi.rs` compares.
#![allow(non_camel_case_types)] // libcoap's own names
use super::{coap_opt_filter_t, coap_opt_t, coap_option_num_t};
use std::ffi::{c_char, c_uint};

/// The system's socket address behind its length. Read through [`crate::address`], which looks at the family first.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_address_t {
    /// How many bytes of `addr` count.
    pub size: libc::socklen_t,
    /// The address.
    pub addr: coap_address_union,
}

/// The address families that the library knows. All begin with the family.
#[repr(C)]
#[derive(Clone, Copy)]
pub union coap_address_union {
    /// What all have in common.
    pub sa: libc::sockaddr,
    /// `AF_INET`.
    pub sin: libc::sockaddr_in,
    /// `AF_INET6`.
    pub sin6: libc::sockaddr_in6,
    /// `AF_UNIX`.
    pub cun: coap_sockaddr_un,
}

/// The system's `sockaddr_un` with a path no longer than fits an IPv6 address.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_sockaddr_un {
    /// `AF_UNIX`.
    pub sun_family: libc::sa_family_t,
    /// The path, NUL-terminated.
    pub sun_path: [c_char; 26],
}

/// Where a walk over a PDU's options stands. Set up by `coap_option_iterator_init()`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct coap_opt_iterator_t {
    /// Bytes that are left of the PDU.
    pub length: usize,
    /// The number of the option that was delivered last.
    pub number: coap_option_num_t,
    /// C's two bit-fields: bit 0 `bad` (the walk is over), bit 1 `filtered` (`filter` counts).
    pub flags: u16,
    /// Where the next option begins.
    pub next_option: *mut coap_opt_t,
    /// Which options to deliver.
    pub filter: coap_opt_filter_t,
}

/// A block option's value, without BERT.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct coap_block_t {
    /// The block's number, below 2^20.
    pub num: c_uint,
    /// C's bit-fields: bit 0 `m`, bits 1-3 `szx`.
    pub bits: c_uint,
}

/// A block option's value, with BERT (RFC 8323 section 6).
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct coap_block_b_t {
    /// The block's number, below 2^20.
    pub num: c_uint,
    /// C's bit-fields: bit 0 `m`, bits 1-3 `szx`, bits 4-6 `aszx`, bit 7 `defined`, bit 8 `bert`.
    pub bits: c_uint,
    /// Bytes in this message: more than a block with BERT.
    pub chunk_size: u32,
}

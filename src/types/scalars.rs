//! Numbers with a name of their own.
#![allow(non_camel_case_types)] // libcoap's own names
use std::ffi::{c_int, c_uint};

/// An option's number (RFC 7252 section 12.2).
pub type coap_option_num_t = u16;

/// The first byte of an encoded option; a pointer to it points into its PDU.
pub type coap_opt_t = u8;

/// A message id, or [`COAP_INVALID_MID`].
pub type coap_mid_t = c_int;

/// A file descriptor.
pub type coap_fd_t = c_int;

/// What a socket waits for. Only the name is public.
pub type coap_socket_flags_t = u16;

/// Time since the library's own zero, in ticks: `COAP_TICKS_PER_SECOND` make a second.
pub type coap_tick_t = u64;

/// The difference of two [`coap_tick_t`].
pub type coap_tick_diff_t = i64;

/// Seconds since 1970.
pub type coap_time_t = libc::time_t;

/// How many bytes were printed, and in the upper four bits what became of the rest: `COAP_PRINT_STATUS_ERROR`,
/// `COAP_PRINT_STATUS_TRUNC`.
pub type coap_print_status_t = c_uint;

/// `coap_send()` and its kin: nothing was sent.
pub const COAP_INVALID_MID: coap_mid_t = -1;

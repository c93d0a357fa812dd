//! The types of the C boundary, under libcoap's names.
mod callbacks;
mod enums;
mod opaque;
mod records;

pub use callbacks::*;
pub use enums::*;
pub use opaque::*;
pub use records::*;

#[allow(non_camel_case_types, missing_docs)]
mod scalars {
    pub type coap_option_num_t = u16;
    pub type coap_opt_t = u8;
    pub type coap_mid_t = std::ffi::c_int;
    pub type coap_fd_t = std::ffi::c_int;
    pub type coap_socket_flags_t = u16;
    pub type coap_tick_t = u64;
    pub type coap_time_t = libc::time_t;
    pub type coap_tick_diff_t = i64;
    pub type coap_print_status_t = std::ffi::c_uint;
}
pub use scalars::*;

/// `coap_send` and its kin: nothing was sent.
pub const COAP_INVALID_MID: coap_mid_t = -1;

//! `coap_encode.h`: unsigned integers of variable length (RFC 7252 section 3.2).
use crate::{entry::entry, raw};
use coap_proto::wire::uint;
use std::ffi::{c_int, c_longlong, c_uint};

/// The number in `length` bytes, cut to its last 32 bits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_decode_var_bytes(buf: *const u8, length: usize) -> c_uint {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        let bytes = unsafe { raw::bytes(buf, length) };
        Some(bytes.iter().fold(0, |number: c_uint, &byte| number << 8 | c_uint::from(byte)))
    })
}

/// The number in the first 8 of `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_decode_var_bytes8(buf: *const u8, length: usize) -> u64 {
    entry(0, || {
        // SAFETY: readable for `length` bytes, as documented.
        let bytes = unsafe { raw::bytes(buf, length.min(8)) };
        Some(bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    })
}

/// Writes a number in as few bytes as it needs and returns how many; 0 if `length` bytes are not enough.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_encode_var_safe(buf: *mut u8, length: usize, value: c_uint) -> c_uint {
    // SAFETY: writable for `length` bytes, as documented.
    entry(0, || unsafe { encode(buf, length, value.into()) })
}

/// As [`coap_encode_var_safe`], for up to 8 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_encode_var_safe8(buf: *mut u8, length: usize, value: u64) -> c_uint {
    // SAFETY: writable for `length` bytes, as documented.
    entry(0, || unsafe { encode(buf, length, value) })
}

/// The place of the highest bit that is set, counted from 1; 0 if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn coap_fls(i: c_uint) -> c_int {
    (c_uint::BITS - i.leading_zeros()) as c_int
}

/// As [`coap_fls`], for 64 bits.
#[unsafe(no_mangle)]
pub extern "C" fn coap_flsll(i: c_longlong) -> c_int {
    (c_longlong::BITS - i.leading_zeros()) as c_int
}

/// # Safety
/// `buf` is null or writable for `length` bytes.
unsafe fn encode(buf: *mut u8, length: usize, value: u64) -> Option<c_uint> {
    let number = uint::encode(value);
    if number.len() > length || buf.is_null() {
        return None;
    }
    // SAFETY: the bytes fit into `length`; our array does not overlap C's buffer.
    unsafe { buf.copy_from_nonoverlapping(number.as_ptr(), number.len()) };
    Some(number.len() as c_uint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_as_few_bytes_as_they_need() {
        let rows =
            [(0_u64, 0), (1, 1), (255, 1), (256, 2), (0xff_ffff, 3), (u32::MAX.into(), 4), (u64::MAX, 8)];
        for (number, size) in rows {
            let mut buf = [0; 8];
            // SAFETY: the buffer has 8 bytes.
            unsafe {
                assert_eq!(coap_encode_var_safe8(buf.as_mut_ptr(), 8, number), size);
                assert_eq!(coap_decode_var_bytes8(buf.as_ptr(), size as usize), number);
            }
        }
    }

    #[test]
    fn a_number_that_does_not_fit_is_not_written() {
        let mut buf = [7; 2];
        // SAFETY: the buffer has 2 bytes.
        unsafe {
            assert_eq!(coap_encode_var_safe(buf.as_mut_ptr(), 2, 0x1_0000), 0);
            assert_eq!(coap_encode_var_safe(std::ptr::null_mut(), 2, 1), 0);
        }
        assert_eq!(buf, [7; 2]);
    }

    #[test]
    fn the_highest_bit_is_counted_from_one() {
        assert_eq!([coap_fls(0), coap_fls(1), coap_fls(0x8000_0000)], [0, 1, 32]);
        assert_eq!([coap_flsll(0), coap_flsll(1 << 40), coap_flsll(-1)], [0, 41, 64]);
    }
}

//! Reading and writing through the pointers that C passes. Null is an answer here, not a crash.
use std::ffi::{CStr, c_char};

/// The bytes at `data`; none if it is null.
///
/// # Safety
/// Unless null, `data` is readable for `length` bytes, and nobody writes there while the slice is used.
pub(crate) unsafe fn bytes<'a>(data: *const u8, length: usize) -> &'a [u8] {
    // SAFETY: as the caller says; bytes are aligned anywhere.
    unsafe { slice(data, length) }
}

/// The values at `values`; none if it is null, or if memory has no room for so many.
///
/// # Safety
/// Unless null, `values` is aligned and points to `count` initialised values, and nobody writes there while the slice
/// is used.
pub(crate) unsafe fn slice<'a, T>(values: *const T, count: usize) -> &'a [T] {
    let is_possible = count.checked_mul(size_of::<T>()).is_some_and(|size| isize::try_from(size).is_ok());
    if values.is_null() || !is_possible {
        return &[];
    }
    // SAFETY: not null, and the caller answers for the values, which take as many bytes as Rust allows.
    unsafe { std::slice::from_raw_parts(values, count) }
}

/// The C string at `text`.
///
/// # Safety
/// Unless null, `text` points to a string that ends with NUL and does not change while the result is used.
pub(crate) unsafe fn text<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: not null; the caller answers for the rest.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// The value at `from`.
///
/// # Safety
/// Unless null, `from` points to an initialised, aligned value.
pub(crate) unsafe fn read<T: Copy>(from: *const T) -> Option<T> {
    // SAFETY: not null; the caller answers for the rest.
    (!from.is_null()).then(|| unsafe { from.read() })
}

/// Stores `value` at `to`.
///
/// # Safety
/// Unless null, `to` is writable and aligned for a value of its type.
pub(crate) unsafe fn write<T: Copy>(to: *mut T, value: T) -> Option<()> {
    // SAFETY: not null; the caller answers for the rest.
    (!to.is_null()).then(|| unsafe { to.write(value) })
}

/// Copies as much of `bytes` as fits into a buffer of `size` and ends it with NUL, as C's `snprintf` does. Returns
/// the number of bytes without the NUL; `None` if there is not even room for that.
///
/// # Safety
/// Unless null, `buffer` is writable for `size` bytes.
pub(crate) unsafe fn write_text(buffer: *mut u8, size: usize, bytes: &[u8]) -> Option<usize> {
    if buffer.is_null() || size == 0 {
        return None;
    }
    let length = bytes.len().min(size - 1);
    // SAFETY: `length` and the NUL fit into `size`; text of ours does not overlap C's buffer.
    unsafe {
        buffer.copy_from_nonoverlapping(bytes.as_ptr(), length);
        buffer.add(length).write(0);
    }
    Some(length)
}

/// The bytes of a string of C's; none if it is null.
///
/// # Safety
/// Unless null, `text` points to a string whose bytes are readable and do not change while the slice is used.
pub(crate) unsafe fn string<'a>(text: *const crate::types::coap_str_const_t) -> &'a [u8] {
    // SAFETY: as the caller promises.
    unsafe { read(text) }.map_or(&[], |text| unsafe { bytes(text.s, text.length) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_or_cannot_be_is_empty() {
        let values = [1u32, 2, 3];
        // SAFETY: null, no value, values that live, or a count that is refused.
        unsafe {
            assert_eq!(slice::<u32>(std::ptr::null(), 3), []);
            assert_eq!(slice(values.as_ptr(), 0), []);
            assert_eq!(slice(values.as_ptr(), 3), values);
            for count in [isize::MAX as usize / 4 + 1, usize::MAX / 4 + 1, usize::MAX] {
                assert_eq!(slice(values.as_ptr(), count), [], "{count}");
            }
            assert_eq!(bytes(values.as_ptr().cast(), usize::MAX), []);
        }
    }
}

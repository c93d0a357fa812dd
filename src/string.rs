//! `coap_str.h`: strings and binaries that carry their length.
//!
//! Each is one block of libc's `malloc`, the bytes behind the header, because C programs free them as they like.
use crate::{entry::entry, log, mem, raw, types::*};
use std::{
    ffi::c_char,
    ptr,
    sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed},
};

/// Deletes a binary. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_bin_const(binary: *mut coap_bin_const_t) {
    // SAFETY: the caller owns what it passes, made by this library.
    entry((), || unsafe { mem::free(COAP_STRING, binary.cast()) })
}

/// Deletes a binary. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_binary(binary: *mut coap_binary_t) {
    // SAFETY: the caller owns what it passes, made by this library.
    entry((), || unsafe { mem::free(COAP_STRING, binary.cast()) })
}

/// Deletes a string. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_str_const(string: *mut coap_str_const_t) {
    // SAFETY: the caller owns what it passes, made by this library.
    entry((), || unsafe { mem::free(COAP_STRING, string.cast()) })
}

/// Deletes a string. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_string(string: *mut coap_string_t) {
    // SAFETY: the caller owns what it passes, made by this library.
    entry((), || unsafe { mem::free(COAP_STRING, string.cast()) })
}

/// A header for a C string that lives elsewhere. It is good for a few more calls only and is not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_make_str_const(string: *const c_char) -> *mut coap_str_const_t {
    entry(ptr::null_mut(), || {
        // SAFETY: null or a C string, as documented.
        let text = unsafe { raw::text(string) }?;
        let header = &RING[NEXT.fetch_add(1, Relaxed) % RING.len()];
        header.length.store(text.count_bytes(), Relaxed);
        header.s.store(string.cast_mut().cast(), Relaxed);
        Some(ptr::from_ref(header).cast::<coap_str_const_t>().cast_mut())
    })
}

/// A copy of `size` bytes, a NUL behind them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_bin_const(data: *const u8, size: usize) -> *mut coap_bin_const_t {
    // SAFETY: `data` is readable for `size` bytes, as documented.
    entry(ptr::null_mut(), || Some(unsafe { copy(data, size) }?.cast()))
}

/// A binary of `size` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_binary(size: usize) -> *mut coap_binary_t {
    entry(ptr::null_mut(), || Some(allocate(size)?.cast()))
}

/// A copy of `size` bytes, a NUL behind them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_new_str_const(data: *const u8, size: usize) -> *mut coap_str_const_t {
    // SAFETY: `data` is readable for `size` bytes, as documented.
    entry(ptr::null_mut(), || Some(unsafe { copy(data, size) }?.cast()))
}

/// A string of `size` bytes, a NUL behind them.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_string(size: usize) -> *mut coap_string_t {
    entry(ptr::null_mut(), || allocate(size))
}

/// Makes a binary longer or shorter; what fits of its bytes stays. The old pointer is dead unless null is returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_resize_binary(
    binary: *mut coap_binary_t,
    new_size: usize,
) -> *mut coap_binary_t {
    entry(ptr::null_mut(), || {
        let total = new_size.checked_add(HEADER)?;
        // SAFETY: null, or the caller's own block made by this library.
        let moved: *mut coap_binary_t = unsafe { mem::realloc(COAP_STRING, binary.cast(), total) }.cast();
        // SAFETY: the block has room for its header and `new_size` bytes.
        unsafe { head(moved.cast(), new_size) }.map(<*mut coap_string_t>::cast)
    })
}

const HEADER: usize = size_of::<coap_string_t>();

/// A string of these bytes for C to delete; null without memory.
pub(crate) fn new(bytes: &[u8]) -> *mut coap_string_t {
    // SAFETY: a slice is readable for its length.
    unsafe { copy(bytes.as_ptr(), bytes.len()) }.unwrap_or(ptr::null_mut())
}

/// A string of zero bytes.
fn allocate(size: usize) -> Option<*mut coap_string_t> {
    let total = size.checked_add(HEADER + 1)?;
    let block: *mut coap_string_t = mem::zeroed(COAP_STRING, total).cast();
    if block.is_null() {
        log::log(COAP_LOG_CRIT, format_args!("coap_new_string: no memory for {size} bytes"));
    }
    // SAFETY: the block has room for its header and `size` bytes.
    unsafe { head(block, size) }
}

/// # Safety
/// `block` is null or has room for the header and `size` bytes.
unsafe fn head(block: *mut coap_string_t, size: usize) -> Option<*mut coap_string_t> {
    // SAFETY: as the caller says; malloc's memory is aligned.
    unsafe { raw::write(block, coap_string_t { length: size, s: block.byte_add(HEADER).cast() })? };
    Some(block)
}

/// # Safety
/// `data` is null or readable for `size` bytes.
unsafe fn copy(data: *const u8, size: usize) -> Option<*mut coap_string_t> {
    let string = allocate(size)?;
    if !data.is_null() {
        // SAFETY: the new block has room for `size` bytes behind its header and overlaps nothing.
        unsafe { string.byte_add(HEADER).cast::<u8>().copy_from_nonoverlapping(data, size) };
    }
    Some(string)
}

/// A `coap_str_const_t` that any thread may set.
#[repr(C)]
struct Header {
    length: AtomicUsize,
    s: AtomicPtr<u8>,
}
const _: () = assert!(size_of::<Header>() == size_of::<coap_str_const_t>());

/// libcoap has two of them; more leave other threads' alone for longer.
static RING: [Header; 64] =
    [const { Header { length: AtomicUsize::new(0), s: AtomicPtr::new(ptr::null_mut()) } }; 64];
static NEXT: AtomicUsize = AtomicUsize::new(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_stands_on_its_own_and_ends_with_nul() {
        // SAFETY: pointers of this library, used as documented.
        unsafe {
            let copy = coap_new_str_const(b"abc".as_ptr(), 3);
            assert_eq!((*copy).length, 3);
            assert_eq!(raw::bytes((*copy).s, 4), b"abc\0");
            coap_delete_str_const(copy);
            coap_delete_str_const(ptr::null_mut());
        }
    }

    #[test]
    fn a_binary_grows_and_keeps_its_bytes() {
        // SAFETY: as above.
        unsafe {
            let small: *mut coap_binary_t = new(b"12").cast();
            let large = coap_resize_binary(small, 5000);
            assert_eq!((*large).length, 5000);
            assert_eq!(raw::bytes((*large).s, 2), b"12");
            coap_delete_binary(large);
            let fresh = coap_resize_binary(ptr::null_mut(), 4);
            assert_eq!((*fresh).length, 4);
            coap_delete_binary(fresh);
        }
    }

    #[test]
    fn sizes_that_no_memory_has_are_refused() {
        // SAFETY: as above.
        unsafe {
            assert!(coap_new_string(usize::MAX).is_null());
            assert!(coap_new_binary(usize::MAX - 16).is_null());
            assert!(coap_make_str_const(ptr::null()).is_null());
        }
    }

    #[test]
    fn two_borrowed_headers_are_good_at_a_time() {
        // SAFETY: as above.
        unsafe {
            let (a, b) = (coap_make_str_const(c"a".as_ptr()), coap_make_str_const(c"bcd".as_ptr()));
            assert_eq!(((*a).length, (*b).length), (1, 3));
            assert_eq!(raw::bytes((*b).s, 3), b"bcd");
        }
    }
}

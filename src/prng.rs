//! `coap_prng.h`: random bytes, from the system or from the program's own source.
use crate::{entry::entry, types::*};
use std::{
    ffi::{c_int, c_uint, c_void},
    sync::{Mutex, PoisonError},
};

/// Fills `len` bytes with random ones; 0 if there are none to be had.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_prng(buf: *mut c_void, len: usize) -> c_int {
    entry(0, || {
        let source = (*SOURCE.lock().unwrap_or_else(PoisonError::into_inner))?;
        // SAFETY: not null and writable for `len` bytes, as documented. No lock is held.
        (!buf.is_null()).then(|| unsafe { source(buf, len) })
    })
}

/// The system's source needs no seed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_prng_init(_seed: c_uint) {}

/// Takes random bytes from `rng` from now on. It returns 1 when it has filled the buffer. With null there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_prng(rng: coap_rand_func_t) {
    entry((), || {
        *SOURCE.lock().unwrap_or_else(PoisonError::into_inner) = rng;
        Some(())
    })
}

/// Fills `bytes` with random ones from the program's source. `false`: they are as they were, or partly filled.
///
/// Runs C code: call it with no lock held.
pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    // SAFETY: a slice is writable for its length.
    unsafe { coap_prng(bytes.as_mut_ptr().cast(), bytes.len()) != 0 }
}

static SOURCE: Mutex<coap_rand_func_t> = Mutex::new(Some(system));

/// The system's random bytes. libcoap's default says 0 for no bytes at all, too.
unsafe extern "C" fn system(out: *mut c_void, len: usize) -> c_int {
    let mut filled = 0;
    while filled < len {
        // SAFETY: `out` is writable for `len` bytes.
        let got = unsafe { libc::getrandom(out.byte_add(filled), len - filled, 0) };
        match usize::try_from(got) {
            Ok(more) => filled += more,
            Err(_) if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return 0,
        }
    }
    c_int::from(len > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" fn sevens(out: *mut c_void, len: usize) -> c_int {
        // SAFETY: the library passes a buffer of this length.
        unsafe { out.cast::<u8>().write_bytes(7, len) };
        1
    }

    #[test]
    fn the_programs_source_is_used_while_it_is_set() {
        // SAFETY: a function as documented.
        unsafe { coap_set_prng(Some(sevens)) };
        let mut bytes = [0; 5];
        assert!(fill(&mut bytes));
        assert_eq!(bytes, [7; 5]);
        // SAFETY: as above.
        unsafe { coap_set_prng(None) };
        assert!(!fill(&mut bytes));
        // SAFETY: as above.
        unsafe { coap_set_prng(Some(system)) };
        assert!(fill(&mut bytes));
        assert_ne!(bytes, [7; 5]);
        // SAFETY: null is refused.
        assert_eq!(unsafe { coap_prng(std::ptr::null_mut(), 4) }, 0);
    }
}

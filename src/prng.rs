//! `coap_prng.h`: random bytes, from the system or from the program's own source.
use crate::{cell::upcall, entry::entry, types::*};
use coap_net::random;
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
        (!buf.is_null()).then(|| upcall(|| unsafe { source(buf, len) }))
    })
}

/// The system's source needs no seed.
#[unsafe(no_mangle)]
pub extern "C" fn coap_prng_init(_seed: c_uint) {}

/// Takes random bytes from `rng` from now on. It returns 1 when it has filled the buffer. With null there are none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_set_prng(rng: coap_rand_func_t) {
    entry((), || {
        *SOURCE.lock().unwrap_or_else(PoisonError::into_inner) = rng;
        Some(())
    })
}

/// Randomness for a context: from the program's source, or from the system if that gives none.
///
/// Runs C code: call it with no lock held.
pub(crate) fn seed() -> Result<[u8; 32], random::Error> {
    let mut seed = [0; 32];
    // SAFETY: an array is writable for its length.
    match unsafe { coap_prng(seed.as_mut_ptr().cast(), seed.len()) } {
        0 => random::seed(),
        _ => Ok(seed),
    }
}

static SOURCE: Mutex<coap_rand_func_t> = Mutex::new(Some(system));

/// The system's random bytes. libcoap's default says 0 for no bytes at all, too.
unsafe extern "C" fn system(out: *mut c_void, len: usize) -> c_int {
    if len == 0 || isize::try_from(len).is_err() {
        return 0;
    }
    // SAFETY: writable for `len` bytes; written first, since the program's memory may hold nothing yet.
    let bytes = unsafe {
        out.write_bytes(0, len);
        std::slice::from_raw_parts_mut(out.cast(), len)
    };
    random::fill(bytes).is_ok().into()
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
        assert_eq!(seed(), Ok([7; 32]));
        // SAFETY: as above.
        unsafe { coap_set_prng(None) };
        let mut bytes = [7; 32];
        // SAFETY: a local buffer.
        assert_eq!(unsafe { coap_prng(bytes.as_mut_ptr().cast(), 32) }, 0);
        assert_ne!(seed(), Ok([7; 32]), "from the system then");
        // SAFETY: as above.
        unsafe { coap_set_prng(Some(system)) };
        // SAFETY: a local buffer, or null.
        unsafe {
            assert_eq!(coap_prng(bytes.as_mut_ptr().cast(), 32), 1);
            assert_eq!(coap_prng(bytes.as_mut_ptr().cast(), 0), 0);
            assert_eq!(coap_prng(std::ptr::null_mut(), 4), 0);
        }
        assert_ne!(bytes, [7; 32]);
    }
}

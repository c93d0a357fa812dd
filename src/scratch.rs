//! Text that C gets without having to free it.
use std::{
    cell::RefCell,
    ffi::{CString, c_char},
    ptr,
};

/// Texts of one thread that are valid at a time: a program may print several in one call.
const TEXTS: usize = 8;

thread_local!(static SCRATCH: RefCell<Scratch> = const {
    RefCell::new(Scratch { texts: [const { None }; TEXTS], next: 0 })
});

struct Scratch {
    texts: [Option<CString>; TEXTS],
    next: usize,
}

/// `text` up to its first NUL as a C string: valid until this thread has asked for [`TEXTS`] more.
pub(crate) fn text(text: &str) -> *const c_char {
    let text = text.split('\0').next().unwrap_or_default();
    let keep = |scratch: &RefCell<Scratch>| {
        let mut scratch = scratch.borrow_mut();
        let place = scratch.next;
        scratch.next = (place + 1) % TEXTS;
        Some(scratch.texts[place].insert(CString::new(text).ok()?).as_ptr())
    };
    // Fails only while the thread ends.
    SCRATCH.try_with(keep).ok().flatten().unwrap_or(ptr::null())
}

/// What an error number of the system's means, in the program's language; as [`text`].
pub(crate) fn error_text(number: i32) -> *const c_char {
    let mut buffer = [0_u8; 256];
    // SAFETY: the buffer can be written to for its length; it ends with NUL in any case.
    unsafe { libc::strerror_r(number, buffer.as_mut_ptr().cast(), buffer.len() - 1) };
    let length = buffer.iter().position(|&byte| byte == 0).unwrap_or_default();
    text(&String::from_utf8_lossy(&buffer[..length]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn eight_texts_are_valid_at_a_time() {
        let texts: Vec<_> = (0..TEXTS).map(|n| (text(&n.to_string()), n)).collect();
        for (pointer, n) in texts {
            // SAFETY: no more than `TEXTS` have been asked for.
            assert_eq!(unsafe { CStr::from_ptr(pointer) }.to_bytes(), n.to_string().as_bytes());
        }
    }

    #[test]
    fn a_text_ends_at_its_first_nul() {
        // SAFETY: the text was just asked for.
        assert_eq!(unsafe { CStr::from_ptr(text("a\0b")) }, c"a");
    }
}

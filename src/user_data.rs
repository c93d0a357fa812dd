//! Pointers that the program leaves with an object.
use std::{ffi::c_void, ptr};

/// The program's own pointer: kept and handed back, never followed.
#[derive(Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the library does nothing with it but hand it back; what it points to is the program's affair.
unsafe impl Send for UserData {}

impl Default for UserData {
    fn default() -> Self {
        Self(ptr::null_mut())
    }
}

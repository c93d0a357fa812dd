//! Pointers that the program leaves with an object, and the function that is told when they are no longer needed.
use crate::{cell::upcall, types::coap_app_data_free_callback_t};
use std::{ffi::c_void, mem, ptr};

/// The program's own pointer: kept and handed back, never followed.
#[derive(Clone, Copy)]
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the library does nothing with it but hand it back; what it points to is the program's affair.
unsafe impl Send for UserData {}
// SAFETY: as above: to see it is to see a number.
unsafe impl Sync for UserData {}

impl Default for UserData {
    fn default() -> Self {
        Self(ptr::null_mut())
    }
}

/// A pointer of the program's that is released, if the program wants that, when its object ends.
#[derive(Default)]
pub(crate) struct AppData {
    data: UserData,
    release: coap_app_data_free_callback_t,
}

impl AppData {
    /// A pointer, and the function to be told of the end of its object.
    pub(crate) fn new(data: *mut c_void, release: coap_app_data_free_callback_t) -> Self {
        Self { data: UserData(data), release }
    }

    /// The pointer; null at first.
    pub(crate) fn get(&self) -> *mut c_void {
        self.data.0
    }

    /// Leaves another pointer. The one before is the program's again: it is returned, not released.
    pub(crate) fn replace(
        &mut self,
        data: *mut c_void,
        release: coap_app_data_free_callback_t,
    ) -> *mut c_void {
        mem::replace(self, Self::new(data, release)).get()
    }

    /// The object ends. What the program wants to be told about it, if anything: not under the lock.
    pub(crate) fn end(self) -> Option<Release> {
        let handler = self.release.filter(|_| !self.data.0.is_null())?;
        Some(Release { handler, data: self.data })
    }
}

/// The program's function to be told that data of its own is no longer needed, and that data.
#[must_use = "the program waits for it"]
pub(crate) struct Release {
    pub(crate) handler: unsafe extern "C" fn(data: *mut c_void),
    pub(crate) data: UserData,
}

impl Release {
    /// Not under a lock.
    pub(crate) fn call(self) {
        // SAFETY: the program registered this function to be called with the data that it left with it.
        upcall(|| unsafe { (self.handler)(self.data.0) });
    }
}

//! Bodies that the program gave away: the library works on copies, and says when it needs them no longer.
use crate::{
    cell::{self, upcall},
    keys::Key,
    types::*,
    user_data::UserData,
};
use coap_proto::block::{Body, LargeBody};
use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// Whom to tell that a body is no longer needed.
struct Release {
    function: unsafe extern "C" fn(*mut coap_session_t, *mut std::ffi::c_void),
    session: Key,
    data: UserData,
}

/// By ticket. A body is in here from the call that gives it to the call that releases it, so that happens
/// once.
static WAITING: LazyLock<Mutex<HashMap<u64, Release>>> = LazyLock::new(Mutex::default);
static TICKETS: AtomicU64 = AtomicU64::new(1);

/// A copy of the program's data. [`release`] must be called with its ticket.
pub(super) fn copy(
    session: *mut coap_session_t,
    data: &[u8],
    function: coap_release_large_data_t,
    app_ptr: UserData,
) -> Body {
    own(session, data.to_vec(), function, app_ptr)
}

/// As [`copy`], for data that is the library's already.
pub(super) fn own(
    session: *mut coap_session_t,
    data: Vec<u8>,
    function: coap_release_large_data_t,
    app_ptr: UserData,
) -> Body {
    let ticket = TICKETS.fetch_add(1, Relaxed);
    if let Some(function) = function {
        waiting().insert(ticket, Release { function, session: Key::of(session), data: app_ptr });
    }
    Body::new(Arc::new(data), ticket)
}

/// A body is no longer needed. Not under a lock: it may run the program's function.
pub(crate) fn release(ticket: u64) {
    cell::assert_open();
    let release = waiting().remove(&ticket);
    if let Some(Release { function, session, data }) = release {
        // SAFETY: the program passed the function for this call, which comes once; nothing is locked.
        upcall(|| unsafe { function(session.pointer(), data.0) });
    }
}

/// A message with a large body will not be sent. Not under a lock.
pub(crate) fn discard(body: Option<Box<LargeBody>>) {
    if let Some(body) = body {
        release(body.ticket());
    }
}

fn waiting() -> MutexGuard<'static, HashMap<u64, Release>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

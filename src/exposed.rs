//! Memory that C reads through pointers which getters gave it.
//!
//! Each piece is an allocation of its own that never changes and keeps its address while its object lives. A
//! value that changed gets a new allocation. What is no longer current rests among the cell's [`Graves`], so
//! that a program that reads too late finds the old value and not the memory of something else.
use crate::{sockaddr, types::*};
use coap_proto::Address;
use std::{
    collections::VecDeque,
    ptr,
    sync::{Arc, Mutex, PoisonError},
};

/// Pieces kept readable after their end, per cell.
pub(crate) const GRAVES: usize = if cfg!(miri) { 1 << 8 } else { 1 << 14 };

/// A piece of memory that C may be reading.
pub(crate) enum Exposed {
    Address(#[allow(dead_code, reason = "kept for C")] Arc<Shown>),
    Text(#[allow(dead_code, reason = "kept for C")] Text),
    #[cfg(feature = "tls")]
    Binary(#[allow(dead_code, reason = "kept for C")] crate::secure::CopiedBinary),
}

/// Where exposed memory goes at its end: first in, first out. The lock is a leaf.
pub(crate) struct Graves(Mutex<VecDeque<Exposed>>);

impl Graves {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }
    pub(crate) fn bury(&self, exposed: Exposed) {
        let oldest = {
            let mut graves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            graves.push_back(exposed);
            if graves.len() > GRAVES { graves.pop_front() } else { None }
        };
        drop(oldest); // with the lock open: it may hold memory of C's
    }
}

/// An address as C sees it, made when it is first asked for.
#[derive(Default)]
pub(crate) struct ShownAddress(Option<Arc<Shown>>);

/// What C reads, and what it was made from.
pub(crate) struct Shown {
    c: coap_address_t,
    of: Address,
}

impl ShownAddress {
    /// Where C finds `address`. The allocation before, if the address changed, goes to its grave.
    pub(crate) fn show(&mut self, address: &Address, graves: &Graves) -> *const coap_address_t {
        if self.0.as_ref().is_none_or(|shown| shown.of != *address) {
            self.hide(graves);
        }
        let new = || Arc::new(Shown { c: sockaddr::to_c(address), of: *address });
        &raw const self.0.get_or_insert_with(new).c
    }
    pub(crate) fn hide(&mut self, graves: &Graves) {
        if let Some(shown) = self.0.take() {
            graves.bury(Exposed::Address(shown));
        }
    }
}

/// A string that C may read.
pub(crate) enum Text {
    /// Copied from what C passed.
    Copied(Arc<CopiedText>),
    /// C gave it away (`COAP_RESOURCE_FLAGS_RELEASE_URI` and the like) and may go on reading it.
    Given(GivenText),
}

impl Text {
    pub(crate) fn copied(bytes: &[u8]) -> Self {
        Self::Copied(Arc::new(CopiedText::new(bytes)))
    }
    /// Takes over a string that C allocated with `coap_new_str_const` or `coap_new_string`.
    pub(crate) fn given(text: *mut coap_str_const_t) -> Self {
        Self::Given(GivenText(text))
    }
    pub(crate) fn pointer(&self) -> *mut coap_str_const_t {
        match self {
            Self::Copied(text) => (&raw const text.head).cast_mut(),
            Self::Given(text) => text.0,
        }
    }
}

/// A `coap_str_const_t` with its bytes, which a NUL follows.
pub(crate) struct CopiedText {
    head: coap_str_const_t,
    _bytes: Arc<[u8]>,
}

// SAFETY: `head` points into `_bytes`, which is shared, never changes and lives as long.
unsafe impl Send for CopiedText {}
// SAFETY: as above.
unsafe impl Sync for CopiedText {}

impl CopiedText {
    fn new(text: &[u8]) -> Self {
        let bytes: Arc<[u8]> = text.iter().copied().chain([0]).collect();
        Self { head: coap_str_const_t { length: text.len(), s: Arc::as_ptr(&bytes).cast() }, _bytes: bytes }
    }
}

/// A string of C's that is deleted at its end.
pub(crate) struct GivenText(*mut coap_str_const_t);

// SAFETY: the library never writes to it, and deletes it once; C's allocator does not mind the thread.
unsafe impl Send for GivenText {}

impl Drop for GivenText {
    fn drop(&mut self) {
        let text = std::mem::replace(&mut self.0, ptr::null_mut());
        // SAFETY: C allocated it as this function wants it, gave it away, and this happens once.
        unsafe { crate::string::coap_delete_str_const(text) };
    }
}

//! Keys and the like in memory that C reads.
use crate::{
    exposed::{Exposed, Graves},
    types::*,
};
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering::Relaxed},
};

/// Bytes as C sees them, made when they are first asked for. What was a key is wiped at its end, before it rests.
#[derive(Default)]
pub(crate) struct ShownBinary(Option<CopiedBinary>);

impl ShownBinary {
    /// Where C finds `bytes`. The allocation before, if they changed, goes to its grave.
    pub(crate) fn show(&mut self, bytes: &[u8], graves: &Graves) -> *const coap_bin_const_t {
        if self.0.as_ref().is_none_or(|shown| !shown.holds(bytes)) {
            self.hide(graves);
        }
        self.0.get_or_insert_with(|| CopiedBinary::new(bytes)).pointer()
    }
    /// Where C finds what was shown last.
    pub(crate) fn shown(&self) -> Option<*const coap_bin_const_t> {
        self.0.as_ref().map(|shown| shown.pointer().cast_const())
    }
    pub(crate) fn hide(&mut self, graves: &Graves) {
        if let Some(shown) = self.0.take() {
            shown.wipe();
            graves.bury(Exposed::Binary(shown));
        }
    }
}

/// A `coap_bin_const_t` with its bytes, which a NUL follows. They are wiped when it is dropped.
pub(crate) struct CopiedBinary {
    head: Arc<Head>,
    bytes: Arc<[AtomicU8]>,
}

struct Head(coap_bin_const_t);

// SAFETY: it never changes and points to shared bytes that live as long; whoever writes there does it atomically.
unsafe impl Send for Head {}
// SAFETY: as above.
unsafe impl Sync for Head {}

impl CopiedBinary {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let length = bytes.len();
        let bytes: Arc<[AtomicU8]> = bytes.iter().copied().chain([0]).map(AtomicU8::new).collect();
        let head = Arc::new(Head(coap_bin_const_t { length, s: Arc::as_ptr(&bytes).cast() }));
        Self { head, bytes }
    }
    pub(crate) fn pointer(&self) -> *mut coap_bin_const_t {
        (&raw const self.head.0).cast_mut()
    }
    /// Leaves zeros, for who reads too late.
    pub(crate) fn wipe(&self) {
        self.bytes.iter().for_each(|byte| byte.store(0, Relaxed));
    }
    fn holds(&self, bytes: &[u8]) -> bool {
        let shown = self.bytes.iter().map(|byte| byte.load(Relaxed));
        self.head.0.length == bytes.len() && shown.zip(bytes).all(|(shown, byte)| shown == *byte)
    }
}

impl Drop for CopiedBinary {
    fn drop(&mut self) {
        self.wipe();
        // Nobody reads them any more: without this the compiler may leave the wiping out.
        std::hint::black_box(&self.bytes);
    }
}

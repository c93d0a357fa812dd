//! `coap_mem.h`: memory that C may free, from libc's allocator, counted by what it is for.
use crate::{entry::entry, log, types::*};
use std::{
    cell::Cell,
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicI64, Ordering::Relaxed},
};

/// Frees memory of [`coap_malloc_type`], given with the same tag. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_free_type(type_: coap_memory_tag_t, p: *mut c_void) {
    // SAFETY: the caller owns what it passes.
    entry((), || unsafe { free(type_, p) })
}

/// `size` bytes; null without memory.
#[unsafe(no_mangle)]
pub extern "C" fn coap_malloc_type(type_: coap_memory_tag_t, size: usize) -> *mut c_void {
    entry(ptr::null_mut(), || {
        // SAFETY: a null block is a new one; any size may be asked for.
        Some(unsafe { realloc(type_, ptr::null_mut(), size) })
    })
}

/// Nothing is to be set up.
#[unsafe(no_mangle)]
pub extern "C" fn coap_memory_init() {}

/// Moves memory of [`coap_malloc_type`] to a block of another size. Null without memory: then the old block stays. Of
/// size 0 there is no block: the old one is freed, and null returned, as glibc's `realloc` does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_realloc_type(
    type_: coap_memory_tag_t,
    p: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller owns what it passes.
    entry(ptr::null_mut(), || Some(unsafe { realloc(type_, p, size) }))
}

/// Logs, for each tag that was used, how many blocks there are, were at most, and could not be had. Of what other
/// threads do now, up to 31 blocks each are not counted yet.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dump_memory_type_counts(log_level: coap_log_t) {
    entry((), || {
        log::log(log_level, format_args!("* Memory type counts"));
        let _ = LOCAL.try_with(Local::flush);
        for (count, name) in COUNTS.iter().zip(NAMES) {
            let [used, peak, failed] = [&count.used, &count.peak, &count.failed].map(|n| n.load(Relaxed));
            if peak != 0 || failed != 0 {
                log::log(
                    log_level,
                    format_args!("*  {name:<20} in-use {used:3} peak {peak:3} failed {failed:2}"),
                );
            }
        }
        Some(())
    })
}

/// `size` zero bytes; null without memory.
pub(crate) fn zeroed(tag: coap_memory_tag_t, size: usize) -> *mut c_void {
    // SAFETY: calloc takes any size.
    counted(tag, unsafe { libc::calloc(1, size) })
}

/// `size` bytes whose content is not defined; null without memory. Cheaper than [`zeroed`], also for the allocator.
pub(crate) fn block(tag: coap_memory_tag_t, size: usize) -> *mut c_void {
    // SAFETY: malloc takes any size.
    counted(tag, unsafe { libc::malloc(size) })
}

/// # Safety
/// `block` is null or a living block of libc's allocator that nobody uses any more.
pub(crate) unsafe fn free(tag: coap_memory_tag_t, block: *mut c_void) -> Option<()> {
    if !block.is_null() {
        count(tag, -1);
    }
    // SAFETY: as the caller says; null is fine.
    unsafe { libc::free(block) };
    Some(())
}

/// # Safety
/// As for [`free`], if memory was had.
pub(crate) unsafe fn realloc(tag: coap_memory_tag_t, block: *mut c_void, size: usize) -> *mut c_void {
    // C leaves open what becomes of the old block.
    if size == 0 && !block.is_null() {
        // SAFETY: as the caller says.
        unsafe { free(tag, block) };
        return ptr::null_mut();
    }
    // No object of C's is larger: such a size is a negative number by mistake.
    let possible = size <= isize::MAX as usize;
    // SAFETY: as the caller says.
    let moved = if possible { unsafe { libc::realloc(block, size) } } else { ptr::null_mut() };
    if block.is_null() { counted(tag, moved) } else { moved }
}

fn counted(tag: coap_memory_tag_t, block: *mut c_void) -> *mut c_void {
    if !block.is_null() {
        count(tag, 1);
    } else if let Some(count) = COUNTS.get(tag as usize) {
        count.failed.fetch_add(1, Relaxed);
    }
    block
}

#[derive(Debug)]
struct Count {
    used: AtomicI64,
    peak: AtomicI64,
    failed: AtomicI64,
}

impl Count {
    /// Adds what a thread has counted: so many blocks more, and so many at most in between.
    fn add(&self, more: i64, at_most: i64) {
        let used = self.used.fetch_add(more, Relaxed);
        self.peak.fetch_max(used + at_most, Relaxed);
    }
}

const TAGS: usize = COAP_MEM_TAG_LAST as usize;

static COUNTS: [Count; TAGS] =
    [const { Count { used: AtomicI64::new(0), peak: AtomicI64::new(0), failed: AtomicI64::new(0) } }; TAGS];

/// What a thread has counted since it added it to the others': if each did so with each block, all would wait for the
/// same cache line.
struct Local([Cell<(i64, i64)>; TAGS]);

/// A thread adds what it has counted when it is this much.
const STEP: i64 = 32;

thread_local!(static LOCAL: Local = const { Local([const { Cell::new((0, 0)) }; TAGS]) });

impl Local {
    fn flush(&self) {
        for (count, local) in COUNTS.iter().zip(&self.0) {
            let (more, at_most) = local.take();
            if (more, at_most) != (0, 0) {
                count.add(more, at_most);
            }
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.flush();
    }
}

fn count(tag: coap_memory_tag_t, change: i64) {
    let Some(count) = COUNTS.get(tag as usize) else { return };
    let counted = LOCAL.try_with(|local| {
        let local = &local.0[tag as usize];
        let (more, at_most) = local.get();
        let (more, at_most) = (more + change, at_most.max(more + change));
        local.set((more, at_most));
        if more.abs() >= STEP {
            local.take();
            count.add(more, at_most);
        }
    });
    // The thread ends.
    if counted.is_err() {
        count.add(change, change.max(0));
    }
}

/// Blocks that this thread has made since it last added to what others count, less those that it has freed.
#[cfg(test)]
pub(crate) fn counted_here(tag: coap_memory_tag_t) -> i64 {
    LOCAL.with(|local| local.0[tag as usize].get().0)
}

const NAMES: [&str; TAGS] = [
    "STRING",
    "ATTRIBUTE_NAME",
    "ATTRIBUTE_VALUE",
    "PACKET",
    "NODE",
    "CONTEXT",
    "ENDPOINT",
    "PDU",
    "PDU_BUF",
    "RESOURCE",
    "RESOURCEATTR",
    "DTLS_SESSION",
    "SESSION",
    "OPTLIST",
    "CACHE_KEY",
    "CACHE_ENTRY",
    "LG_XMIT",
    "LG_CRCV",
    "LG_SRCV",
    "DIGEST_CTX",
    "SUBSCRIPTION",
    "DTLS_CONTEXT",
    "OSCORE_COM",
    "OSCORE_SEN",
    "OSCORE_REC",
    "OSCORE_EX",
    "OSCORE_EP",
    "OSCORE_BUF",
    "COSE",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{atomic::AtomicPtr, mpsc::sync_channel},
        thread,
    };

    // Nothing else in these tests has blocks of these kinds.
    const ONE: coap_memory_tag_t = COAP_MEM_TAG_LAST - 1;
    const TWO: coap_memory_tag_t = COAP_MEM_TAG_LAST - 2;
    const THREE: coap_memory_tag_t = COAP_MEM_TAG_LAST - 3;

    fn counts(tag: coap_memory_tag_t) -> [i64; 2] {
        LOCAL.with(Local::flush);
        let count = &COUNTS[tag as usize];
        [&count.used, &count.peak].map(|count| count.load(Relaxed))
    }

    #[test]
    fn one_thread_counts_exactly() {
        let blocks = [(); 5].map(|()| coap_malloc_type(ONE, 8));
        // SAFETY: each is given back once.
        blocks.into_iter().for_each(|block| unsafe { coap_free_type(ONE, block) });
        let block = coap_malloc_type(ONE, 8);
        assert_eq!(counts(ONE), [1, 5]);
        // SAFETY: as above.
        unsafe { coap_free_type(ONE, block) };
        assert_eq!(counts(ONE), [0, 5]);
    }

    #[test]
    fn a_block_of_no_size_is_none() {
        let block = coap_malloc_type(THREE, 8);
        // SAFETY: the block is freed once; a null one is a new one.
        unsafe {
            assert!(coap_realloc_type(THREE, block, 0).is_null());
            assert_eq!(counts(THREE), [0, 1], "freed");
            let new = coap_realloc_type(THREE, ptr::null_mut(), 0);
            assert_eq!(counts(THREE), [1, 1], "as by malloc(0)");
            coap_free_type(THREE, new);
        }
        assert_eq!(counts(THREE), [0, 1]);
    }

    #[test]
    fn what_one_thread_makes_and_another_frees_does_not_add_up() {
        let (give, take) = sync_channel::<AtomicPtr<c_void>>(1);
        let taker = thread::spawn(move || {
            // SAFETY: each is given back once.
            take.into_iter().for_each(|block| unsafe { coap_free_type(TWO, block.into_inner()) });
        });
        let rounds = if cfg!(miri) { 300 } else { 10_000 };
        (0..rounds).for_each(|_| give.send(AtomicPtr::new(coap_malloc_type(TWO, 8))).unwrap());
        drop(give);
        taker.join().unwrap();
        let [used, peak] = counts(TWO);
        assert!(used == 0 && peak < 3 + 3 * STEP, "{used}, at most {peak}");
    }
}

//! `coap_mem.h`: memory that C may free, from libc's allocator, counted by what it is for.
use crate::{entry::entry, log, types::*};
use std::{
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed},
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

/// Moves memory of [`coap_malloc_type`] to a block of another size. Null without memory: then the old block stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_realloc_type(
    type_: coap_memory_tag_t,
    p: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: the caller owns what it passes.
    entry(ptr::null_mut(), || Some(unsafe { realloc(type_, p, size) }))
}

/// Logs, for each tag that was used, how many blocks there are, were at most, and could not be had. Where several
/// threads have used some, "at most" is the sum of what each of them had.
#[unsafe(no_mangle)]
pub extern "C" fn coap_dump_memory_type_counts(log_level: coap_log_t) {
    entry((), || {
        log::log(log_level, format_args!("* Memory type counts"));
        for (tag, name) in NAMES.iter().enumerate() {
            let sum = |count: fn(&Count) -> &AtomicI64| -> i64 {
                SHARES.iter().map(|share| count(&share.0[tag]).load(Relaxed)).sum()
            };
            let (used, peak, failed) = (sum(|it| &it.used), sum(|it| &it.peak), sum(|it| &it.failed));
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

/// # Safety
/// `block` is null or a living block of libc's allocator that nobody uses any more.
pub(crate) unsafe fn free(tag: coap_memory_tag_t, block: *mut c_void) -> Option<()> {
    if !block.is_null() {
        count(tag, |count| count.used.fetch_sub(1, Relaxed));
    }
    // SAFETY: as the caller says; null is fine.
    unsafe { libc::free(block) };
    Some(())
}

/// # Safety
/// As for [`free`], if memory was had.
pub(crate) unsafe fn realloc(tag: coap_memory_tag_t, block: *mut c_void, size: usize) -> *mut c_void {
    // No object of C's is larger: such a size is a negative number by mistake.
    let possible = size <= isize::MAX as usize;
    // SAFETY: as the caller says.
    let moved = if possible { unsafe { libc::realloc(block, size) } } else { ptr::null_mut() };
    if block.is_null() { counted(tag, moved) } else { moved }
}

fn counted(tag: coap_memory_tag_t, block: *mut c_void) -> *mut c_void {
    count(tag, |count| {
        if block.is_null() {
            count.failed.fetch_add(1, Relaxed)
        } else {
            count.peak.fetch_max(count.used.fetch_add(1, Relaxed) + 1, Relaxed)
        }
    });
    block
}

#[derive(Debug)]
struct Count {
    used: AtomicI64,
    peak: AtomicI64,
    failed: AtomicI64,
}

const TAGS: usize = COAP_MEM_TAG_LAST as usize;

/// What the threads of one share count: apart from that of others, so that threads do not wait for each other's cache
/// lines.
#[repr(align(128))]
struct Share([Count; TAGS]);

static SHARES: [Share; 16] = [const {
    Share(
        [const { Count { used: AtomicI64::new(0), peak: AtomicI64::new(0), failed: AtomicI64::new(0) } };
            TAGS],
    )
}; 16];

/// Threads that have counted something.
static THREADS: AtomicUsize = AtomicUsize::new(0);
thread_local!(static SHARE: &'static Share = &SHARES[THREADS.fetch_add(1, Relaxed) % SHARES.len()]);

fn count(tag: coap_memory_tag_t, change: impl FnOnce(&Count) -> i64) {
    // A thread that ends counts with the first.
    let share = SHARE.try_with(|share| *share).unwrap_or(&SHARES[0]);
    share.0.get(tag as usize).map(change);
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

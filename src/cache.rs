//! `coap_cache.h`: state that belongs to requests that are alike.
use crate::{
    entry::entry,
    home::{command_session, on_cache_entry, on_context, on_session},
    keys::Key,
    mem, pdu_handle, raw,
    types::*,
};
use coap_proto::{cache::CacheKey, engine::SessionId, wire::Pdu};
use std::{
    ffi::{c_int, c_uint, c_void},
    ptr,
    time::{Duration, Instant},
};

/// A key that requests have in common which differ in nothing that a cache looks at (RFC 7252 section 5.6), less
/// what [`coap_cache_ignore_options`] named. C deletes it with [`coap_delete_cache_key`].
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_derive_key(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
) -> *mut coap_cache_key_t {
    entry(ptr::null_mut(), || {
        let key = pdu_handle::with(pdu, |pdu| pdu.clone()).and_then(|pdu| {
            on_session("coap_cache_derive_key", session, |context, id| {
                Some(context.node.engine.cache_key(&pdu, scope(id, session_based)))
            })
        })?;
        to_c(&key)
    })
}

/// As [`coap_cache_derive_key`], less the given options.
///
/// # Safety
/// `ignore_options` is null or readable for `ignore_count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_derive_key_w_ignore(
    session: *const coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
    ignore_options: *const u16,
    ignore_count: usize,
) -> *mut coap_cache_key_t {
    entry(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let ignored = unsafe { numbers(ignore_options, ignore_count) };
        let scope = match session_based {
            COAP_CACHE_IS_SESSION_BASED => {
                Some(on_session("coap_cache_derive_key_w_ignore", session, |_, id| Some(id))?)
            }
            _ => None,
        };
        to_c(&pdu_handle::with(pdu, |pdu| CacheKey::of(pdu, scope, &ignored))?)
    })
}

/// The pointer that the program left with an entry.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_get_app_data(cache_entry: *const coap_cache_entry_t) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_cache_entry("coap_cache_get_app_data", cache_entry, |context, place| {
            Some(context.cache_entries.get(place)?.app_data.get())
        })
    })
}

/// The entry with this key, or null. It counts as used.
///
/// # Safety
/// `cache_key` is null or came from [`coap_cache_derive_key`] and was not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_get_by_key(
    context: *mut coap_context_t,
    cache_key: *const coap_cache_key_t,
) -> *mut coap_cache_entry_t {
    entry(ptr::null_mut(), || {
        // SAFETY: as the caller promises.
        let key = CacheKey::from_bytes(unsafe { raw::read(cache_key.cast()) }?);
        on_context("coap_cache_get_by_key", context, |context| Some(find(context, &key)))
    })
}

/// The entry for requests like this one, or null. It counts as used.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_get_by_pdu(
    session: *mut coap_session_t,
    pdu: *const coap_pdu_t,
    session_based: coap_cache_session_based_t,
) -> *mut coap_cache_entry_t {
    entry(ptr::null_mut(), || {
        let pdu = pdu_handle::with(pdu, |pdu| pdu.clone())?;
        on_session("coap_cache_get_by_pdu", session, |context, id| {
            let key = context.node.engine.cache_key(&pdu, scope(id, session_based));
            Some(find(context, &key))
        })
    })
}

/// The request that an entry was made for, if it was kept; it belongs to the entry.
#[unsafe(no_mangle)]
pub extern "C" fn coap_cache_get_pdu(cache_entry: *const coap_cache_entry_t) -> *const coap_pdu_t {
    entry(ptr::null(), || {
        on_cache_entry("coap_cache_get_pdu", cache_entry, |context, place| {
            let pdu = context.cache_entries.get(place)?.pdu;
            Some(pdu.map_or(ptr::null(), |pdu| pdu.pointer::<coap_pdu_t>().cast_const()))
        })
    })
}

/// Sets the options that keys leave out, instead of those set before. Returns 1, or 0 on failure.
///
/// # Safety
/// `options` is null or readable for `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_ignore_options(
    context: *mut coap_context_t,
    options: *const u16,
    count: usize,
) -> c_int {
    entry(0, || {
        // SAFETY: as the caller promises.
        let ignored = unsafe { numbers(options, count) };
        on_context("coap_cache_ignore_options", context, |context| {
            context.node.engine.config_mut().cache_ignored_options = ignored;
            Some(1)
        })
    })
}

/// Leaves a pointer of the program's with an entry, and the function to be told when it is no longer needed. What
/// was there before is forgotten without a word.
///
/// # Safety
/// `callback` may be called as its type says until the entry ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_set_app_data(
    cache_entry: *mut coap_cache_entry_t,
    data: *mut c_void,
    callback: coap_cache_app_data_free_callback_t,
) {
    entry((), || {
        on_cache_entry("coap_cache_set_app_data", cache_entry, |context, place| {
            context.cache_entries.get_mut(place)?.app_data.replace(data, callback);
            Some(())
        })
    })
}

/// As [`coap_cache_set_app_data`], and returns the data that was there before, which is the program's again and is not
/// released; null if the entry is none.
///
/// # Safety
/// As for [`coap_cache_set_app_data`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_cache_set_app_data2(
    cache_entry: *mut coap_cache_entry_t,
    data: *mut c_void,
    callback: coap_app_data_free_callback_t,
) -> *mut c_void {
    entry(ptr::null_mut(), || {
        on_cache_entry("coap_cache_set_app_data2", cache_entry, |context, place| {
            Some(context.cache_entries.get_mut(place)?.app_data.replace(data, callback))
        })
    })
}

/// Deletes an entry. The function for its data, if there are both, is called before this returns.
#[unsafe(no_mangle)]
pub extern "C" fn coap_delete_cache_entry(
    context: *mut coap_context_t,
    cache_entry: *mut coap_cache_entry_t,
) {
    let _ = context; // the entry knows where it is
    entry((), || {
        let ended = on_cache_entry("coap_delete_cache_entry", cache_entry, |context, place| {
            let id = context.cache_entries.get(place)?.id;
            context.end_cache_entry(id)
        });
        ended.map(|face| face.end())
    })
}

/// Deletes a key. Null is fine.
///
/// # Safety
/// `cache_key` is null or came from [`coap_cache_derive_key`] and was not deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_delete_cache_key(cache_key: *mut coap_cache_key_t) {
    // SAFETY: as the caller promises.
    entry((), || unsafe { mem::free(COAP_CACHE_KEY, cache_key.cast()) })
}

/// Makes an entry for requests like this one. It ends with the session, and when nobody has asked for it for
/// `idle_time` seconds, unless that is 0. With `COAP_CACHE_RECORD_PDU` it keeps a copy of the request.
#[unsafe(no_mangle)]
pub extern "C" fn coap_new_cache_entry(
    session: *mut coap_session_t,
    pdu: *const coap_pdu_t,
    record_pdu: coap_cache_record_pdu_t,
    session_based: coap_cache_session_based_t,
    idle_time: c_uint,
) -> *mut coap_cache_entry_t {
    const NAME: &str = "coap_new_cache_entry";
    entry(ptr::null_mut(), || {
        let pdu = pdu_handle::with(pdu, |pdu| pdu.clone())?;
        let recorded = if record_pdu == COAP_CACHE_RECORD_PDU { Some(record(&pdu, session)?) } else { None };
        let idle = (idle_time > 0).then(|| Duration::from_secs(idle_time.into()));
        let new = command_session(NAME, session, |context, id, now| {
            let key = context.node.engine.cache_key(&pdu, scope(id, session_based));
            let new = context.node.engine.new_cache_entry(now, id, key, idle).ok()?;
            let key = context.add_cache_entry(new, recorded);
            if key.is_none() {
                context.node.engine.remove_cache_entry(new);
            }
            Some(key?.pointer())
        });
        if let Some(recorded) = recorded.filter(|_| new.is_none()) {
            pdu_handle::take(recorded.pointer());
        }
        new
    })
}

/// A copy of a request, for C to look at.
fn record(pdu: &Pdu, session: *mut coap_session_t) -> Option<Key> {
    let copy = pdu_handle::adopt_for(pdu.clone(), Some(Key::of(session)));
    (!copy.is_null()).then(|| Key::of(copy))
}

fn scope(id: SessionId, session_based: coap_cache_session_based_t) -> Option<SessionId> {
    (session_based == COAP_CACHE_IS_SESSION_BASED).then_some(id)
}

/// Null for none, which is an answer and no refusal.
fn find(context: &mut crate::context::Context, key: &CacheKey) -> *mut coap_cache_entry_t {
    let found = context.node.engine.find_cache_entry(Instant::now(), key);
    found.and_then(|id| context.cache_entry_key(id)).map_or(ptr::null_mut(), Key::pointer)
}

/// A key for C to delete.
fn to_c(key: &CacheKey) -> Option<*mut coap_cache_key_t> {
    let block: *mut [u8; CacheKey::LENGTH] = mem::zeroed(COAP_CACHE_KEY, CacheKey::LENGTH).cast();
    // SAFETY: the block has room for a key, or is null.
    unsafe { raw::write(block, *key.as_bytes()) }?;
    Some(block.cast())
}

/// # Safety
/// `numbers` is null or readable for `count` numbers.
unsafe fn numbers(numbers: *const u16, count: usize) -> Vec<u16> {
    // SAFETY: as the caller says.
    unsafe { raw::slice(numbers, count) }.to_vec()
}

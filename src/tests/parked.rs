//! What is kept for later: delayed requests and cache entries, and the keys that C has of them.
use super::*;
use crate::{asynchronous::*, cache::*, resource::*};
use std::ffi::c_void;

// The functions of one test run on its thread alone.
thread_local! {
    static PUT_OFF: Cell<*mut coap_async_t> = const { Cell::new(ptr::null_mut()) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static RELEASED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    static CONTEXT: Cell<*mut coap_context_t> = const { Cell::new(ptr::null_mut()) };
}

/// Puts a request off; does as its path says when it comes again.
unsafe extern "C" fn slow(
    _: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    _: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    CALLS.set(CALLS.get() + 1);
    // SAFETY: the token is that of a request which lives for the call.
    let found = unsafe { coap_find_async(session, coap_pdu_get_token(request)) };
    if found.is_null() {
        PUT_OFF.set(coap_register_async(session, request, 0));
        return;
    }
    assert_eq!(found, PUT_OFF.get());
    match wish(request).as_str() {
        "free" => coap_free_async(session, found),
        "release" => (0..3).for_each(|_| coap_session_release(session)),
        "context" => coap_free_context(CONTEXT.get()),
        "again" => coap_async_set_delay(found, 1),
        _ => {}
    }
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

/// A context that has put a request for this path off.
fn rig(path: &str) -> Rig {
    let rig = Rig::new();
    CONTEXT.set(rig.context);
    CALLS.set(0);
    // SAFETY: functions as they are to be.
    let resource = unsafe {
        let resource = coap_resource_unknown_init(None);
        coap_register_request_handler(resource, COAP_REQUEST_GET, Some(slow));
        resource
    };
    coap_add_resource(rig.context, resource);
    rig.receive(9, request(Code::GET, 1, path));
    rig.turn();
    assert_eq!(kinds(&rig), [(MessageType::Ack, Code::EMPTY)]);
    rig
}

fn kinds(rig: &Rig) -> Vec<(MessageType, Code)> {
    rig.sent().iter().map(|pdu| (pdu.kind(), pdu.code())).collect()
}

/// Whether the last line refused this.
fn refused(what: &str) -> bool {
    lines().last().is_some_and(|line| line.ends_with(&format!("is not a living {what}\n")))
}

#[test]
fn a_delayed_request_is_answered_when_it_is_triggered_and_its_key_ends() {
    let rig = rig("plain");
    coap_async_trigger(PUT_OFF.get());
    assert_eq!(CALLS.get(), 1, "not inside the call");
    rig.turn();
    assert_eq!(CALLS.get(), 2);
    assert_eq!(kinds(&rig), [(MessageType::Con, Code::CONTENT)]);
    lines();
    coap_async_trigger(PUT_OFF.get());
    assert!(refused("async"));
    coap_free_async(ptr::null_mut(), PUT_OFF.get());
    assert!(refused("async"));
}

#[test]
fn its_handler_may_do_anything() {
    for path in ["free", "release", "again"] {
        let rig = rig(path);
        coap_async_trigger(PUT_OFF.get());
        (0..3).for_each(|_| _ = rig.turn());
        assert_eq!(CALLS.get(), 2, "{path}");
        assert_eq!(kinds(&rig), [(MessageType::Con, Code::CONTENT)], "{path}");
        assert!(coap_async_get_app_data(PUT_OFF.get()).is_null());
    }
    let rig = rig("context");
    coap_async_trigger(PUT_OFF.get());
    rig.turn();
    assert_eq!((CALLS.get(), rig.sent().len()), (2, 0));
}

#[test]
fn a_delayed_request_ends_with_its_endpoint() {
    let rig = rig("plain");
    coap_async_set_app_data(PUT_OFF.get(), rig.context.cast());
    assert_eq!(coap_async_get_app_data(PUT_OFF.get()), rig.context.cast());
    coap_free_endpoint(rig.endpoint);
    lines();
    assert!(coap_async_get_app_data(PUT_OFF.get()).is_null());
    assert!(refused("async"));
}

#[test]
fn the_place_of_a_delayed_request_does_not_confirm_an_older_key() {
    let rig = rig("plain");
    let old = PUT_OFF.get();
    coap_free_async(ptr::null_mut(), old);
    rig.receive(9, request(Code::GET, 2, "plain"));
    rig.turn();
    assert_ne!(PUT_OFF.get(), old);
    lines();
    coap_async_trigger(old);
    assert!(refused("async"));
    rig.turn();
    assert_eq!(CALLS.get(), 2, "the newer one still waits");
}

unsafe extern "C" fn note_release(data: *mut c_void) {
    RELEASED.with_borrow_mut(|released| released.push(data.addr()));
    // Whatever is asked here, no lock is held.
    coap_io_process(CONTEXT.get(), u32::MAX);
}

unsafe extern "C" fn free_everything(data: *mut c_void) {
    RELEASED.with_borrow_mut(|released| released.push(data.addr()));
    coap_free_context(CONTEXT.get());
}

/// A cache entry of a session, with data.
fn cached(
    session: *mut coap_session_t,
    data: usize,
    release: coap_cache_app_data_free_callback_t,
) -> *mut coap_cache_entry_t {
    let pdu = pdu_handle::adopt(request(Code::GET, 1, "cached"));
    let entry = coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0);
    // SAFETY: a function as it is to be.
    unsafe { coap_cache_set_app_data(entry, ptr::without_provenance_mut(data), release) };
    coap_delete_pdu(pdu);
    entry
}

#[test]
fn data_of_a_cache_entry_is_released_once_however_it_ends() {
    let rig = Rig::new();
    CONTEXT.set(rig.context);
    let session = rig.client(1);
    let other = rig.client(2);
    let deleted = cached(session, 1, Some(note_release));
    cached(session, 2, Some(note_release));
    cached(session, 0, Some(note_release)); // no data
    cached(other, 4, None);
    cached(other, 3, Some(note_release));
    coap_delete_cache_entry(rig.context, deleted);
    assert_eq!(RELEASED.take(), [1]);
    lines();
    coap_delete_cache_entry(rig.context, deleted);
    assert!(refused("cache entry"));
    coap_session_release(session);
    assert_eq!(RELEASED.take(), [2]);
    coap_free_context(rig.context);
    assert_eq!(RELEASED.take(), [3]);
}

#[test]
fn the_release_of_cached_data_may_free_the_context() {
    let rig = Rig::new();
    CONTEXT.set(rig.context);
    let session = rig.client(1);
    for data in 1..=3 {
        cached(session, data, Some(free_everything));
    }
    coap_session_release(session);
    let mut released = RELEASED.take();
    released.sort_unstable();
    assert_eq!(released, [1, 2, 3]);
}

#[test]
fn a_kept_request_lives_as_long_as_its_entry() {
    let rig = Rig::new();
    let session = rig.client(1);
    let entry = cached(session, 0, None);
    let kept = coap_cache_get_pdu(entry);
    assert_eq!(wish(kept), "cached");
    coap_delete_cache_entry(rig.context, entry);
    assert!(pdu_handle::with(kept, |_| ()).is_none());
    assert!(coap_cache_get_pdu(entry).is_null());
}

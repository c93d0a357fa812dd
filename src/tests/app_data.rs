//! Data that the program leaves with objects, and its release when they end.
use super::*;
use crate::{asynchronous::*, cache::*, resource::*};
use std::ffi::c_void;

// The functions of one test run on its thread alone.
thread_local! {
    static RELEASED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    static CONTEXT: Cell<*mut coap_context_t> = const { Cell::new(ptr::null_mut()) };
    static PUT_OFF: Cell<*mut coap_async_t> = const { Cell::new(ptr::null_mut()) };
}

/// Data that is a number.
fn data(number: usize) -> *mut c_void {
    ptr::without_provenance_mut(number)
}

unsafe extern "C" fn note(data: *mut c_void) {
    RELEASED.with_borrow_mut(|released| released.push(data.addr()));
    // Whatever is asked here, no lock is held.
    coap_io_process(CONTEXT.get(), u32::MAX);
}

unsafe extern "C" fn free_context(data: *mut c_void) {
    RELEASED.with_borrow_mut(|released| released.push(data.addr()));
    coap_free_context(CONTEXT.get());
}

unsafe extern "C" fn put_off(
    _: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    _: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    // SAFETY: the token is that of a request which lives for the call.
    if unsafe { coap_find_async(session, coap_pdu_get_token(request)) }.is_null() {
        PUT_OFF.set(coap_register_async(session, request, 0));
    } else {
        coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    }
}

/// A context that puts off every request, and has put off one.
fn rig() -> Rig {
    let rig = Rig::new();
    CONTEXT.set(rig.context);
    // SAFETY: functions as they are to be.
    let resource = unsafe {
        let resource = coap_resource_unknown_init(None);
        coap_register_request_handler(resource, COAP_REQUEST_GET, Some(put_off));
        resource
    };
    coap_add_resource(rig.context, resource);
    delayed(&rig, 1);
    rig
}

fn delayed(rig: &Rig, mid: u16) -> *mut coap_async_t {
    rig.receive(9, request(Code::GET, mid, "late"));
    rig.turn();
    PUT_OFF.get()
}

fn cached(session: *mut coap_session_t) -> *mut coap_cache_entry_t {
    let pdu = pdu_handle::adopt(request(Code::GET, 1, "cached"));
    let entry =
        coap_new_cache_entry(session, pdu, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_NOT_SESSION_BASED, 0);
    coap_delete_pdu(pdu);
    entry
}

#[test]
fn data_that_is_replaced_is_returned_and_not_released() {
    let rig = rig();
    let (session, entry) = (rig.client(1), cached(rig.client(2)));
    // SAFETY: functions as they are to be.
    unsafe {
        let set: [&dyn Fn(usize) -> *mut c_void; 5] = [
            &|new| coap_context_set_app_data2(rig.context, data(new), Some(note)),
            &|new| coap_session_set_app_data2(session, data(new), Some(note)),
            &|new| coap_endpoint_set_app_data(rig.endpoint, data(new), Some(note)),
            &|new| coap_async_set_app_data2(PUT_OFF.get(), data(new), Some(note)),
            &|new| coap_cache_set_app_data2(entry, data(new), Some(note)),
        ];
        for set in set {
            assert_eq!([1, 2, 0, 3].map(|new| set(new).addr()), [0, 1, 2, 0]);
        }
    }
    let kept = [
        coap_context_get_app_data(rig.context),
        coap_get_app_data(rig.context),
        coap_session_get_app_data(session),
        coap_endpoint_get_app_data(rig.endpoint),
        coap_async_get_app_data(PUT_OFF.get()),
        coap_cache_get_app_data(entry),
    ];
    assert_eq!(kept.map(|kept| kept.addr()), [3; 6]);
    assert_eq!(RELEASED.take(), []);
    // Set without a function, it is forgotten without a word.
    coap_context_set_app_data(rig.context, data(4));
    coap_session_set_app_data(session, data(4));
    coap_async_set_app_data(PUT_OFF.get(), data(4));
    // SAFETY: no function.
    unsafe { coap_cache_set_app_data(entry, data(4), None) };
    coap_free_context(rig.context);
    assert_eq!(RELEASED.take(), [3], "the endpoint's");
}

#[test]
fn each_is_released_once_when_its_object_ends() {
    let rig = rig();
    let (session, other, entry) = (rig.client(1), rig.client(2), cached(rig.client(3)));
    let (answered, freed, left) = (PUT_OFF.get(), delayed(&rig, 2), delayed(&rig, 3));
    // SAFETY: functions as they are to be.
    unsafe {
        coap_session_set_app_data2(session, data(1), Some(note));
        coap_session_set_app_data2(other, data(2), Some(note));
        coap_async_set_app_data2(answered, data(3), Some(note));
        coap_async_set_app_data2(freed, data(4), Some(note));
        coap_async_set_app_data2(left, data(5), Some(note));
        coap_cache_set_app_data2(entry, data(6), Some(note));
        coap_endpoint_set_app_data(rig.endpoint, data(7), Some(note));
        coap_context_set_app_data2(rig.context, data(8), Some(note));
    }
    coap_session_release(session);
    assert_eq!(RELEASED.take(), [1]);
    coap_async_trigger(answered);
    rig.turn();
    assert_eq!(RELEASED.take(), [3]);
    coap_free_async(ptr::null_mut(), freed);
    assert_eq!(RELEASED.take(), [4]);
    coap_delete_cache_entry(rig.context, entry);
    assert_eq!(RELEASED.take(), [6]);
    coap_free_endpoint(rig.endpoint);
    assert_eq!(RELEASED.take(), [5, 7], "the session of the delayed request ends with its endpoint");
    coap_free_context(rig.context);
    assert_eq!(RELEASED.take(), [2, 8]);
}

/// A request that is put off in the place of one that ended before its end is delivered.
#[test]
fn a_place_that_is_used_again_loses_no_release() {
    let rig = rig();
    let first = PUT_OFF.get();
    // SAFETY: a function as it is to be.
    unsafe { coap_async_set_app_data2(first, data(1), Some(note)) };
    crate::home::on_context("test", rig.context, |context| {
        let id = context.asyncs.drain().next()?.id; // as if the engine had forgotten it without a word
        context.node.engine.free_async(Instant::now(), id).then_some(())
    });
    assert_eq!(RELEASED.take(), []);
    let second = delayed(&rig, 2);
    // SAFETY: a function as it is to be.
    unsafe { coap_async_set_app_data2(second, data(2), Some(note)) };
    coap_free_async(ptr::null_mut(), second);
    coap_free_async(ptr::null_mut(), second);
    assert_eq!(RELEASED.take(), [2]);
}

#[test]
fn a_server_session_tells_before_its_data_goes() {
    thread_local!(static STORY: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) });
    unsafe extern "C" fn released(_: *mut c_void) {
        STORY.with_borrow_mut(|story| story.push("released"));
    }
    unsafe extern "C" fn event(session: *mut coap_session_t, event: coap_event_t) -> std::ffi::c_int {
        if event == COAP_EVENT_SERVER_SESSION_NEW {
            // SAFETY: a function as it is to be.
            unsafe { coap_session_set_app_data2(session, data(1), Some(released)) };
        } else {
            assert_eq!((event, coap_session_get_app_data(session)), (COAP_EVENT_SERVER_SESSION_DEL, data(1)));
            STORY.with_borrow_mut(|story| story.push("deleted"));
        }
        0
    }
    let rig = Rig::new();
    // SAFETY: a function as it is to be.
    unsafe { crate::event::coap_register_event_handler(rig.context, Some(event)) };
    rig.receive(1, request(Code::GET, 1, "x"));
    rig.turn();
    coap_free_context(rig.context);
    assert_eq!(STORY.take(), ["deleted", "released"]);
}

#[test]
fn a_release_may_free_the_context_and_the_others_still_come_once() {
    for first in 0..5 {
        let rig = rig();
        let (session, entry) = (rig.client(1), cached(rig.client(2)));
        // SAFETY: functions as they are to be.
        unsafe {
            coap_session_set_app_data2(session, data(1), Some(free_context));
            coap_async_set_app_data2(PUT_OFF.get(), data(2), Some(free_context));
            coap_cache_set_app_data2(entry, data(3), Some(free_context));
            coap_endpoint_set_app_data(rig.endpoint, data(4), Some(free_context));
            coap_context_set_app_data2(rig.context, data(5), Some(free_context));
        }
        match first {
            0 => coap_session_release(session),
            1 => coap_free_async(ptr::null_mut(), PUT_OFF.get()),
            2 => coap_delete_cache_entry(rig.context, entry),
            3 => coap_free_endpoint(rig.endpoint),
            _ => coap_free_context(rig.context),
        }
        assert!(!Home::alive(rig.context), "{first}");
        let mut released = RELEASED.take();
        released.sort_unstable();
        assert_eq!(released, [1, 2, 3, 4, 5], "{first}");
    }
}

//! Inside a callback anything may be called.
use super::*;
use crate::resource::*;
use std::{
    cell::Cell,
    ffi::{c_int, c_void},
    time::Duration,
};

// The functions of one test run on its thread alone.
thread_local! {
    static CONTEXT: Cell<*mut coap_context_t> = const { Cell::new(ptr::null_mut()) };
    static OTHER: Cell<*mut coap_session_t> = const { Cell::new(ptr::null_mut()) };
    static RIG: Cell<*const Rig> = const { Cell::new(ptr::null()) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

fn free_context() {
    CALLS.set(CALLS.get() + 1);
    coap_free_context(CONTEXT.get());
}

unsafe extern "C" fn anything(
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    _query: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    CALLS.set(CALLS.get() + 1);
    let context = CONTEXT.get();
    // SAFETY: the rig outlives the test's turns.
    let rig = unsafe { &*RIG.get() };
    match wish(request).as_str() {
        "send" => {
            rig.get(OTHER.get());
        }
        "release" => {
            coap_session_reference(session);
            (0..5).for_each(|_| coap_session_release(session)); // too often: the pin is not C's to release
            assert_eq!(coap_session_get_nstart(session), 1);
        }
        "disconnect" => coap_session_disconnected(session, COAP_NACK_RST),
        "nested" => {
            rig.receive(8, super::request(Code::GET, 100, "plain"));
            assert!(rig.turn() >= 0);
        }
        "resource" => {
            assert_eq!(coap_delete_resource(context, resource), 1);
        }
        "endpoint" => {
            coap_free_endpoint(rig.endpoint);
            assert_eq!(coap_session_get_type(session), COAP_SESSION_TYPE_SERVER, "pinned");
        }
        "slow" => std::thread::sleep(Duration::from_millis(5)),
        "look" => assert_eq!(rig.sent().len(), 1, "the answer before does not wait for this one"),
        "pdus" => {
            coap_delete_pdu(request.cast_mut());
            coap_delete_pdu(response);
        }
        "free" => {
            coap_free_context(context);
            // Take the cell again at once: nothing of this batch may reach the newcomer.
            // SAFETY: null is an address here.
            CONTEXT.set(unsafe { coap_new_context(ptr::null()) });
            OTHER.set(client(CONTEXT.get(), 1));
        }
        _ => {}
    }
    coap_pdu_set_code(response, 0x45);
}

fn server() -> Rig {
    let rig = Rig::new();
    CONTEXT.set(rig.context);
    // SAFETY: a function as it is to be.
    let resource = unsafe {
        let resource = coap_resource_unknown_init(None);
        coap_register_request_handler(resource, COAP_REQUEST_GET, Some(anything));
        resource
    };
    coap_add_resource(rig.context, resource);
    OTHER.set(rig.client(1));
    rig
}

fn ask(rig: &Rig, wishes: &[&str]) {
    RIG.set(rig);
    CALLS.set(0);
    for (mid, wish) in (1..).zip(wishes) {
        rig.receive(9, request(Code::GET, mid, wish));
    }
}

#[test]
fn a_request_handler_may_send_release_and_run_the_loop() {
    let rig = server();
    let wishes = ["plain", "send", "release", "nested", "disconnect", "pdus", "last"];
    ask(&rig, &wishes);
    assert!(rig.turn() >= 0);
    assert_eq!(CALLS.get(), 8, "the inner request too");
    let sent = rig.sent();
    let answered: Vec<_> =
        sent.iter().filter(|pdu| pdu.kind() == MessageType::Ack).map(|pdu| pdu.mid()).collect();
    assert_eq!(answered, [1, 2, 3, 100, 4, 5, 6, 7]);
    let code =
        |mid| sent.iter().find(|pdu| pdu.mid() == mid && pdu.kind() == MessageType::Ack).unwrap().code();
    assert_eq!(code(4), Code::CONTENT);
    assert_eq!(code(6), Code::EMPTY, "the response was deleted: acknowledged only");
    assert!(sent.iter().any(|pdu| pdu.code() == Code::GET));
}

#[test]
fn a_slow_handler_holds_up_nobody_elses_answer() {
    let rig = server();
    ask(&rig, &["slow", "look"]);
    assert!(rig.turn() >= 0);
    assert_eq!((CALLS.get(), rig.sent().len()), (2, 1));
}

#[test]
fn a_resource_deleted_in_its_handler_answers_no_more() {
    let rig = server();
    ask(&rig, &["resource", "after"]);
    assert!(rig.turn() >= 0);
    assert_eq!(CALLS.get(), 1);
    let codes: Vec<_> = rig.sent().iter().map(|pdu| pdu.code()).collect();
    assert_eq!(codes, [Code::CONTENT, Code::NOT_FOUND]);
}

#[test]
fn a_context_freed_in_its_handler_takes_the_batch_with_it() {
    let rig = server();
    ask(&rig, &["plain", "free", "skipped", "skipped"]);
    assert_eq!(rig.turn(), -1);
    assert_eq!(CALLS.get(), 2);
    assert_eq!(coap_session_get_type(OTHER.get()), COAP_SESSION_TYPE_CLIENT, "the newcomer is untouched");
    assert_eq!(rig.sent().len(), 1);
    coap_free_context(CONTEXT.get());
}

#[test]
fn an_endpoint_freed_in_a_handler_takes_its_sessions_with_it() {
    let rig = server();
    ask(&rig, &["plain", "endpoint"]);
    // SAFETY: the address lives.
    let session = || unsafe { coap_session_get_by_peer(rig.context, &crate::sockaddr::to_c(&peer(9)), 1) };
    let before = session();
    assert!(!before.is_null());
    assert!(rig.turn() >= 0);
    assert_eq!((CALLS.get(), session(), id_of(before)), (2, ptr::null_mut(), None));
    coap_free_endpoint(rig.endpoint);
}

#[test]
fn requests_that_wait_behind_the_end_of_their_session_are_still_handled() {
    let rig = server();
    ask(&rig, &["endpoint", "pdus", "plain"]);
    // SAFETY: the address lives.
    let session = || unsafe { coap_session_get_by_peer(rig.context, &crate::sockaddr::to_c(&peer(9)), 1) };
    let before = session();
    assert!(!before.is_null());
    assert!(rig.turn() >= 0);
    assert_eq!((CALLS.get(), session(), id_of(before)), (3, ptr::null_mut(), None));
    coap_free_endpoint(rig.endpoint);
}

#[test]
fn the_log_handler_may_free_the_context() {
    let rig = server();
    CONTEXT.set(rig.context);
    let mid = rig.get(OTHER.get());
    rig.answer(OTHER.get(), Pdu::new(MessageType::Rst, Code::EMPTY, mid, 0)); // worth a line
    at_next_line(|| coap_free_context(CONTEXT.get()));
    assert_eq!(rig.turn(), -1);
    assert!(!Home::alive(rig.context));
    let rig = server();
    at_next_line(|| coap_free_context(CONTEXT.get()));
    coap_session_release(rig.context.cast()); // refused, with a line
    assert!(!Home::alive(rig.context));
}

unsafe extern "C" fn release_in_response(
    session: *mut coap_session_t,
    sent: *const coap_pdu_t,
    received: *const coap_pdu_t,
    mid: coap_mid_t,
) -> coap_response_t {
    CALLS.set(CALLS.get() + 1);
    assert_eq!(pdu_handle::with(sent, |sent| i32::from(sent.mid())), Some(mid));
    assert_eq!(pdu_handle::with(received, |received| received.code()), Some(Code::CONTENT));
    coap_session_release(session);
    assert_eq!(coap_session_get_type(session), COAP_SESSION_TYPE_CLIENT, "pinned");
    COAP_RESPONSE_OK
}

#[test]
fn a_session_released_in_its_response_handler_ends_after_it() {
    let rig = server();
    CALLS.set(0);
    // SAFETY: a function as it is to be.
    unsafe { coap_register_response_handler(rig.context, Some(release_in_response)) };
    let session = rig.client(4);
    let mid = rig.get(session);
    rig.answer(session, response(mid));
    assert!(rig.turn() >= 0);
    assert_eq!((CALLS.get(), id_of(session)), (1, None));
}

unsafe extern "C" fn send_again(
    session: *mut coap_session_t,
    _: *const coap_pdu_t,
    _: coap_nack_reason_t,
    _: coap_mid_t,
) {
    CALLS.set(CALLS.get() + 1);
    let mid = coap_new_message_id(session);
    coap_send(session, pdu_handle::adopt(request(Code::GET, mid, "x")));
    coap_session_disconnected(session, COAP_NACK_RST);
}

#[test]
#[cfg_attr(miri, ignore = "Miri is too slow for it")]
fn a_callback_that_always_causes_another_ends() {
    let rig = server();
    CALLS.set(0);
    // SAFETY: a function as it is to be.
    unsafe { coap_register_nack_handler(rig.context, Some(send_again)) };
    rig.receive(9, request(Code::GET, 1, "plain"));
    RIG.set(&rig);
    rig.turn();
    // SAFETY: the address lives.
    let session = unsafe { coap_session_get_by_peer(rig.context, &crate::sockaddr::to_c(&peer(9)), 1) };
    rig.get(session);
    coap_session_disconnected(session, COAP_NACK_RST);
    assert!((16..=1000).contains(&CALLS.get()), "{}", CALLS.get());
    // A loop that may wait does not, because something was left for it.
    for _ in 0..3 {
        let before = CALLS.get();
        let milliseconds = coap_io_process(rig.context, 40_000);
        assert!((0..20_000).contains(&milliseconds), "{milliseconds} ms");
        assert!(CALLS.get() > before);
    }
    // SAFETY: no function is one, too.
    unsafe { coap_register_nack_handler(rig.context, None) };
    rig.turn();
    assert_eq!(coap_can_exit(rig.context), 1);
}

/// How often one call is to cause the next.
const CHAIN: u32 = 3000;

unsafe extern "C" fn send_some_more(
    session: *mut coap_session_t,
    sent: *const coap_pdu_t,
    reason: coap_nack_reason_t,
    mid: coap_mid_t,
) {
    if CALLS.get() < CHAIN {
        // SAFETY: what the library has given.
        unsafe { send_again(session, sent, reason, mid) };
    }
}

/// Whether the descriptor of a context becomes readable in so many milliseconds.
fn is_readable(context: *mut coap_context_t, within: i32) -> bool {
    let fd = coap_context_get_coap_fd(context);
    let mut watched = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one descriptor to wait for.
    unsafe { libc::poll(&raw mut watched, 1, within) > 0 }
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no poll")]
fn a_loop_outside_is_called_for_what_was_left() {
    let rig = Rig::new();
    CALLS.set(0);
    // SAFETY: a function as it is to be.
    unsafe { coap_register_nack_handler(rig.context, Some(send_some_more)) };
    assert!(!is_readable(rig.context, 0));
    rig.receive(9, request(Code::GET, 1, "plain"));
    rig.turn();
    assert!(!is_readable(rig.context, 0), "all was delivered");
    // SAFETY: the address lives.
    let session = unsafe { coap_session_get_by_peer(rig.context, &crate::sockaddr::to_c(&peer(9)), 1) };
    rig.get(session);
    coap_session_disconnected(session, COAP_NACK_RST);
    let mut turns = 0;
    while CALLS.get() < CHAIN {
        assert!(is_readable(rig.context, 5000), "{} calls after {turns} turns", CALLS.get());
        rig.turn();
        turns += 1;
    }
    assert!(turns > 1);
    rig.turn();
    assert!(!is_readable(rig.context, 0), "nothing is left");
}

unsafe extern "C" fn free_in_response(
    _: *mut coap_session_t,
    _: *const coap_pdu_t,
    _: *const coap_pdu_t,
    _: coap_mid_t,
) -> coap_response_t {
    free_context();
    COAP_RESPONSE_FAIL
}
unsafe extern "C" fn free_in_nack(
    _: *mut coap_session_t,
    _: *const coap_pdu_t,
    _: coap_nack_reason_t,
    _: coap_mid_t,
) {
    free_context();
}
unsafe extern "C" fn free_in_ping(_: *mut coap_session_t, _: *const coap_pdu_t, _: coap_mid_t) {
    free_context();
}
unsafe extern "C" fn free_in_event(_: *mut coap_session_t, _: coap_event_t) -> c_int {
    free_context();
    1
}
unsafe extern "C" fn free_in_release(_: *mut c_void) {
    free_context();
}

#[test]
fn a_context_may_be_freed_in_any_callback() {
    let empty = |kind, mid| Pdu::new(kind, Code::EMPTY, mid, 0);
    type Case = (&'static str, fn(&Rig));
    let cases: [Case; 7] = [
        ("response", |rig| rig.answer(OTHER.get(), response(rig.get(OTHER.get())))),
        ("nack by reset", |rig| {
            let mid = rig.get(OTHER.get());
            rig.answer(OTHER.get(), Pdu::new(MessageType::Rst, Code::EMPTY, mid, 0));
        }),
        ("nack by disconnect", |rig| {
            rig.get(OTHER.get());
            coap_session_disconnected(OTHER.get(), COAP_NACK_RST);
        }),
        ("nack by release", |rig| {
            rig.get(OTHER.get());
            coap_session_disconnected(OTHER.get(), COAP_NACK_NOT_DELIVERABLE);
        }),
        ("pong", |rig| {
            let mid = u16::try_from(coap_session_send_ping(OTHER.get())).unwrap();
            rig.answer(OTHER.get(), Pdu::new(MessageType::Rst, Code::EMPTY, mid, 0));
        }),
        ("user data", |rig| {
            coap_delete_resource(rig.context, resource_with_data(rig));
        }),
        ("event", |rig| {
            // SAFETY: a function as it is to be.
            unsafe { crate::event::coap_register_event_handler(rig.context, Some(free_in_event)) };
            rig.receive(9, Pdu::new(MessageType::Con, Code::EMPTY, 4, 0));
        }),
    ];
    for (name, happen) in cases {
        let rig = freed_by_every_handler();
        happen(&rig);
        rig.turn();
        // Freeing it ends the session that is new, which is another event.
        let calls = if name == "event" { 2 } else { 1 };
        assert_eq!((CALLS.get(), Home::alive(rig.context)), (calls, false), "{name}");
    }
    let rig = freed_by_every_handler();
    rig.receive(9, empty(MessageType::Con, 5));
    rig.turn();
    assert_eq!((CALLS.get(), Home::alive(rig.context)), (1, false), "ping");
}

#[test]
fn a_context_freed_while_it_is_freed_ends_once() {
    let rig = freed_by_every_handler();
    resource_with_data(&rig);
    resource_with_data(&rig);
    coap_free_context(rig.context);
    assert_eq!(CALLS.get(), 2, "once for each resource");
}

fn freed_by_every_handler() -> Rig {
    let rig = server();
    CALLS.set(0);
    // SAFETY: functions as they are to be.
    unsafe {
        coap_register_response_handler(rig.context, Some(free_in_response));
        coap_register_nack_handler(rig.context, Some(free_in_nack));
        coap_register_ping_handler(rig.context, Some(free_in_ping));
        coap_register_pong_handler(rig.context, Some(free_in_ping));
        coap_resource_release_userdata_handler(rig.context, Some(free_in_release));
    }
    rig
}

fn resource_with_data(rig: &Rig) -> *mut coap_resource_t {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let path = NUMBER.fetch_add(1, std::sync::atomic::Ordering::SeqCst).to_string();
    let mut path = coap_str_const_t { length: path.len(), s: path.as_ptr() };
    // SAFETY: the string lives through the call.
    let resource = unsafe { coap_resource_init(&raw mut path, 0) };
    coap_resource_set_userdata(resource, ptr::without_provenance_mut(1));
    coap_add_resource(rig.context, resource);
    resource
}

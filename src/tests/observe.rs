//! Observing, and what callbacks may do meanwhile.
use super::*;
use crate::{block::*, resource::*, subscribe::*};
use std::cell::Cell;

type Deed = fn(*mut coap_resource_t, *mut coap_session_t, *mut coap_pdu_t);

// The functions of one test run on its thread alone.
thread_local! {
    static CONTEXT: Cell<*mut coap_context_t> = const { Cell::new(ptr::null_mut()) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// What the handler does the next time, but for the first.
    static DEED: Cell<Option<Deed>> = const { Cell::new(None) };
}

const OBSERVE: u16 = 6;

unsafe extern "C" fn state(
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    _request: *const coap_pdu_t,
    _query: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    CALLS.set(CALLS.get() + 1);
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    if let Some(deed) = DEED.take() {
        deed(resource, session, response);
    }
}

/// A context with a resource that can be observed, and two peers that do.
fn observed() -> (Rig, *mut coap_resource_t) {
    let rig = Rig::new();
    CONTEXT.set(rig.context);
    // SAFETY: a path and a function as they are to be.
    let resource = unsafe {
        let mut path = text("state");
        let resource = coap_resource_init(&raw mut path, 0);
        coap_register_request_handler(resource, COAP_REQUEST_GET, Some(state));
        resource
    };
    coap_resource_set_get_observable(resource, 1);
    coap_add_resource(rig.context, resource);
    for port in [1, 2] {
        rig.receive(port, registration(1));
    }
    assert!(rig.turn() >= 0);
    assert_eq!(numbers(&rig), [2, 2]);
    CALLS.set(0);
    (rig, resource)
}

fn registration(mid: u16) -> Pdu {
    let mut pdu = request(Code::GET, mid, "state");
    pdu.insert_option(OBSERVE, b"").unwrap();
    pdu
}

fn notify(resource: *mut coap_resource_t) -> i32 {
    coap_resource_notify_observers(resource, ptr::null())
}

/// The Observe numbers of what was sent.
fn numbers(rig: &Rig) -> Vec<u64> {
    let number = |pdu: &Pdu| pdu.option(OBSERVE)?.uint();
    rig.sent().iter().filter_map(number).collect()
}

#[test]
fn notifications_are_sent_by_the_loop() {
    let (rig, resource) = observed();
    assert_eq!((notify(resource), notify(resource)), (1, 1));
    assert_eq!((CALLS.get(), numbers(&rig).len()), (0, 0), "not by the call itself");
    assert!(rig.turn() >= 0);
    assert_eq!((CALLS.get(), numbers(&rig)), (2, vec![4, 4]));
    assert!(rig.turn() >= 0);
    assert_eq!(numbers(&rig).len(), 0, "once");
}

#[test]
fn they_can_be_sent_at_once() {
    let (rig, resource) = observed();
    coap_check_notify(rig.context);
    assert_eq!(CALLS.get(), 0);
    notify(resource);
    coap_check_notify(rig.context);
    assert_eq!(numbers(&rig), [3, 3]);
}

#[test]
fn the_number_is_the_programs_to_set() {
    let (rig, resource) = observed();
    coap_persist_set_observe_num(resource, 0x2ff_fffe);
    for expected in [0xff_ffff, 0] {
        notify(resource);
        assert!(rig.turn() >= 0);
        assert_eq!(numbers(&rig), [expected, expected]);
    }
}

#[test]
fn who_cannot_be_observed_has_nobody_to_notify() {
    let (rig, resource) = observed();
    coap_resource_set_get_observable(resource, 0);
    assert_eq!(notify(resource), 0);
    // SAFETY: a path as it is to be.
    let orphan = unsafe { coap_resource_init(ptr::null_mut(), 0) };
    coap_resource_set_get_observable(orphan, 1);
    assert_eq!(notify(orphan), 0, "in no context");
    assert_eq!(coap_delete_resource(rig.context, orphan), 1);
    assert_eq!(notify(orphan), 0, "refused");
    assert_eq!(notify(ptr::null_mut()), 0);
}

#[test]
fn a_resource_that_is_deleted_says_so_at_once() {
    let (rig, resource) = observed();
    assert_eq!(coap_delete_resource(rig.context, resource), 1);
    let codes: Vec<_> = rig.sent().iter().map(|pdu| pdu.code()).collect();
    assert_eq!(codes, [Code::NOT_FOUND, Code::NOT_FOUND]);
}

#[test]
fn a_handler_may_do_anything_while_it_is_asked_for_a_notification() {
    let deeds: [(Deed, i32); 8] = [
        (|resource, _, _| assert_eq!(notify(resource), 1), 4),
        (|resource, _, _| coap_resource_set_get_observable(resource, 0), 2),
        (|resource, _, _| assert_eq!(coap_delete_resource(ptr::null_mut(), resource), 1), 1),
        (|_, session, _| coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE), 2),
        (|_, session, _| (0..3).for_each(|_| coap_session_release(session)), 2),
        (|_, _, _| assert!(coap_io_process(CONTEXT.get(), u32::MAX) >= 0), 2),
        (|_, _, _| coap_check_notify(CONTEXT.get()), 2),
        (|_, _, response| coap_delete_pdu(response), 2),
    ];
    for (index, (deed, calls)) in deeds.into_iter().enumerate() {
        let (rig, resource) = observed();
        DEED.set(Some(deed));
        notify(resource);
        (0..4).for_each(|_| assert!(rig.turn() >= 0));
        assert_eq!(CALLS.get(), calls as u32, "deed {index}");
        let numbers = numbers(&rig);
        assert!(numbers.iter().all(|number| [3, 4].contains(number)), "deed {index}: {numbers:?}");
    }
}

#[test]
fn a_handler_may_free_the_context_while_it_is_asked_for_a_notification() {
    let (rig, resource) = observed();
    DEED.set(Some(|_, _, _| coap_free_context(CONTEXT.get())));
    notify(resource);
    assert_eq!(rig.turn(), -1);
    assert_eq!(CALLS.get(), 1, "the other call went with it");
    assert!(!Home::alive(rig.context));
}

#[test]
fn a_handler_that_notifies_a_thousand_times_is_asked_once_more() {
    let (rig, resource) = observed();
    DEED.set(Some(|resource, _, _| {
        (0..1000).for_each(|_| assert_eq!(notify(resource), 1));
    }));
    notify(resource);
    (0..4).for_each(|_| assert!(rig.turn() >= 0));
    assert_eq!(CALLS.get(), 4, "only the newest state");
}

unsafe extern "C" fn cancel_in_response(
    session: *mut coap_session_t,
    _sent: *const coap_pdu_t,
    _received: *const coap_pdu_t,
    _mid: coap_mid_t,
) -> coap_response_t {
    CALLS.set(CALLS.get() + 1);
    let mut token = [0, 7];
    let mut token = coap_binary_t { length: 2, s: token.as_mut_ptr() };
    // SAFETY: a token as it is to be.
    let cancelled = unsafe { coap_cancel_observe(session, &raw mut token, COAP_MESSAGE_NON) };
    assert_eq!(cancelled, i32::from(CALLS.get() == 1));
    COAP_RESPONSE_OK
}

#[test]
fn a_client_may_cancel_in_its_response_handler() {
    let rig = Rig::new();
    CALLS.set(0);
    coap_context_set_block_mode(rig.context, 1);
    // SAFETY: a function as it is to be.
    unsafe { coap_register_response_handler(rig.context, Some(cancel_in_response)) };
    let session = rig.client(4);
    coap_send(session, pdu_handle::adopt(registration(7)));
    rig.sent();
    let mut notification = response(7);
    notification.insert_option(OBSERVE, &[9]).unwrap();
    rig.answer(session, notification.clone());
    assert!(rig.turn() >= 0);
    let sent = rig.sent();
    assert_eq!((sent.len(), sent[0].kind(), sent[0].token()), (1, MessageType::Non, &[0, 7][..]));
    assert_eq!(sent[0].option(OBSERVE).unwrap().uint(), Some(1));
    notification.set_kind(MessageType::Con);
    notification.set_mid(99);
    rig.answer(session, notification);
    assert!(rig.turn() >= 0);
    assert_eq!(CALLS.get(), 1, "a stale notification is not for the program");
    assert_eq!(rig.sent()[0].kind(), MessageType::Rst);
    // SAFETY: null is a token here.
    assert_eq!(unsafe { coap_cancel_observe(session, ptr::null_mut(), 99) }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { coap_cancel_observe(ptr::null_mut(), ptr::null_mut(), 0) }, 0);
}

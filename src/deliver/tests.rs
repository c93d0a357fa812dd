//! Panics of this library's own, which fail one call and lose nothing of others.
use super::*;
use crate::{
    event::coap_register_event_handler,
    home::on_context,
    session::{coap_free_endpoint, coap_session_get_state},
    tests::{Rig, request},
};
use coap_proto::wire::Code;
use std::{
    cell::RefCell,
    ffi::c_int,
    panic::{AssertUnwindSafe, catch_unwind},
};

thread_local!(static TOLD: RefCell<Vec<(*mut coap_session_t, coap_event_t)>> = const { RefCell::new(Vec::new()) });

unsafe extern "C" fn told(session: *mut coap_session_t, event: coap_event_t) -> c_int {
    TOLD.with_borrow_mut(|told| told.push((session, event)));
    0
}

/// A context to which requests from two new peers have come.
fn rig() -> (Rig, Home) {
    TOLD.take();
    let rig = Rig::new();
    // SAFETY: a function as it is to be.
    unsafe { coap_register_event_handler(rig.context, Some(told)) };
    for port in [1, 2] {
        rig.receive(port, request(Code::GET, 1, "nothing"));
    }
    let home = on_context("test", rig.context, |context| Some(Home::of(context)));
    (rig, home.unwrap())
}

/// The sessions whose beginning is told. They end with their endpoint: nothing holds them any longer.
fn begun(rig: &Rig) -> usize {
    rig.turn();
    let begun = TOLD.take();
    assert!(begun.iter().all(|(_, event)| *event == COAP_EVENT_SERVER_SESSION_NEW));
    coap_free_endpoint(rig.endpoint);
    assert_eq!(TOLD.take().len(), 2, "both end");
    for &(session, _) in &begun {
        assert_eq!(coap_session_get_state(session), COAP_SESSION_STATE_NONE);
    }
    begun.len()
}

#[test]
fn a_panic_while_events_are_taken_out_leaves_them_to_the_next_batch() {
    let (rig, home) = rig();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        home.enter(|context| {
            gather(context, true);
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(begun(&rig), 2);
}

#[test]
fn a_panic_while_an_event_is_delivered_leaves_the_others_to_the_next_batch() {
    let (rig, home) = rig();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut batch = home.enter(Batch::take).unwrap();
        let (_, session) = batch.events.next().unwrap();
        let _pin = batch.pin(session);
        panic!("in the middle");
    }));
    assert!(panicked.is_err());
    assert_eq!(begun(&rig), 1);
}

#[test]
fn what_a_panic_has_left_is_told_before_the_loop_waits() {
    let (rig, home) = rig();
    let is_behind = || home.enter(|context| context.is_behind(Instant::now()));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _batch = home.enter(Batch::take);
        assert_eq!(is_behind(), Some(false), "nothing else is left");
        panic!("in the middle");
    }));
    assert!(panicked.is_err());
    assert_eq!(is_behind(), Some(true));
    assert_eq!(begun(&rig), 2);
}

//! Requests that a thread waits for, and loops in several threads.
use super::{threads::Shared, *};
use crate::resource::*;
use std::{
    ffi::c_void,
    sync::{
        MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

/// What ends waiting calls and loops ends all of them: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

const LONG: u32 = if SMALL { 600_000 } else { 60_000 };

/// A confirmable GET with a token of its own.
fn get(session: *mut coap_session_t) -> *mut coap_pdu_t {
    let mid = coap_new_message_id(session);
    pdu_handle::adopt(request(Code::GET, mid, "x"))
}

/// Sends a GET and waits; the request is still the program's. What is returned, and the response's payload.
fn call(session: *mut coap_session_t, timeout: u32) -> (i32, Option<Vec<u8>>) {
    let (request, mut response) = (get(session), ptr::without_provenance_mut(1));
    // SAFETY: a pointer to a local.
    let result = unsafe { coap_send_recv(session, request, &raw mut response, timeout) };
    assert!(pdu_handle::take(request).is_some());
    (result, pdu_handle::take(response).map(|response| response.payload().to_vec()))
}

/// The network, in a thread of its own: waits for the next message that the context sends.
fn next_sent(sent: &Mutex<Vec<Vec<u8>>>) -> Pdu {
    loop {
        if let Some(datagram) = sent.lock().unwrap().pop() {
            return Pdu::decode_udp(&datagram).unwrap();
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// A message comes for a client session, and this thread handles it.
fn deliver(context: *mut coap_context_t, session: *mut coap_session_t, mut pdu: Pdu) {
    on_session("test", session, |context, id| {
        let path = Path::new(here(), *context.session(id)?.remote(), 1);
        context.node.engine.handle_datagram(Instant::now(), Via::Session(id), path, pdu.encode_udp());
        Some(())
    });
    coap_io_process(context, u32::MAX);
}

thread_local!(static HANDLED: Cell<u32> = const { Cell::new(0) });

unsafe extern "C" fn handled(
    _: *mut coap_session_t,
    _: *const coap_pdu_t,
    _: *const coap_pdu_t,
    _: coap_mid_t,
) -> coap_response_t {
    HANDLED.set(HANDLED.get() + 1);
    COAP_RESPONSE_OK
}

/// Runs `waiter` while another thread does `other` with the context, its session and the first message sent.
fn while_it_waits(
    waiter: impl FnOnce(*mut coap_session_t),
    other: impl FnOnce(*mut coap_context_t, *mut coap_session_t, Pdu) + Send,
) {
    let rig = Rig::new();
    // SAFETY: a function as it is to be.
    unsafe { coap_register_response_handler(rig.context, Some(handled)) };
    let session = rig.client(1);
    let (context, shared, sent) = (Shared::new(rig.context), Shared::new(session), Arc::clone(&rig.sent));
    thread::scope(|scope| {
        scope.spawn(move || other(context.get(), shared.get(), next_sent(&sent)));
        waiter(session);
    });
}

/// The piggybacked response to a request.
fn answer(request: &Pdu) -> Pdu {
    let mut response = response(request.mid());
    response.update_token(request.token()).unwrap();
    response.set_payload(b"answer").unwrap();
    response
}

#[test]
fn a_response_that_another_thread_reads_comes_to_the_one_that_waits() {
    let _alone = alone();
    while_it_waits(
        |session| {
            let (result, response) = call(session, LONG);
            assert!(result >= 0);
            assert_eq!(response.as_deref(), Some(&b"answer"[..]));
            assert_eq!(HANDLED.get(), 0, "it is not for the handler");
        },
        |context, session, request| {
            deliver(context, session, answer(&request));
            assert_eq!(HANDLED.get(), 0);
        },
    );
}

#[test]
fn without_a_place_for_it_the_response_is_dropped() {
    let _alone = alone();
    while_it_waits(
        |session| {
            let request = get(session);
            // SAFETY: null is no place.
            assert!(unsafe { coap_send_recv(session, request, ptr::null_mut(), LONG) } >= 0);
            coap_delete_pdu(request);
        },
        |context, session, request| deliver(context, session, answer(&request)),
    );
}

#[test]
fn each_failure_has_its_number() {
    let _alone = alone();
    let rig = Rig::new();
    let session = rig.client(1);
    assert_eq!((call(session, 0), call(session, u32::MAX)), ((-1, None), (-1, None)));
    // SAFETY: null is no place.
    let send = |session, pdu| unsafe { coap_send_recv(session, pdu, ptr::null_mut(), LONG) };
    assert_eq!(send(session, ptr::null_mut()), -2);
    let no_request = pdu_handle::adopt(response(1));
    assert_eq!((send(session, no_request), send(ptr::null_mut(), no_request)), (-2, -2));
    coap_delete_pdu(no_request);
    assert_eq!(call(rig.context.cast(), LONG), (-2, None));
    assert!(rig.sent().is_empty());
    assert_eq!(call(session, 20), (-5, None));
    assert_eq!(coap_can_exit(rig.context), 1, "the request was given up");
    let reset = |context, session, request: Pdu| {
        deliver(context, session, Pdu::new(MessageType::Rst, Code::EMPTY, request.mid(), 0));
    };
    while_it_waits(|session| assert_eq!(call(session, LONG), (-3, None)), reset);
    let release = |_, session, _| coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
    while_it_waits(|session| assert_eq!(call(session, LONG), (-3, None)), release);
    let free = |context, _, _| coap_free_context(context);
    while_it_waits(|session| assert_eq!(call(session, LONG), (-3, None)), free);
    let terminate = |_, _, _| coap_send_recv_terminate();
    while_it_waits(|session| assert_eq!(call(session, LONG), (-6, None)), terminate);
}

/// Nothing is left of a non-confirmable message that a NACK could tell of.
#[test]
fn the_end_of_its_session_ends_the_wait() {
    let _alone = alone();
    while_it_waits(
        |session| {
            let mut pdu = request(Code::GET, coap_new_message_id(session), "x");
            pdu.set_kind(MessageType::Non);
            let pdu = pdu_handle::adopt(pdu);
            // SAFETY: null is no place.
            assert_eq!(unsafe { coap_send_recv(session, pdu, ptr::null_mut(), LONG) }, -3);
            coap_delete_pdu(pdu);
        },
        |_, session, _| coap_session_release(session),
    );
}

#[test]
fn two_threads_wait_in_one_session_but_not_for_one_token() {
    let _alone = alone();
    while_it_waits(
        |session| assert!(call(session, LONG).0 >= 0),
        |context, session, first| {
            let twin = pdu_handle::adopt(first.clone());
            // SAFETY: null is no place.
            assert_eq!(unsafe { coap_send_recv(session, twin, ptr::null_mut(), LONG) }, -2);
            coap_delete_pdu(twin);
            coap_session_set_nstart(session, 2);
            assert_eq!(call(session, 20).0, -5);
            deliver(context, session, answer(&first));
        },
    );
}

// ---- Loops ----

static CALLS: AtomicUsize = AtomicUsize::new(0);
static DONE: AtomicUsize = AtomicUsize::new(0);
static LOOPING: Mutex<usize> = Mutex::new(0);

unsafe extern "C" fn count_and_end(limit: *mut c_void) {
    if CALLS.fetch_add(1, SeqCst) + 1 == limit.addr() {
        coap_io_process_terminate_loop();
    }
}

#[test]
fn a_loop_runs_the_programs_code_until_it_is_ended() {
    let _alone = alone();
    for threads in [0, 1, 4] {
        CALLS.store(0, SeqCst);
        let rig = Rig::new();
        let limit = ptr::without_provenance_mut(5);
        // SAFETY: a function as it is to be.
        let ended = unsafe { coap_io_process_loop(rig.context, Some(count_and_end), limit, 1, threads) };
        assert_eq!((ended, CALLS.load(SeqCst)), (1, 5));
    }
    // Ended before it begins.
    let rig = Rig::new();
    coap_io_process_terminate_loop();
    // SAFETY: no function.
    let run = |context| unsafe { coap_io_process_loop(context, None, ptr::null_mut(), 0, 2) };
    assert_eq!(run(rig.context), 1);
    assert_eq!(run(ptr::null_mut()), 0);
    coap_io_process_terminate_loop();
    crate::startup::coap_cleanup();
    crate::startup::coap_startup();
    let context = Shared::new(rig.context);
    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(Duration::from_millis(20));
            coap_free_context(context.get());
        });
        assert_eq!(run(rig.context), 0, "it was not ended, but its context has gone");
    });
}

unsafe extern "C" fn leave(
    _: *mut coap_resource_t,
    _: *mut coap_session_t,
    _: *const coap_pdu_t,
    _: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
    // By the thread that runs this, too.
    coap_io_process_remove_threads(ptr::without_provenance_mut(*LOOPING.lock().unwrap()));
    DONE.fetch_add(1, SeqCst);
}

#[test]
fn a_handler_may_end_the_thread_that_it_runs_in() {
    let _alone = alone();
    let rig = Rig::new();
    *LOOPING.lock().unwrap() = rig.context.addr();
    // SAFETY: functions as they are to be.
    let resource = unsafe {
        let resource = coap_resource_unknown_init(None);
        coap_register_request_handler(resource, COAP_REQUEST_GET, Some(leave));
        resource
    };
    coap_add_resource(rig.context, resource);
    assert_eq!(coap_io_process_configure_threads(rig.context, 0), 0);
    assert_eq!(coap_io_process_configure_threads(rig.context, 257), 0);
    assert_eq!(coap_io_process_configure_threads(rig.context, 3), 1);
    let before = DONE.load(SeqCst);
    rig.receive(1, request(Code::GET, 1, "x"));
    // Sending something wakes a thread, which finds the request.
    rig.get(rig.client(1));
    while DONE.load(SeqCst) == before {
        thread::sleep(Duration::from_millis(1));
    }
    coap_io_process_remove_threads(rig.context);
    assert_eq!(coap_io_process_configure_threads(rig.context, 2), 1, "others can be started");
    coap_io_process_remove_threads(rig.context);
    coap_io_process_remove_threads(rig.context);
}

#[test]
fn threads_end_with_their_context_and_with_all_loops() {
    let _alone = alone();
    let rig = Rig::new();
    assert_eq!(coap_io_process_configure_threads(rig.context, 2), 1);
    coap_free_context(rig.context);
    let other = Rig::new();
    assert_eq!(coap_io_process_configure_threads(other.context, 2), 1);
    coap_io_process_terminate_loop();
    coap_io_process_remove_threads(other.context); // comes back when they have ended
    assert_eq!(coap_io_process_configure_threads(other.context, 1), 1);
    coap_io_process_remove_threads(other.context);
}

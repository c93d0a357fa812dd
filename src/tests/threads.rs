//! Any function from any thread.
use super::*;
use crate::resource::*;
use std::{
    sync::atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst},
    thread,
    time::Duration,
};

/// A pointer that goes to other threads, as C programs let it.
pub(crate) struct Shared<T>(AtomicPtr<T>);

impl<T> Shared<T> {
    pub(crate) fn new(pointer: *mut T) -> Self {
        Self(AtomicPtr::new(pointer))
    }
    pub(crate) fn get(&self) -> *mut T {
        self.0.load(SeqCst)
    }
}

#[test]
fn others_enter_while_a_thread_waits_and_wake_it() {
    let rig = Rig::new();
    let session = rig.client(1);
    let (context, session) = (Shared::new(rig.context), Shared::new(session));
    let start = Instant::now();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| coap_io_process(context.get(), 60_000));
        thread::sleep(Duration::from_millis(30));
        assert_eq!(coap_session_get_nstart(session.get()), 1); // would hang if the lock were held
        let mid = coap_new_message_id(session.get());
        let pdu = Pdu::new(MessageType::Con, Code::GET, mid, 0);
        coap_send(session.get(), pdu_handle::adopt(pdu)); // its deadline is nearer than the minute
        assert!(waiter.join().unwrap() >= 0);
        let waiters: Vec<_> =
            (0..3).map(|_| scope.spawn(|| coap_io_process(context.get(), 60_000))).collect();
        thread::sleep(Duration::from_millis(30));
        coap_free_context(context.get());
        // Takes the cell over, while threads still wait there.
        let newcomer = Rig::new();
        assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap() == -1));
        assert!(newcomer.turn() >= 0);
    });
    assert!(start.elapsed() < Duration::from_secs(50));
}

/// The two contexts, and an endpoint in each.
static HAMMERED: Mutex<Vec<(usize, EndpointId)>> = Mutex::new(Vec::new());
static CALLS: AtomicUsize = AtomicUsize::new(0);

unsafe extern "C" fn hammered(
    _: *mut coap_resource_t,
    session: *mut coap_session_t,
    _: *const coap_pdu_t,
    _: *const coap_string_t,
    _: *mut coap_pdu_t,
) {
    let number = CALLS.fetch_add(1, SeqCst);
    coap_session_reference(session);
    let mid = coap_new_message_id(session);
    coap_send(session, pdu_handle::adopt(Pdu::new(MessageType::Non, Code::GET, mid, 0)));
    coap_session_release(session);
    if number % 50 == 49 {
        coap_session_release(session);
        coap_free_context(ptr::without_provenance_mut(HAMMERED.lock().unwrap()[number / 50 % 2].0));
    }
}

/// A context whose resource hits back, and its endpoint.
fn target() -> (usize, EndpointId) {
    // SAFETY: null is an address here; the functions are as they are to be.
    let (context, resource) = unsafe {
        let resource = coap_resource_unknown_init(None);
        coap_register_request_handler(resource, COAP_REQUEST_GET, Some(hammered));
        (coap_new_context(ptr::null()), resource)
    };
    let endpoint =
        on_context("test", context, |context| context.node.engine.open_endpoint(here(), Protocol::Udp).ok());
    coap_add_resource(context, resource);
    (context.addr(), endpoint.unwrap())
}

/// Puts a request into a context, if it lives.
fn feed(context: *mut coap_context_t, endpoint: EndpointId, round: usize) {
    let path = Path::new(here(), peer(round as u16), 1);
    on_context("test", context, |context| {
        let mut pdu = request(Code::GET, round as u16, "x");
        context.node.engine.handle_datagram(Instant::now(), Via::Endpoint(endpoint), path, pdu.encode_udp());
        Some(())
    });
}

#[test]
fn four_threads_hammer_two_contexts() {
    HAMMERED.lock().unwrap().extend([target(), target()]);
    let rounds = if SMALL { 40 } else { 5_000 };
    thread::scope(|scope| {
        for me in 0..4 {
            scope.spawn(move || hammer(me, rounds));
        }
    });
    assert!(CALLS.load(SeqCst) > rounds / 4, "{CALLS:?}");
    for (context, _) in std::mem::take(&mut *HAMMERED.lock().unwrap()) {
        coap_free_context(ptr::without_provenance_mut(context));
    }
}

fn hammer(me: usize, rounds: usize) {
    let (mut last, mut resource) = (ptr::null_mut(), ptr::null_mut());
    let mine = Rig::new();
    for round in 0..rounds {
        let which = (me + round / 7) % 2;
        let (context, endpoint) = HAMMERED.lock().unwrap()[which];
        let context = ptr::without_provenance_mut(context);
        let session = client(context, round as u16);
        coap_session_get_addr_remote(session); // not read: another thread may end the context at any time
        if session.is_null() {
            HAMMERED.lock().unwrap()[which] = target(); // someone freed it
            continue;
        }
        let own = mine.client(round as u16);
        let address = coap_session_get_addr_remote(own);
        mine.get(own);
        feed(context, endpoint, round);
        coap_io_process(context, if round % 3 == 0 { 1 } else { u32::MAX });
        coap_session_release(last); // often stale
        coap_add_resource(context, resource);
        coap_resource_get_uri_path(resource);
        coap_delete_resource(context, resource);
        // SAFETY: null is a path: the root.
        (last, resource) = (session, unsafe { coap_resource_init(ptr::null_mut(), 0) });
        // SAFETY: what a C program does with the result; the session is this thread's own.
        assert_eq!(u16::from_be(unsafe { (*address).addr.sin.sin_port }), round as u16);
        coap_session_release(own);
    }
    coap_delete_resource(ptr::null_mut(), resource);
}

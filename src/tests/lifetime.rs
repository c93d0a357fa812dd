//! Who keeps a session, and what its end brings.
use super::*;
use std::{
    sync::atomic::{AtomicU32, Ordering::SeqCst},
    time::Duration,
};

#[test]
fn a_client_session_ends_with_the_last_reference() {
    let rig = Rig::new();
    let session = rig.client(1);
    assert_eq!(coap_session_reference(session), session);
    coap_session_release(session);
    assert_eq!(coap_session_get_type(session), COAP_SESSION_TYPE_CLIENT);
    coap_session_release(session);
    assert_eq!(coap_session_get_type(session), COAP_SESSION_TYPE_NONE);
}

#[test]
fn a_server_session_falls_idle() {
    let rig = Rig::new();
    rig.receive(9, request(Code::GET, 1, "none"));
    rig.turn();
    // SAFETY: the address lives.
    let session = unsafe { coap_session_get_by_peer(rig.context, &crate::sockaddr::to_c(&peer(9)), 1) };
    assert_eq!(coap_session_get_type(session), COAP_SESSION_TYPE_SERVER);
    lines();
    coap_session_release(session); // the program has none
    assert!(lines()[0].ends_with("is not a living session with a reference\n"));
    coap_session_reference(session);
    coap_session_release(session);
    assert_eq!(coap_session_get_type(session), COAP_SESSION_TYPE_SERVER);
    assert_eq!(coap_session_set_type_client(session), 1);
    coap_session_release(session);
    assert_eq!(coap_session_get_type(session), COAP_SESSION_TYPE_NONE);
}

#[test]
fn a_thread_that_waits_hears_that_a_session_has_become_a_client() {
    const PATIENCE: Duration = Duration::from_secs(20);
    let rig = Rig::new();
    coap_context_set_keepalive(rig.context, 60);
    rig.receive(9, request(Code::GET, 1, "none"));
    rig.turn();
    // SAFETY: the address lives.
    let session = unsafe { coap_session_get_by_peer(rig.context, &crate::sockaddr::to_c(&peer(9)), 1) };
    let start = Instant::now();
    let mut poller =
        on_context("test", rig.context, |context| context.node.take_poller(Some(start + PATIENCE))).unwrap();
    // What it waits for is the end of the idle session, in five minutes; a client's ping is due in one.
    assert_eq!(coap_session_set_type_client(session), 1);
    poller.wait().unwrap();
    assert!(start.elapsed() < PATIENCE / 2, "nobody has called it back");
    on_context("test", rig.context, |context| {
        context.node.put_back(poller);
        Some(())
    });
}

static NACKS: AtomicU32 = AtomicU32::new(0);
unsafe extern "C" fn count_nack(
    session: *mut coap_session_t,
    sent: *const coap_pdu_t,
    reason: coap_nack_reason_t,
    mid: coap_mid_t,
) {
    assert_eq!(reason, COAP_NACK_BAD_RESPONSE);
    assert_eq!(pdu_handle::with(sent, |sent| i32::from(sent.mid())), Some(mid));
    assert_eq!(coap_session_get_proto(session), COAP_PROTO_UDP);
    NACKS.fetch_add(1, SeqCst);
}

#[test]
fn nacks_of_a_disconnect_come_before_it_returns() {
    let rig = Rig::new();
    // SAFETY: a function as it is to be.
    unsafe { coap_register_nack_handler(rig.context, Some(count_nack)) };
    let session = rig.client(1);
    rig.get(session);
    rig.get(session);
    assert_eq!(coap_can_exit(rig.context), 0);
    lines();
    coap_session_disconnected(session, 9);
    assert_eq!(lines(), ["coap_session_disconnected: 9 is no COAP_NACK_*\n"]);
    assert_eq!(NACKS.load(SeqCst), 0);
    coap_session_disconnected(session, COAP_NACK_BAD_RESPONSE);
    assert_eq!(NACKS.load(SeqCst), 2);
    assert_eq!(coap_can_exit(rig.context), 1);
}

thread_local!(static LOST: std::cell::RefCell<Vec<coap_mid_t>> = const { std::cell::RefCell::new(Vec::new()) });
unsafe extern "C" fn note_nack(
    _: *mut coap_session_t,
    _: *const coap_pdu_t,
    reason: coap_nack_reason_t,
    mid: coap_mid_t,
) {
    assert_eq!(reason, COAP_NACK_NOT_DELIVERABLE);
    LOST.with_borrow_mut(|lost| lost.push(mid));
}

#[test]
fn the_end_of_a_context_reports_what_was_still_to_be_sent() {
    let rig = Rig::new();
    // SAFETY: a function as it is to be.
    unsafe { coap_register_nack_handler(rig.context, Some(note_nack)) };
    let (held, released) = (rig.client(1), rig.client(2));
    let mids = [held, released].map(|session| [rig.get(session), rig.get(session), rig.get(session)]);
    coap_session_release(released); // kept by what is under way
    assert_eq!(coap_session_get_type(released), COAP_SESSION_TYPE_CLIENT);
    coap_free_context(rig.context);
    let late: Vec<_> = mids.iter().flat_map(|mids| &mids[1..]).map(|&mid| i32::from(mid)).collect();
    assert_eq!(LOST.take(), late, "the first of each was sent: nothing is known of it");
}

#[test]
fn what_was_set_is_read_again_and_nonsense_changes_nothing() {
    let rig = Rig::new();
    let session = rig.client(1);
    let fixed = |integer_part, fractional_part| coap_fixed_point_t { integer_part, fractional_part };
    let parts = |value: coap_fixed_point_t| (value.integer_part, value.fractional_part);
    assert_eq!(parts(coap_session_get_ack_timeout(session)), (2, 0));
    coap_session_set_ack_timeout(session, fixed(3, 250));
    coap_session_set_ack_timeout(session, fixed(0, 500));
    coap_session_set_ack_timeout(session, fixed(1, 1000));
    assert_eq!(parts(coap_session_get_ack_timeout(session)), (3, 250));
    coap_session_set_max_retransmit(session, 2);
    coap_session_set_max_retransmit(session, 0);
    assert_eq!(coap_session_get_max_retransmit(session), 2);
    coap_session_set_probing_rate(session, 9);
    assert_eq!(coap_session_get_probing_rate(session), 9);
    coap_session_set_mtu(session, 10);
    assert_eq!(coap_session_max_pdu_size(session), 60);
    assert_eq!(coap_context_get_session_timeout(rig.context), 0);
    coap_context_set_session_timeout(rig.context, 17);
    assert_eq!(coap_context_get_session_timeout(rig.context), 17);
    coap_context_set_csm_timeout(rig.context, 5);
    assert_eq!(coap_context_get_csm_timeout_ms(rig.context), 5000);
    coap_context_set_csm_max_message_size(rig.context, 63);
    assert_eq!(coap_context_get_csm_max_message_size(rig.context), 8 * 1024 * 1024 + 256);
}

#[test]
fn a_message_made_before_the_connection_is_there_has_room_for_what_most_peers_take() {
    let rig = Rig::new();
    coap_context_set_csm_max_message_size(rig.context, 6000);
    for (protocol, room) in [(Protocol::Tcp, 6000 - 4), (Protocol::Ws, 6000 - 2), (Protocol::Udp, 1152 - 4)] {
        let session = client_over(protocol, rig.context, 1);
        assert_eq!(coap_session_max_pdu_size(session), room);
        let pdu = coap_new_pdu(COAP_MESSAGE_CON, COAP_REQUEST_CODE_PUT, session);
        let fits = room - 1; // behind the payload marker
        let payload = vec![0; fits + 1];
        // SAFETY: so many bytes are readable.
        unsafe {
            assert_eq!(coap_add_data(pdu, fits + 1, payload.as_ptr()), 0);
            assert_eq!(coap_add_data(pdu, fits, payload.as_ptr()), 1);
        }
        coap_delete_pdu(pdu);
    }
}

#[test]
fn tokens_differ_and_have_room() {
    let rig = Rig::new();
    let session = rig.client(1);
    let token = || {
        let (mut length, mut token) = (0, [0; 8]);
        // SAFETY: room for both.
        unsafe { coap_session_new_token(session, &raw mut length, token.as_mut_ptr()) };
        token[..length].to_vec()
    };
    let first = token();
    assert!(!first.is_empty());
    assert_ne!(first, token());
    // SAFETY: null has no room.
    unsafe { coap_session_new_token(session, ptr::null_mut(), ptr::null_mut()) };
}

#[test]
#[cfg_attr(miri, ignore = "opens sockets")]
fn without_a_key_nothing_is_left_open() {
    let rig = Rig::new();
    let [to, at] = [9, 0].map(|port| crate::sockaddr::to_c(&peer(port)));
    let open = |protocol| {
        // SAFETY: the addresses live.
        unsafe { coap_new_client_session(rig.context, ptr::null(), &to, protocol).is_null() }
    };
    // SAFETY: as above.
    let listen = || unsafe { coap_new_endpoint(rig.context, &at, COAP_PROTO_UDP).is_null() };
    crate::keys::SPENT.set(true);
    let nothing = [open(COAP_PROTO_UDP), open(COAP_PROTO_TCP), open(COAP_PROTO_DTLS), listen()];
    crate::keys::SPENT.set(false);
    rig.turn();
    let left = on_context("test", rig.context, |context| Some(context.node.engine.census().sessions));
    assert_eq!((nothing, left), ([true; 4], Some(0)));
    assert!(!open(COAP_PROTO_UDP) && !listen(), "with keys all is as before");
}

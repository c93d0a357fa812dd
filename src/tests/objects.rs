//! Keys: what is refused, and how long.
use super::*;
use crate::{cell::QUARANTINE, entry::entry, exposed::GRAVES, resource::*};

#[test]
fn strange_pointers_are_refused_and_logged() {
    let rig = Rig::new();
    lines();
    let session = rig.client(1);
    let mut foreign = [0_u64; 4];
    let strange = [
        foreign.as_mut_ptr().cast::<coap_session_t>(),
        rig.context.cast(),
        session.wrapping_byte_add(8),
        session.wrapping_byte_add(16),
        ptr::without_provenance_mut(usize::MAX),
        ptr::without_provenance_mut(1),
    ];
    for pointer in strange {
        assert_eq!(coap_session_get_nstart(pointer), 0);
        assert_eq!(coap_session_get_state(pointer), COAP_SESSION_STATE_NONE);
        assert_eq!(coap_session_get_ifindex(pointer), -1);
        assert!(coap_session_get_addr_remote(pointer).is_null());
        assert!(coap_session_str(pointer).is_null());
        assert_eq!(coap_send(pointer, pdu_handle::adopt(request(Code::GET, 1, "x"))), COAP_INVALID_MID);
        coap_session_set_mtu(pointer, 100);
        coap_session_release(pointer);
        let logged = lines();
        assert_eq!(logged.len(), 8, "{logged:?}");
        assert_eq!(logged[7], format!("coap_session_release: {pointer:p} is not a living session\n"));
    }
    assert_eq!(coap_io_process(session.cast(), 0), -1);
    assert_eq!(coap_session_get_nstart(session), 1);
}

#[test]
fn null_is_refused_without_a_word() {
    lines();
    let (context, session) = (ptr::null_mut(), ptr::null_mut());
    coap_free_context(context);
    assert_eq!(coap_io_process(context, 0), -1);
    assert_eq!(coap_can_exit(context), 1);
    assert_eq!(coap_io_pending(context), 0);
    coap_session_release(session);
    assert!(coap_session_reference(session).is_null());
    assert_eq!(coap_session_get_ifindex(session), -1);
    assert_eq!(coap_send(session, ptr::null_mut()), COAP_INVALID_MID);
    assert_eq!(coap_delete_resource(context, ptr::null_mut()), 0);
    assert!(coap_attr_get_value(ptr::null_mut()).is_null());
    coap_free_endpoint(ptr::null_mut());
    assert_eq!(lines(), Vec::<String>::new());
}

#[test]
fn what_ended_is_refused() {
    let rig = Rig::new();
    let session = rig.client(1);
    coap_session_release(session);
    coap_session_release(session);
    assert_eq!(coap_session_get_nstart(session), 0);
    coap_free_context(rig.context);
    coap_free_context(rig.context);
    assert!(client(rig.context, 1).is_null());
    assert!(coap_session_get_context(session).is_null());
}

#[test]
fn a_pdu_is_given_away_once() {
    let rig = Rig::new();
    lines();
    let session = rig.client(1);
    let pdu = pdu_handle::adopt(request(Code::GET, 7, "x"));
    assert_eq!(coap_send(session, pdu), 7);
    assert_eq!(coap_send(session, pdu), COAP_INVALID_MID);
    coap_delete_pdu(pdu);
    assert_eq!(lines().len(), 2);
    assert_eq!(rig.sent().len(), 1);
}

#[test]
fn a_pdu_that_was_sent_can_be_read_while_it_is_kept_and_nothing_else() {
    let rig = Rig::new();
    lines();
    let session = rig.client(1);
    let [first, second, third] = [7, 8, 9].map(|mid| pdu_handle::adopt(request(Code::PUT, mid, "x")));
    assert_eq!([first, second, third].map(|pdu| coap_send(session, pdu)), [7, 8, 9]);
    assert_eq!((coap_pdu_get_mid(first), coap_pdu_get_code(first)), (7, COAP_REQUEST_CODE_PUT), "under way");
    assert_eq!(
        (coap_pdu_get_mid(second), coap_pdu_get_code(second)),
        (8, COAP_REQUEST_CODE_PUT),
        "its turn is later"
    );
    assert!(lines().is_empty());
    coap_pdu_set_code(first, COAP_REQUEST_CODE_GET);
    assert_eq!(coap_send(session, first), COAP_INVALID_MID);
    coap_delete_pdu(first);
    assert_eq!(lines().len(), 3, "it is the library's");
    assert_eq!(coap_pdu_get_code(first), COAP_REQUEST_CODE_PUT);
    coap_free_context(rig.context);
    assert_eq!(coap_pdu_get_mid(second), 8, "what was read stays");
    assert_eq!(coap_pdu_get_mid(third), COAP_INVALID_MID, "nobody has it any more");
    assert_eq!(lines().len(), 1);
}

/// A copy rests with its slot, so that a long payload is not kept twice.
#[test]
fn a_long_pdu_that_was_sent_can_be_read_but_for_its_payload() {
    let rig = Rig::new();
    let session = rig.client(1);
    for (length, expected) in [(8 << 10, 0), (1000, 1000)] {
        let mut pdu = request(Code::PUT, length as u16, "x");
        pdu.set_max_size(0);
        pdu.set_payload(&vec![1; length]).unwrap();
        let token = pdu.token().len();
        let pdu = pdu_handle::adopt(pdu);
        assert_eq!(coap_send(session, pdu), coap_mid_t::from(length as u16));
        assert_eq!((coap_pdu_get_code(pdu), coap_pdu_get_token(pdu).length), (COAP_REQUEST_CODE_PUT, token));
        let (mut read, mut data) = (0, ptr::null());
        // SAFETY: pointers to locals.
        unsafe { coap_get_data(pdu, &mut read, &mut data) };
        assert_eq!(read, expected);
    }
}

#[test]
fn a_pdu_in_the_place_of_one_that_was_sent_is_another() {
    let rig = Rig::new();
    let session = rig.client(1);
    let sent = pdu_handle::adopt(request(Code::PUT, 7, "x"));
    assert_eq!(coap_send(session, sent), 7);
    assert_eq!(coap_pdu_get_mid(sent), 7);
    let pdu = std::iter::repeat_with(|| coap_pdu_init(COAP_MESSAGE_NON, COAP_EMPTY_CODE, 1, 0));
    let pdu = { pdu }.find(|&pdu| pdu == sent || pdu_handle::take(pdu).is_none()).unwrap();
    assert_eq!((coap_pdu_get_mid(pdu), coap_pdu_get_token(pdu).length), (1, 0));
    coap_delete_pdu(pdu);
    assert_eq!(coap_pdu_get_mid(pdu), COAP_INVALID_MID, "deleted, not sent");
}

#[test]
#[cfg_attr(miri, ignore = "Miri is too slow for it")]
fn an_ended_key_rests_and_the_quarantine_is_bounded() {
    let rig = Rig::new();
    let first = rig.client(1);
    coap_session_release(first);
    let mut seen = std::collections::HashSet::from([first]);
    for round in 0..QUARANTINE {
        let session = rig.client(1);
        assert!(seen.insert(session), "handed out again after {round}");
        coap_session_release(session);
    }
    for _ in 0..100_000 {
        let session = rig.client(1);
        seen.insert(session);
        coap_session_release(session);
    }
    assert!(seen.len() <= QUARANTINE + 3, "{}", seen.len());
}

#[test]
fn an_address_that_was_asked_for_holds_and_stays_readable_for_a_while() {
    let rig = Rig::new();
    let session = rig.client(7);
    let address = coap_session_get_addr_remote(session);
    // SAFETY: what a C program does with the result.
    let port = || u16::from_be(unsafe { (*address).addr.sin.sin_port });
    let others: Vec<_> = (0..40).map(|port| rig.client(port)).collect();
    coap_session_set_mtu(session, 500);
    assert_eq!((port(), coap_session_get_addr_remote(session)), (7, address));
    coap_session_release(session);
    assert_eq!(port(), 7);
    for other in others {
        coap_session_get_addr_remote(other);
        coap_session_get_addr_local(other);
    }
    coap_free_context(rig.context);
    assert_eq!(port(), 7, "even after the context, up to {GRAVES} ends");
}

#[test]
fn a_changed_address_is_another_allocation() {
    let rig = Rig::new();
    let session = rig.client(7);
    let before = coap_session_get_addr_local(session);
    on_session("test", session, |context, id| {
        context.node.engine.set_local(id, peer(99));
        Some(())
    });
    let after = coap_session_get_addr_local(session);
    // SAFETY: what a C program does with the results.
    let ports = unsafe { ((*before).addr.sin.sin_port, (*after).addr.sin.sin_port) };
    assert_eq!((u16::from_be(ports.0), u16::from_be(ports.1)), (5683, 99));
    assert_eq!(coap_session_get_addr_local(session), after);
}

#[test]
fn a_panic_is_a_failure_value() {
    assert_eq!(entry(-1, || -> Option<i32> { panic!("never seen by C") }), -1);
    let rig = Rig::new();
    let under_lock = || on_context("test", rig.context, |_| -> Option<i32> { panic!("under the lock") });
    assert_eq!(entry(-1, under_lock), -1);
    assert!(!rig.client(1).is_null());
}

#[test]
fn a_resource_moves_from_the_nursery_with_its_keys() {
    let rig = Rig::new();
    let (mut path, mut name, mut value) = (text("lamp"), text("rt"), text("\"light\""));
    // SAFETY: strings that live.
    let resource = unsafe { coap_resource_init(&raw mut path, 0) };
    // SAFETY: as above.
    let attribute = unsafe { coap_add_attr(resource, &raw mut name, &raw mut value, 0) };
    // SAFETY: what a C program does with the result.
    let value = || unsafe {
        let value = coap_attr_get_value(attribute).as_ref()?;
        Some(crate::raw::bytes(value.s, value.length).to_vec())
    };
    assert_eq!(value().unwrap(), b"\"light\"");
    coap_add_resource(rig.context.wrapping_byte_add(16), resource); // no such context: nothing is lost
    assert_eq!(value().unwrap(), b"\"light\"");
    coap_add_resource(rig.context, resource);
    coap_add_resource(rig.context, resource); // twice: refused
    assert_eq!(value().unwrap(), b"\"light\"");
    // SAFETY: strings that live.
    let found = unsafe {
        (coap_get_resource_from_uri_path(rig.context, &raw mut path), coap_find_attr(resource, &raw mut name))
    };
    assert_eq!(found, (resource, attribute));
    assert_eq!(coap_delete_resource(ptr::null_mut(), resource), 1);
    assert_eq!(coap_delete_resource(ptr::null_mut(), resource), 0);
    assert!(value().is_none());
}

#[test]
fn resources_end_with_their_context_and_without_one() {
    let rig = Rig::new();
    // SAFETY: null is a path: the root.
    let (added, orphan) =
        unsafe { (coap_resource_init(ptr::null_mut(), 0), coap_resource_unknown_init(None)) };
    coap_add_resource(rig.context, added);
    coap_free_context(rig.context);
    assert!(coap_resource_get_uri_path(added).is_null());
    assert!(!coap_resource_get_uri_path(orphan).is_null());
    assert_eq!(coap_delete_resource(ptr::null_mut(), orphan), 1);
}

#[test]
fn a_string_that_was_given_away_stays_where_it_is() {
    let rig = Rig::new();
    // SAFETY: the string is made for this and not deleted here.
    let (path, resource) = unsafe {
        let path = crate::string::coap_new_str_const(b"given".as_ptr(), 5);
        (path, coap_resource_init(path, 1))
    };
    assert_eq!(coap_resource_get_uri_path(resource), path);
    coap_add_resource(rig.context, resource);
    assert_eq!(coap_resource_get_uri_path(resource), path);
    coap_delete_resource(rig.context, resource);
    // SAFETY: still readable, as its grave is new.
    assert_eq!(unsafe { (*path).length }, 5);
}

use super::*;

#[test]
fn a_pdu_that_is_gone_is_refused_everywhere() {
    // SAFETY: the key is stale on purpose.
    unsafe {
        let pdu = coap_pdu_init(0, 1, 1, 0);
        coap_delete_pdu(pdu);
        coap_delete_pdu(pdu);
        assert_eq!(coap_pdu_get_mid(pdu), COAP_INVALID_MID);
        assert_eq!(coap_add_token(pdu, 1, b"t".as_ptr()), 0);
        assert_eq!(coap_add_option(pdu, 11, 1, b"t".as_ptr()), 0);
        assert_eq!(coap_add_data(pdu, 1, b"t".as_ptr()), 0);
        assert!(coap_add_data_after(pdu, 1).is_null());
        assert!(coap_pdu_get_token(pdu).s.is_null());
        assert_eq!(coap_get_data(pdu, ptr::null_mut(), ptr::null_mut()), 0);
    }
}

#[test]
fn values_out_of_range_make_no_pdu() {
    assert!(coap_pdu_init(4, 1, 1, 0).is_null());
    assert!(coap_pdu_init(0, 256, 1, 0).is_null());
    assert!(coap_pdu_init(0, 1, -1, 0).is_null());
    assert!(coap_pdu_init(0, 1, 0x1_0000, 0).is_null());
}

#[test]
fn a_datagram_that_is_no_message_leaves_the_pdu_alone() {
    // SAFETY: objects of this library, used as documented.
    unsafe {
        let pdu = coap_pdu_init(0, 1, 7, 10);
        coap_add_token(pdu, 2, b"to".as_ptr());
        for datagram in [
            &b""[..],
            b"\x40",
            b"\x4f\x01\x00\x01",
            b"\x40\x01\x00\x01\xb5ab",
            b"\x40\x01\x00\x01\xbb12345678901",
        ] {
            assert_eq!(coap_pdu_parse(COAP_PROTO_UDP, datagram.as_ptr(), datagram.len(), pdu), 0);
        }
        assert_eq!(pdu_handle::with(pdu, |pdu| (pdu.mid(), pdu.token().to_vec())), Some((7, b"to".to_vec())));
        assert_eq!(coap_pdu_parse(COAP_PROTO_UDP, b"\x50\x01\x00\x09\xffx".as_ptr(), 6, pdu), 1);
        assert_eq!((coap_pdu_get_mid(pdu), coap_pdu_get_type(pdu)), (9, COAP_MESSAGE_NON));
        assert_eq!(pdu_handle::with(pdu, |pdu| pdu.max_size()), Some(10));
        coap_delete_pdu(pdu);
    }
}

/// Whether these bytes are one message as it goes over TCP.
fn parses(message: &[u8]) -> bool {
    // SAFETY: objects of this library, used as documented.
    unsafe {
        let pdu = coap_pdu_init(0, 0, 0, 100);
        let result = coap_pdu_parse(COAP_PROTO_TCP, message.as_ptr(), message.len(), pdu);
        coap_delete_pdu(pdu);
        result == 1
    }
}

#[test]
fn a_message_is_as_long_as_it_says_and_of_a_class_that_there_is() {
    let results =
        [&b"\x20\x01\xb1a"[..], b"\x10\x01\xb1a", b"\x30\x01\xb1a", b"\x00\x20", b"\x00\xc0"].map(parses);
    assert_eq!(results, [true, false, false, false, false]);
}

#[test]
fn signalling_messages_have_options_of_their_own() {
    for (message, why) in [
        (&b"\x40\xe1\x22\x04\x80\x20"[..], "Max-Message-Size of 2 bytes and Block-wise-transfer in a CSM"),
        (b"\x10\xe2\x20", "Custody in a Ping"),
        (b"\x30\xe4\x41\x05\x60", "Hold-Off in a Release, and an elective option that nobody knows"),
        (b"\x50\xe0\x74abcd", "a code that is not registered"),
    ] {
        assert!(parses(message), "{why}");
    }
    for (message, why) in [
        (&b"\x60\xe1\x25\x01\x01\x01\x01\x01"[..], "Max-Message-Size of 5 bytes"),
        (b"\x20\xe1\x41\x01", "Block-wise-transfer with a value"),
        (b"\x10\xe4\x20", "Alternative-Address without value"),
        (b"\x01\x00t", "a token in an empty message"),
        (b"\x10\xe5\x30", "a critical option that nobody knows"),
    ] {
        assert!(!parses(message), "{why}");
    }
}

#[test]
fn pointers_into_a_pdu_hold_while_it_is_only_read() {
    // SAFETY: the pointers are used while the PDU lives unchanged.
    unsafe {
        let pdu = coap_pdu_init(0, 1, 1, 0);
        coap_add_token(pdu, 4, b"abcd".as_ptr());
        coap_add_data(pdu, 3, b"xyz".as_ptr());
        let (mut length, mut data) = (0, ptr::null());
        coap_get_data(pdu, &mut length, &mut data);
        let token = coap_pdu_get_token(pdu);
        coap_pdu_set_mid(pdu, 5);
        coap_pdu_get_code(pdu);
        assert_eq!(raw::bytes(data, length), b"xyz");
        assert_eq!(raw::bytes(token.s, token.length), b"abcd");
        coap_delete_pdu(pdu);
    }
}

#[test]
fn phrases_are_c_strings() {
    // SAFETY: a constant string.
    unsafe {
        let phrase = std::ffi::CStr::from_ptr(coap_response_phrase(Code::NOT_FOUND.0));
        assert_eq!(phrase.to_bytes(), b"Not Found");
        assert!(coap_response_phrase(1).is_null());
    }
}

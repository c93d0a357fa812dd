use super::*;
use crate::pdu::{coap_add_option, coap_delete_pdu, coap_pdu_init};
use std::ffi::c_uint;

#[test]
fn a_list_is_sorted_and_options_of_a_number_keep_their_order() {
    let rows: [(u16, &[u8]); 4] = [(11, b"b"), (3, b"h"), (11, b"a"), (1, b"")];
    let mut list = ptr::null_mut();
    // SAFETY: pointers to locals and objects of this library, each deleted once.
    unsafe {
        for (number, value) in rows {
            coap_insert_optlist(&mut list, coap_new_optlist(number, value.len(), value.as_ptr()));
        }
        let pdu = coap_pdu_init(0, 1, 1, 0);
        assert_eq!(coap_add_optlist_pdu(pdu, &mut list), 1);
        let body = pdu_handle::with(pdu, |pdu| pdu.body().to_vec()).unwrap();
        assert_eq!(body, b"\x10\x21h\x81b\x01a");
        coap_delete_optlist(list);
        coap_delete_pdu(pdu);
    }
}

#[test]
fn values_may_come_from_the_pdu_itself() {
    // SAFETY: the pointer into the PDU is used before it is changed.
    unsafe {
        let pdu = coap_pdu_init(0, 1, 1, 0);
        coap_add_option(pdu, 11, 5, b"again".as_ptr());
        for _ in 0..100 {
            let mut walk = start(pdu, None);
            let option = coap_option_next(&mut walk);
            assert_eq!(coap_add_option(pdu, 11, 5, coap_opt_value(option)), 6);
        }
        assert_eq!(
            pdu_handle::with(pdu, |pdu| pdu.options().filter(|o| o.value == b"again").count()),
            Some(101)
        );
        coap_delete_pdu(pdu);
    }
}

#[test]
fn a_walk_over_no_pdu_is_over() {
    let mut walk = start(ptr::null(), None);
    // SAFETY: pointers to locals, or null.
    unsafe {
        assert!(coap_option_next(&mut walk).is_null());
        assert!(coap_option_next(ptr::null_mut()).is_null());
        assert!(coap_option_iterator_init(ptr::null(), &mut walk, ptr::null()).is_null());
        assert!(coap_check_option(ptr::null(), 11, &mut walk).is_null());
        assert!(coap_opt_value(ptr::null()).is_null());
        assert_eq!(coap_opt_size(ptr::null()), 0);
    }
}

#[test]
fn numbers_above_the_last_one_end_a_walk() {
    let bytes = *b"\xe0\xfe\xf2\xb0"; // 65535, then 11 more
    let mut walk = start(ptr::null(), None);
    (walk.flags, walk.length, walk.next_option) = (0, bytes.len(), bytes.as_ptr().cast_mut());
    // SAFETY: the bytes live through the walk.
    unsafe {
        assert!(!coap_option_next(&mut walk).is_null());
        assert_eq!(walk.number, u16::MAX);
        assert!(coap_option_next(&mut walk).is_null());
        let mut option = coap_option_t { delta: 0, length: 0, value: ptr::null() };
        assert_eq!(coap_opt_parse(b"\xe0\xfe\xf2".as_ptr(), 3, &mut option), 3);
        assert_eq!(coap_opt_parse(b"\xe0\xfe\xf3".as_ptr(), 3, &mut option), 0);
    }
}

#[test]
fn parsing_stays_within_the_length_given() {
    let bytes = *b"\xee\x01\x02\x00\x00vvvv";
    for length in 0..=bytes.len() {
        let cut = bytes[..length].to_vec(); // its own allocation: Miri and valgrind see a byte too far
        let mut result = coap_option_t { delta: 0, length: 0, value: ptr::null() };
        // SAFETY: readable for the length given.
        let size = unsafe { coap_opt_parse(cut.as_ptr(), cut.len(), &mut result) };
        assert_eq!(size, 0, "269 bytes of value are not there");
    }
    let size: c_uint = b"\xd1\x00v".len() as c_uint;
    let mut result = coap_option_t { delta: 0, length: 0, value: ptr::null() };
    // SAFETY: as above.
    assert_eq!(unsafe { coap_opt_parse(b"\xd1\x00v".as_ptr(), 3, &mut result) }, size as usize);
    assert_eq!((result.delta, result.length), (13, 1));
}

use super::*;
use std::{net::SocketAddr, ptr};

fn address(text: &str) -> coap_address_t {
    sockaddr::to_c(&text.parse::<SocketAddr>().unwrap().into())
}

#[test]
fn zones_and_flow_labels_do_not_make_addresses_differ() {
    let (one, other) = (address("[fe80::1%3]:1"), address("[fe80::1%4]:1"));
    // SAFETY: pointers to locals, or null.
    unsafe {
        assert_eq!(coap_address_equals(&one, &other), 1);
        assert_eq!(coap_address_equals(&one, &address("[fe80::1%3]:2")), 0);
        assert_eq!(coap_address_equals(&one, ptr::null()), 0);
        assert_eq!(coap_address_equals(&EMPTY, &EMPTY), 0);
        let mut copy = EMPTY;
        coap_address_copy(&mut copy, &one);
        assert_eq!(ip(&copy), ip(&one));
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no getifaddrs")]
fn groups_and_broadcast_are_told_from_hosts() {
    let rows = [
        ("224.0.1.187:5683", 1),
        ("[ff02::fd]:5683", 1),
        ("[::ffff:224.0.1.187]:5683", 1),
        ("255.255.255.255:5683", 1),
        ("127.0.0.1:5683", 0),
        ("[::1]:5683", 0),
    ];
    for (text, expected) in rows {
        // SAFETY: pointers to locals, or null.
        assert_eq!(unsafe { coap_is_mcast(&address(text)) }, expected, "{text}");
    }
    // SAFETY: as above.
    assert_eq!(unsafe { coap_is_mcast(ptr::null()) }, 0);
}

#[test]
fn unix_paths_are_decoded_and_cut() {
    assert_eq!(unix_path(&unix_domain(b"%2Ftmp%2fx")), Some(b"/tmp/x".to_vec()));
    assert_eq!(unix_path(&unix_domain(b"%2")), Some(b"%2".to_vec()));
    assert_eq!(unix_path(&unix_domain(&[b'a'; 100])), Some(vec![b'a'; 25]));
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no getaddrinfo for datagrams")]
fn resolving_numbers_gives_one_address_a_scheme() {
    let host = b"127.0.0.1";
    let name = coap_str_const_t { length: host.len(), s: host.as_ptr() };
    // SAFETY: pointers to locals; the list is read before it is freed.
    unsafe {
        let list = coap_resolve_address_info(&name, 0, 0, 0, 0, 0, 1, COAP_RESOLVE_TYPE_LOCAL);
        assert!((*list).next.is_null());
        assert_eq!((*list).proto, COAP_PROTO_UDP);
        assert_eq!(ip(&(*list).addr), "127.0.0.1:5683".parse().ok());
        coap_free_address_info(list);
        coap_free_address_info(ptr::null_mut());
    }
}

#[test]
fn names_that_are_too_long_or_hold_nul_are_refused() {
    for host in [vec![b'a'; 256], vec![b'a'; 100_000], b"local\0host".to_vec()] {
        let name = coap_str_const_t { length: host.len(), s: host.as_ptr() };
        // SAFETY: pointers to locals.
        assert!(unsafe { coap_resolve_address_info(&name, 1, 1, 1, 1, 0, 1, 0) }.is_null());
    }
}

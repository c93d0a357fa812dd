use super::*;

fn parts(text: &str) -> Result<coap_uri_t, c_int> {
    let mut uri = to_c(&NO_URI);
    // SAFETY: pointers to locals.
    match unsafe { coap_split_uri(text.as_ptr(), text.len(), &mut uri) } {
        0 => Ok(uri),
        code => Err(code),
    }
}

fn list_of(fill: impl FnOnce(*mut *mut coap_optlist_t) -> c_int) -> (c_int, Vec<(u16, Vec<u8>)>) {
    let mut list = ptr::null_mut();
    let result = fill(&mut list);
    let mut found = Vec::new();
    let mut next: *mut coap_optlist_t = list;
    // SAFETY: a list that the call made.
    unsafe {
        while let Some(node) = raw::read(next) {
            found.push((node.number, raw::bytes(node.data, node.length).to_vec()));
            next = node.next;
        }
        crate::option::coap_delete_optlist(list);
    }
    (result, found)
}

#[test]
fn what_is_not_a_uri_is_named_by_a_number() {
    let rows = [
        ("", -1),
        ("no scheme", -2),
        ("coap:///x", -3),
        ("coap://h:99999999999", -4),
        ("coap://%2Ftmp:1", -5),
        ("foo://h", -1),
        ("https://h", -1),
        ("http://h", -1),
    ];
    for (text, code) in rows {
        assert_eq!(parts(text).err(), Some(code), "{text}");
    }
    assert!(parts("coap://h?q").is_ok(), "a query needs no path (RFC 3986 section 3)");
}

#[test]
fn only_proxies_are_asked_for_http() {
    for (text, scheme, port) in [
        ("http://h/x", Scheme::Http, 80),
        ("https://h/x", Scheme::Https, 443),
        ("http://h:8/x", Scheme::Http, 8),
    ] {
        assert!(parts(text).is_err(), "{text}");
        let mut uri = to_c(&NO_URI);
        // SAFETY: pointers to locals.
        assert_eq!(unsafe { coap_split_proxy_uri(text.as_ptr(), text.len(), &mut uri) }, 0, "{text}");
        assert_eq!((uri.scheme, uri.port), (scheme as coap_uri_scheme_t, port));
        // SAFETY: the parts lie in the text.
        assert_eq!(unsafe { (bytes(&uri.host), bytes(&uri.path)) }, (&b"h"[..], &b"x"[..]));
    }
}

#[test]
fn what_is_wrong_with_a_scheme_is_logged() {
    crate::tests::lines();
    for text in ["http://h", "foo://h", "coap://", "://h"] {
        assert!(parts(text).is_err());
    }
    let schemes =
        ["http URI scheme not enabled (not a proxy)\n", "foo URI scheme unknown\n", " URI scheme unknown\n"];
    assert_eq!(crate::tests::lines(), schemes);
}

#[test]
fn percent_signs_at_the_end_are_not_read_past() {
    for text in ["%", "%A", "a/%", "%2"] {
        let (mut buffer, mut used) = ([0; 32], 32);
        let (text, buffer) = (text.as_bytes(), buffer.as_mut_ptr());
        // SAFETY: pointers to locals of these sizes.
        unsafe {
            let bad = text.split(|&byte| byte == b'/').count() as c_int - 1;
            assert_eq!(coap_split_path(text.as_ptr(), text.len(), buffer, &mut used), bad);
        }
        // SAFETY: as above.
        let (done, _) =
            list_of(|list| unsafe { coap_path_into_optlist(text.as_ptr(), text.len(), 11, list) });
        assert_eq!(done, 0);
    }
}

#[test]
fn a_path_in_a_list_is_resolved() {
    let path = b"a/./b/%2e%2E/c/..";
    // SAFETY: pointers to locals.
    let (done, list) = list_of(|list| unsafe { coap_path_into_optlist(path.as_ptr(), path.len(), 11, list) });
    assert_eq!((done, list), (1, vec![(11, b"a".to_vec())]));
    let up = b"../../x";
    // SAFETY: as above.
    let (done, list) = list_of(|list| unsafe { coap_path_into_optlist(up.as_ptr(), up.len(), 8, list) });
    assert_eq!((done, list), (1, vec![(8, b"x".to_vec())]));
}

#[test]
fn a_uri_becomes_a_list_without_a_limit() {
    let uri = parts("coap://h:1/a%20b?c&d%26").unwrap();
    // SAFETY: pointers to locals.
    let (done, list) = list_of(|list| unsafe { coap_uri_into_optlist(&uri, ptr::null(), list, 1) });
    let expected = [(7, &b"\x01"[..]), (11, b"a b"), (15, b"c"), (15, b"d&")];
    assert_eq!((done, list), (1, expected.map(|(number, value)| (number, value.to_vec())).to_vec()));
}

#[test]
fn a_clone_knows_its_scheme_and_stands_alone() {
    let text = b"/x?y".to_vec();
    // SAFETY: pointers to locals; each URI is deleted once.
    unsafe {
        let uri = coap_new_uri(text.as_ptr(), text.len() as c_uint);
        (*uri).scheme = Scheme::CoapTcp as coap_uri_scheme_t;
        let clone = coap_clone_uri(uri);
        coap_delete_uri(uri);
        assert_eq!((*clone).scheme, Scheme::CoapTcp as coap_uri_scheme_t);
        assert_eq!((bytes(&(*clone).path), bytes(&(*clone).query)), (&b"x"[..], &b"y"[..]));
        coap_delete_uri(clone);
    }
}

#[test]
fn no_text_is_not_a_uri_whatever_its_length() {
    // SAFETY: null, which is refused.
    unsafe {
        assert!(coap_new_uri(ptr::null(), 0).is_null());
        assert!(coap_new_uri(ptr::null(), 1 << 20).is_null());
    }
}

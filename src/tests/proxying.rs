//! Requests that are forwarded, and the keys that the program gives away with them.
use super::*;
use crate::{cache::*, mem, proxy::*, resource::*};

// The functions of one test run on its thread alone.
thread_local! {
    static RIG: Cell<*const Rig> = const { Cell::new(ptr::null()) };
    static FORWARDED: Cell<i32> = const { Cell::new(-1) };
}

fn server() -> coap_proxy_server_t {
    let nothing = coap_str_const_t { length: 0, s: ptr::null() };
    let (scheme, host) = (COAP_URI_SCHEME_COAP, text("127.0.0.2"));
    let uri = coap_uri_t { host, port: 9, path: nothing, query: nothing, scheme };
    let (dtls_pki, dtls_cpsk, oscore_conf) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    coap_proxy_server_t { uri, dtls_pki, dtls_cpsk, oscore_conf }
}

/// A path that is a number: that many requests more, each inside the handler of the one before. The last one is
/// forwarded with a cache key, and the context freed.
unsafe extern "C" fn forward_deep_inside(
    resource: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    _query: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    // SAFETY: the rig outlives the test's turns.
    let rig = unsafe { &*RIG.get() };
    let more: u16 = wish(request).parse().unwrap();
    if more > 0 {
        rig.receive(9, super::request(Code::GET, more, &(more - 1).to_string()));
        rig.turn();
        return;
    }
    let key = coap_cache_derive_key(session, request, COAP_CACHE_NOT_SESSION_BASED);
    let mut entry = server();
    let mut list = coap_proxy_server_list_t {
        entry: &mut entry,
        entry_count: 1,
        next_entry: 0,
        r#type: COAP_PROXY_REVERSE,
        track_client_session: 0,
        idle_timeout_secs: 0,
    };
    // SAFETY: the list and its entry live, and the key is the library's now.
    let forwarded =
        unsafe { coap_proxy_forward_request(session, request, response, resource, key, &mut list) };
    FORWARDED.set(forwarded);
    coap_free_context(rig.context);
}

/// So deep inside callbacks nothing is delivered any more: what the end of the context leaves is dropped with it.
#[test]
#[cfg_attr(miri, ignore = "opens a socket")]
fn a_key_given_away_is_deleted_with_the_context_however_deep_inside() {
    for depth in [0, 15] {
        let rig = Rig::new();
        RIG.set(&rig);
        // SAFETY: a function as it is to be.
        let resource = unsafe {
            let resource = coap_resource_unknown_init(None);
            coap_register_request_handler(resource, COAP_REQUEST_GET, Some(forward_deep_inside));
            resource
        };
        coap_add_resource(rig.context, resource);
        let before = mem::counted_here(COAP_CACHE_KEY);
        FORWARDED.set(-1);
        rig.receive(9, request(Code::GET, 100, &depth.to_string()));
        assert_eq!((rig.turn(), FORWARDED.get()), (-1, 1), "{depth}");
        assert_eq!(mem::counted_here(COAP_CACHE_KEY), before, "{depth}");
    }
}

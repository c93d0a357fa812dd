//! Resources that the program makes when a request comes for them.
use super::*;
use crate::resource::*;

// The functions of one test run on its thread alone.
thread_local! {
    static CONTEXT: Cell<*mut coap_context_t> = const { Cell::new(ptr::null_mut()) };
    static MADE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

unsafe extern "C" fn hello(
    _: *mut coap_resource_t,
    _: *mut coap_session_t,
    _: *const coap_pdu_t,
    _: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

fn plain(path: &'static str) -> *mut coap_resource_t {
    // SAFETY: a string and a function as they are to be.
    unsafe {
        let resource = coap_resource_init(&mut text(path), 0);
        coap_register_request_handler(resource, COAP_REQUEST_GET, Some(hello));
        resource
    }
}

unsafe extern "C" fn make(session: *mut coap_session_t, request: *const coap_pdu_t) -> *mut coap_resource_t {
    let path = wish(request);
    MADE.with_borrow_mut(|made| made.push(path.clone()));
    assert_eq!(coap_session_get_context(session), CONTEXT.get());
    match path.as_str() {
        "plain" => plain("plain"),
        "other" => plain("another path"),
        "added" => {
            let resource = plain("added");
            coap_add_resource(CONTEXT.get(), resource);
            resource
        }
        "delete" => {
            coap_delete_pdu(request.cast_mut());
            ptr::null_mut()
        }
        "free" => {
            coap_free_context(CONTEXT.get());
            plain("free")
        }
        "foreign" => CONTEXT.get().cast(),
        _ => ptr::null_mut(),
    }
}

fn rig() -> Rig {
    let rig = Rig::new();
    CONTEXT.set(rig.context);
    // SAFETY: a function as it is to be.
    unsafe { coap_register_dynamic_resource_handler(rig.context, Some(make), 2) };
    rig
}

/// The code of the answer to a GET.
fn get(rig: &Rig, mid: u16, path: &str) -> Option<Code> {
    rig.receive(1, request(Code::GET, mid, path));
    rig.turn();
    rig.sent().first().map(|pdu| pdu.code())
}

#[test]
fn the_resource_serves_the_request_that_it_was_made_for() {
    let rig = rig();
    assert_eq!(get(&rig, 1, "plain"), Some(Code::CONTENT));
    assert_eq!(get(&rig, 2, "plain"), Some(Code::CONTENT));
    assert_eq!(MADE.take(), ["plain"]);
    let mut path = text("plain");
    // SAFETY: a string as it is to be.
    let found = unsafe { coap_get_resource_from_uri_path(rig.context, &mut path) };
    assert_eq!(coap_delete_resource(rig.context, found), 1, "it is one like the others");
    // SAFETY: none.
    unsafe { coap_register_dynamic_resource_handler(rig.context, None, 0) };
    assert_eq!(get(&rig, 3, "plain"), Some(Code::NOT_FOUND));
    assert!(MADE.take().is_empty());
}

#[test]
fn whatever_the_function_does_the_request_is_answered() {
    let rig = rig();
    for (mid, (path, code)) in [
        ("none", Code::NOT_FOUND),
        ("other", Code::NOT_FOUND),
        ("added", Code::CONTENT),
        ("foreign", Code::NOT_FOUND),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(get(&rig, mid as u16, path), Some(code), "{path}");
    }
    assert_eq!(get(&rig, 9, "plain"), Some(Code::CONTENT), "what the program adds itself does not count");
    assert_eq!(get(&rig, 10, "unmade"), Some(Code::NOT_FOUND));
    assert_eq!(
        MADE.take().last().map(String::as_str),
        Some("plain"),
        "there are two: nobody is asked for more"
    );
}

#[test]
fn the_function_may_delete_the_request_and_free_the_context() {
    let rig = rig();
    rig.receive(1, request(Code::GET, 1, "delete"));
    rig.turn();
    let answer = rig.sent().remove(0);
    assert_eq!((answer.code(), answer.token()), (Code::NOT_FOUND, &1u16.to_be_bytes()[..]));
    assert_eq!(get(&rig, 2, "free"), None);
    assert!(!Home::alive(rig.context));
}

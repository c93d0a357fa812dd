//! What lives on over a restart: keys of observers, what callbacks may do, and files.
use super::*;
use crate::{deliver::Batch, resource::*, subscribe::*};
use std::{
    cell::{Cell, RefCell},
    ffi::{CString, c_int, c_void},
};

thread_local! {
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static CONTEXT: Cell<*mut coap_context_t> = const { Cell::new(ptr::null_mut()) };
    static KEYS: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// The next callback frees the context.
    static FREES: Cell<bool> = const { Cell::new(false) };
}

const OBSERVE: u16 = 6;

fn tell(line: String) {
    TOLD.with_borrow_mut(|told| told.push(line));
    if FREES.take() {
        coap_free_context(CONTEXT.get());
    }
}

fn told() -> Vec<String> {
    TOLD.take()
}

unsafe extern "C" fn added(
    session: *mut coap_session_t,
    key: *mut coap_subscription_t,
    _: coap_proto_t,
    _: *mut coap_address_t,
    _: *mut coap_addr_tuple_t,
    _: *mut coap_bin_const_t,
    _: *mut coap_bin_const_t,
    _: *mut c_void,
) -> c_int {
    KEYS.with_borrow_mut(|keys| keys.push(key.addr()));
    assert!(id_of(session).is_some());
    tell("added".into());
    1
}

unsafe extern "C" fn deleted(
    session: *mut coap_session_t,
    key: *mut coap_subscription_t,
    _: *mut c_void,
) -> c_int {
    let known = KEYS.with_borrow(|keys| keys.iter().position(|&known| known == key.addr()));
    let session = id_of(session).map_or("no session", |_| "session");
    tell(format!("deleted {known:?} {session}"));
    1
}

unsafe extern "C" fn number(
    _: *mut coap_context_t,
    name: *mut coap_str_const_t,
    number: u32,
    _: *mut c_void,
) -> c_int {
    // SAFETY: the library passes a string.
    let name = String::from_utf8_lossy(unsafe { crate::raw::string(name) });
    tell(format!("{name}: {number}"));
    1
}

unsafe extern "C" fn made(
    _: *mut coap_session_t,
    name: *mut coap_str_const_t,
    packet: *mut coap_bin_const_t,
    _: *mut c_void,
) -> c_int {
    // SAFETY: the library passes a string and a packet.
    let (name, packet) = unsafe {
        (crate::raw::string(name), crate::raw::read(packet).map(|it| crate::raw::bytes(it.s, it.length)))
    };
    let payload = Pdu::decode_udp(packet.unwrap()).unwrap().payload().to_vec();
    tell(format!("made {} by {}", String::from_utf8_lossy(name), String::from_utf8_lossy(&payload)));
    1
}

unsafe extern "C" fn gone(_: *mut coap_context_t, name: *mut coap_str_const_t, _: *mut c_void) -> c_int {
    // SAFETY: the library passes a string.
    tell(format!("gone {}", String::from_utf8_lossy(unsafe { crate::raw::string(name) })));
    1
}

unsafe extern "C" fn get(
    _: *mut coap_resource_t,
    _: *mut coap_session_t,
    _: *const coap_pdu_t,
    _: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CONTENT);
}

/// Makes the resource that a request asks for.
unsafe extern "C" fn put_unknown(
    _: *mut coap_resource_t,
    session: *mut coap_session_t,
    request: *const coap_pdu_t,
    _: *const coap_string_t,
    response: *mut coap_pdu_t,
) {
    let path = wish(request);
    tell(format!("put {path}, {:?}", crate::session::coap_session_get_state(session)));
    if path != "refused" {
        add(coap_session_get_context(session), &path);
    }
    coap_pdu_set_code(response, COAP_RESPONSE_CODE_CREATED);
}

fn add(context: *mut coap_context_t, path: &str) -> *mut coap_resource_t {
    let mut path = coap_str_const_t { length: path.len(), s: path.as_ptr() };
    // SAFETY: a path, which is copied, and a function as they are to be.
    let resource = unsafe {
        let resource = coap_resource_init(&raw mut path, 0);
        coap_register_request_handler(resource, COAP_REQUEST_GET, Some(get));
        resource
    };
    coap_resource_set_get_observable(resource, 1);
    coap_add_resource(context, resource);
    resource
}

fn server() -> (Rig, *mut coap_resource_t) {
    let rig = Rig::new();
    CONTEXT.set(rig.context);
    KEYS.take();
    let resource = add(rig.context, "state");
    // SAFETY: a function as it is to be.
    let unknown = unsafe { coap_resource_unknown_init(Some(put_unknown)) };
    coap_add_resource(rig.context, unknown);
    (rig, resource)
}

fn track(rig: &Rig, frequency: u32) {
    let (added, deleted, number): (coap_observe_added_t, coap_observe_deleted_t, coap_track_observe_value_t) =
        (Some(added), Some(deleted), Some(number));
    // SAFETY: functions as they are to be.
    unsafe {
        let (made, gone) = (Some(made as _), Some(gone as _));
        coap_persist_track_funcs(rig.context, added, deleted, number, made, gone, frequency, ptr::null_mut());
    }
}

fn registration(mid: u16) -> Pdu {
    let mut pdu = request(Code::GET, mid, "state");
    pdu.insert_option(OBSERVE, b"").unwrap();
    pdu
}

fn put(path: &str, payload: &str) -> Pdu {
    let mut pdu = request(Code::PUT, 9, path);
    pdu.set_payload(payload.as_bytes()).unwrap();
    pdu
}

#[test]
fn each_observer_has_a_key_of_its_own_until_its_end_is_told() {
    let (rig, resource) = server();
    track(&rig, 1000);
    for port in [1, 2] {
        rig.receive(port, registration(1));
    }
    rig.turn();
    assert_eq!(told(), ["added", "state: 2", "added", "state: 2"]);
    coap_delete_resource(rig.context, resource);
    assert_eq!(told(), ["gone state", "deleted Some(1) session", "deleted Some(0) session"]);
}

#[test]
fn observers_from_before_the_program_wanted_to_know_are_told_of_too() {
    let (rig, resource) = server();
    rig.receive(1, registration(1));
    rig.turn();
    track(&rig, 1000);
    coap_delete_resource(rig.context, resource);
    assert_eq!(told(), ["gone state", "deleted None session"]);
}

unsafe extern "C" fn release(data: *mut c_void) {
    tell(format!("released {}", data.addr()));
}

#[test]
fn the_user_data_of_a_resource_outlives_what_is_told_of_its_end() {
    for tracks in [false, true] {
        let (rig, resource) = server();
        if tracks {
            track(&rig, 1000);
        }
        // SAFETY: a function as it is to be.
        unsafe { coap_resource_release_userdata_handler(rig.context, Some(release)) };
        coap_resource_set_userdata(resource, ptr::without_provenance_mut(7));
        rig.receive(1, registration(1));
        rig.turn();
        told();
        rig.sent();
        coap_delete_resource(rig.context, resource);
        let expected: &[&str] = match tracks {
            true => &["gone state", "deleted Some(0) session", "released 7"],
            false => &["released 7"],
        };
        assert_eq!(told(), expected);
        assert_eq!(rig.sent().len(), 1, "the observer hears of it");
    }
}

#[test]
fn the_end_of_an_endpoint_and_of_the_context_is_told() {
    let (rig, _) = server();
    track(&rig, 1000);
    rig.receive(1, registration(1));
    rig.turn();
    told();
    coap_free_endpoint(rig.endpoint);
    assert_eq!(told(), ["deleted Some(0) session"]);
    drop(rig);
    assert_eq!(told(), ["gone state", "gone - Unknown -"]);
}

#[test]
fn any_of_the_functions_may_free_the_context() {
    // So many callbacks come before it.
    for before in 0..8 {
        let (rig, resource) = server();
        track(&rig, 1);
        let mut left = before;
        let mut arm = || {
            FREES.set(left == 0);
            left -= 1;
        };
        let steps: [&dyn Fn(); 4] = [
            &|| rig.receive(1, registration(1)),
            &|| rig.receive(1, put("new", "x")),
            &|| assert_eq!(coap_resource_notify_observers(resource, ptr::null()), 1),
            &|| assert_eq!(coap_delete_resource(rig.context, resource), 1),
        ];
        for step in steps.iter().take_while(|_| Home::alive(rig.context)) {
            arm();
            step();
            if Home::alive(rig.context) {
                rig.turn();
            }
        }
        FREES.set(false);
        assert_eq!(Home::alive(rig.context), before >= 4, "{before}: {:?}", told());
        told();
    }
}

#[test]
fn only_what_the_handler_of_unknown_paths_adds_is_made_by_a_request() {
    let (rig, _) = server();
    track(&rig, 1000);
    add(rig.context, "by hand");
    rig.receive(1, put("new", "payload"));
    rig.turn();
    add(rig.context, "afterwards");
    assert_eq!(told(), ["put new, 4", "made new by payload"]);
    let (other, _) = server();
    CONTEXT.set(other.context);
    assert!(told().is_empty());
}

#[test]
fn after_the_stop_nothing_is_told_and_observers_hear_nothing() {
    let (rig, resource) = server();
    track(&rig, 1);
    rig.receive(1, registration(1));
    rig.turn();
    rig.sent();
    told();
    coap_persist_stop(rig.context);
    coap_delete_resource(rig.context, resource);
    rig.turn();
    assert!(told().is_empty() && rig.sent().is_empty());
}

/// A directory for the files of one test. Under Miri there are none.
#[cfg(not(miri))]
struct Files(std::path::PathBuf);

#[cfg(not(miri))]
impl Files {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ferrocoap-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn start(&self, rig: &Rig) -> c_int {
        let name = |name| CString::new(self.0.join(name).to_str().unwrap()).unwrap();
        let (resources, observers, numbers) = (name("resources"), name("observers"), name("numbers"));
        // SAFETY: C strings.
        unsafe {
            coap_persist_startup(rig.context, resources.as_ptr(), observers.as_ptr(), numbers.as_ptr(), 10)
        }
    }
}

#[cfg(not(miri))]
impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The process is gone: the context does not end in order.
#[cfg(not(miri))]
fn kill(rig: Rig) {
    let files = on_context("test", rig.context, |context| Some(context.persistence.store.take()));
    drop(files);
}

#[cfg(not(miri))]
#[test]
fn what_a_context_kept_another_one_brings_back() {
    let files = Files::new("brings_back");
    let (rig, _) = server();
    assert_eq!(files.start(&rig), 1);
    rig.receive(1, registration(1));
    rig.receive(1, put("new", "x"));
    rig.receive(1, put("refused", "x"));
    rig.turn();
    kill(rig);
    told();
    let (rig, resource) = server();
    assert_eq!(files.start(&rig), 1);
    assert_eq!(told(), ["put new, 0"], "in a session to nobody, and not what made no resource");
    let sessions = on_context("test", rig.context, |context| Some(context.node.engine.sessions().count()));
    assert_eq!(sessions, Some(1), "that of the observer alone");
    rig.sent();
    assert_eq!(coap_resource_notify_observers(resource, ptr::null()), 1);
    rig.turn();
    let notification = rig.sent().pop().unwrap();
    assert_eq!(notification.token(), 1u16.to_be_bytes());
    assert_eq!(notification.option(OBSERVE).unwrap().uint(), Some(10), "2 to 9 may have been used");
    kill(rig);
}

/// How long the file of observers is whenever something leaves.
#[cfg(not(miri))]
fn lengths_at_sending(rig: &Rig, files: &Files) -> Arc<Mutex<Vec<u64>>> {
    let observers = files.0.join("observers");
    let lengths = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lengths);
    on_context("test", rig.context, |context| {
        context.node.set_filter(Some(Box::new(move |_| {
            seen.lock().unwrap().push(std::fs::metadata(&observers).unwrap().len());
            false
        })));
        Some(())
    });
    lengths
}

#[cfg(not(miri))]
#[test]
fn what_an_observer_is_told_is_written_before() {
    let files = Files::new("written_before");
    let (rig, resource) = server();
    assert_eq!(files.start(&rig), 1);
    let empty = std::fs::metadata(files.0.join("observers")).unwrap().len();
    let lengths = lengths_at_sending(&rig, &files);
    rig.receive(1, registration(1));
    rig.turn();
    coap_delete_resource(rig.context, resource);
    let lengths = lengths.lock().unwrap();
    let &[with_observer, without] = lengths.as_slice() else { panic!("{lengths:?}") };
    assert!(empty < with_observer, "it is kept when the answer leaves");
    assert!(with_observer < without, "and no more when it hears of the end");
}

#[cfg(not(miri))]
#[test]
fn each_observer_is_written_before_its_own_answer() {
    let files = Files::new("each_before");
    let (rig, _) = server();
    assert_eq!(files.start(&rig), 1);
    let lengths = lengths_at_sending(&rig, &files);
    for peer in 1..=3 {
        rig.receive(peer, registration(peer));
        rig.turn();
    }
    let lengths = lengths.lock().unwrap();
    assert_eq!(lengths.len(), 3);
    assert!(lengths.is_sorted_by(|before, after| before < after), "{lengths:?}");
}

#[cfg(not(miri))]
#[test]
fn what_comes_behind_events_that_are_left_to_other_threads_is_written_before_it_is_told() {
    let files = Files::new("behind_others");
    let (rig, resource) = server();
    assert_eq!(files.start(&rig), 1);
    rig.receive(1, registration(1));
    rig.turn();
    let lengths = lengths_at_sending(&rig, &files);
    for peer in [2, 3] {
        rig.receive(peer, request(Code::GET, 1, "state"));
    }
    let batch = on_context("test", rig.context, |context| {
        context.crew.pretend();
        let batch = Batch::take(context);
        assert!(context.node.engine.has_events(), "the second request is for somebody else");
        Some(batch)
    });
    let with_observer = std::fs::metadata(files.0.join("observers")).unwrap().len();
    coap_delete_resource(rig.context, resource);
    let of_end = *lengths.lock().unwrap().first().unwrap();
    assert!(with_observer < of_end, "the observer's end is written when it is told");
    batch.unwrap().deliver();
}

#[cfg(not(miri))]
#[test]
fn what_does_not_come_back_is_said_and_forgotten() {
    let files = Files::new("forgotten");
    let (rig, _) = server();
    files.start(&rig);
    rig.receive(1, registration(1));
    rig.receive(1, put("new", "x"));
    rig.turn();
    kill(rig);
    let rig = Rig::new();
    lines();
    assert_eq!(files.start(&rig), 1);
    let said = lines().concat();
    assert!(said.contains("resource 'new' has no handler that makes it"), "{said}");
    assert!(said.contains("resource 'state' not defined: 127.0.0.2:1 observes no more"), "{said}");
    kill(rig);
    let (rig, resource) = server();
    told();
    assert_eq!(files.start(&rig), 1);
    assert_eq!(told(), ["put new, 0"], "its handler was not there before");
    assert_eq!(coap_resource_notify_observers(resource, ptr::null()), 0);
    kill(rig);
}

#[cfg(not(miri))]
#[test]
fn functions_and_files_take_the_place_of_each_other() {
    let files = Files::new("take_place");
    let (rig, _) = server();
    track(&rig, 1);
    // SAFETY: null is no file.
    let nothing = unsafe { coap_persist_startup(rig.context, ptr::null(), ptr::null(), ptr::null(), 0) };
    assert_eq!(nothing, 1);
    rig.receive(1, registration(1));
    rig.turn();
    assert_eq!(told(), ["added", "state: 2"]);
    files.start(&rig);
    rig.receive(2, registration(1));
    rig.receive(1, put("new", "x"));
    rig.turn();
    assert_eq!(told(), ["put new, 4"]);
    track(&rig, 1);
    rig.receive(3, registration(1));
    rig.turn();
    assert_eq!(told(), ["added", "state: 2"]);
    drop(rig);
    let (rig, resource) = server();
    files.start(&rig);
    assert_eq!(coap_resource_notify_observers(resource, ptr::null()), 1);
    rig.sent();
    rig.turn();
    assert_eq!(rig.sent().len(), 1, "who came while the files were in use");
    told();
    kill(rig);
}

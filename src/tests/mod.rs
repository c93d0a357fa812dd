//! The rules of ownership at the C boundary, through the exported functions.
//!
//! Contexts here have endpoints and sessions without sockets: datagrams are put into the engine by hand, and what it
//! would send is written down. So nothing depends on the machine's network, and Miri can run it.
mod app_data;
mod callbacks;
mod calls;
mod creation;
mod lifetime;
mod listing;
mod loops;
mod objects;
mod observe;
mod parked;
mod persistence;
mod proxying;
pub(crate) mod threads;

use crate::{
    home::{Home, on_context, on_session},
    keys::Key,
    net::*,
    pdu::*,
    pdu_handle,
    session::*,
    types::*,
};
use coap_proto::{
    Address,
    engine::{Connect, EndpointId, Path, SessionId, Via},
    wire::{Code, MessageType, Pdu, Protocol},
};
use std::{
    cell::{Cell, RefCell},
    ffi::{CStr, c_char},
    ptr,
    sync::{Arc, Mutex, Once},
    time::Instant,
};

/// Few rounds under Miri.
pub(crate) const SMALL: bool = cfg!(miri);

/// A context with one endpoint.
pub(crate) struct Rig {
    pub(crate) context: *mut coap_context_t,
    pub(crate) endpoint: *mut coap_endpoint_t,
    endpoint_id: EndpointId,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        keep_lines();
        // SAFETY: null is an address here.
        let context = unsafe { coap_new_context(ptr::null()) };
        assert!(!context.is_null());
        let sent = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&sent);
        let endpoint = on_context("test", context, |context| {
            context.node.set_filter(Some(Box::new(move |transmit| {
                log.lock().unwrap().push(transmit.bytes.to_vec());
                false
            })));
            let id = context.node.engine.open_endpoint(here(), Protocol::Udp).ok()?;
            Some((context.add_endpoint(id)?.pointer(), id))
        });
        let (endpoint, endpoint_id) = endpoint.unwrap();
        Self { context, endpoint, endpoint_id, sent }
    }

    /// A client session that the program has one reference to.
    pub(crate) fn client(&self, port: u16) -> *mut coap_session_t {
        client(self.context, port)
    }

    /// A datagram comes in from a peer at this port; it is handled by the next turn of the loop.
    pub(crate) fn receive(&self, port: u16, mut pdu: Pdu) {
        let path = Path::new(here(), peer(port), 1);
        on_context("test", self.context, |context| {
            let via = Via::Endpoint(self.endpoint_id);
            context.node.engine.handle_datagram(Instant::now(), via, path, pdu.encode_udp());
            Some(())
        })
        .unwrap();
    }

    /// A datagram comes in for a client session.
    pub(crate) fn answer(&self, session: *mut coap_session_t, mut pdu: Pdu) {
        on_session("test", session, |context, id| {
            let remote = *context.session(id)?.remote();
            let path = Path::new(here(), remote, 1);
            context.node.engine.handle_datagram(Instant::now(), Via::Session(id), path, pdu.encode_udp());
            Some(())
        })
        .unwrap();
    }

    /// What was sent since the last call.
    pub(crate) fn sent(&self) -> Vec<Pdu> {
        let sent = std::mem::take(&mut *self.sent.lock().unwrap());
        sent.iter().map(|datagram| Pdu::decode_udp(datagram).unwrap()).collect()
    }

    /// A turn of the loop.
    pub(crate) fn turn(&self) -> i32 {
        coap_io_process(self.context, u32::MAX)
    }

    /// Sends a confirmable GET; its message ID.
    pub(crate) fn get(&self, session: *mut coap_session_t) -> u16 {
        let mid = coap_new_message_id(session);
        let mut pdu = Pdu::new(MessageType::Con, Code::GET, mid, 0);
        pdu.set_token(&mid.to_be_bytes()).unwrap();
        assert_eq!(coap_send(session, pdu_handle::adopt(pdu)), i32::from(mid));
        mid
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if Home::alive(self.context) {
            coap_free_context(self.context);
        }
    }
}

pub(crate) fn client(context: *mut coap_context_t, port: u16) -> *mut coap_session_t {
    client_over(Protocol::Udp, context, port)
}

/// A client session; over a stream, it is not connected yet.
pub(crate) fn client_over(
    protocol: Protocol,
    context: *mut coap_context_t,
    port: u16,
) -> *mut coap_session_t {
    let to = Connect { local: Some(here()), remote: peer(port), protocol };
    let key = on_context("test", context, |context| {
        let id = context.node.engine.connect(Instant::now(), to).ok()?;
        context.session_key(id)
    });
    key.map_or(ptr::null_mut(), Key::pointer)
}

/// The engine's id of a session.
pub(crate) fn id_of(session: *mut coap_session_t) -> Option<SessionId> {
    on_session("test", session, |_, id| Some(id))
}

pub(crate) fn here() -> Address {
    Address::Ip(([127, 0, 0, 1], 5683).into())
}

pub(crate) fn peer(port: u16) -> Address {
    Address::Ip(([127, 0, 0, 2], port).into())
}

/// A confirmable request for a path of one segment.
pub(crate) fn request(code: Code, mid: u16, path: &str) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Con, code, mid, 0);
    pdu.set_token(&mid.to_be_bytes()).unwrap();
    pdu.add_option(11, path.as_bytes()).unwrap();
    pdu
}

/// A piggybacked response to a message with this ID.
pub(crate) fn response(mid: u16) -> Pdu {
    let mut pdu = Pdu::new(MessageType::Ack, Code::CONTENT, mid, 0);
    pdu.set_token(&mid.to_be_bytes()).unwrap();
    pdu
}

/// A string as C passes it.
pub(crate) fn text(text: &'static str) -> coap_str_const_t {
    coap_str_const_t { length: text.len(), s: text.as_ptr() }
}

/// The path of a request that C holds: what the test wants done.
pub(crate) fn wish(request: *const coap_pdu_t) -> String {
    let option = |pdu: &mut Pdu| pdu.option(11).map(|option| option.value.to_vec());
    String::from_utf8(pdu_handle::with(request, option).flatten().unwrap_or_default()).unwrap()
}

thread_local!(static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });

/// What this thread logged since the last call.
pub(crate) fn lines() -> Vec<String> {
    keep_lines();
    LINES.take()
}

/// From now on each thread keeps what it logs.
fn keep_lines() {
    static SET: Once = Once::new();
    // SAFETY: the function is as the type says, for as long as the process lives.
    SET.call_once(|| unsafe { crate::debug::coap_set_log_handler(Some(keep_line)) });
}

thread_local!(static HOOK: Cell<Option<fn()>> = const { Cell::new(None) });

/// Has the log handler do this at this thread's next line.
pub(crate) fn at_next_line(hook: fn()) {
    lines();
    HOOK.set(Some(hook));
}

unsafe extern "C" fn keep_line(_: coap_log_t, line: *const c_char) {
    // SAFETY: the library passes a C string.
    let line = unsafe { CStr::from_ptr(line) }.to_string_lossy().into_owned();
    LINES.with_borrow_mut(|lines| lines.push(line));
    if let Some(hook) = HOOK.take() {
        hook();
    }
}

//! Observing (RFC 7641).
mod client;
mod limits;
mod notifications;
mod registration;
mod restart;
mod rfc7641;

use super::testing::{CLIENT, Datagram, Pair, SERVER, Told, address};
use crate::block::BlockMode;
use crate::engine::{Config, Event, RequestEvent, ResourceId};
use crate::resource::{MethodMask, Resource};
use crate::wire::{Code, MessageType, Pdu, option, uint};

/// Keeps track of observations; two requests alike have the same cache key.
const TRACKING: BlockMode = BlockMode::USE_LIBCOAP.with(BlockMode::NO_PREEMPTIVE_RTAG);

/// An observable resource of the server at `path`. What it answers changes with every call.
fn observable(pair: &mut Pair, path: &str, flags: u32) -> ResourceId {
    let mut resource = Resource::new(path.as_bytes(), flags);
    resource.methods = MethodMask::ALL;
    resource.observable = true;
    let mut calls = 0u32;
    pair.handler = Box::new(move |_, response| {
        calls += 1;
        response.set_code(Code::CONTENT);
        response.set_payload(calls.to_string().as_bytes()).unwrap();
    });
    pair.server.add_resource(pair.now, resource).0
}

/// A pair whose client observes `temp` of the server.
fn observing(flags: u32) -> (Pair, ResourceId) {
    let config = Config { block_mode: TRACKING, ..Config::default() };
    let mut pair = Pair::with(config, Config::default());
    let resource = observable(&mut pair, "temp", flags);
    let request = register(&mut pair, b"t");
    assert_eq!(pair.ask(request), Some(Code::CONTENT));
    pair.wire.clear();
    (pair, resource)
}

/// A GET of `temp` with an Observe option.
fn observe_request(pair: &mut Pair, token: &[u8], action: u64) -> Pdu {
    let mut request = pair.request(MessageType::Con, Code::GET, "temp");
    request.update_token(token).unwrap();
    request.insert_option(option::OBSERVE, &uint::encode(action)).unwrap();
    request
}

fn register(pair: &mut Pair, token: &[u8]) -> Pdu {
    observe_request(pair, token, 0)
}

/// The resource changes, and its observers are notified.
fn change(pair: &mut Pair, resource: ResourceId) {
    assert!(pair.server.notify(pair.now, resource));
    serve(pair);
}

/// Lets the server do what is due.
fn serve(pair: &mut Pair) {
    while pair.server.poll_timeout().is_some_and(|at| at <= pair.now) {
        pair.server.handle_timeout(pair.now);
        pair.pump();
    }
}

/// What the server sent since, as messages.
fn sent(pair: &mut Pair) -> Vec<Pdu> {
    let from_server = |datagram: &Datagram| !datagram.from_client;
    pair.wire.drain(..).filter(from_server).map(|datagram| datagram.pdu()).collect()
}

fn number(pdu: &Pdu) -> Option<u64> {
    pdu.option(option::OBSERVE).map(|observe| observe.uint().unwrap())
}

/// The numbers and payloads that the client's application got since.
fn delivered(pair: &mut Pair) -> Vec<(Option<u64>, String)> {
    let response = |told| match told {
        Told::Response(_, received) => {
            Some((number(&received), String::from_utf8(received.payload().to_vec()).unwrap()))
        }
        _ => None,
    };
    pair.client_told.drain(..).filter_map(response).collect()
}

/// The handler's turn, taken out of the server.
fn next_call(pair: &mut Pair) -> Option<Box<RequestEvent>> {
    while let Some(event) = pair.server.poll_event() {
        if let Event::Request(request) = event {
            return Some(request);
        }
    }
    None
}

/// A message comes to the server from its client.
fn from_client(pair: &mut Pair, mut pdu: Pdu) {
    pair.inject(address(CLIENT), address(SERVER), pdu.encode_udp());
}

fn empty(kind: MessageType, mid: u16) -> Pdu {
    Pdu::new(kind, Code::EMPTY, mid, 0)
}

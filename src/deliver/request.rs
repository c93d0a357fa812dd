//! Requests: a resource's handler runs.
use super::{Lent, late};
use crate::{
    block::bodies,
    cell::upcall,
    context::Context,
    entry::entry,
    home::Home,
    keys::Key,
    persistence::{self, Handling},
    types::*,
    user_data::Release,
};
use coap_proto::{
    block::{Extent, LargeBody},
    engine::{RequestEvent, RequestId, RequestTicket, SessionId, error_response},
    wire::{Code, MessageType, Pdu, Protocol, uri::compose_query},
};
use std::{ptr, time::Instant};

/// A `coap_method_handler_t` that is one.
type MethodHandler = unsafe extern "C" fn(
    *mut coap_resource_t,
    *mut coap_session_t,
    *const coap_pdu_t,
    *const coap_string_t,
    *mut coap_pdu_t,
);

/// What is to be called for a request.
struct Called {
    session: Key,
    /// `None`: the resource or its handler went after the request came.
    handler: Option<(Key, MethodHandler)>,
    /// The request may make resources that are to come back after a restart.
    making: Option<(Key, Protocol)>,
}

/// What came of it. Request and response as the handler leaves them, and what the response does not bear itself.
struct Answered {
    request: Pdu,
    response: Pdu,
    body: Option<Box<LargeBody>>,
}

/// Stands for a message that the program has deleted or sent off.
#[derive(Clone, Copy)]
struct Empty(MessageType, u16);

impl Empty {
    fn make(self) -> Pdu {
        Pdu::new(self.0, Code::EMPTY, self.1, 0)
    }

    fn answer(self) -> Answered {
        Answered { request: self.make(), response: self.make(), body: None }
    }
}

/// A request that the engine has handed out. A panic in this library before it is finished finishes it, without an
/// answer: else its session would be held for ever. Not to be dropped under the lock.
struct Unfinished(Home, Option<(RequestTicket, Empty)>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some((ticket, empty)) = self.1.take() else { return };
        // During a panic a second one must not get out of here.
        entry((), || self.0.enter(|context| finish(context, Instant::now(), ticket, empty.answer())));
    }
}

/// Runs the handler and has the engine send what it answers. The session waits for the end of this, whatever becomes
/// of the handler: the engine has handed the request out. What the batch has sent goes out if the last time, `flushed`,
/// is too long ago.
pub(super) fn deliver(home: Home, request: RequestId, flushed: &mut Instant) {
    let mut unfinished = Unfinished(home, None);
    let found = home.enter(|context| {
        let event = context.node.engine.take_request(request)?;
        unfinished.1 = Some((event.ticket, Empty(event.response.kind(), event.response.mid())));
        let called = find_handler(context, &event);
        Some((event, called))
    });
    // `None`: the context is gone.
    let Some((event, called)) = found.flatten() else { return };
    let (ticket, session) = (event.ticket, event.session);
    let empty = Empty(event.response.kind(), event.response.mid());
    let answered = called.and_then(|called| run_handler(called, event, empty));
    let answered = answered.unwrap_or_else(|| empty.answer());
    let (now, rest) = (Instant::now(), answered.body.as_ref().map(|body| body.ticket()));
    let finished = home.enter(|context| {
        unfinished.1 = None;
        finish(context, now, ticket, answered);
        late(context, now, flushed);
        context.settle_session(session)
    });
    match (finished, rest) {
        (Some(release), _) => release.into_iter().for_each(Release::call),
        // The context went meanwhile.
        (None, Some(ticket)) => bodies::release(ticket),
        (None, None) => {}
    }
}

fn finish(context: &mut Context, now: Instant, ticket: RequestTicket, answered: Answered) {
    let (engine, Answered { request, response, body }) = (&mut context.node.engine, answered);
    match body {
        Some(body) => engine.finish_request_with_body(now, ticket, &request, response, *body),
        None => engine.finish_request(now, ticket, &request, response),
    }
    engine.reuse_pdu(request);
}

fn run_handler(called: Called, event: RequestEvent, empty: Empty) -> Option<Answered> {
    let RequestEvent { mut request, extent, response, .. } = event;
    let Some((resource, handler)) = called.handler else {
        let response = error_response(&request, Code::NOT_FOUND, &Default::default());
        return Some(Answered { request, response, body: None });
    };
    let making = called.making.map(|(context, protocol)| (context, called.session, protocol, &mut request));
    let _handling = Handling::begin(making);
    call(handler, resource, called.session, (request, extent), response, empty)
}

/// `None`: it is no longer to be answered.
fn find_handler(context: &mut Context, event: &RequestEvent) -> Option<Called> {
    if !context.node.engine.start_handler(event.ticket) {
        return None;
    }
    let method = method_of(&event.request);
    let face = context.resource_face(event.resource);
    let handler = face.and_then(|face| Some((face.key, (*face.handlers.get(method)?)?)));
    let session = context.session_key(event.session)?;
    let making = persistence::may_make_resources(context, event.resource).then(|| {
        let protocol = context.session(event.session)?.protocol();
        Some((context.key, protocol))
    });
    Some(Called { session, handler, making: making.flatten() })
}

/// Where the handler of a request's method is among those of a resource.
fn method_of(request: &Pdu) -> usize {
    usize::from(request.code().0).wrapping_sub(1)
}

/// Has the handler for unknown paths run for a request of an earlier process, in a session to nobody. Its answer goes
/// nowhere. `None`: there is no such handler.
pub(crate) fn replay(home: Home, session: SessionId, protocol: Protocol, mut request: Pdu) -> Option<()> {
    let method = method_of(&request);
    let (context, session, resource, handler) = home.enter(|context| {
        let unknown = context.node.engine.resources().unknown()?;
        let face = context.resource_face(unknown)?;
        let (resource, handler) = (face.key, (*face.handlers.get(method)?)?);
        Some((context.key, context.session_key(session)?, resource, handler))
    })??;
    let _handling = Handling::begin(Some((context, session, protocol, &mut request)));
    let empty = Empty(request.kind(), request.mid());
    let extent = Extent::whole(&request);
    let answered = call(handler, resource, session, (request, extent), empty.make(), empty)?;
    if let Some(body) = answered.body {
        bodies::release(body.ticket());
    }
    Some(())
}

/// Runs a handler.
fn call(
    handler: MethodHandler,
    resource: Key,
    session: Key,
    (request, extent): (Pdu, Extent),
    response: Pdu,
    empty: Empty,
) -> Option<Answered> {
    let mut query = Query::of(&request);
    let (request, response) = (Lent::at(request, session, extent)?, Lent::new(response, session)?);
    let query = query.pointer();
    // SAFETY: the program registered this function for such calls; PDUs and query are C's until it returns.
    upcall(|| unsafe {
        handler(resource.pointer(), session.pointer(), request.pointer, query, response.pointer);
    });
    let request = request.back().unwrap_or_else(|| empty.make());
    let (response, body) = response.back_with_body().unwrap_or_else(|| (empty.make(), None));
    Some(Answered { request, response, body })
}

/// The query of a request as handlers get it: not at all, if there is none.
struct Query(Option<(Vec<u8>, coap_string_t)>);

impl Query {
    fn of(request: &Pdu) -> Self {
        Self(compose_query(request).map(|mut text| {
            let length = text.len();
            text.push(0);
            (text, coap_string_t { length, s: ptr::null_mut() })
        }))
    }
    /// Valid until this value is touched again.
    fn pointer(&mut self) -> *const coap_string_t {
        let Some((text, string)) = &mut self.0 else { return ptr::null() };
        string.s = text.as_mut_ptr();
        string
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{home::on_context, resource::*, tests::Rig};
    use coap_proto::engine::Event;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    unsafe extern "C" fn nothing(
        _: *mut coap_resource_t,
        _: *mut coap_session_t,
        _: *const coap_pdu_t,
        _: *const coap_string_t,
        _: *mut coap_pdu_t,
    ) {
    }

    #[test]
    fn a_panic_does_not_leave_a_request_open() {
        let rig = Rig::new();
        // SAFETY: null is a path here, and the function one that does nothing.
        let resource = unsafe {
            let resource = coap_resource_init(ptr::null_mut(), 0);
            coap_register_request_handler(resource, COAP_REQUEST_GET, Some(nothing));
            resource
        };
        coap_add_resource(rig.context, resource);
        rig.receive(7, Pdu::new(MessageType::Con, Code::GET, 1, 0));
        let (home, ticket) = on_context("test", rig.context, |context| {
            let engine = &mut context.node.engine;
            let events = std::iter::from_fn(|| engine.poll_event());
            let ids: Vec<_> = events
                .filter_map(|event| if let Event::Request(id) = event { Some(id) } else { None })
                .collect();
            let ticket = engine.take_request(ids[0])?.ticket;
            Some((Home::of(context), ticket))
        })
        .unwrap();
        let empty = Empty(MessageType::Ack, 1);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _unfinished = Unfinished(home, Some((ticket, empty)));
            home.enter(|_| panic!("in the middle"));
        }));
        assert!(panicked.is_err());
        rig.turn();
        let sent = rig.sent();
        assert_eq!(sent.iter().map(Pdu::mid).collect::<Vec<_>>(), [1]);
    }
}

//! Requests: a resource's handler runs.
use super::late;
use crate::{
    block::bodies,
    cell::upcall,
    context::Context,
    entry::entry,
    home::Home,
    keys::Key,
    pdu_handle::{self, Loan, Part},
    persistence::{self, Handling},
    types::*,
    user_data::Release,
};
use coap_proto::{
    block::{Extent, LargeBody},
    engine::{RequestEvent, SessionId, error_response},
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

/// Stands for a message that the program has deleted or sent off: type and message ID of the response.
#[derive(Clone, Copy)]
struct Empty(MessageType, u16);

impl Empty {
    fn of(event: &RequestEvent) -> Self {
        Self(event.response.kind(), event.response.mid())
    }
    fn make(self) -> Pdu {
        Pdu::new(self.0, Code::EMPTY, self.1, 0)
    }
}

/// A request that the engine has handed out. A panic in this library before it is finished finishes it, without an
/// answer: else its session would be held for ever. Not to be dropped under the lock.
struct Unfinished {
    home: Home,
    empty: Empty,
    event: Option<Box<RequestEvent>>,
}

impl Unfinished {
    #[cold]
    fn finish(&self, mut event: Box<RequestEvent>) {
        // During a panic a second one must not get out of here.
        entry((), || {
            (event.request, event.response) = (self.empty.make(), self.empty.make());
            self.home.enter(|context| context.node.engine.finish_request(Instant::now(), event))
        });
    }
}

impl Drop for Unfinished {
    #[inline]
    fn drop(&mut self) {
        if let Some(event) = self.event.take() {
            self.finish(event);
        }
    }
}

/// Runs the handler and has the engine send what it answers. The session waits for the end of this, whatever becomes
/// of the handler: the engine has handed the request out. What the batch has sent goes out if it is `flush_at` already.
pub(super) fn deliver(home: Home, event: Box<RequestEvent>, flush_at: &mut Instant) {
    let (session, empty) = (event.session, Empty::of(&event));
    let mut unfinished = Unfinished { home, empty, event: Some(event) };
    let Some(event) = &mut unfinished.event else { return };
    let called = home.enter(|context| find_handler(context, event));
    // `None`: the context is gone.
    let Some(called) = called else { return };
    let body = called.and_then(|called| run_handler(called, event, empty));
    let (now, rest) = (Instant::now(), body.as_ref().map(|body| body.ticket()));
    let finished = home.enter(|context| {
        let engine = &mut context.node.engine;
        match (unfinished.event.take(), body) {
            (Some(event), Some(body)) => engine.finish_request_with_body(now, event, *body),
            (Some(event), None) => engine.finish_request(now, event),
            (None, _) => {}
        }
        late(context, now, flush_at);
        context.settle_session(session)
    });
    match (finished, rest) {
        (Some(release), _) => release.into_iter().for_each(Release::call),
        // The context went meanwhile.
        (None, Some(ticket)) => bodies::release(ticket),
        (None, None) => {}
    }
}

/// The response is filled in; what it does not bear itself of a large body comes back.
fn run_handler(called: Called, event: &mut RequestEvent, empty: Empty) -> Option<Box<LargeBody>> {
    let RequestEvent { request, extent, response, .. } = event;
    let Some((resource, handler)) = called.handler else {
        *response = error_response(request, Code::NOT_FOUND, &Default::default());
        return None;
    };
    let making = called.making.map(|(context, protocol)| (context, called.session, protocol, &mut *request));
    let _handling = Handling::begin(making);
    call(handler, (resource, called.session), (request, *extent), response, empty)
}

/// `None`: it is no longer to be answered.
fn find_handler(context: &mut Context, event: &RequestEvent) -> Option<Called> {
    if !context.node.engine.start_handler(&event.ticket) {
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
    let (extent, mut response) = (Extent::whole(&request), empty.make());
    bodies::discard(call(handler, (resource, session), (&mut request, extent), &mut response, empty));
    Some(())
}

/// Runs a handler. In place of a message that the program deletes or sends off there is an empty one afterwards. What
/// the response does not bear itself of a large body comes back.
fn call(
    handler: MethodHandler,
    (resource, session): (Key, Key),
    (request, extent): (&mut Pdu, Extent),
    response: &mut Pdu,
    empty: Empty,
) -> Option<Box<LargeBody>> {
    let mut query = Query::of(request);
    let part = Part { offset: extent.offset, total: extent.total };
    let loans = pdu_handle::lend_both((request, Some(part)), response, Some(session))?;
    let ([lent_request, lent_response], query) = (loans.each_ref().map(Loan::pointer), query.pointer());
    // SAFETY: the program registered this function for such calls; PDUs and query are C's until it returns.
    upcall(|| unsafe {
        handler(resource.pointer(), session.pointer(), lent_request, query, lent_response);
    });
    let [from_request, from_response] = Loan::both_back_to(loans, [request, response]);
    match from_request {
        Some(body) => bodies::discard(body),
        None => *request = empty.make(),
    }
    from_response.unwrap_or_else(|| {
        *response = empty.make();
        None
    })
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
        let (home, event) = on_context("test", rig.context, |context| {
            let engine = &mut context.node.engine;
            let mut events = std::iter::from_fn(|| engine.poll_event());
            let event = events.find_map(|event| if let Event::Request(it) = event { Some(it) } else { None });
            Some((Home::of(context), event?))
        })
        .unwrap();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let empty = Empty::of(&event);
            let mut unfinished = Unfinished { home, empty, event: Some(event) };
            std::mem::take(&mut unfinished.event.as_mut().unwrap().response); // C has it
            home.enter(|_| panic!("in the middle"));
        }));
        assert!(panicked.is_err());
        rig.turn();
        let sent = rig.sent();
        assert_eq!(sent.iter().map(Pdu::mid).collect::<Vec<_>>(), [1]);
    }
}

//! Responses: the program's handler for them runs.
use super::{Lent, late, settle_call};
use crate::{
    calls::Outcome, cell::upcall, home::Home, keys::Key, pdu_handle, proxy, types::*, user_data::Release,
};
use coap_proto::{
    engine::{Relayed, ResponseEvent},
    wire::Pdu,
};
use std::time::Instant;

/// What is made of a response: whether it is accepted, and the messages, if they are still there.
struct Handled {
    accepted: bool,
    messages: [Option<Pdu>; 2],
}

impl Handled {
    fn of(accepted: bool) -> Self {
        Self { accepted, messages: [None, None] }
    }
}

/// Runs the handler. The session waits for the end of this, whatever becomes of it: the engine has handed the response
/// out. What the batch has sent goes out if it is `flush_at` already.
pub(super) fn deliver(home: Home, event: ResponseEvent, flush_at: &mut Instant) {
    let (ticket, session) = (event.ticket, event.session);
    let Handled { accepted, messages } = run_handler(home, event).unwrap_or_else(|| Handled::of(true));
    let now = Instant::now();
    let release = home.enter(|context| {
        let engine = &mut context.node.engine;
        engine.finish_response(now, ticket, accepted);
        messages.into_iter().flatten().for_each(|pdu| engine.reuse_pdu(pdu));
        late(context, now, flush_at);
        context.settle_session(session)
    });
    release.flatten().into_iter().for_each(Release::call);
}

fn run_handler(home: Home, mut event: ResponseEvent) -> Option<Handled> {
    let called = home.enter(|context| {
        let engine = &mut context.node.engine;
        engine.recall(&event.ticket.origin);
        if context.calls.awaits(event.session, event.received.token()) {
            return None;
        }
        let proxies = context.handlers.proxy_response.is_some();
        let tag = if proxies { engine.take_forward_tag(event.session, &event.received) } else { None };
        Some((context.handlers, tag, context.session_key(event.session)))
    })?;
    let Some((handlers, tag, key)) = called else {
        let ResponseEvent { session, received, extent, .. } = event;
        let token = received.token().to_vec();
        settle_call(home, |calls| calls.settle(session, &token, Outcome::Response(received, extent)));
        return Some(Handled::of(true));
    };
    let key = key?;
    if let (Some(handler), Some(Relayed { tag, .. })) = (handlers.proxy_response, tag) {
        return run_proxy_handler(home, event, (handler, tag, key)).map(Handled::of);
    }
    let handler = handlers.response?;
    let mid = event.received.mid();
    let sent = Lent::sent(event.sent, key);
    let received = Lent::at(&mut event.received, key, event.extent)?;
    // SAFETY: the program registered this function for such calls; the PDUs are C's until the call returns.
    let answer =
        upcall(|| unsafe { handler(key.pointer(), sent.pointer, received.pointer, coap_mid_t::from(mid)) });
    Some(Handled { accepted: answer != COAP_RESPONSE_FAIL, messages: [sent.back(), received.back()] })
}

/// What the handler makes of a response is passed on to the client.
fn run_proxy_handler(
    home: Home,
    mut event: ResponseEvent,
    (handler, tag, key): (ProxyResponseHandler, u64, Key),
) -> Option<bool> {
    let token = event.received.token().to_vec();
    let sent = Lent::sent(event.sent, key);
    let received = Lent::at(&mut event.received, key, event.extent)?;
    let cache_key = proxy::cache_key_of(tag);
    // SAFETY: the program registered this function for such calls; the PDUs are C's until the call returns.
    let answer = upcall(|| unsafe { handler(key.pointer(), sent.pointer, received.pointer, cache_key) });
    let response = if answer == received.pointer { received.back() } else { pdu_handle::take(answer) };
    let Some(response) = response else { return Some(false) };
    home.command(|context, now| context.node.engine.forward_response(now, event.session, &token, &response));
    Some(true)
}

type ProxyResponseHandler = unsafe extern "C" fn(
    *mut coap_session_t,
    *const coap_pdu_t,
    *mut coap_pdu_t,
    *mut coap_cache_key_t,
) -> *mut coap_pdu_t;

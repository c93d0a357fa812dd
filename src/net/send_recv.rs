//! Sending a request, and waiting for its response.
use super::io::{milliseconds, step};
use crate::{
    block::bodies,
    calls::Outcome,
    deliver,
    entry::entry,
    home::{Home, command_session, on_session},
    interrupts,
    keys::Key,
    log,
    pdu_handle::{self, Part},
    raw,
    types::*,
};
use coap_proto::{
    block::{Extent, LargeBody},
    engine::SessionId,
    wire::{MessageType, Pdu},
};
use std::{
    ffi::c_int,
    ptr,
    time::{Duration, Instant},
};

const NAME: &str = "coap_send_recv";

/// Why there is no response: what the function returns.
#[derive(Clone, Copy)]
enum Failure {
    Timeout = -1,
    NotSent = -2,
    Refused = -3,
    Loop = -4,
    NoResponse = -5,
    Terminated = -6,
}

/// Sends a request and runs the loop until its response is there, which does not go to the response handler. The
/// request stays the program's, to be deleted; so is `*response_pdu`, which is null without a response. A request that
/// observes gets its first response so; the notifications go to the handler.
///
/// Returns the milliseconds that it took, or
/// * -1: `timeout_ms` is `COAP_IO_WAIT` or `COAP_IO_NO_WAIT`,
/// * -2: it could not be sent: no request, no such session, or another thread waits for one with its token,
/// * -3: it was rejected, not acknowledged, or the network says that it cannot be delivered: the NACK handler knows; or
///   its session ended, perhaps with its context,
/// * -4: the system cannot wait, or the call is 16 callbacks deep,
/// * -5: no response came in `timeout_ms`. While a body goes or comes in blocks, the time starts anew with each block,
/// * -6: [`coap_send_recv_terminate`] was called.
///
/// After a failure the request is given up; a response that comes all the same goes to the handler. Several threads may
/// wait in one session. Inside a callback other callbacks run meanwhile, and what was to be delivered after it waits.
///
/// # Safety
/// `response_pdu` is null or can be written to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn coap_send_recv(
    session: *mut coap_session_t,
    request_pdu: *mut coap_pdu_t,
    response_pdu: *mut *mut coap_pdu_t,
    timeout_ms: u32,
) -> c_int {
    entry(Failure::Loop as c_int, || {
        let before = Instant::now();
        // SAFETY: as the caller promises.
        unsafe { raw::write(response_pdu, ptr::null_mut()) };
        let (received, extent) = match exchange(session, request_pdu, timeout_ms) {
            Ok(response) => response,
            Err(failure) => return Some(failure as c_int),
        };
        if !response_pdu.is_null() {
            let response = pdu_handle::adopt_for(received, Some(Key::of(session)));
            let Extent { offset, total } = extent;
            pdu_handle::with_held(response, |held| held.part = Some(Part { offset, total }));
            // SAFETY: as the caller promises.
            unsafe { raw::write(response_pdu, response) };
        }
        Some(milliseconds(before))
    })
}

/// Ends all [`coap_send_recv`]s that wait, whatever their contexts: they return -6. Can be called in a signal handler.
#[unsafe(no_mangle)]
pub extern "C" fn coap_send_recv_terminate() {
    interrupts::end_calls();
}

fn exchange(
    session: *mut coap_session_t,
    request: *mut coap_pdu_t,
    timeout_ms: u32,
) -> Result<(Pdu, Extent), Failure> {
    if matches!(timeout_ms, 0 | u32::MAX) {
        return Err(Failure::Timeout);
    }
    if !deliver::may_go_deeper() {
        log::log(COAP_LOG_WARN, format_args!("{NAME}: too deep inside callbacks"));
        return Err(Failure::Loop);
    }
    let ended = interrupts::calls_ended();
    let call = Call::begin(session, request).ok_or(Failure::NotSent)?;
    let timeout = Duration::from_millis(timeout_ms.into());
    let outcome = call.wait(timeout, || interrupts::calls_ended() != ended);
    if outcome.is_err() {
        call.cancel();
    }
    outcome
}

/// A request that this thread waits for.
struct Call {
    home: Home,
    session: SessionId,
    token: Box<[u8]>,
}

impl Call {
    /// Sends a copy of the request. `None`: it is none, or cannot be sent.
    fn begin(session: *mut coap_session_t, request: *mut coap_pdu_t) -> Option<Self> {
        interrupts::watch(on_session(NAME, session, |context, _| Some(Home::of(context)))?)?;
        let (pdu, mut body) = copy(request)?;
        let token: Box<[u8]> = pdu.token().into();
        let ticket = body.as_ref().map(|body| body.ticket());
        let begun = command_session(NAME, session, |context, id, now| {
            if !context.calls.begin(id, &token) {
                return None;
            }
            let engine = &mut context.node.engine;
            let sent = match body.take() {
                Some(body) => engine.send_body(now, id, pdu, *body),
                None => engine.send(now, id, pdu),
            };
            let home = Home::of(context);
            if sent.is_err() {
                context.calls.end(id, &token);
            }
            sent.ok().map(|_| (home, id))
        });
        if let (Some(_), Some(ticket)) = (body, ticket) {
            // It never came to the engine.
            bodies::release(ticket);
        }
        let (home, session) = begun?;
        Some(Self { home, session, token })
    }

    fn wait(&self, timeout: Duration, is_over: impl Fn() -> bool) -> Result<(Pdu, Extent), Failure> {
        let (session, token) = (self.session, &*self.token);
        let (mut until, mut transferred) = (Instant::now() + timeout, 0);
        loop {
            match self.home.enter(|context| context.calls.is_settled(session, token)) {
                None => return Err(Failure::Refused), // the session has ended with its context
                Some(true) => break,
                Some(false) if is_over() => return Err(Failure::Terminated),
                Some(false) => {}
            }
            if Instant::now() >= until {
                let now = self.home.enter(|context| context.node.engine.transferred(session, token));
                if now.is_none_or(|now| now <= transferred) {
                    return Err(Failure::NoResponse);
                }
                (until, transferred) = (Instant::now() + timeout, now.unwrap_or_default());
            }
            let done =
                |context: &crate::context::Context| context.calls.is_settled(session, token) || is_over();
            if step(NAME, self.home, Some(until), done).is_none() && self.home.enter(|_| ()).is_some() {
                return Err(Failure::Loop);
            }
        }
        match self.home.enter(|context| context.calls.end(session, token)).flatten() {
            Some(Outcome::Response(response, extent)) => Ok((response, extent)),
            Some(Outcome::Failed) | None => Err(Failure::Refused),
        }
    }

    /// Nobody wants an answer any more.
    fn cancel(&self) {
        self.home.command(|context, _| context.node.engine.cancel_token(self.session, &self.token));
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.home.enter(|context| context.calls.end(self.session, &self.token));
    }
}

/// A copy of a request, and what it does not bear itself of a large body, which goes with the copy.
fn copy(request: *mut coap_pdu_t) -> Option<(Pdu, Option<Box<LargeBody>>)> {
    pdu_handle::with_held(request, |held| {
        let can_ask = matches!(held.pdu.kind(), MessageType::Con | MessageType::Non);
        (held.pdu.code().is_request() && can_ask).then(|| (held.pdu.clone(), held.body.take()))
    })?
}

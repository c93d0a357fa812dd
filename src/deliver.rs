//! From the engine's events to the program's functions.
//!
//! Events are taken out of the engine in a batch, under the lock, and delivered one after the other with no
//! lock and no borrow alive. A callback may call any function of the library; one that delivers takes its
//! own, new events, never part of this batch. Until its events are delivered a session is pinned, or held by
//! the engine, which has handed a request or a response out: it stays what it is, unless its whole context is
//! freed, after which the rest of the batch is dropped.
use crate::{
    block::bodies,
    calls::{Calls, Outcome},
    cell::upcall,
    context::{Context, Handlers},
    debug,
    home::Home,
    keys::Key,
    log, persistence, proxy,
    secure::{self, Asked},
    types::*,
    user_data::Release,
    waits,
};
use coap_net::Waker;
use coap_proto::{
    engine::{CacheEntryId, Event, Level, Nack, SessionEvent, SessionId, Tracked},
    wire::Pdu,
};
use std::{
    cell::Cell as Counter,
    mem,
    sync::Arc,
    time::{Duration, Instant},
    vec,
};

mod lent;
mod lines;
mod missing;
mod request;
mod response;
#[cfg(test)]
mod tests;

use lent::Lent;
use lines::{lost_line, notice_line};
pub(crate) use request::replay;

/// Deliveries inside deliveries; what a callback at this depth causes waits for the outer ones.
const DEPTH: u32 = 16;
/// Batches delivered in a row. What callbacks go on causing beyond that waits for the next turn.
const ROUNDS: u32 = 16;
/// How long what handlers send waits for the end of the batch. Slow handlers must not hold up answers of others.
const LINGER: Duration = Duration::from_millis(1);

/// What has been taken out of the engine, each with the session that is pinned for it. It stays in the context until a
/// batch takes it along: a panic in between leaves it to the next one.
#[derive(Default)]
pub(crate) struct Leaving {
    pub(crate) events: Vec<(Event, Option<SessionId>)>,
    questions: Vec<(Asked, Option<SessionId>)>,
}

/// Events on their way to the program. What is left of them when it is dropped goes back to the context.
pub(crate) struct Batch {
    home: Home,
    /// From then on what handlers send waits no longer.
    flush_at: Instant,
    events: vec::IntoIter<(Event, Option<SessionId>)>,
    /// Handshakes wait for these.
    questions: vec::IntoIter<(Asked, Option<SessionId>)>,
    /// What the program is to be told besides.
    releases: Vec<Release>,
    /// Of a thread that waits for less than there is now.
    waker: Option<Arc<Waker>>,
}

impl Batch {
    /// Takes out all events, their sessions kept, and sends what is to be sent. Where several threads run the loop,
    /// those behind the first request are left to the others.
    pub(crate) fn take(context: &mut Context) -> Self {
        let now = Instant::now();
        context.flush(now);
        Self::take_events(context, now)
    }

    /// As [`Batch::take`], after the node's own turn, which has sent everything.
    pub(crate) fn after_turn(context: &mut Context) -> Self {
        Self::take_events(context, Instant::now())
    }

    fn take_events(context: &mut Context, now: Instant) -> Self {
        let goes_deeper = may_go_deeper();
        gather(context, goes_deeper);
        let waker = context.node.should_wake();
        let releases = if goes_deeper { mem::take(&mut context.releases) } else { Vec::new() };
        let Leaving { events, questions } = mem::take(&mut context.leaving);
        let (events, questions) = (events.into_iter(), questions.into_iter());
        Self { home: Home::of(context), flush_at: now + LINGER, events, questions, releases, waker }
    }

    /// Delivers the events, and those that the callbacks cause. Not under the lock.
    ///
    /// Inside a callback only the batch itself is delivered: what it causes is left to the delivery outside, so that a
    /// callback that always causes another one does not go on for ever.
    pub(crate) fn deliver(mut self) {
        let depth = Depth::enter();
        let rounds = if depth.is_outermost() { ROUNDS } else { 1 };
        for round in 1.. {
            let nothing_new = self.is_empty();
            self.deliver_once();
            if nothing_new {
                return;
            }
            if round >= rounds {
                break;
            }
            let Some(caused) = self.home.enter(Self::take) else { return };
            self = caused;
        }
        if depth.is_outermost() {
            leave(self.home);
        }
    }

    fn deliver_once(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        while let Some((event, session)) = self.events.next() {
            match event {
                Event::Request(request) => request::deliver(self.home, request, &mut self.flush_at),
                Event::Response(response) => response::deliver(self.home, *response, &mut self.flush_at),
                event => {
                    let pin = self.pin(session);
                    deliver(self.home, event);
                    drop(pin);
                    self.home.enter(|context| late(context, Instant::now(), &mut self.flush_at));
                }
            }
        }
        while let Some((asked, session)) = self.questions.next() {
            let pin = self.pin(session);
            let _ = secure::deliver(self.home, asked); // `None`: the context is gone
            drop(pin);
        }
        mem::take(&mut self.releases).into_iter().for_each(Release::call);
    }

    fn is_empty(&self) -> bool {
        self.events.len() == 0 && self.questions.len() == 0 && self.releases.is_empty()
    }

    /// Takes over the pin of what is being delivered.
    fn pin(&self, session: Option<SessionId>) -> Option<Pin> {
        session.map(|session| Pin { home: self.home, session })
    }

    #[cold]
    fn give_back(&mut self) {
        self.home.enter(|context| {
            context.leaving.events.extend(&mut self.events);
            context.leaving.questions.extend(&mut self.questions);
            context.releases.append(&mut self.releases);
        });
    }
}

impl Drop for Batch {
    #[inline]
    fn drop(&mut self) {
        // So it is after a panic.
        if !self.is_empty() {
            self.give_back();
        }
    }
}

/// What callbacks have caused in the last round is left to the next turn: of this thread, of one that waits, or of a
/// loop outside.
#[cold]
fn leave(home: Home) {
    let waker = home.enter(|context| {
        let now = Instant::now();
        context.flush(now);
        context.node.leave_events(now);
        context.node.should_wake()
    });
    if let Some(waker) = waker.flatten() {
        waker.wake();
    }
}

/// Takes out what there is for the program, events and questions only if it `goes_deeper`.
fn gather(context: &mut Context, goes_deeper: bool) {
    if context.leaving.events.capacity() == 0 {
        context.leaving.events = Vec::with_capacity(context.node.engine.event_count());
    }
    context.leaving.events.extend(context.lost.try_iter().map(|packet| (lost_line(packet), None)));
    while let Some(notice) = context.node.poll_notice() {
        let line = notice_line(context, &notice);
        context.leaving.events.push((line, None));
    }
    if goes_deeper {
        gather_events(context);
    }
    while let Some(problem) = context.persistence.poll_problem() {
        let line = Event::Log { level: Level::Warn, text: problem.to_string() };
        context.leaving.events.push((line, None));
    }
}

/// The events among them.
fn gather_events(context: &mut Context) {
    while let Some(asked) = Asked::next(context) {
        let session = asked.session().filter(|id| context.node.engine.pin(*id));
        context.leaving.questions.push((asked, session));
    }
    let first = context.leaving.events.len();
    while let Some(event) = context.node.engine.poll_event() {
        if let Event::Request(_) = event {
            context.leaving.events.push((event, None));
            if context.crew.is_working() {
                break;
            }
            continue;
        }
        let session = session_of(&event).filter(|id| context.node.engine.pin(*id));
        context.leaving.events.push((event, session));
    }
    context.persistence.polled(&context.leaving.events[first..]);
}

/// Sends what has been waiting for too long, if it is `flush_at` already.
fn late(context: &mut Context, now: Instant, flush_at: &mut Instant) {
    if now >= *flush_at {
        context.flush(now);
        *flush_at = now + LINGER;
    }
}

/// The session that must not go before the event is delivered. [`Event::Closed`] is itself the end.
fn session_of(event: &Event) -> Option<SessionId> {
    match event {
        // The engine has handed them out and waits for them.
        Event::Request(_) | Event::Response(_) => None,
        Event::Missing(missing) => Some(missing.session),
        Event::Nack(nack) => Some(nack.session),
        Event::Ping { session, .. }
        | Event::Pong { session, .. }
        | Event::Session { session, .. }
        | Event::Released { session, .. }
        | Event::BodyReleased { session, .. } => Some(*session),
        Event::Tracked(change) => match &**change {
            Tracked::ObserverAdded { session, .. } | Tracked::ObserverRemoved { session, .. } => {
                Some(*session)
            }
            Tracked::Numbered { .. } | Tracked::ResourceRemoved { .. } => None,
        },
        Event::AsyncEnded { .. }
        | Event::CacheEntryEnded { .. }
        | Event::ForwardEnded { .. }
        | Event::Closed { .. }
        | Event::Log { .. }
        | Event::Shown { .. } => None,
    }
}

/// Keeps a session alive over callbacks. Made and dropped with the lock open only: it locks.
struct Pin {
    home: Home,
    session: SessionId,
}

impl Pin {
    /// Apart, so that it costs nothing to drop none.
    #[inline(never)]
    fn end(&self) {
        let release = self.home.enter(|context| context.unpin(self.session));
        release.flatten().into_iter().for_each(Release::call);
    }
}

impl Drop for Pin {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}

fn deliver(home: Home, event: Event) {
    // `None`: the context is gone, or has no handler for it.
    let _ = match event {
        Event::Log { level, text } => {
            log::log(level as coap_log_t, format_args!("{text}"));
            None
        }
        Event::Shown { pdu, protocol } => {
            debug::show(COAP_LOG_DEBUG, &pdu, protocol);
            None
        }
        Event::BodyReleased { ticket, .. } => {
            bodies::release(ticket);
            None
        }
        Event::CacheEntryEnded { entry } => cache_entry_ended(home, entry),
        Event::ForwardEnded { tag } => {
            // SAFETY: the program gave the key away with the request, which has ended.
            unsafe { proxy::end_cache_key(proxy::cache_key_of(tag)) };
            None
        }
        Event::Tracked(change) => persistence::tell(home, *change),
        Event::AsyncEnded { request } => tell_release(home, |context| context.end_async(request)),
        Event::Closed { session } => {
            settle_call(home, |calls| calls.fail_all(session));
            tell_release(home, |context| context.forget_session(session))
        }
        // C programs learn it by the events that follow.
        Event::Released { .. } => None,
        Event::Session { session, event } => session_event(home, session, event),
        Event::Ping { session, received } => message(home, session, *received, |handlers| handlers.ping),
        Event::Pong { session, received } => message(home, session, *received, |handlers| handlers.pong),
        Event::Nack(nack) => self::nack(home, *nack),
        Event::Missing(missing) => missing::deliver(home, *missing),
        Event::Request(_) | Event::Response(_) => None, // see `deliver_once`
    };
}

/// The handlers of a context and C's key of one of its sessions.
fn parties(home: Home, session: SessionId) -> Option<(Handlers, Key)> {
    home.enter(|context| Some((context.handlers, context.session_key(session)?)))?
}

fn session_event(home: Home, session: SessionId, event: SessionEvent) -> Option<()> {
    let (handlers, key) = parties(home, session)?;
    tell_event(handlers.event, key.pointer(), event_code(event));
    Some(())
}

/// Logs an event and runs the event handler, if there is one. Not under a lock.
pub(crate) fn tell_event(
    handler: coap_event_handler_t,
    session: *mut coap_session_t,
    event: coap_event_t,
) -> std::ffi::c_int {
    log::log(COAP_LOG_DEBUG, format_args!("***EVENT: {}", crate::event::name(event)));
    let Some(handler) = handler else { return 0 };
    // SAFETY: the program registered this function for such calls; a key is all it may know of a session.
    upcall(|| unsafe { handler(session, event) })
}

fn event_code(event: SessionEvent) -> coap_event_t {
    match event {
        SessionEvent::ServerNew => COAP_EVENT_SERVER_SESSION_NEW,
        SessionEvent::ServerDeleted => COAP_EVENT_SERVER_SESSION_DEL,
        SessionEvent::BadPacket => COAP_EVENT_BAD_PACKET,
        SessionEvent::MessageRetransmitted => COAP_EVENT_MSG_RETRANSMITTED,
        SessionEvent::KeepaliveFailed => COAP_EVENT_KEEPALIVE_FAILURE,
        SessionEvent::TcpConnected => COAP_EVENT_TCP_CONNECTED,
        SessionEvent::TcpClosed => COAP_EVENT_TCP_CLOSED,
        SessionEvent::TcpFailed => COAP_EVENT_TCP_FAILED,
        SessionEvent::Connected => COAP_EVENT_SESSION_CONNECTED,
        SessionEvent::Disconnected => COAP_EVENT_SESSION_CLOSED,
        SessionEvent::Failed => COAP_EVENT_SESSION_FAILED,
        SessionEvent::DtlsConnected => COAP_EVENT_DTLS_CONNECTED,
        SessionEvent::DtlsClosed => COAP_EVENT_DTLS_CLOSED,
        SessionEvent::DtlsError => COAP_EVENT_DTLS_ERROR,
        SessionEvent::DtlsRenegotiated => COAP_EVENT_DTLS_RENEGOTIATE,
        SessionEvent::WsConnected => COAP_EVENT_WS_CONNECTED,
        SessionEvent::WsClosed => COAP_EVENT_WS_CLOSED,
        SessionEvent::WsPacketSize => COAP_EVENT_WS_PACKET_SIZE,
        SessionEvent::PartialBlock => COAP_EVENT_PARTIAL_BLOCK,
        SessionEvent::XmitBlockFail => COAP_EVENT_XMIT_BLOCK_FAIL,
    }
}

/// An object ends, and the program learns that its data of it is no longer needed.
fn tell_release(home: Home, end: impl FnOnce(&mut Context) -> Option<Release>) -> Option<()> {
    home.enter(end)??.call();
    Some(())
}

/// The program learns that its data of a cache entry is no longer needed.
fn cache_entry_ended(home: Home, entry: CacheEntryId) -> Option<()> {
    let ended = home.enter(|context| context.end_cache_entry(entry))?;
    ended?.end();
    Some(())
}

fn message(
    home: Home,
    session: SessionId,
    mut received: Pdu,
    handler: impl FnOnce(&Handlers) -> coap_ping_handler_t,
) -> Option<()> {
    let (handlers, key) = parties(home, session)?;
    let handler = handler(&handlers)?;
    let mid = coap_mid_t::from(received.mid());
    let received = Lent::new(&mut received, key)?;
    // SAFETY: the program registered this function for such calls; the PDU is its until the call ends.
    upcall(|| unsafe { handler(key.pointer(), received.pointer, mid) });
    Some(())
}

/// A thread may wait for what has come.
fn settle_call(home: Home, settle: impl FnOnce(&mut Calls) -> bool) {
    let waker = home.enter(|context| settle(&mut context.calls).then(|| context.node.waker())).flatten();
    if let Some(waker) = waker {
        waits::call_back(home, &waker);
    }
}

fn nack(home: Home, nack: Nack) -> Option<()> {
    if let Some(sent) = &nack.sent {
        settle_call(home, |calls| calls.settle(nack.session, sent.token(), Outcome::Failed));
    }
    let (handlers, key) = parties(home, nack.session)?;
    let handler = handlers.nack?;
    let sent = Lent::sent(nack.sent, key);
    let (reason, mid) = (nack.reason as coap_nack_reason_t, coap_mid_t::from(nack.mid));
    // SAFETY: the program registered this function for such calls; the PDU is its until the call ends.
    upcall(|| unsafe { handler(key.pointer(), sent.pointer, reason, mid) });
    Some(())
}

/// Whether what this thread causes now is delivered before it returns.
pub(crate) fn may_go_deeper() -> bool {
    Depth::get() < DEPTH
}

/// How many deliveries this thread is inside.
struct Depth;

thread_local!(static DEPTHS: Counter<u32> = const { Counter::new(0) });

impl Depth {
    fn get() -> u32 {
        DEPTHS.get()
    }
    fn enter() -> Self {
        DEPTHS.set(DEPTHS.get() + 1);
        Self
    }
    fn is_outermost(&self) -> bool {
        DEPTHS.get() == 1
    }
}

impl Drop for Depth {
    fn drop(&mut self) {
        DEPTHS.set(DEPTHS.get() - 1);
    }
}

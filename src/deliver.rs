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
    sync::Arc,
    time::{Duration, Instant},
};

mod lent;
mod lines;
mod missing;
mod request;
mod response;

use lent::Lent;
use lines::{lost_line, notice_line};
pub(crate) use request::replay;

/// Deliveries inside deliveries; what a callback at this depth causes waits for the outer ones.
const DEPTH: u32 = 16;
/// Batches delivered in a row. What callbacks go on causing beyond that waits for the next turn.
const ROUNDS: u32 = 16;
/// How long what handlers send waits for the end of the batch. Slow handlers must not hold up answers of others.
const LINGER: Duration = Duration::from_millis(1);

/// Events on their way to the program.
pub(crate) struct Batch {
    home: Home,
    /// From then on what handlers send waits no longer.
    flush_at: Instant,
    events: Vec<(Event, Option<Pin>)>,
    /// Handshakes wait for these.
    questions: Vec<(Asked, Option<Pin>)>,
    /// What the program is to be told besides.
    releases: Vec<Release>,
    /// Of a thread that waits for less than there is now.
    waker: Option<Arc<Waker>>,
}

impl Batch {
    /// Sends what is to be sent, then takes out all events, their sessions kept. Where several threads run the loop,
    /// those behind the first request are left to the others.
    pub(crate) fn take(context: &mut Context) -> Self {
        let now = Instant::now();
        context.node.flush(now);
        Self::take_events(context, now)
    }

    /// As [`Batch::take`], after the node's own turn, which has sent everything.
    pub(crate) fn after_turn(context: &mut Context) -> Self {
        Self::take_events(context, Instant::now())
    }

    fn take_events(context: &mut Context, now: Instant) -> Self {
        let home = Home::of(context);
        let mut events = Vec::with_capacity(context.node.engine.event_count());
        events.extend(context.lost.try_iter().map(|packet| (lost_line(packet), None)));
        while let Some(notice) = context.node.poll_notice() {
            events.push((notice_line(context, &notice), None));
        }
        let (mut releases, mut questions, mut others) = (Vec::new(), Vec::new(), false);
        if may_go_deeper() {
            while let Some(asked) = Asked::next(context) {
                let pin = asked.session().and_then(|id| Pin::new(context, id));
                questions.push((asked, pin));
            }
            releases = std::mem::take(&mut context.releases);
            while let Some(event) = context.node.engine.poll_event() {
                if let Event::Request(_) = event {
                    events.push((event, None));
                    if context.crew.is_working() {
                        others = context.node.engine.has_events();
                        break;
                    }
                    continue;
                }
                context.persistence.note(&event);
                let pin = session_of(&event).and_then(|id| Pin::new(context, id));
                events.push((event, pin));
            }
        }
        context.persistence.flush();
        while let Some(problem) = context.persistence.poll_problem() {
            events.push((Event::Log { level: Level::Warn, text: problem.to_string() }, None));
        }
        let waker = context.node.should_wake().or_else(|| others.then(|| context.node.waker()));
        Self { home, flush_at: now + LINGER, events, questions, releases, waker }
    }

    /// Delivers the events, and those that the callbacks cause. Not under the lock.
    ///
    /// Inside a callback only the batch itself is delivered: what it causes is left to the delivery outside, so that a
    /// callback that always causes another one does not go on for ever.
    pub(crate) fn deliver(mut self) {
        let depth = Depth::enter();
        let rounds = if depth.is_outermost() { ROUNDS } else { 1 };
        for round in 1.. {
            let nothing_new = self.events.is_empty() && self.questions.is_empty() && self.releases.is_empty();
            self.deliver_once();
            if nothing_new || round >= rounds {
                return;
            }
            let Some(caused) = self.home.enter(Self::take) else { return };
            self = caused;
        }
    }

    fn deliver_once(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
        for (event, pin) in std::mem::take(&mut self.events) {
            match event {
                Event::Request(request) => request::deliver(self.home, request, &mut self.flush_at),
                Event::Response(response) => response::deliver(self.home, *response, &mut self.flush_at),
                event => {
                    deliver(self.home, event);
                    drop(pin);
                    self.home.enter(|context| late(context, Instant::now(), &mut self.flush_at));
                }
            }
        }
        for (asked, pin) in std::mem::take(&mut self.questions) {
            let _ = secure::deliver(self.home, asked); // `None`: the context is gone
            drop(pin);
        }
        std::mem::take(&mut self.releases).into_iter().for_each(Release::call);
    }
}

/// Sends what has been waiting for too long, if it is `flush_at` already.
fn late(context: &mut Context, now: Instant, flush_at: &mut Instant) {
    if now >= *flush_at {
        context.node.flush(now);
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

/// Keeps a session alive over callbacks. Dropped with the lock open only: it locks.
struct Pin {
    home: Home,
    session: SessionId,
}

impl Pin {
    fn new(context: &mut Context, session: SessionId) -> Option<Self> {
        context.node.engine.pin(session).then(|| Self { home: Home::of(context), session })
    }

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
    let sent = Lent::some(nack.sent, key);
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

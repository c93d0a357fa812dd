//! What the application does with requests that are put off.
use super::requests::{AsyncRequest, Stage};
use crate::engine::config::is_full;
use crate::engine::log::log;
use crate::engine::{AsyncId, Engine, Event, SessionId};
use crate::wire::Pdu;
use std::fmt::Write;
use std::time::{Duration, Instant};
use thiserror::Error;

/// Why a request was not put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AsyncError {
    /// The session ended.
    #[error("the session is closed")]
    Closed,
    /// Only requests can be put off.
    #[error("the message is no request")]
    NotARequest,
    /// A request of the session with the same token is put off already.
    #[error("a request with the same token is put off already")]
    AlreadyRegistered,
    /// The session has [`Config::max_async_per_session`](crate::engine::Config::max_async_per_session) of them,
    /// or all sessions together have [`Config::max_async`](crate::engine::Config::max_async).
    #[error("too many requests are put off")]
    TooMany,
}

impl Engine {
    /// Puts a request off: its handler runs again after `delay`; `None`: after
    /// [`Engine::trigger_async`] or [`Engine::set_async_delay`]. The session is kept meanwhile. The handler
    /// that calls this leaves its response's code empty.
    ///
    /// # Errors
    /// See [`AsyncError`].
    pub fn register_async(
        &mut self,
        now: Instant,
        id: SessionId,
        request: &Pdu,
        delay: Option<Duration>,
    ) -> Result<AsyncId, AsyncError> {
        self.advance_clock(now);
        if !request.code().is_request() {
            return Err(AsyncError::NotARequest);
        }
        let session =
            self.sessions.get_mut(id).filter(|session| session.is_open()).ok_or(AsyncError::Closed)?;
        if self.asyncs.with_token(id, request.token()).is_some() {
            let token = request.token();
            log!(self, Debug, "asynchronous state for token '{}' already registered", hex(token));
            return Err(AsyncError::AlreadyRegistered);
        }
        let of_session = session.rare.asyncs.len();
        if is_full(of_session, self.config.max_async_per_session)
            || is_full(self.asyncs.len(), self.config.max_async)
        {
            log!(self, Warn, "{}: too many requests are put off", self.name(id));
            return Err(AsyncError::TooMany);
        }
        let request = AsyncRequest::new(id, request.clone(), session.path());
        let new = self.asyncs.insert(&mut session.rare.make_mut().asyncs, request);
        self.set_async_delay(now, new, delay);
        self.sessions.settle(id, self.now);
        Ok(new)
    }

    /// The request of a session with that token, if it is put off.
    pub fn find_async(&self, id: SessionId, token: &[u8]) -> Option<AsyncId> {
        self.asyncs.with_token(id, token)
    }

    /// Whether a request is still put off.
    pub fn has_async(&self, id: AsyncId) -> bool {
        self.asyncs.get(id).is_some()
    }

    /// Changes when the handler of a request runs again: `delay` from now; `None`: not before it is triggered.
    /// While the handler runs for it, that changes nothing.
    pub fn set_async_delay(&mut self, now: Instant, id: AsyncId, delay: Option<Duration>) {
        self.advance_clock(now);
        let Some(request) = self.asyncs.get_mut(id) else { return };
        let session = request.session;
        if request.stage != Stage::Running {
            request.stage = Stage::Waiting;
            let at = delay.and_then(|delay| self.now.checked_add(delay));
            self.asyncs.set_time(id, at);
        }
        match delay {
            Some(delay) => log!(
                self,
                Debug,
                "   {}: Async request delayed for {}.{:03} secs",
                self.name(session),
                delay.as_secs(),
                delay.subsec_millis()
            ),
            None => log!(self, Debug, "   {}: Async request indefinately delayed", self.name(session)),
        }
    }

    /// Has the handler of a request run again at the next [`Engine::handle_timeout`].
    pub fn trigger_async(&mut self, now: Instant, id: AsyncId) {
        self.advance_clock(now);
        let Some(request) = self.asyncs.get(id) else { return };
        let (session, stage) = (request.session, request.stage);
        if stage == Stage::Waiting {
            self.asyncs.set_time(id, Some(self.now));
        }
        log!(self, Debug, "   {}: Async request triggered", self.name(session));
    }

    /// Forgets a request: its handler does not run again. `false`: it was not put off.
    pub fn free_async(&mut self, now: Instant, id: AsyncId) -> bool {
        self.advance_clock(now);
        let Some(session) = self.asyncs.get(id).map(|request| request.session) else { return false };
        if let Some(owner) = self.sessions.get_mut(session) {
            self.asyncs.remove(&mut owner.rare.make_mut().asyncs, id);
            self.events.push_back(Event::AsyncEnded { request: id });
            self.encourage_stream(session);
        }
        self.settle(session);
        true
    }
}

fn hex(token: &[u8]) -> String {
    token.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a string takes everything
        text
    })
}

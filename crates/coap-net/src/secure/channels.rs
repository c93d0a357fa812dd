//! The channels of a node.
use super::{
    SecurityQuestion,
    entry::{Channel, Entry, Principal},
    hellos::Hellos,
};
use coap_proto::engine::{EndpointId, Engine, SessionId, Transmit};
use coap_secure::{
    Answer, QuestionId,
    dtls::{Listener, ServerCredentials},
};
use hashbrown::HashMap;
use std::{
    collections::{BTreeSet, VecDeque},
    time::Instant,
};

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// Questions that nobody has taken. The oldest goes for one more: its handshake is most likely over.
const MAX_QUESTIONS: usize = 1024;

/// So many channels are served whose time has come before others get their turn.
const TURN: usize = 256;

/// The channels of a node: by session, their deadlines in one queue.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    pub(super) entries: Map<SessionId, Box<Entry>>,
    /// What stands before the servers, as soon as there is an endpoint: all have one, so that their handshakes
    /// are bounded together.
    pub(super) listener: Option<Listener<EndpointId>>,
    pub(super) credentials: ServerCredentials,
    pub(super) asks_about_names: bool,
    pub(super) hellos: Hellos,
    pub(super) questions: VecDeque<SecurityQuestion>,
    pub(super) deadlines: BTreeSet<(Instant, SessionId)>,
    /// Datagrams to send, as they leave.
    pub(super) outgoing: VecDeque<Transmit>,
    /// Streams that have something to write.
    pub(super) writable: Vec<SessionId>,
}

impl Channels {
    /// DTLS and TLS are there.
    pub(crate) const BUILT_IN: bool = true;

    pub(super) fn set_credentials(&mut self, credentials: ServerCredentials) {
        self.credentials = credentials;
    }

    pub(super) fn ask_about_names(&mut self, asks: bool) {
        self.asks_about_names = asks;
    }

    /// Whether a session has a channel.
    pub(crate) fn has(&self, session: SessionId) -> bool {
        self.entries.contains_key(&session)
    }

    pub(super) fn insert(&mut self, session: SessionId, channel: Channel, endpoint: Option<EndpointId>) {
        let entry = Entry {
            channel,
            endpoint,
            version: None,
            principal: Principal::default(),
            hello: None,
            deadline: None,
            sealed: Vec::new(),
            written: 0,
        };
        self.entries.insert(session, Box::new(entry));
    }

    /// A channel is over, or its session is: nothing is left of it.
    pub(super) fn remove(&mut self, now: Instant, session: SessionId) -> Option<Box<Entry>> {
        let mut entry = self.entries.remove(&session)?;
        if let Some(at) = entry.deadline {
            self.deadlines.remove(&(at, session));
        }
        self.end_entry(now, &mut entry);
        Some(entry)
    }

    /// A channel is over.
    pub(super) fn end_entry(&mut self, now: Instant, entry: &mut Entry) {
        if let Some(hello) = entry.hello.take() {
            self.hellos.take(hello);
        }
        if let Channel::Dtls(dtls) = &mut entry.channel
            && let Some(listener) = &mut self.listener
        {
            // Its seat, if it has one, is given back when it is over.
            coap_secure::Channel::close(&mut **dtls, now);
            listener.settle(dtls);
        }
    }

    /// Whether there is a question, or a datagram to send.
    pub(crate) fn has_work(&self) -> bool {
        !self.questions.is_empty() || !self.outgoing.is_empty()
    }

    /// A question for the application.
    pub(super) fn put_question(&mut self, question: SecurityQuestion) {
        if self.questions.len() >= MAX_QUESTIONS {
            self.questions.pop_front();
        }
        self.questions.push_back(question);
    }

    /// The next question that is still of interest.
    pub(super) fn poll_question(&mut self) -> Option<SecurityQuestion> {
        while let Some(asked) = self.questions.pop_front() {
            let is_open = match &asked {
                SecurityQuestion::Hello { .. } => self.hellos.wants(&asked),
                SecurityQuestion::Ask { session, question, .. } => {
                    let entry = self.entries.get_mut(session);
                    entry.is_some_and(|entry| entry.channel.common().asks(*question))
                }
            };
            if is_open {
                return Some(asked);
            }
        }
        None
    }

    pub(super) fn answer(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        session: SessionId,
        question: QuestionId,
        answer: Answer,
    ) -> bool {
        let Some(entry) = self.entries.get_mut(&session) else { return false };
        if !entry.channel.common().asks(question) {
            return false;
        }
        entry.channel.common().answer(now, question, answer);
        self.follow(now, engine, session, None);
        true
    }

    /// When [`Channels::timeout`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let first = self.deadlines.first().map(|(at, _)| *at);
        [first, self.hellos.deadline()].into_iter().flatten().min()
    }

    /// Serves the deadlines that are over.
    pub(crate) fn timeout(&mut self, now: Instant, engine: &mut Engine) {
        self.hellos.expire(now);
        for _ in 0..TURN {
            let Some((at, session)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) else {
                return;
            };
            self.deadlines.remove(&(at, session));
            let Some(entry) = self.entries.get_mut(&session) else { continue };
            entry.deadline = None;
            entry.channel.common().timeout(now);
            self.follow(now, engine, session, None);
        }
    }

    /// Whether a datagram is to be sent.
    pub(crate) fn has_transmits(&self) -> bool {
        !self.outgoing.is_empty()
    }

    /// The next datagram to send.
    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outgoing.pop_front()
    }
}

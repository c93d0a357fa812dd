//! What a channel has to say after something was done with it.
use super::{
    Channels, SecurityQuestion,
    entry::{Channel, Entry, Principal},
};
use coap_proto::engine::{Engine, Path, SecurityEnd, SessionId, Transmit};
use coap_secure::{Event, Failure, FailureKind, Question, QuestionId};
use std::time::Instant;

/// How a channel ended, and why.
type End = (SecurityEnd, String);

impl Channels {
    /// Takes everything out of a channel: what happened, what the peer wrote, what is to be sent. `path`:
    /// that of the datagram that came.
    pub(super) fn follow(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        session: SessionId,
        path: Option<Path>,
    ) {
        let (session, end) = self.take_events(now, engine, session);
        self.deliver(now, engine, session, path);
        self.collect_output(engine, session);
        self.settle(session);
        if let Some((end, reason)) = end {
            self.keep_last_words(now, session);
            engine.insecure(now, session, end, &reason);
        }
    }

    /// Also returns the session that the channel is of now.
    fn take_events(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        mut session: SessionId,
    ) -> (SessionId, Option<End>) {
        while let Some(entry) = self.entries.get_mut(&session)
            && let Some(event) = entry.channel.common().event()
        {
            match event {
                Event::Established(version) => {
                    entry.version = Some(version);
                    entry.principal = Principal::of(&entry.channel);
                    engine.secured(now, session);
                }
                Event::Renewed(version) => {
                    entry.version = Some(version);
                    let newcomer = Principal::of(&entry.channel);
                    if entry.principal == newcomer {
                        engine.renewed(now, session);
                    } else {
                        entry.principal = newcomer;
                        let Some(next) = self.succeed(now, engine, session) else { return (session, None) };
                        session = next;
                    }
                }
                Event::Ask(question, Question::Hello { name }) => {
                    self.ask_for_server(now, engine, session, question, name);
                }
                Event::Ask(question, what) => {
                    self.put_question(SecurityQuestion::Ask { session, question, what });
                }
                Event::Closed => {
                    let end = (SecurityEnd::Closed, "the peer has closed the channel".into());
                    return (session, Some(end));
                }
                Event::Failed(failure) => return (session, Some(end_of(failure))),
            }
        }
        (session, None)
    }

    /// Somebody else has shaken hands from the address of a session's peer: what that one has asked for must not go
    /// there. The channel gets a session of its own. `None`: it is not taken.
    fn succeed(&mut self, now: Instant, engine: &mut Engine, session: SessionId) -> Option<SessionId> {
        let path = engine.carrier(session).map(|(_, path)| path);
        let mut entry = self.entries.remove(&session)?;
        if let Some(at) = entry.deadline.take() {
            self.deadlines.remove(&(at, session));
        }
        engine.insecure(now, session, SecurityEnd::Closed, "somebody else is at the address now");
        let endpoint = entry.endpoint?;
        let next = path.and_then(|path| engine.accept_secure(now, endpoint, path));
        match next {
            Some(next) => {
                self.entries.insert(next, entry);
                engine.secured(now, next);
            }
            None => self.end_entry(now, &mut entry),
        }
        next
    }

    /// A client of TLS has said which server it wants.
    fn ask_for_server(
        &mut self,
        now: Instant,
        engine: &Engine,
        session: SessionId,
        question: QuestionId,
        name: Option<String>,
    ) {
        if !self.asks_about_names {
            let answer = self.stream_credentials(&self.credentials);
            if let Some(entry) = self.entries.get_mut(&session) {
                entry.channel.common().answer(now, question, answer);
            }
            return;
        }
        let Some(known) = engine.session(session) else { return };
        let Some(endpoint) = known.endpoint() else { return };
        let hello = self.hellos.put_stream(session, question);
        if let Some(entry) = self.entries.get_mut(&session) {
            entry.hello = Some(hello);
        }
        self.put_question(SecurityQuestion::Hello {
            hello,
            endpoint,
            protocol: known.protocol(),
            peer: *known.remote(),
            is_proven: true,
            name,
            offers_psk: false,
            offers_certificates: true,
        });
    }

    fn deliver(&mut self, now: Instant, engine: &mut Engine, session: SessionId, path: Option<Path>) {
        let mut data = Vec::new();
        while let Some(entry) = self.entries.get_mut(&session) {
            data.clear();
            if !entry.channel.common().read(&mut data) {
                return;
            }
            match &entry.channel {
                Channel::Tls(_) => engine.handle_stream(now, session, &data),
                Channel::Dtls(_) => {
                    let path = path.or_else(|| engine.carrier(session).map(|(_, path)| path));
                    if let Some(path) = path {
                        engine.handle_plaintext(now, session, path, &data);
                    }
                }
            }
        }
    }

    /// What a channel has to send is to be sent.
    pub(super) fn collect_output(&mut self, engine: &Engine, session: SessionId) {
        let Some(entry) = self.entries.get_mut(&session) else { return };
        match &mut entry.channel {
            Channel::Tls(tls) => {
                if coap_secure::Channel::output(&mut **tls, &mut entry.sealed) {
                    self.writable.push(session);
                }
            }
            Channel::Dtls(dtls) => {
                let mut bytes = Vec::new();
                while coap_secure::Channel::output(&mut **dtls, &mut bytes) {
                    let Some((via, path)) = engine.carrier(session) else { return };
                    let bytes = std::mem::take(&mut bytes).into();
                    let session = Some(session);
                    self.outgoing.push_back(Transmit { via, path, session, is_plaintext: false, bytes });
                }
            }
        }
    }

    /// Takes note of how far the channel is, and when it wants to be called.
    pub(super) fn settle(&mut self, session: SessionId) {
        let Some(entry) = self.entries.get_mut(&session) else { return };
        let Entry { channel, deadline, .. } = &mut **entry;
        if let Channel::Dtls(dtls) = channel
            && let Some(listener) = &mut self.listener
        {
            listener.settle(dtls);
        }
        let wanted = channel.common().deadline();
        if wanted == *deadline {
            return;
        }
        if let Some(before) = deadline.take() {
            self.deadlines.remove(&(before, session));
        }
        if let Some(at) = wanted {
            self.deadlines.insert((at, session));
        }
        *deadline = wanted;
    }

    /// A channel is over. What a stream has to say last waits for its socket to be closed.
    fn keep_last_words(&mut self, now: Instant, session: SessionId) {
        let is_stream =
            self.entries.get(&session).is_some_and(|entry| matches!(entry.channel, Channel::Tls(_)));
        if !is_stream {
            self.remove(now, session);
        }
    }
}

fn end_of(failure: Failure) -> End {
    let end = if failure.kind == FailureKind::Timeout { SecurityEnd::TimedOut } else { SecurityEnd::Failed };
    (end, failure.reason)
}

//! Clients that wait for the application to choose credentials.
use super::{HelloId, SecurityQuestion};
use coap_proto::engine::{EndpointId, Path, SessionId};
use coap_secure::{
    QuestionId,
    dtls::{Hello, Peer},
};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

/// So many clients of DTLS wait; for one more the one goes that has waited for longest. It will come again.
const MAX_WAITING: usize = 100;
/// So many more that have not shown to be where they say, and so many in [`WINDOW`]: what the application does for
/// them, anybody can have it do.
const MAX_UNPROVEN: usize = 10;
const WINDOW: Duration = Duration::from_secs(1);
/// So long they wait: as a handshake may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// A client that waits.
#[derive(Debug)]
pub(super) enum Waiting {
    /// Of DTLS: nothing more is there of it.
    Datagrams(Path, Box<Hello<EndpointId>>),
    /// Of TLS: its session's handshake waits.
    Stream(SessionId, QuestionId),
}

/// All clients that wait, oldest first.
#[derive(Debug, Default)]
pub(super) struct Hellos {
    last: u64,
    waiting: BTreeMap<HelloId, Waiting>,
    /// Those of DTLS by where they are. Strangers choose that: the hash is one that they cannot foresee.
    peers: HashMap<Peer<EndpointId>, HelloId>,
    /// Those of DTLS that have shown where they are, with the end of their patience, oldest first.
    proven: BTreeMap<HelloId, Instant>,
    /// Those that have not.
    unproven: BTreeMap<HelloId, Instant>,
    window: Window,
}

/// How many that are not proven have come within [`WINDOW`].
#[derive(Debug, Default)]
struct Window {
    began: Option<Instant>,
    count: usize,
}

impl Window {
    fn has_room(&mut self, now: Instant) -> bool {
        if self.began.is_none_or(|began| now.saturating_duration_since(began) >= WINDOW) {
            *self = Self { began: Some(now), count: 0 };
        }
        self.count += 1;
        self.count <= MAX_UNPROVEN
    }
}

impl Hellos {
    /// A client of DTLS waits; `None`: it does so already, or it is not proven and too many of those have come. Who is
    /// proven takes the place of who is not.
    pub(super) fn put(&mut self, now: Instant, path: Path, hello: Hello<EndpointId>) -> Option<HelloId> {
        let (peer, is_proven) = (hello.peer(), hello.is_proven());
        if let Some(there) = self.peers.get(&peer).copied() {
            if !is_proven || self.proven.contains_key(&there) {
                return None;
            }
            self.take(there);
        }
        if !is_proven && !self.window.has_room(now) {
            return None;
        }
        let limit = if is_proven { MAX_WAITING } else { MAX_UNPROVEN };
        while self.ages(is_proven).len() >= limit {
            let oldest = *self.ages(is_proven).first_key_value()?.0;
            self.take(oldest);
        }
        let id = self.add(Waiting::Datagrams(path, Box::new(hello)));
        self.peers.insert(peer, id);
        self.ages(is_proven).insert(id, now + PATIENCE);
        Some(id)
    }

    fn ages(&mut self, is_proven: bool) -> &mut BTreeMap<HelloId, Instant> {
        if is_proven { &mut self.proven } else { &mut self.unproven }
    }

    /// A client of TLS waits, until its channel is over: that has a deadline of its own.
    pub(super) fn put_stream(&mut self, session: SessionId, question: QuestionId) -> HelloId {
        self.add(Waiting::Stream(session, question))
    }

    fn add(&mut self, waiting: Waiting) -> HelloId {
        self.last += 1;
        let id = HelloId(self.last);
        self.waiting.insert(id, waiting);
        id
    }

    /// It waits no more.
    pub(super) fn take(&mut self, id: HelloId) -> Option<Waiting> {
        let waiting = self.waiting.remove(&id)?;
        if let Waiting::Datagrams(_, hello) = &waiting {
            self.peers.remove(&hello.peer());
            self.proven.remove(&id);
            self.unproven.remove(&id);
        }
        Some(waiting)
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a question is of interest.
    pub(super) fn wants(&self, question: &SecurityQuestion) -> bool {
        matches!(question, SecurityQuestion::Hello { hello, .. } if self.waiting.contains_key(hello))
    }

    /// Of DTLS, the first that will have waited for long enough, and when.
    fn first(&self) -> Option<(Instant, HelloId)> {
        let firsts = [&self.proven, &self.unproven].map(BTreeMap::first_key_value);
        firsts.into_iter().flatten().map(|(id, until)| (*until, *id)).min()
    }

    /// When that is.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.first().map(|(until, _)| until)
    }

    /// Those of DTLS that have waited for long enough go.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some((until, id)) = self.first()
            && until <= now
        {
            self.take(id);
        }
    }

    /// Those of an endpoint go.
    pub(super) fn close_endpoint(&mut self, endpoint: EndpointId) {
        let of_endpoint = self.peers.iter().filter(|(peer, _)| peer.socket == endpoint);
        let of_endpoint: Vec<_> = of_endpoint.map(|(_, id)| *id).collect();
        of_endpoint.into_iter().for_each(|id| drop(self.take(id)));
    }
}

//! Clients that wait for the application to choose credentials.
use super::{HelloId, SecurityQuestion};
use coap_proto::Address;
use coap_proto::engine::{EndpointId, Path, SessionId};
use coap_secure::{QuestionId, dtls::Hello};
use hashbrown::HashMap;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// So many clients of DTLS wait; for one more the one goes that has waited for longest. It will come again.
const MAX_WAITING: usize = 100;
/// So long they wait: as a handshake may take.
const PATIENCE: Duration = Duration::from_secs(40);

/// A client that waits.
#[derive(Debug)]
pub(super) enum Waiting {
    /// Of DTLS: nothing more is there of it.
    Datagrams { endpoint: EndpointId, path: Path, hello: Box<Hello<EndpointId>> },
    /// Of TLS: its session's handshake waits.
    Stream(SessionId, QuestionId),
}

/// All clients that wait, oldest first.
#[derive(Debug, Default)]
pub(super) struct Hellos {
    last: u64,
    waiting: BTreeMap<HelloId, Waiting>,
    /// Those of DTLS by where they are.
    peers: HashMap<(EndpointId, Address), HelloId, foldhash::fast::RandomState>,
    /// Those of DTLS, oldest first.
    ages: BTreeMap<HelloId, Instant>,
}

impl Hellos {
    /// A client of DTLS waits; `None`: it does so already.
    pub(super) fn put(
        &mut self,
        now: Instant,
        endpoint: EndpointId,
        path: Path,
        hello: Hello<EndpointId>,
    ) -> Option<HelloId> {
        let peer = (endpoint, path.remote);
        if self.peers.contains_key(&peer) {
            return None;
        }
        while self.ages.len() >= MAX_WAITING {
            let (oldest, _) = self.ages.first_key_value()?;
            self.take(*oldest);
        }
        let id = self.add(Waiting::Datagrams { endpoint, path, hello: Box::new(hello) });
        self.peers.insert(peer, id);
        self.ages.insert(id, now + PATIENCE);
        Some(id)
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
        if let Waiting::Datagrams { endpoint, path, .. } = &waiting {
            self.peers.remove(&(*endpoint, path.remote));
            self.ages.remove(&id);
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

    /// When the first of DTLS has waited for long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.ages.first_key_value().map(|(_, until)| *until)
    }

    /// Those of DTLS that have waited for long enough go.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some((id, until)) = self.ages.first_key_value()
            && *until <= now
        {
            self.take(*id);
        }
    }

    /// Those of an endpoint go.
    pub(super) fn close_endpoint(&mut self, endpoint: EndpointId) {
        let of_endpoint = self.peers.iter().filter(|((at, _), _)| *at == endpoint);
        let of_endpoint: Vec<_> = of_endpoint.map(|(_, id)| *id).collect();
        of_endpoint.into_iter().for_each(|id| drop(self.take(id)));
    }
}

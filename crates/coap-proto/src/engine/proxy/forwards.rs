//! Requests that are forwarded, found by the tokens of both sides.
use super::store::Question;
use super::{Relayed, UpstreamId};
use crate::arena::{Arena, Index};
use crate::engine::list::{Links, List, Member};
use crate::engine::timer::Timers;
use crate::engine::token::TokenRef;
use crate::engine::{Path, ResourceId, SessionId};
use crate::hash::Keyed;
use crate::wire::{BlockValue, Code, Pdu, option};
use hashbrown::HashMap;
use std::collections::VecDeque;
use std::time::Instant;

/// Names a request that is forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::engine) struct ForwardId(Index);

/// Who waits for the response to a request that is forwarded.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) session: SessionId,
    /// The way its request came: the response leaves from the address that it was sent to.
    pub(super) path: Path,
    /// Its request, without payload.
    pub(super) request: Pdu,
    /// The last block of its request's body, which the response acknowledges (RFC 7959 section 2.3).
    pub(super) block1: Option<BlockValue>,
    /// The resource that it asked: it has the body of the response if that is kept.
    pub(super) resource: Option<ResourceId>,
}

/// A request that is forwarded.
#[derive(Debug)]
pub(super) struct Forwarding {
    /// `None`: it went. What still comes from the server is for nobody.
    pub(super) client: Option<Client>,
    pub(super) upstream: UpstreamId,
    /// Token of the request at the server.
    pub(super) token: Box<[u8]>,
    /// The session that it was sent on.
    pub(super) sent_on: Option<SessionId>,
    /// The request as it goes out, until it does.
    pub(super) outgoing: Option<Pdu>,
    /// The client has got a response.
    pub(super) is_answered: bool,
    /// It observes: responses may go on coming (RFC 7641).
    pub(super) observes: bool,
    /// Responses are passed on by the application.
    pub(super) by_application: bool,
    pub(super) tag: u64,
    /// What is to be remembered of the response.
    pub(super) question: Option<Question>,
    /// A notification that waits until the one before it is acknowledged (RFC 7641 section 4.5.1).
    pub(super) held: Option<Pdu>,
    /// Message ID of the last notification.
    pub(super) mid: Option<u16>,
    /// Non-confirmable notifications since the last confirmable one.
    pub(super) unconfirmed: u8,
    /// Notifications so far that came over a stream.
    pub(super) notified: u32,
    /// What is to be done with it soon.
    due: Option<Due>,
    /// Bytes that its bodies take.
    bytes: usize,
    of_client: Links,
    of_upstream: Links,
}

/// What is to be done with a request that is forwarded, soon and not now: its cause is in the middle of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Due {
    /// Pass on the notification that is held.
    Notify,
    /// The client went: nothing more is wanted of the server.
    Withdraw,
    /// Answer with this error.
    Fail(Code),
}

/// Lists of forwarded requests: those of one client session.
#[derive(Debug)]
pub(in crate::engine) enum InClient {}
/// The requests of one client session that are forwarded.
pub(in crate::engine) type OfClient = List<InClient>;
/// Lists of forwarded requests: those to one server.
#[derive(Debug)]
pub(super) enum OfUpstream {}

impl Member<InClient> for Forwarding {
    fn links(&self) -> &Links {
        &self.of_client
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_client
    }
}

impl Member<OfUpstream> for Forwarding {
    fn links(&self) -> &Links {
        &self.of_upstream
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.of_upstream
    }
}

impl Forwarding {
    /// A request that is to go out with `token`.
    pub(super) fn new(client: Client, upstream: UpstreamId, token: &[u8], outgoing: Pdu) -> Self {
        let bytes = outgoing.len();
        Self {
            client: Some(client),
            upstream,
            token: token.into(),
            sent_on: None,
            outgoing: Some(outgoing),
            is_answered: false,
            observes: false,
            by_application: false,
            tag: 0,
            question: None,
            held: None,
            mid: None,
            unconfirmed: 0,
            notified: 0,
            due: None,
            bytes,
            of_client: Links::default(),
            of_upstream: Links::default(),
        }
    }

    /// The tag is the application's again with the last response.
    pub(super) fn give_tag(&mut self, response: &Pdu) -> Relayed {
        let (tag, is_last) = (self.tag, !self.goes_on_after(response));
        if is_last {
            self.tag = 0;
        }
        Relayed { tag, is_last }
    }

    /// Whether more responses may come after this one (RFC 7641 section 4.2).
    pub(super) fn goes_on_after(&self, response: &Pdu) -> bool {
        self.observes && response.code().class() == 2 && response.option(option::OBSERVE).is_some()
    }
}

type ByToken = HashMap<(SessionId, Box<[u8]>), ForwardId, Keyed>;

/// All requests that are forwarded.
#[derive(Debug)]
pub(in crate::engine) struct Forwards {
    arena: Arena<Forwarding>,
    timers: Timers,
    /// By the client's session and token.
    clients: ByToken,
    /// By the session to the server and the token there, from when they are sent.
    sent: ByToken,
    /// By the client's session and the last notification's message ID.
    mids: HashMap<(SessionId, u16), ForwardId, Keyed>,
    due: VecDeque<ForwardId>,
    bytes: usize,
}

impl Forwards {
    pub(in crate::engine) fn new(hasher: Keyed) -> Self {
        Self {
            arena: Arena::new(),
            timers: Timers::default(),
            clients: HashMap::with_hasher(hasher.clone()),
            sent: HashMap::with_hasher(hasher.clone()),
            mids: HashMap::with_hasher(hasher),
            due: VecDeque::new(),
            bytes: 0,
        }
    }

    pub(in crate::engine) fn len(&self) -> usize {
        self.arena.len()
    }

    /// Bytes of the bodies that are held for them.
    pub(in crate::engine) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn get(&self, id: ForwardId) -> Option<&Forwarding> {
        self.arena.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: ForwardId) -> Option<&mut Forwarding> {
        self.arena.get_mut(id.0)
    }

    /// The request of a client with that token.
    pub(super) fn of_client(&self, session: SessionId, token: &[u8]) -> Option<ForwardId> {
        self.clients.get(&TokenRef(session, token)).copied()
    }

    /// The request that was sent on a session with that token.
    pub(super) fn sent_with(&self, session: SessionId, token: &[u8]) -> Option<ForwardId> {
        self.sent.get(&TokenRef(session, token)).copied()
    }

    /// The observation whose last notification was that message.
    pub(super) fn with_mid(&self, session: SessionId, mid: u16) -> Option<ForwardId> {
        self.mids.get(&(session, mid)).copied()
    }

    /// All in a list.
    pub(super) fn listed(&self, list: &List<OfUpstream>) -> Vec<ForwardId> {
        let after = |at: &Index| List::<OfUpstream>::after(&self.arena, *at);
        std::iter::successors(list.front(), after).map(ForwardId).collect()
    }

    /// Keeps a request whose token no other of its client has.
    pub(super) fn insert(
        &mut self,
        of_client: &mut OfClient,
        of_upstream: &mut List<OfUpstream>,
        forwarding: Forwarding,
    ) -> ForwardId {
        let key = forwarding.client.as_ref().map(|client| (client.session, client.request.token().into()));
        self.bytes += forwarding.bytes;
        let index = self.arena.insert(forwarding);
        of_upstream.push_back(&mut self.arena, index);
        if let Some(key) = key {
            of_client.push_back(&mut self.arena, index);
            self.clients.insert(key, ForwardId(index));
        }
        ForwardId(index)
    }

    /// It was sent: its response will come on that session.
    pub(super) fn note_sent(&mut self, id: ForwardId, session: SessionId) {
        if let Some(forwarding) = self.arena.get_mut(id.0) {
            forwarding.sent_on = Some(session);
            self.sent.insert((session, forwarding.token.clone()), id);
        }
    }

    /// A notification was sent to its client.
    pub(super) fn note_mid(&mut self, id: ForwardId, mid: u16) {
        let Some(forwarding) = self.arena.get_mut(id.0) else { return };
        let Some(session) = forwarding.client.as_ref().map(|client| client.session) else { return };
        let old = forwarding.mid.replace(mid);
        self.forget_mid(session, old, id);
        self.mids.insert((session, mid), id);
    }

    /// A notification waits for the one before; it takes the place of another that waits.
    pub(super) fn hold(&mut self, id: ForwardId, notification: Pdu) {
        let Some(forwarding) = self.arena.get_mut(id.0) else { return };
        let old = std::mem::replace(&mut forwarding.bytes, notification.len());
        self.bytes = self.bytes - old + forwarding.bytes;
        forwarding.held = Some(notification);
    }

    /// What was held for it is gone.
    pub(super) fn count_no_bytes(&mut self, id: ForwardId) {
        if let Some(forwarding) = self.arena.get_mut(id.0) {
            self.bytes -= std::mem::take(&mut forwarding.bytes);
        }
    }

    /// Its client went, or gets its answer elsewhere.
    pub(super) fn part(&mut self, of_client: &mut OfClient, id: ForwardId) -> Option<Client> {
        let client = self.arena.get_mut(id.0)?.client.take()?;
        of_client.remove(&mut self.arena, id.0);
        self.clients.remove(&TokenRef(client.session, client.request.token()));
        let mid = self.arena.get_mut(id.0).and_then(|forwarding| forwarding.mid.take());
        self.forget_mid(client.session, mid, id);
        Some(client)
    }

    /// Forgets a request that has no client any more.
    pub(super) fn remove(
        &mut self,
        of_upstream: Option<&mut List<OfUpstream>>,
        id: ForwardId,
    ) -> Option<Forwarding> {
        if let Some(list) = of_upstream {
            list.remove(&mut self.arena, id.0);
        }
        self.timers.clear(id.0.slot());
        let forwarding = self.arena.remove(id.0)?;
        self.bytes -= forwarding.bytes;
        if let Some(session) = forwarding.sent_on {
            let key = TokenRef(session, &forwarding.token);
            if self.sent.get(&key) == Some(&id) {
                self.sent.remove(&key);
            }
        }
        Some(forwarding)
    }

    /// The tags of all. The sessions are about to end.
    pub(super) fn take_tags(&mut self) -> Vec<u64> {
        let tags = self.arena.iter_mut().map(|(_, forwarding)| std::mem::take(&mut forwarding.tag));
        tags.filter(|tag| *tag != 0).collect()
    }

    /// Something is to be done with a request soon. What is worse counts.
    pub(in crate::engine) fn make_due(&mut self, id: ForwardId, what: Due) {
        let Some(forwarding) = self.arena.get_mut(id.0) else { return };
        if forwarding.due.is_none() {
            self.due.push_back(id);
        }
        forwarding.due = forwarding.due.max(Some(what));
    }

    /// The next request that something is to be done with.
    pub(super) fn next_due(&mut self) -> Option<(ForwardId, Due)> {
        while let Some(id) = self.due.pop_front() {
            if let Some(due) = self.arena.get_mut(id.0).and_then(|forwarding| forwarding.due.take()) {
                return Some((id, due));
            }
        }
        None
    }

    pub(in crate::engine) fn has_due(&self) -> bool {
        !self.due.is_empty()
    }

    pub(super) fn set_timer(&mut self, id: ForwardId, at: Option<Instant>) {
        match at {
            Some(at) => self.timers.set(id.0.slot(), at),
            None => self.timers.clear(id.0.slot()),
        }
    }

    pub(in crate::engine) fn next_timer(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The request whose time is over first, if it is.
    pub(in crate::engine) fn pop_due(&mut self, now: Instant) -> Option<ForwardId> {
        let slot = self.timers.pop_due(now)?;
        self.arena.contains_slot(slot).map(ForwardId)
    }

    /// The first request of a client.
    pub(super) fn first(&self, of_client: &OfClient) -> Option<ForwardId> {
        of_client.front().map(ForwardId)
    }

    fn forget_mid(&mut self, session: SessionId, mid: Option<u16>, id: ForwardId) {
        if let Some(key) = mid.map(|mid| (session, mid)).filter(|key| self.mids.get(key) == Some(&id)) {
            self.mids.remove(&key);
        }
    }
}

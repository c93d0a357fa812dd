//! What was answered to messages from peers, for their duplicates (RFC 7252 section 4.5).
use super::SessionId;
use super::list::{Links, List, Member};
use super::sessions::Sessions;
use foldhash::quality::FixedState;
use hashbrown::HashMap;
use std::time::Instant;
use thunderdome::{Arena, Index};

/// What one session may hold. A peer that sends faster only loses its own oldest entries.
const SESSION_BYTES: usize = 64 << 10;
/// Counted for each entry besides its answer.
const ENTRY_BYTES: usize = 128;

/// What to do with a duplicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing: the first one is still being worked on, or was not to be answered.
    None,
    /// Send this datagram again.
    Datagram(Vec<u8>),
}

#[derive(Debug)]
struct Reply {
    session: SessionId,
    digest: u64,
    expires: Instant,
    answer: Answer,
    in_session: Links,
    by_age: Links,
}

#[derive(Debug)]
enum InSession {}
#[derive(Debug)]
enum ByAge {}

impl Member<InSession> for Reply {
    fn links(&self) -> &Links {
        &self.in_session
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.in_session
    }
}

impl Member<ByAge> for Reply {
    fn links(&self) -> &Links {
        &self.by_age
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.by_age
    }
}

/// The entries of one session.
#[derive(Debug, Default)]
pub(super) struct Kept {
    list: List<InSession>,
    bytes: usize,
}

/// Answers to the messages that came last.
///
/// A message is known by a digest of all its bytes, not by its message ID alone: a peer that started anew, or
/// that ran through all message IDs early, is not served the answer to another request.
///
/// Entries whose time is over go when newer ones come; nothing wakes up for them.
#[derive(Debug)]
pub(super) struct Replies {
    arena: Arena<Reply>,
    places: HashMap<(SessionId, u64), Index, FixedState>,
    by_age: List<ByAge>,
    bytes: usize,
}

impl Replies {
    pub(super) fn new(hasher: FixedState) -> Self {
        Self { arena: Arena::new(), places: HashMap::with_hasher(hasher), by_age: List::default(), bytes: 0 }
    }

    /// What was answered to that message; `None` if it is new.
    pub(super) fn find(&self, session: SessionId, digest: u64, now: Instant) -> Option<&Answer> {
        let reply = self.arena.get(*self.places.get(&(session, digest))?)?;
        (reply.expires > now).then_some(&reply.answer)
    }

    /// A new message came; its duplicates are known until `expires`. All sessions together hold `limit`
    /// bytes.
    pub(super) fn note(
        &mut self,
        sessions: &mut Sessions,
        (session, digest): (SessionId, u64),
        (now, expires): (Instant, Instant),
        limit: usize,
    ) {
        if let Some(old) = self.places.get(&(session, digest)) {
            self.remove(sessions, *old);
        }
        let (in_session, by_age) = (Links::default(), Links::default());
        let reply = Reply { session, digest, expires, answer: Answer::None, in_session, by_age };
        let Some(owner) = sessions.get_mut(session) else { return };
        let index = self.arena.insert(reply);
        owner.replies.list.push_back(&mut self.arena, index);
        owner.replies.bytes += ENTRY_BYTES;
        self.by_age.push_back(&mut self.arena, index);
        self.bytes += ENTRY_BYTES;
        self.places.insert((session, digest), index);
        self.make_room(sessions, session, now, limit);
    }

    /// The message was answered with `datagram`.
    pub(super) fn answered(
        &mut self,
        sessions: &mut Sessions,
        (session, digest): (SessionId, u64),
        datagram: Vec<u8>,
        (now, limit): (Instant, usize),
    ) {
        let Some(index) = self.places.get(&(session, digest)) else { return };
        let (Some(reply), Some(owner)) = (self.arena.get_mut(*index), sessions.get_mut(session)) else {
            return;
        };
        let added = datagram.len();
        if let Answer::Datagram(old) = std::mem::replace(&mut reply.answer, Answer::Datagram(datagram)) {
            owner.replies.bytes -= old.len();
            self.bytes -= old.len();
        }
        owner.replies.bytes += added;
        self.bytes += added;
        self.make_room(sessions, session, now, limit);
    }

    /// The session ends.
    pub(super) fn forget(&mut self, sessions: &mut Sessions, session: SessionId) {
        while let Some(index) = sessions.get_mut(session).and_then(|owner| owner.replies.list.front()) {
            self.remove(sessions, index);
        }
    }

    /// Bytes held, as they are counted against the limits.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn make_room(&mut self, sessions: &mut Sessions, session: SessionId, now: Instant, limit: usize) {
        while let Some(owner) = sessions.get_mut(session).filter(|owner| owner.replies.bytes > SESSION_BYTES)
        {
            let Some(oldest) = owner.replies.list.front() else { break };
            self.remove(sessions, oldest);
        }
        while let Some(oldest) = self.by_age.front() {
            let over = self.arena.get(oldest).is_none_or(|reply| reply.expires <= now);
            if !over && self.bytes <= limit {
                break;
            }
            self.remove(sessions, oldest);
        }
    }

    fn remove(&mut self, sessions: &mut Sessions, index: Index) {
        let Some(reply) = self.arena.get(index) else { return };
        let (session, digest) = (reply.session, reply.digest);
        let answer = match &reply.answer {
            Answer::None => 0,
            Answer::Datagram(datagram) => datagram.len(),
        };
        if let Some(owner) = sessions.get_mut(session) {
            owner.replies.list.remove(&mut self.arena, index);
            owner.replies.bytes -= ENTRY_BYTES + answer;
        }
        self.by_age.remove(&mut self.arena, index);
        self.bytes -= ENTRY_BYTES + answer;
        self.places.remove(&(session, digest));
        self.arena.remove(index);
    }
}

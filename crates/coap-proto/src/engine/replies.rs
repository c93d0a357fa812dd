//! What was answered to messages from peers, for their duplicates (RFC 7252 section 4.5).
use super::SessionId;
use super::list::{Links, List, Member};
use super::sessions::Sessions;
use crate::arena::{Arena, Index};
use hashbrown::HashTable;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
/// What one session may hold. A peer that sends faster only loses its own oldest entries.
const SESSION_BYTES: usize = 64 << 10;
/// Counted for each entry, and for its place in the tables.
const ENTRY_BYTES: usize = 80;
/// Entries whose time is over that a new one sees off: more than one, so that they get fewer, and not all, or the first
/// message after a silence would have to.
const OVER: usize = 4;
/// Answers of so many bytes are kept in their entry; longer ones are counted besides.
const SHORT: usize = 22;

/// What to do with a duplicate.
#[derive(Debug)]
pub(super) enum Answer {
    /// Length and bytes of the datagram to be sent again; [`NOTHING`].
    Short(u8, [u8; SHORT]),
    /// A longer one.
    Long(Box<[u8]>),
}

/// The first one is still being worked on, or was not to be answered. No variant of its own: that would leave bytes
/// uninitialised that optimised code looks at before it knows the variant, which checkers of memory report.
const NOTHING: Answer = Answer::Short(u8::MAX, [0; SHORT]);

impl Answer {
    fn new(datagram: &[u8]) -> Self {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..datagram.len()) {
            Some(start) => {
                start.copy_from_slice(datagram);
                Self::Short(datagram.len() as u8, bytes)
            }
            None => Self::Long(datagram.into()),
        }
    }

    /// From now on it is this one.
    fn set(&mut self, datagram: &[u8]) {
        match self {
            // Most are short, and so is what stands there before: no other is made then.
            Self::Short(length, bytes) if datagram.len() <= SHORT => {
                bytes[..datagram.len()].copy_from_slice(datagram);
                *length = datagram.len() as u8;
            }
            _ => *self = Self::new(datagram),
        }
    }

    /// Send this again, if anything.
    pub(super) fn datagram(&self) -> Option<&[u8]> {
        match self {
            Self::Short(length, bytes) => bytes.get(..usize::from(*length)),
            Self::Long(bytes) => Some(bytes),
        }
    }

    /// What it takes outside its entry.
    fn bytes(&self) -> usize {
        if let Self::Long(bytes) = self { bytes.len() } else { 0 }
    }
}

/// Names what is kept of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReplyId(Index);

#[derive(Debug)]
struct Reply {
    digest: u64,
    session: SessionId,
    /// As [`Replies::seconds`] counts: an `Instant` would be four times as large.
    expires: u32,
    /// The slot of the session's next one.
    next: u32,
    answer: Answer,
    by_age: Links,
}

#[derive(Debug)]
enum ByAge {}

impl Member<ByAge> for Reply {
    fn links(&self) -> &Links {
        &self.by_age
    }

    fn links_mut(&mut self) -> &mut Links {
        &mut self.by_age
    }
}

/// The entries of one session: the slots of the oldest and the newest, if there are any, and what they take.
#[derive(Debug, Default)]
pub(super) struct Kept {
    oldest: u32,
    newest: u32,
    bytes: u32,
}

/// Answers to the messages that came last.
///
/// A message is known by a digest of all its bytes, not by its message ID alone: a peer that started anew, or
/// that ran through all message IDs early, is not served the answer to another request.
///
/// Entries whose time is over go when newer ones come, some at a time; nothing wakes up for them.
#[derive(Debug)]
pub(super) struct Replies {
    arena: Arena<Reply>,
    /// By digest: the slots. The digests hold for hashes, since they are keyed.
    places: HashTable<u32>,
    by_age: List<ByAge>,
    bytes: usize,
    /// Whole seconds since the beginning.
    seconds: u32,
    /// When there is one more.
    next_second: Instant,
}

impl Replies {
    pub(super) fn new(now: Instant) -> Self {
        let (arena, places, by_age) = (Arena::new(), HashTable::new(), List::default());
        Self { arena, places, by_age, bytes: 0, seconds: 0, next_second: now + SECOND }
    }

    /// Time passes. Done once a batch of messages, so that none of them needs to look at the clock.
    pub(super) fn advance(&mut self, now: Instant) {
        if now >= self.next_second {
            let passed = now.saturating_duration_since(self.next_second).as_secs().saturating_add(1);
            self.seconds = self.seconds.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
            self.next_second += Duration::from_secs(passed);
        }
    }

    /// What was answered to that message; `None` if it is new.
    pub(super) fn find(&self, session: SessionId, digest: u64) -> Option<&Answer> {
        let reply = |slot: &u32| self.arena.get_by_slot(*slot).map(|(_, reply)| reply);
        let is_it = |reply: &Reply| {
            (reply.digest, reply.session) == (digest, session) && reply.expires > self.seconds
        };
        let slot = self.places.find(digest, |slot| reply(slot).is_some_and(is_it))?;
        reply(slot).map(|reply| &reply.answer)
    }

    /// A message came that is new, as [`find`](Self::find) says; its duplicates are known for its `lifetime`, or up to
    /// two seconds longer. All sessions together hold `limit` bytes.
    pub(super) fn note(
        &mut self,
        sessions: &mut Sessions,
        (session, digest): (SessionId, u64),
        lifetime: Duration,
        limit: usize,
    ) -> Option<ReplyId> {
        if ENTRY_BYTES > limit || sessions.get(session).is_none() {
            return None;
        }
        let vacant = self.make_room(sessions, (session, ENTRY_BYTES), limit);
        let kept = &mut sessions.get_mut(session)?.replies;
        let lifetime = lifetime.as_secs() + u64::from(lifetime.subsec_nanos() > 0) + 1;
        let expires = self.seconds.saturating_add(u32::try_from(lifetime).unwrap_or(u32::MAX));
        let (answer, by_age) = (NOTHING, Links::default());
        let reply = Reply { session, digest, expires, next: 0, answer, by_age };
        let index = self.put(vacant, reply);
        if kept.bytes == 0 {
            kept.oldest = index.slot();
        } else if let Some((_, newest)) = self.arena.get_by_slot_mut(kept.newest) {
            newest.next = index.slot();
        }
        kept.newest = index.slot();
        kept.bytes += ENTRY_BYTES as u32;
        self.bytes += ENTRY_BYTES;
        self.by_age.push_back(&mut self.arena, index);
        let digest_at = |slot: &u32| self.arena.get_by_slot(*slot).map_or(0, |(_, reply)| reply.digest);
        self.places.insert_unique(digest, index.slot(), digest_at);
        Some(ReplyId(index))
    }

    /// The message was answered with `datagram`.
    pub(super) fn answered(&mut self, sessions: &mut Sessions, id: ReplyId, datagram: &[u8], limit: usize) {
        let Some(reply) = self.arena.get_mut(id.0) else { return };
        let session = reply.session;
        let removed = reply.answer.bytes();
        reply.answer.set(datagram);
        let added = reply.answer.bytes();
        if added + removed == 0 {
            return;
        }
        let Some(owner) = sessions.get_mut(session) else { return };
        owner.replies.bytes = owner.replies.bytes + added as u32 - removed as u32;
        self.bytes = self.bytes + added - removed;
        if let Some(vacant) = self.make_room(sessions, (session, 0), limit) {
            self.arena.remove(vacant);
        }
    }

    /// The session ends.
    pub(super) fn forget(&mut self, sessions: &mut Sessions, session: SessionId) {
        while let Some(oldest) = sessions.get(session).and_then(|owner| self.oldest_of(&owner.replies)) {
            self.unlist(sessions, oldest);
            self.arena.remove(oldest);
        }
    }

    /// Bytes held, as they are counted against the limits.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Entries go until there is room for so many bytes more of that session, and some whose time is over. The place of
    /// one of them serves for what comes.
    fn make_room(
        &mut self,
        sessions: &mut Sessions,
        (session, bytes): (SessionId, usize),
        limit: usize,
    ) -> Option<Index> {
        let mut vacant = None;
        for removed in 0.. {
            let is_full = |kept: &&Kept| kept.bytes as usize + bytes > SESSION_BYTES;
            let oldest = match sessions.get(session).map(|owner| &owner.replies).filter(is_full) {
                Some(kept) => self.oldest_of(kept),
                None => self.by_age.front().filter(|front| {
                    let is_over = |reply: &Reply| reply.expires <= self.seconds && removed < OVER;
                    self.bytes + bytes > limit || self.arena.get(*front).is_some_and(is_over)
                }),
            };
            let Some(oldest) = oldest else { break };
            self.unlist(sessions, oldest);
            if let Some(other) = vacant.replace(oldest) {
                self.arena.remove(other);
            }
        }
        vacant
    }

    fn oldest_of(&self, kept: &Kept) -> Option<Index> {
        if kept.bytes > 0 { self.arena.contains_slot(kept.oldest) } else { None }
    }

    /// Takes an entry out of all lists. It is the oldest of its session: each session's entries go in the order in
    /// which they came.
    fn unlist(&mut self, sessions: &mut Sessions, index: Index) {
        let Some(reply) = self.arena.get(index) else { return };
        let bytes = ENTRY_BYTES + reply.answer.bytes();
        if let Ok(place) = self.places.find_entry(reply.digest, |slot| *slot == index.slot()) {
            place.remove();
        }
        if let Some(owner) = sessions.get_mut(reply.session) {
            owner.replies.oldest = reply.next;
            owner.replies.bytes -= bytes as u32;
        }
        self.by_age.remove(&mut self.arena, index);
        self.bytes -= bytes;
    }

    /// Puts an entry into the place of one that is in no list, if there is one.
    fn put(&mut self, vacant: Option<Index>, reply: Reply) -> Index {
        match vacant.and_then(|vacant| self.arena.renew(vacant)) {
            Some((index, place)) => {
                *place = reply;
                index
            }
            None => self.arena.insert(reply),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_small_and_holds_what_is_short() {
        assert!(size_of::<Reply>() <= 64, "{} bytes; there is one a request", size_of::<Reply>());
        for length in [0, 1, SHORT, SHORT + 1, 1000] {
            let datagram = vec![7; length];
            for before in [NOTHING, Answer::new(&[1; SHORT]), Answer::new(&[1; SHORT + 1])] {
                let mut answer = before;
                answer.set(&datagram);
                assert_eq!(answer.datagram(), Some(&datagram[..]));
                assert_eq!(answer.bytes() > 0, length > SHORT);
            }
        }
        assert_eq!(NOTHING.datagram(), None);
    }
}

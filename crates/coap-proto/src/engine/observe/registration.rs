//! Observations by this node.
use crate::engine::seldom::Usual;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Tokens of observations that have ended, of one session.
const MAX_ENDED: usize = 32;
/// Requests to a group that no member has accepted yet, of one session: nothing tells that none will.
const MAX_ASKED: usize = 32;
/// After that time a lower number can only mean that the server's numbers have begun anew (RFC 7641 section
/// 3.4).
const NUMBERS_LIFETIME: Duration = Duration::from_secs(128);
const HALF_OF_NUMBERS: u32 = 1 << 23;
const LARGEST_NUMBER: u64 = (1 << 24) - 1;

/// Requests of one session that observe, by token.
#[derive(Debug, PartialEq)]
pub(in crate::engine) struct Registrations {
    live: BTreeMap<Box<[u8]>, Registration>,
    /// Of the last that ended: what still comes for them is not wanted.
    ended: VecDeque<Box<[u8]>>,
    /// Of the last requests to a group.
    asked: VecDeque<Box<[u8]>>,
}

impl Default for Registrations {
    fn default() -> Self {
        Self::new()
    }
}

impl Usual for Registrations {
    const USUAL: &'static Self = &Self::new();
}

/// A request that observes.
#[derive(Debug, PartialEq)]
struct Registration {
    /// The newest notification; `None` as long as the request is not answered.
    newest: Option<Notification>,
}

/// Number and time of arrival of a notification.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Notification {
    number: u32,
    at: Instant,
}

/// What is to be done with a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// The application gets it.
    Wanted,
    /// A newer one came before.
    Overtaken,
    /// It belongs to an observation that was cancelled.
    Stale,
}

impl Registrations {
    pub(in crate::engine) const fn new() -> Self {
        Self { live: BTreeMap::new(), ended: VecDeque::new(), asked: VecDeque::new() }
    }

    /// Whether there is nothing that a response could be about.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_empty() && self.ended.is_empty()
    }

    /// A request is sent that observes.
    pub(super) fn begin(&mut self, token: &[u8]) {
        self.forget(token);
        self.live.insert(token.into(), Registration { newest: None });
    }

    /// The same, sent to a group: the oldest of many such requests that nobody has accepted is forgotten.
    pub(super) fn begin_of_group(&mut self, token: &[u8]) {
        self.begin(token);
        self.asked.push_back(token.into());
        if self.asked.len() > MAX_ASKED
            && let Some(oldest) = self.asked.pop_front()
            && !self.is_accepted(&oldest)
            && !self.asked.contains(&oldest)
        {
            self.live.remove(&oldest);
        }
    }

    /// The token is used for something else, or for nothing.
    pub(super) fn forget(&mut self, token: &[u8]) {
        self.live.remove(token);
        self.ended.retain(|ended| **ended != *token);
    }

    /// No more notifications are wanted.
    pub(in crate::engine) fn end(&mut self, token: &[u8]) {
        self.forget(token);
        if self.ended.len() >= MAX_ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(token.into());
    }

    /// How many there are, of which some are not answered yet.
    #[cfg(test)]
    pub(in crate::engine) fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether the server has accepted to notify.
    pub(super) fn is_accepted(&self, token: &[u8]) -> bool {
        self.live.get(token).is_some_and(|registration| registration.newest.is_some())
    }

    /// Tokens of the observations that the server has accepted.
    pub(super) fn accepted_tokens(&self) -> Vec<Box<[u8]>> {
        let accepted = self.live.iter().filter(|(_, registration)| registration.newest.is_some());
        accepted.map(|(token, _)| token.clone()).collect()
    }

    /// A response came: with a number it is a notification. `answers`: it came with the acknowledgement of a
    /// request.
    pub(super) fn note_response(
        &mut self,
        token: &[u8],
        number: Option<u64>,
        answers: bool,
        now: Instant,
    ) -> Arrival {
        let Some(registration) = self.live.get_mut(token) else {
            let is_stale = !answers && number.is_some() && self.ended.iter().any(|ended| **ended == *token);
            return if is_stale { Arrival::Stale } else { Arrival::Wanted };
        };
        let Some(number) = number.map(|number| number.min(LARGEST_NUMBER) as u32) else {
            // RFC 7641 section 3.2, 3.6: from now on there are no notifications.
            self.live.remove(token);
            return Arrival::Wanted;
        };
        let notification = Notification { number, at: now };
        if !answers && registration.newest.is_some_and(|newest| !notification.may_follow(newest)) {
            return Arrival::Overtaken;
        }
        registration.newest = Some(notification);
        Arrival::Wanted
    }
}

impl Notification {
    /// RFC 7641 section 3.4. One with the same number shows the same state: it does no harm, and servers that
    /// do not count can be observed.
    fn may_follow(self, newest: Self) -> bool {
        let ahead = self.number.wrapping_sub(newest.number) & (LARGEST_NUMBER as u32);
        ahead < HALF_OF_NUMBERS || self.at > newest.at + NUMBERS_LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follows(first: u32, second: u32, seconds: u64) -> bool {
        let at = Instant::now();
        let newest = Notification { number: first, at };
        Notification { number: second, at: at + Duration::from_secs(seconds) }.may_follow(newest)
    }

    #[test]
    fn the_rule_of_rfc_7641_section_3_4() {
        assert!(follows(1, 2, 0));
        assert!(!follows(2, 1, 0));
        assert!(follows(0xff_ffff, 0, 0), "the numbers wrap");
        assert!(!follows(0, 0xff_ffff, 0));
        assert!(follows(0, (1 << 23) - 1, 0));
        assert!(!follows(0, 1 << 23, 0) && !follows(1 << 23, 0, 0), "half way round nobody can tell");
        assert!(!follows(2, 1, 128) && follows(2, 1, 129));
        assert!(follows(7, 7, 0));
    }

    #[test]
    fn tokens_that_ended_are_known_for_a_while() {
        let (mut registrations, now) = (Registrations::new(), Instant::now());
        for token in 0..=MAX_ENDED as u8 {
            registrations.end(&[token]);
        }
        let mut note =
            |token: u8, number, answers| registrations.note_response(&[token], number, answers, now);
        assert_eq!(note(0, Some(5), false), Arrival::Wanted, "forgotten");
        assert_eq!(note(1, Some(5), false), Arrival::Stale);
        assert_eq!(note(1, None, false), Arrival::Wanted, "a response, no notification");
        assert_eq!(note(1, Some(5), true), Arrival::Wanted, "to a request of now");
    }

    #[test]
    fn requests_to_a_group_that_nobody_accepts_are_forgotten() {
        let (mut registrations, now) = (Registrations::new(), Instant::now());
        registrations.begin_of_group(b"accepted");
        registrations.note_response(b"accepted", Some(0), false, now);
        for token in 0..200u8 {
            registrations.begin_of_group(&[token]);
            assert!(registrations.len() <= MAX_ASKED + 1);
        }
        assert!(registrations.is_accepted(b"accepted"));
        registrations.note_response(&[199], Some(0), false, now);
        assert!(registrations.is_accepted(&[199]), "the last ones are known");
    }

    #[test]
    fn a_response_without_number_ends_it() {
        let (mut registrations, now) = (Registrations::new(), Instant::now());
        registrations.begin(b"t");
        assert!(!registrations.is_accepted(b"t"), "not answered yet");
        assert_eq!(registrations.note_response(b"t", Some(9), true, now), Arrival::Wanted);
        assert!(registrations.is_accepted(b"t"));
        assert_eq!(registrations.note_response(b"t", Some(8), false, now), Arrival::Overtaken);
        assert_eq!(registrations.note_response(b"t", None, false, now), Arrival::Wanted);
        assert!(!registrations.is_accepted(b"t"));
    }
}

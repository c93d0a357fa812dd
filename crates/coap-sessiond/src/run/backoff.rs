//! Nodes that could not be reached a moment ago: who asks for them meanwhile is told the same, and nothing is tried.
use crate::model::PeerId;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// How long a node is left alone after a failure that follows none.
const FIRST: Duration = Duration::from_secs(1);
/// Each further failure doubles it, up to this.
const LONGEST: Duration = Duration::from_secs(8);

/// Who could not be reached; nodes that are configured, so there are not many.
#[derive(Debug, Default)]
pub(super) struct Backoff(HashMap<PeerId, Failure>);

#[derive(Debug)]
struct Failure {
    why: String,
    pause: Duration,
    until: Instant,
}

impl Backoff {
    /// A node could not be reached.
    pub(super) fn failed(&mut self, now: Instant, peer: PeerId, why: &str) {
        let before = self.0.get(&peer).filter(|before| now < before.until + LONGEST);
        let pause = before.map_or(FIRST, |before| (before.pause * 2).min(LONGEST));
        self.0.insert(peer, Failure { why: why.to_owned(), pause, until: now + pause });
    }

    /// It has answered.
    pub(super) fn reached(&mut self, peer: PeerId) {
        self.0.remove(&peer);
    }

    /// Why it is not to be tried now.
    pub(super) fn refusal(&self, now: Instant, peer: PeerId) -> Option<&str> {
        self.0.get(&peer).filter(|failure| now < failure.until).map(|failure| &*failure.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_while_it_goes_on_and_begin_anew_after_that() {
        let (mut backoff, peer, mut now) = (Backoff::default(), PeerId([1; 32]), Instant::now());
        assert_eq!(backoff.refusal(now, peer), None);
        for seconds in [1, 2, 4, 8, 8] {
            backoff.failed(now, peer, "refused");
            let end = now + Duration::from_secs(seconds);
            assert_eq!(backoff.refusal(end - Duration::from_millis(1), peer), Some("refused"), "{seconds} s");
            assert_eq!(backoff.refusal(end, peer), None, "{seconds} s");
            assert_eq!(backoff.refusal(now, PeerId([2; 32])), None, "others are not meant");
            now = end;
        }
        backoff.failed(now + LONGEST, peer, "refused");
        assert_eq!(backoff.refusal(now + LONGEST + FIRST, peer), None, "that was long ago");
        backoff.failed(now + LONGEST, peer, "refused");
        backoff.reached(peer);
        assert_eq!(backoff.refusal(now + LONGEST, peer), None);
    }
}

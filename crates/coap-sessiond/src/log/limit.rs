//! How many lines of one kind are written: whoever can make the node say something over and over again does not fill
//! its log.
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Lines of one kind that may come at once.
const BURST: u32 = 50;
/// One more a so much.
const EACH: Duration = Duration::from_millis(50);

/// What lines have in common: the message, or where it has changing parts, the place in the program. The program has
/// only so many of them.
pub(super) type Kind = (&'static str, u32);

/// What was written of each kind of late.
#[derive(Debug, Default)]
pub(super) struct Limit(HashMap<Kind, Bucket>);

/// What may still come of a kind.
#[derive(Debug)]
struct Bucket {
    /// When it is full again.
    full_at: Instant,
    left_out: u64,
}

/// Whether a line may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Yes, and so many before it were not.
    Written { left_out: u64 },
    /// No.
    LeftOut,
}

impl Limit {
    pub(super) fn judge(&mut self, now: Instant, kind: Kind) -> Verdict {
        let bucket = self.0.entry(kind).or_insert(Bucket { full_at: now, left_out: 0 });
        let full_at = bucket.full_at.max(now) + EACH;
        if full_at > now + EACH * BURST {
            bucket.left_out += 1;
            return Verdict::LeftOut;
        }
        bucket.full_at = full_at;
        Verdict::Written { left_out: std::mem::take(&mut bucket.left_out) }
    }

    /// What was left out and has not been told, if its kind has come to rest.
    pub(super) fn settle(&mut self, now: Instant) -> Vec<(Kind, u64)> {
        let rests = |(kind, bucket): (&Kind, &mut Bucket)| {
            let is_due = bucket.left_out > 0 && bucket.full_at <= now;
            is_due.then(|| (*kind, std::mem::take(&mut bucket.left_out)))
        };
        self.0.iter_mut().filter_map(rests).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_kind_some_are_written_at_once_then_twenty_a_second_and_the_others_are_counted() {
        let (mut limit, start) = (Limit::default(), Instant::now());
        let (one, other) = (("one", 1), ("other", 1));
        let written = |verdict: &Verdict| matches!(verdict, Verdict::Written { .. });
        assert_eq!((0..1000).map(|_| limit.judge(start, one)).filter(written).count(), BURST as usize);
        assert!(written(&limit.judge(start, other)), "other kinds are not meant");
        let second = (0..1000).map(|at| limit.judge(start + Duration::from_millis(at), one));
        let verdicts: Vec<_> = second.collect();
        assert_eq!(verdicts.iter().filter(|it| written(it)).count(), 19);
        assert!(
            verdicts.contains(&Verdict::Written { left_out: 1000 }),
            "nine hundred fifty, and those since"
        );
        let later = start + Duration::from_secs(10);
        assert_eq!(limit.settle(start + Duration::from_secs(1)), [], "it goes on");
        assert_eq!(limit.settle(later), [(one, 49)]);
        assert_eq!(limit.settle(later), [], "once");
        assert_eq!(limit.judge(later, one), Verdict::Written { left_out: 0 });
    }
}

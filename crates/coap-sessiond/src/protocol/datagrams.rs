//! Datagrams: whole, in parts, and as records of a stream.
use super::wire::Part;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The longest datagram: its length is written in two bytes.
pub(super) const MAX_DATAGRAM: usize = 65_535;
/// The longest record: a length and a datagram.
pub(super) const MAX_RECORD: usize = 2 + MAX_DATAGRAM;

/// Datagrams of one direction of a tunnel that are incomplete, at most.
const MAX_INCOMPLETE: usize = 16;
/// How long one may be.
const PATIENCE: Duration = Duration::from_secs(2);

/// Cuts a datagram in parts. `None`: there would be too many.
pub(super) fn parts(number: u32, datagram: &[u8], longest: usize) -> Option<impl Iterator<Item = Part<'_>>> {
    let longest = longest.max(1);
    let count = u8::try_from(datagram.len().div_ceil(longest).max(1)).ok()?;
    let pieces = datagram.chunks(longest);
    Some(pieces.zip(0..count).map(move |(bytes, index)| Part { number, index, count, bytes }))
}

/// A datagram as record of a stream: what comes before it.
pub(super) fn record_head(datagram: &[u8]) -> Option<[u8; 2]> {
    u16::try_from(datagram.len()).ok().map(u16::to_be_bytes)
}

/// How many bytes the first record of a stream takes; `None`: it is not complete.
pub(super) fn record_length(stream: [&[u8]; 2]) -> Option<usize> {
    let [first, second] = stream;
    let mut bytes = first.iter().chain(second);
    let length = 2 + usize::from(u16::from_be_bytes([*bytes.next()?, *bytes.next()?]));
    (first.len() + second.len() >= length).then_some(length)
}

/// The datagram of the first record of a stream; `None`: it is not complete.
pub(super) fn first_record(stream: [&[u8]; 2]) -> Option<Cow<'_, [u8]>> {
    let (from, to) = (2, record_length(stream)?);
    let [first, second] = stream;
    let within = first.len();
    Some(if to <= within {
        first[from..to].into()
    } else if within <= from {
        second[from - within..to - within].into()
    } else {
        [&first[from..], &second[..to - within]].concat().into()
    })
}

/// Datagrams whose parts are being collected.
#[derive(Debug, Default)]
pub(super) struct Incomplete {
    /// The oldest first.
    datagrams: VecDeque<Collected>,
    bytes: usize,
    /// Those that were given up.
    dropped: u64,
}

#[derive(Debug)]
struct Collected {
    number: u32,
    since: Instant,
    missing: u8,
    bytes: usize,
    parts: Vec<Option<Vec<u8>>>,
}

impl Incomplete {
    /// A part came; if it was the last of its datagram, the datagram. All together have at most `room` bytes.
    pub(super) fn take(&mut self, now: Instant, part: Part<'_>, room: usize) -> Option<Vec<u8>> {
        self.expire(now);
        if part.index >= part.count {
            return None;
        }
        let at = match self.datagrams.iter().position(|it| it.number == part.number) {
            Some(at) => at,
            None => self.begin(now, part),
        };
        let collected = &mut self.datagrams[at];
        let place = collected.parts.get_mut(usize::from(part.index))?;
        if place.is_some() {
            return None; // doubled on the way
        }
        *place = Some(part.bytes.to_vec());
        collected.missing -= 1;
        collected.bytes += part.bytes.len();
        self.bytes += part.bytes.len();
        if collected.bytes > MAX_DATAGRAM {
            self.give_up(at);
            return None;
        }
        if collected.missing == 0 {
            let done = self.remove(at)?;
            return Some(done.parts.into_iter().flatten().flatten().collect());
        }
        while self.bytes > room {
            self.give_up(0);
        }
        None
    }

    /// Gives up those that have been incomplete for too long.
    pub(super) fn expire(&mut self, now: Instant) {
        while self.expires_at().is_some_and(|at| at <= now) {
            self.give_up(0);
        }
    }

    /// When there is something to give up.
    pub(super) fn expires_at(&self) -> Option<Instant> {
        self.datagrams.front().map(|oldest| oldest.since + PATIENCE)
    }

    /// Bytes of memory that they take: parts, and the tables of those.
    pub(super) fn memory(&self) -> usize {
        let table = |it: &Collected| size_of::<Collected>() + size_of_val(&*it.parts);
        self.bytes + self.datagrams.iter().map(table).sum::<usize>()
    }

    /// How many were given up since this was last asked.
    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    fn begin(&mut self, now: Instant, part: Part<'_>) -> usize {
        if self.datagrams.len() == MAX_INCOMPLETE {
            self.give_up(0);
        }
        let parts = vec![None; usize::from(part.count)];
        let new = Collected { number: part.number, since: now, missing: part.count, bytes: 0, parts };
        self.datagrams.push_back(new);
        self.datagrams.len() - 1
    }

    fn give_up(&mut self, at: usize) {
        self.dropped += u64::from(self.remove(at).is_some());
    }

    fn remove(&mut self, at: usize) -> Option<Collected> {
        let removed = self.datagrams.remove(at)?;
        self.bytes -= removed.bytes;
        Some(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(seed: u64, length: usize) -> Vec<u8> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..length).map(|_| rng.u8(..)).collect()
    }

    #[test]
    fn parts_in_any_order_give_the_datagram_once() {
        let (mut incomplete, now, mut rng) =
            (Incomplete::default(), Instant::now(), fastrand::Rng::with_seed(1));
        for (number, length) in [0, 1, 99, 100, 101, 25_500].into_iter().enumerate() {
            let sent = datagram(7, length);
            let mut parts: Vec<_> = parts(number as u32, &sent, 100).expect("few enough").collect();
            rng.shuffle(&mut parts);
            let got: Vec<_> = parts.iter().filter_map(|part| incomplete.take(now, *part, 1 << 18)).collect();
            if length > 0 {
                assert_eq!(got, [sent]);
            }
            assert_eq!((incomplete.datagrams.len(), incomplete.bytes), (0, 0));
        }
        assert!(parts(1, &datagram(1, 25_501), 100).is_none(), "256 parts");
    }

    #[test]
    fn what_stays_incomplete_makes_room() {
        let (mut incomplete, now) = (Incomplete::default(), Instant::now());
        for number in 0..40 {
            let part = Part { number, index: 0, count: 2, bytes: &[0; 1000] };
            assert_eq!(incomplete.take(now, part, 8000), None);
            assert!(incomplete.datagrams.len() <= MAX_INCOMPLETE && incomplete.bytes <= 8000);
        }
        assert_eq!(incomplete.take_dropped(), 32);
        assert_eq!(incomplete.expires_at(), Some(now + PATIENCE));
        incomplete.expire(now + PATIENCE);
        assert_eq!((incomplete.expires_at(), incomplete.bytes, incomplete.take_dropped()), (None, 0, 8));
    }

    #[test]
    fn parts_that_do_not_belong_together_do_no_harm() {
        let (mut incomplete, now) = (Incomplete::default(), Instant::now());
        let part = |index, count| Part { number: 1, index, count, bytes: &[0; 40_000] };
        assert_eq!(incomplete.take(now, part(0, 0), 1 << 18), None, "none of none");
        assert_eq!(incomplete.take(now, part(2, 2), 1 << 18), None, "the third of two");
        assert_eq!(incomplete.take(now, part(0, 3), 1 << 18), None);
        assert_eq!(incomplete.take(now, part(9, 200), 1 << 18), None, "of another count");
        assert_eq!(incomplete.take(now, part(1, 3), 1 << 18), None, "longer than a datagram can be");
        assert_eq!((incomplete.datagrams.len(), incomplete.bytes, incomplete.take_dropped()), (0, 0, 1));
    }

    #[test]
    fn records_are_found_wherever_the_ring_turns() {
        for length in [0, 1, 300] {
            let sent = datagram(3, length);
            let mut stream = record_head(&sent).expect("short enough").to_vec();
            stream.extend_from_slice(&sent);
            for cut in 0..stream.len() {
                let (first, second) = stream.split_at(cut);
                for whole in [[first, second], [&stream, b"next"]] {
                    assert_eq!(first_record(whole).as_deref(), Some(&sent[..]));
                    assert_eq!(record_length(whole), Some(2 + length));
                }
                assert_eq!((first_record([first, &[]]), record_length([first, &[]])), (None, None));
            }
        }
    }
}

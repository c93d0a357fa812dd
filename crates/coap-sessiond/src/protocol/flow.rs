//! One direction of a reliable tunnel at one node: from where its bytes come to where they go.
use super::datagrams::record_length;
use super::ring::Ring;
use std::ops::Range;

/// Ranges received ahead of order that are told apart. A sender has no more messages on their way.
const MAX_AHEAD: usize = 512;

/// One direction of a reliable tunnel: bytes come in order from the local socket, or in frames in any order from a
/// link, and leave in order.
#[derive(Debug)]
pub(super) struct Flow {
    /// What was not handed on yet.
    ring: Ring,
    /// Everything before this offset is there.
    ready: u64,
    /// What came ahead of order: ascending, with gaps between.
    ahead: Vec<Range<u64>>,
    /// Where the stream ends, once that is known.
    end: Option<u64>,
    buffer: u64,
    /// The sender was told that it may send so far.
    granted: u64,
    /// The receiver has told that we may send so far.
    limit: u64,
    /// Data frames on their way.
    in_flight: u32,
    /// That it ends was told to where it goes.
    pub(super) end_told: bool,
    /// The far end has got everything.
    pub(super) delivered: bool,
    /// Where it comes from knows that.
    pub(super) confirmed: bool,
    /// It is among those that wait for their turn on a link.
    pub(super) queued: bool,
    /// A credit frame waits to be sent.
    pub(super) credit_queued: bool,
    /// The local socket has been told that there is something for it.
    pub(super) announced: bool,
    /// The local socket is to hear when there is room again.
    pub(super) crowded: bool,
}

/// What breaks the protocol.
pub(super) type Violation = &'static str;

/// What a data frame is to bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) offset: u64,
    pub(super) length: usize,
    pub(super) is_last: bool,
}

/// How a link wants its data frames.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// Bytes of a full one.
    pub(super) full: usize,
    /// What does not fill one goes at once.
    pub(super) no_delay: bool,
}

impl Flow {
    /// An empty one that keeps so many bytes.
    pub(super) fn new(buffer: usize) -> Self {
        Self {
            ring: Ring::default(),
            ready: 0,
            ahead: Vec::new(),
            end: None,
            buffer: buffer as u64,
            granted: 0,
            limit: 0,
            in_flight: 0,
            end_told: false,
            delivered: false,
            confirmed: false,
            queued: false,
            credit_queued: false,
            announced: false,
            crowded: false,
        }
    }

    /// Bytes of memory that it holds beside itself.
    pub(super) fn memory(&self) -> usize {
        self.ring.memory() + self.ahead.capacity() * size_of::<Range<u64>>()
    }

    /// Bytes that were handed on.
    pub(super) fn passed(&self) -> u64 {
        self.ring.start()
    }

    /// Whether it is known where the stream ends.
    pub(super) fn has_end(&self) -> bool {
        self.end.is_some()
    }

    /// Both ends know that the far end has got everything.
    pub(super) fn is_over(&self) -> bool {
        self.delivered && self.confirmed
    }
}

/// Where the bytes come from.
impl Flow {
    /// How many bytes of the local socket there is room for.
    pub(super) fn room(&self) -> usize {
        match self.end {
            Some(_) => 0,
            None => (self.buffer - (self.ready - self.ring.start())) as usize,
        }
    }

    /// Bytes of the local socket, for which there is room.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        debug_assert!(bytes.len() <= self.room());
        self.ring.write(self.ready, bytes);
        self.ready += bytes.len() as u64;
    }

    /// The local socket has no more.
    pub(super) fn finish(&mut self) {
        self.end.get_or_insert(self.ready);
    }

    /// A data frame.
    pub(super) fn take(&mut self, offset: u64, bytes: &[u8], is_last: bool) -> Result<(), Violation> {
        let to = offset.checked_add(bytes.len() as u64).ok_or("an offset is too large")?;
        if to > self.granted {
            return Err("more data than there is credit for");
        }
        let furthest = self.ahead.last().map_or(self.ready, |range| range.end);
        match self.end {
            Some(end) if to > end || (is_last && to != end) => return Err("data behind the end"),
            None if is_last && to < furthest => return Err("data behind the end"),
            None if is_last => self.end = Some(to),
            _ => {}
        }
        let from = offset.max(self.ready);
        if from >= to {
            return Ok(()); // seen before
        }
        self.ring.write(from, &bytes[(from - offset) as usize..]);
        if from == self.ready && self.ahead.is_empty() {
            self.ready = to;
            return Ok(());
        }
        self.note(from..to)
    }

    /// A range was received.
    fn note(&mut self, mut new: Range<u64>) -> Result<(), Violation> {
        let first = self.ahead.partition_point(|range| range.end < new.start);
        let behind = self.ahead.partition_point(|range| range.start <= new.end);
        if let Some(touched) = self.ahead.get(first..behind).filter(|touched| !touched.is_empty()) {
            new.start = new.start.min(touched[0].start);
            new.end = new.end.max(touched[touched.len() - 1].end);
        }
        if new.start <= self.ready {
            self.ready = new.end;
            self.ahead.drain(first..behind);
            if self.ahead.is_empty() {
                self.ahead = Vec::new();
            }
            return Ok(());
        }
        self.ahead.splice(first..behind, [new]);
        if self.ahead.len() > MAX_AHEAD { Err("data in too many pieces") } else { Ok(()) }
    }

    /// Tells the sender, with this answer or frame, how far it may send.
    pub(super) fn grant(&mut self) -> u64 {
        self.granted = self.granted.max(self.ring.start() + self.buffer);
        self.granted
    }

    /// Whether a sender that has used up its credit is to hear that there is more.
    pub(super) fn owes_credit(&self) -> bool {
        let more = (self.ring.start() + self.buffer).saturating_sub(self.granted);
        self.end.is_none() && more >= self.buffer / 2
    }
}

/// Where the bytes go.
impl Flow {
    /// The receiver takes data up to there.
    pub(super) fn raise_limit(&mut self, limit: u64) {
        self.limit = self.limit.max(limit);
    }

    /// A data frame was answered.
    pub(super) fn answered(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// What the next data frame would bear, if one may go.
    pub(super) fn next_chunk(&self, cut: Cut) -> Option<Chunk> {
        if self.end_told {
            return None;
        }
        let offset = self.ring.start();
        let waiting = self.ready - offset;
        let allowed = waiting.min(self.limit.saturating_sub(offset));
        let length = usize::try_from(allowed).unwrap_or(usize::MAX).min(cut.full);
        let is_last = self.end == Some(offset + length as u64);
        let chunk = Chunk { offset, length, is_last };
        let is_piece = length < cut.full;
        // Nagle's algorithm (RFC 896); and a receiver that has little room is not filled up drop by drop.
        let must_wait = is_piece && self.in_flight > 0 && !(cut.no_delay && allowed == waiting);
        if is_last {
            Some(chunk)
        } else if length == 0 || must_wait {
            None
        } else {
            Some(chunk)
        }
    }

    /// The bytes of a chunk.
    pub(super) fn bytes(&self, chunk: Chunk) -> [&[u8]; 2] {
        self.ring.slices(chunk.offset, chunk.offset + chunk.length as u64)
    }

    /// A chunk was sent. CoAP keeps it from now on.
    pub(super) fn sent(&mut self, chunk: Chunk) {
        self.ring.advance(chunk.offset + chunk.length as u64);
        self.in_flight += 1;
        self.end_told |= chunk.is_last;
    }

    /// What the local socket is to take.
    pub(super) fn readable(&self) -> [&[u8]; 2] {
        self.ring.slices(self.ring.start(), self.ready)
    }

    /// How many bytes that are.
    pub(super) fn readable_len(&self) -> usize {
        (self.ready - self.ring.start()) as usize
    }

    /// The local socket has taken so many.
    pub(super) fn taken(&mut self, count: usize) {
        debug_assert!(count <= self.readable_len());
        let start = self.ring.start() + count.min(self.readable_len()) as u64;
        self.ring.advance(start);
    }

    /// Whether there is something that the local socket can take: a whole record, where there are records.
    pub(super) fn has_news(&self, has_records: bool) -> bool {
        if has_records { record_length(self.readable()).is_some() } else { self.readable_len() > 0 }
    }

    /// Hands on to the other direction as much as that has room for; how many bytes.
    pub(super) fn turn_back(&mut self, to: &mut Self) -> usize {
        let mut room = to.room();
        let mut count = 0;
        for piece in self.readable() {
            let piece = &piece[..piece.len().min(room)];
            to.push(piece);
            (room, count) = (room - piece.len(), count + piece.len());
        }
        self.taken(count);
        count
    }

    /// Whether everything is there and the local socket has not taken all of it.
    pub(super) fn ends_within(&self) -> bool {
        self.end == Some(self.ready) && self.readable_len() > 0
    }

    /// Whether the local socket has got everything and does not know yet that it has.
    pub(super) fn is_exhausted(&self) -> bool {
        !self.end_told && self.end == Some(self.ring.start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUT: Cut = Cut { full: 100, no_delay: false };

    fn receiver(buffer: usize) -> Flow {
        let mut flow = Flow::new(buffer);
        flow.grant();
        flow
    }

    fn sender(limit: u64) -> Flow {
        let mut flow = Flow::new(1000);
        flow.raise_limit(limit);
        flow
    }

    #[test]
    fn frames_in_any_order_give_the_stream() {
        for seed in 0..300 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let data: Vec<u8> = (0..5000).map(|_| rng.u8(..)).collect();
            let mut frames = Vec::new();
            let mut at = 0;
            while at < data.len() {
                let to = (at + rng.usize(1..200)).min(data.len());
                // Some are sent twice, some reach back.
                frames.push(at.saturating_sub(rng.usize(..50) * rng.usize(..2))..to);
                frames.push(at..to);
                at = to;
            }
            rng.shuffle(&mut frames);
            let (mut flow, mut got) = (receiver(5000), Vec::new());
            for frame in frames {
                let is_last = frame.end == data.len();
                flow.take(frame.start as u64, &data[frame], is_last).expect("allowed");
                got.extend(flow.readable().concat());
                flow.taken(flow.readable_len());
            }
            assert!(got == data, "seed {seed}");
            assert!(flow.is_exhausted());
            assert_eq!(flow.memory(), 0);
        }
    }

    #[test]
    fn a_stream_is_not_at_its_end_before_its_gaps_are_filled() {
        let mut flow = receiver(1000);
        flow.take(10, b"end", true).expect("allowed");
        assert_eq!((flow.readable_len(), flow.is_exhausted()), (0, false));
        flow.take(0, b"0123456789", false).expect("allowed");
        assert_eq!(flow.readable().concat(), b"0123456789end");
        assert!(!flow.is_exhausted());
        flow.taken(13);
        assert!(flow.is_exhausted());
    }

    #[test]
    fn what_breaks_the_protocol_is_seen() {
        let mut flow = receiver(100);
        assert!(flow.take(0, &[0; 101], false).is_err(), "beyond the credit");
        assert!(flow.take(u64::MAX, b"ab", false).is_err(), "beyond all numbers");
        flow.take(20, b"abc", false).expect("allowed");
        assert!(flow.take(10, b"x", true).is_err(), "an end before what was sent already");
        flow.take(23, b"d", true).expect("allowed");
        assert!(flow.take(30, b"x", false).is_err(), "behind the end");
        assert!(flow.take(22, b"x", true).is_err(), "another end");
        flow.take(23, b"d", true).expect("the same again");
    }

    #[test]
    fn crumbs_cannot_make_a_node_keep_long_lists() {
        let mut flow = receiver(1 << 18);
        let refused =
            (0..1 << 17).map(|at| flow.take(2 * at + 1, b"x", false)).position(|taken| taken.is_err());
        assert_eq!(refused, Some(MAX_AHEAD));
    }

    #[test]
    fn a_sender_stays_within_its_credit_and_goes_on_with_more() {
        let mut flow = sender(150);
        flow.push(&[7; 400]);
        let chunk = flow.next_chunk(CUT).expect("room");
        assert_eq!((chunk.offset, chunk.length), (0, 100));
        flow.sent(chunk);
        assert_eq!(
            flow.next_chunk(CUT),
            None,
            "the rest of the credit is no full frame, and one is on its way"
        );
        flow.answered();
        assert_eq!(flow.next_chunk(CUT).map(|chunk| chunk.length), Some(50), "but better than nothing");
        flow.raise_limit(180);
        flow.raise_limit(160);
        assert_eq!(
            flow.next_chunk(CUT).map(|chunk| chunk.length),
            Some(80),
            "older answers take nothing back"
        );
    }

    #[test]
    fn small_pieces_wait_for_each_other_unless_told_otherwise() {
        let mut flow = sender(1000);
        flow.push(b"a");
        let chunk = flow.next_chunk(CUT).expect("nothing is on its way");
        flow.sent(chunk);
        flow.push(b"b");
        assert_eq!(flow.next_chunk(CUT), None);
        assert_eq!(flow.next_chunk(Cut { no_delay: true, ..CUT }).map(|chunk| chunk.length), Some(1));
        flow.finish();
        let last = flow.next_chunk(CUT).expect("nothing follows that it could wait for");
        assert_eq!((last.length, last.is_last), (1, true));
        flow.sent(last);
        assert_eq!(flow.next_chunk(CUT), None, "the end is told once");
    }

    #[test]
    fn an_end_needs_no_credit() {
        let mut flow = sender(0);
        flow.finish();
        assert_eq!(flow.next_chunk(CUT), Some(Chunk { offset: 0, length: 0, is_last: true }));
    }

    #[test]
    fn credit_is_owed_when_half_of_the_buffer_is_free() {
        let mut flow = receiver(100);
        flow.take(0, &[1; 100], false).expect("allowed");
        flow.taken(49);
        assert!(!flow.owes_credit());
        flow.taken(1);
        assert!(flow.owes_credit());
        assert_eq!(flow.grant(), 150);
        assert!(!flow.owes_credit());
        flow.take(100, &[1; 50], true).expect("allowed");
        flow.taken(100);
        assert!(!flow.owes_credit(), "nothing follows");
    }
}

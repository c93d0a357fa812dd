//! How much a link may have on its way.
use std::time::{Duration, Instant};

/// Where it begins, in messages.
const FIRST: usize = 8;
/// It never becomes smaller.
const SMALLEST: usize = 2;
/// Up to here it grows by one with each answer, until a loss has shown what the path bears.
const FIRST_THRESHOLD: usize = 64;

/// The window of a link: what may wait for its answer, in messages or, over streams, in bytes; and how long answers
/// take.
#[derive(Debug)]
pub(super) struct Window {
    size: usize,
    in_flight: usize,
    /// So many answers show that the path bears what was sent: a window that is not used says nothing.
    telling: usize,
    mode: Mode,
    round_trip: Option<(Duration, Duration)>,
}

#[derive(Debug)]
enum Mode {
    /// The transport does the rest.
    Bytes,
    /// Additive increase, multiplicative decrease.
    Messages { largest: usize, threshold: usize, answers: usize, cut_at: Option<Instant> },
}

/// How large something is to a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    messages: usize,
    bytes: usize,
}

impl Load {
    /// A message with a payload of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self { messages: 1, bytes }
    }
}

impl Window {
    /// Of a link over datagrams.
    pub(super) fn of_messages(largest: usize) -> Self {
        let largest = largest.max(SMALLEST);
        let threshold = FIRST_THRESHOLD.min(largest);
        let mode = Mode::Messages { largest, threshold, answers: 0, cut_at: None };
        Self { size: FIRST.min(largest), in_flight: 0, telling: 0, mode, round_trip: None }
    }

    /// Of a link over a stream.
    pub(super) fn of_bytes(size: usize) -> Self {
        Self { size, in_flight: 0, telling: 0, mode: Mode::Bytes, round_trip: None }
    }

    /// Whether something more may go.
    pub(super) fn is_open(&self) -> bool {
        self.in_flight < self.size
    }

    /// What may wait for answers, and what does.
    pub(super) fn state(&self) -> (usize, usize) {
        (self.size, self.in_flight)
    }

    /// Smoothed round-trip time and its variation.
    pub(super) fn round_trip(&self) -> Option<(Duration, Duration)> {
        self.round_trip
    }

    /// Something went.
    pub(super) fn sent(&mut self, load: Load) {
        self.in_flight += self.cost(load);
        if !self.is_open() {
            self.telling = self.size;
        }
    }

    /// It was answered after so long; longer than `ack_timeout` only if CoAP has repeated it.
    pub(super) fn answered(&mut self, now: Instant, load: Load, after: Duration, ack_timeout: Duration) {
        self.in_flight = self.in_flight.saturating_sub(self.cost(load));
        if matches!(self.mode, Mode::Messages { .. }) && after >= ack_timeout {
            // Of which copy this is the answer nobody knows (Karn's algorithm).
            return self.cut(now);
        }
        self.measure(after);
        let Mode::Messages { largest, threshold, answers, .. } = &mut self.mode else { return };
        if self.telling == 0 || self.size >= *largest {
            return;
        }
        self.telling -= 1;
        *answers += 1;
        if self.size < *threshold || *answers >= self.size {
            (self.size, *answers) = (self.size + 1, 0);
        }
    }

    /// Something was lost.
    pub(super) fn cut(&mut self, now: Instant) {
        let round_trip = self.round_trip.map_or(Duration::from_millis(100), |(smoothed, _)| smoothed);
        let Mode::Messages { threshold, answers, cut_at, .. } = &mut self.mode else { return };
        if cut_at.is_some_and(|at| now < at + round_trip) {
            return; // the same event
        }
        self.size = (self.size / 2).max(SMALLEST);
        (*threshold, *answers, *cut_at) = (self.size, 0, Some(now));
    }

    /// RFC 6298 section 2.
    fn measure(&mut self, sample: Duration) {
        self.round_trip = Some(match self.round_trip {
            None => (sample, sample / 2),
            Some((smoothed, variation)) => {
                let error = smoothed.abs_diff(sample);
                ((smoothed * 7 + sample) / 8, (variation * 3 + error) / 4)
            }
        });
    }

    fn cost(&self, load: Load) -> usize {
        match self.mode {
            Mode::Bytes => load.bytes,
            Mode::Messages { .. } => load.messages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTO: Duration = Duration::from_millis(500);
    const RTT: Duration = Duration::from_millis(20);

    /// Fills the window and has everything answered.
    fn round(window: &mut Window, now: Instant) -> usize {
        let mut sent = 0;
        while window.is_open() {
            window.sent(Load::new(1000));
            sent += 1;
        }
        for _ in 0..sent {
            window.answered(now, Load::new(1000), RTT, RTO);
        }
        sent
    }

    #[test]
    fn it_grows_fast_at_first_then_by_one_a_round_up_to_its_limit() {
        let (mut window, now) = (Window::of_messages(80), Instant::now());
        assert_eq!(round(&mut window, now), FIRST);
        assert_eq!(round(&mut window, now), 2 * FIRST);
        assert_eq!(round(&mut window, now), 4 * FIRST);
        assert_eq!(round(&mut window, now), FIRST_THRESHOLD);
        for more in 1..4 {
            assert_eq!(round(&mut window, now), FIRST_THRESHOLD + more);
        }
        for _ in 0..100 {
            round(&mut window, now);
        }
        assert_eq!(window.size, 80);
    }

    #[test]
    fn a_loss_halves_it_once_a_round_trip() {
        let (mut window, now) = (Window::of_messages(256), Instant::now());
        for _ in 0..8 {
            round(&mut window, now);
        }
        let before = window.size;
        window.cut(now);
        window.cut(now + RTT / 2);
        assert_eq!(window.size, before / 2);
        window.sent(Load::new(1));
        window.answered(now + RTO, Load::new(1), RTO, RTO);
        assert_eq!(window.size, before / 4, "a late answer is a sign of loss");
        for count in 0..10 {
            window.cut(now + RTO * (count + 2));
        }
        assert_eq!((window.size, window.is_open()), (SMALLEST, true));
    }

    #[test]
    fn who_sends_little_does_not_grow_it() {
        let (mut window, now) = (Window::of_messages(256), Instant::now());
        for _ in 0..100 {
            window.sent(Load::new(10));
            window.answered(now, Load::new(10), RTT, RTO);
        }
        assert_eq!(window.size, FIRST);
    }

    #[test]
    fn over_streams_bytes_count_and_time_does_not() {
        let (mut window, now) = (Window::of_bytes(10_000), Instant::now());
        for sent in [6000, 6000] {
            assert!(window.is_open());
            window.sent(Load::new(sent));
        }
        assert!(!window.is_open());
        window.answered(now, Load::new(6000), Duration::from_secs(9), RTO);
        assert_eq!(window.state(), (10_000, 6000));
        assert_eq!(window.round_trip().map(|(smoothed, _)| smoothed), Some(Duration::from_secs(9)));
    }
}

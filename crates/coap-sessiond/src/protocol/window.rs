//! How much a link may have on its way.
use std::time::{Duration, Instant};

/// Where it begins, in messages.
const FIRST: usize = 8;
/// It never becomes smaller.
const SMALLEST: usize = 2;
/// Up to here it grows by one with each answer, until a loss has shown what the path bears.
const FIRST_THRESHOLD: usize = 64;
/// So many answers in a row that were all late show that the path is longer than the time that messages have.
const LATE_IN_A_ROW: u32 = 4;
/// Messages have no more time than this.
const LONGEST_ACK_TIMEOUT: Duration = Duration::from_secs(10);

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
    /// CoAP repeats what is lost.
    Messages(Messages),
}

/// Additive increase, multiplicative decrease.
#[derive(Debug)]
struct Messages {
    largest: usize,
    threshold: usize,
    answers: usize,
    cut_at: Option<Instant>,
    /// ACK_TIMEOUT as it is, and as it was at first.
    ack_timeout: Duration,
    shortest: Duration,
    /// Late answers since the last one that was not.
    late: u32,
}

/// How large something is to a window, and how long CoAP waits before it repeats it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    cost: usize,
    ack_timeout: Duration,
}

/// What an answer has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// CoAP has repeated the message.
    pub(super) is_late: bool,
    /// ACK_TIMEOUT is to be this from now on.
    pub(super) ack_timeout: Option<Duration>,
}

impl Window {
    /// Of a link over datagrams. `ack_timeout` is what CoAP has at first; it never becomes shorter.
    pub(super) fn of_messages(largest: usize, ack_timeout: Duration) -> Self {
        let largest = largest.max(SMALLEST);
        let mode = Mode::Messages(Messages {
            largest,
            threshold: FIRST_THRESHOLD.min(largest),
            answers: 0,
            cut_at: None,
            ack_timeout,
            shortest: ack_timeout,
            late: 0,
        });
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

    /// How long CoAP waits before it repeats a message; no time over streams, where it does not.
    pub(super) fn ack_timeout(&self) -> Duration {
        match &self.mode {
            Mode::Bytes => Duration::ZERO,
            Mode::Messages(messages) => messages.ack_timeout,
        }
    }

    /// A message with a payload of so many bytes goes.
    pub(super) fn sent(&mut self, bytes: usize) -> Load {
        let load = match &self.mode {
            Mode::Bytes => Load { cost: bytes, ack_timeout: Duration::MAX },
            Mode::Messages(messages) => Load { cost: 1, ack_timeout: messages.ack_timeout },
        };
        self.in_flight += load.cost;
        if !self.is_open() {
            self.telling = self.size;
        }
        load
    }

    /// It was answered after so long.
    pub(super) fn answered(&mut self, now: Instant, load: Load, after: Duration) -> Shown {
        self.in_flight = self.in_flight.saturating_sub(load.cost);
        if after >= load.ack_timeout {
            // Of which copy this is the answer nobody knows (Karn's algorithm).
            self.cut(now);
            return Shown { is_late: true, ack_timeout: self.after_late(after) };
        }
        self.measure(after);
        self.grow();
        Shown { is_late: false, ack_timeout: self.after_timely() }
    }

    fn grow(&mut self) {
        let Mode::Messages(messages) = &mut self.mode else { return };
        if self.telling == 0 || self.size >= messages.largest {
            return;
        }
        self.telling -= 1;
        messages.answers += 1;
        if self.size < messages.threshold || messages.answers >= self.size {
            (self.size, messages.answers) = (self.size + 1, 0);
        }
    }

    /// Something was lost. As long as no message was answered in time, that says nothing: the path may be longer than
    /// the time that messages have at first.
    pub(super) fn cut(&mut self, now: Instant) {
        let Some((round_trip, _)) = self.round_trip else { return };
        let Mode::Messages(messages) = &mut self.mode else { return };
        if messages.cut_at.is_some_and(|at| now < at + round_trip) {
            return; // the same event
        }
        self.size = (self.size / 2).max(SMALLEST);
        (messages.threshold, messages.answers, messages.cut_at) = (self.size, 0, Some(now));
    }

    /// Where losses are what is late, other answers come in between. Where the path is long, none do.
    fn after_late(&mut self, after: Duration) -> Option<Duration> {
        let Mode::Messages(messages) = &mut self.mode else { return None };
        // Those that were sent before it was made longer say no more.
        messages.late += u32::from(after >= messages.ack_timeout);
        if messages.late < LATE_IN_A_ROW {
            return None;
        }
        messages.late = 0;
        messages.change(messages.ack_timeout * 2)
    }

    fn after_timely(&mut self) -> Option<Duration> {
        let Mode::Messages(messages) = &mut self.mode else { return None };
        messages.late = 0;
        let (smoothed, variation) = self.round_trip?;
        // RFC 6298 has four variations, of which nothing is left where they are small.
        let wanted = smoothed + (variation * 4).max(smoothed / 2);
        let (low, high) = (messages.ack_timeout * 3 / 4, messages.ack_timeout * 5 / 4);
        if low < wanted && wanted < high { None } else { messages.change(wanted) }
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
}

impl Messages {
    /// Sets ACK_TIMEOUT; what it is now, if that is something else.
    fn change(&mut self, wanted: Duration) -> Option<Duration> {
        let wanted = wanted.clamp(self.shortest, LONGEST_ACK_TIMEOUT.max(self.shortest));
        let old = std::mem::replace(&mut self.ack_timeout, wanted);
        (old != wanted).then_some(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTO: Duration = Duration::from_millis(500);
    const RTT: Duration = Duration::from_millis(20);

    /// Fills the window and has everything answered.
    fn round(window: &mut Window, now: Instant) -> usize {
        let mut sent = Vec::new();
        while window.is_open() {
            sent.push(window.sent(1000));
        }
        for load in &sent {
            window.answered(now, *load, RTT);
        }
        sent.len()
    }

    #[test]
    fn it_grows_fast_at_first_then_by_one_a_round_up_to_its_limit() {
        let (mut window, now) = (Window::of_messages(80, RTO), Instant::now());
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
        let (mut window, now) = (Window::of_messages(256, RTO), Instant::now());
        for _ in 0..8 {
            round(&mut window, now);
        }
        let before = window.size;
        window.cut(now);
        window.cut(now + RTT / 2);
        assert_eq!(window.size, before / 2);
        let load = window.sent(1);
        assert!(window.answered(now + RTO, load, RTO).is_late);
        assert_eq!(window.size, before / 4, "a late answer is a sign of loss");
        for count in 0..10 {
            window.cut(now + RTO * (count + 2));
        }
        assert_eq!((window.size, window.is_open()), (SMALLEST, true));
    }

    #[test]
    fn who_sends_little_does_not_grow_it() {
        let (mut window, now) = (Window::of_messages(256, RTO), Instant::now());
        for _ in 0..100 {
            let load = window.sent(10);
            window.answered(now, load, RTT);
        }
        assert_eq!(window.size, FIRST);
    }

    #[test]
    fn over_streams_bytes_count_and_time_does_not() {
        let (mut window, now) = (Window::of_bytes(10_000), Instant::now());
        let loads = [6000, 6000].map(|bytes| {
            assert!(window.is_open());
            window.sent(bytes)
        });
        assert!(!window.is_open());
        assert_eq!(window.answered(now, loads[0], Duration::from_secs(9)), Shown::default());
        assert_eq!(window.state(), (10_000, 6000));
        assert_eq!(window.round_trip().map(|(smoothed, _)| smoothed), Some(Duration::from_secs(9)));
    }

    #[test]
    fn on_a_long_path_messages_get_the_time_that_they_need() {
        let (mut window, now) = (Window::of_messages(256, RTO), Instant::now());
        let long = Duration::from_millis(1500);
        // Nothing is known of the path: what is late says so, and nothing else.
        let first: Vec<_> = (0..FIRST).map(|_| window.sent(1000)).collect();
        window.cut(now);
        let mut told = Vec::new();
        for load in first {
            told.extend(window.answered(now, load, long).ack_timeout);
        }
        assert_eq!((told, window.size), (vec![2 * RTO, 4 * RTO], FIRST));
        let mut changes = 0;
        for _ in 0..500 {
            let load = window.sent(1000);
            let shown = window.answered(now, load, long);
            assert!(!shown.is_late);
            changes += usize::from(shown.ack_timeout.is_some());
        }
        let load = window.sent(1000);
        assert!(load.ack_timeout > long && load.ack_timeout < 2 * long, "{load:?}");
        assert!(changes < 8, "{changes}");
        // The path has become short: the time goes back to what it was.
        for _ in 0..500 {
            let load = window.sent(1000);
            window.answered(now, load, RTT);
        }
        assert_eq!(window.sent(1000).ack_timeout, RTO);
    }

    #[test]
    fn losses_on_a_short_path_do_not_make_it_a_long_one() {
        let (mut window, mut now) = (Window::of_messages(256, RTO), Instant::now());
        let mut rng = fastrand::Rng::with_seed(1);
        for _ in 0..10_000 {
            now += RTT;
            let after = if rng.u8(..10) == 0 { RTO + RTT } else { RTT };
            let load = window.sent(1000);
            let shown = window.answered(now, load, after);
            assert_eq!(shown.is_late, after > RTO);
        }
        // Four in a row are lost now and then; the next answer makes that good.
        assert_eq!(window.sent(1000).ack_timeout, RTO);
        for _ in 0..1000 {
            let load = window.sent(1000);
            window.answered(now, load, Duration::from_secs(30));
        }
        assert_eq!(window.sent(1000).ack_timeout, LONGEST_ACK_TIMEOUT);
    }
}

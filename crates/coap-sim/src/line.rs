//! What happens to datagrams between two nodes.
use fastrand::Rng;
use std::time::Duration;

/// How one direction between two nodes behaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Shortest time a datagram is under way. Default 10 ms.
    pub delay: Duration,
    /// Up to this much longer, evenly spread: what is sent later may arrive earlier. Default 0.
    pub jitter: Duration,
    /// Share of the datagrams that is lost, 0 to 1. Default 0.
    pub loss: f64,
    /// Losses that come in bursts, beside those of `loss`. Default `None`.
    pub burst: Option<Burst>,
    /// Share of the datagrams that arrives twice. Default 0.
    pub duplication: f64,
    /// Longest datagram in bytes; longer ones are lost. Default 1,500.
    pub mtu: usize,
}

/// Losses in bursts: a line with two states, good and bad (Gilbert's model).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Burst {
    /// Probability with each datagram that the line turns bad.
    pub begin: f64,
    /// Probability with each datagram that it recovers.
    pub end: f64,
    /// Share of the datagrams that is lost while it is bad.
    pub loss: f64,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(10),
            jitter: Duration::ZERO,
            loss: 0.0,
            burst: None,
            duplication: 0.0,
            mtu: 1500,
        }
    }
}

impl Line {
    /// A line that lets nothing through.
    pub fn dead() -> Self {
        Self { loss: 1.0, ..Self::default() }
    }

    /// A bad radio link, different for each seed: up to 40% loss, some of it in bursts, duplicates, and
    /// delays that reorder.
    pub fn rough(rng: &mut Rng) -> Self {
        let bursty = rng.bool();
        Self {
            delay: Duration::from_millis(rng.u64(1..200)),
            jitter: Duration::from_millis(rng.u64(0..1500)),
            loss: rng.f64() * if bursty { 0.1 } else { 0.4 },
            burst: bursty.then(|| Burst { begin: 0.05, end: 0.2 + rng.f64() * 0.5, loss: 0.9 }),
            duplication: rng.f64() * 0.3,
            mtu: 1500,
        }
    }
}

/// One direction between two nodes, as it is now.
#[derive(Clone, Debug)]
pub(crate) struct LineState {
    pub(crate) line: Line,
    bad: bool,
}

impl LineState {
    pub(crate) fn new(line: Line) -> Self {
        Self { line, bad: false }
    }

    /// How long each copy of the next datagram is under way; no copies: it is lost.
    pub(crate) fn carry(&mut self, rng: &mut Rng, length: usize) -> Vec<Duration> {
        if length > self.line.mtu || self.loses(rng) {
            return Vec::new();
        }
        let copies = if rng.f64() < self.line.duplication { 2 } else { 1 };
        (0..copies).map(|_| self.line.delay + self.line.jitter.mul_f64(rng.f64())).collect()
    }

    fn loses(&mut self, rng: &mut Rng) -> bool {
        let Line { loss, burst, .. } = self.line;
        let in_burst = burst.is_some_and(|burst| {
            let turns = if self.bad { burst.end } else { burst.begin };
            self.bad ^= rng.f64() < turns;
            self.bad && rng.f64() < burst.loss
        });
        in_burst || rng.f64() < loss
    }
}

//! The engine's own random numbers: a stream cipher's key stream, so that who sees some cannot tell the next.
use chacha20::ChaCha12Rng;
use chacha20::rand_core::{Rng, SeedableRng};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Random(ChaCha12Rng);

impl Random {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    pub(super) fn u16(&mut self) -> u16 {
        (self.0.next_u32() >> 16) as u16
    }

    pub(super) fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A part of `whole`, evenly spread from nothing to all but a 65,536th.
    pub(super) fn part(&mut self, whole: Duration) -> Duration {
        whole.saturating_mul(u32::from(self.u16())) / (1 << 16)
    }
}

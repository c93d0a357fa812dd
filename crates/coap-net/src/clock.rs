//! Time as libcoap counts it: ticks of one millisecond since the process's clock was started.
use std::{
    sync::OnceLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Ticks a second.
pub const TICKS_PER_SECOND: u64 = 1000;

/// Relates the monotonic clock, ticks and wall time. Wall time runs on from the start; later changes of the
/// system's clock do not show.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    wall: Duration,
}

impl Clock {
    /// A clock that starts now, at tick 0.
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: Instant::now(), wall }
    }

    /// The process's clock, started on first use.
    pub fn process() -> &'static Self {
        static PROCESS: OnceLock<Clock> = OnceLock::new();
        PROCESS.get_or_init(Self::start)
    }

    /// The present tick.
    pub fn now(&self) -> u64 {
        self.ticks(Instant::now())
    }

    /// The tick at `at`; 0 before the start.
    pub fn ticks(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX)
    }

    /// When `tick` begins; `None` if the system cannot express a time that far ahead.
    pub fn instant(&self, tick: u64) -> Option<Instant> {
        self.start.checked_add(Duration::from_millis(tick))
    }

    /// Wall time at `tick`, in microseconds since 1970.
    pub fn wall_micros(&self, tick: u64) -> u64 {
        self.wall_at_start().saturating_add(tick.saturating_mul(1000))
    }

    /// The tick at a wall time, given in microseconds since 1970; 0 before the start.
    pub fn ticks_at_wall(&self, micros: u64) -> u64 {
        micros.saturating_sub(self.wall_at_start()) / 1000
    }

    fn wall_at_start(&self) -> u64 {
        u64::try_from(self.wall.as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_and_instants_go_back_and_forth() {
        let clock = Clock::start();
        let at = clock.instant(12_345).expect("a near time");
        assert_eq!(clock.ticks(at), 12_345);
        assert_eq!(clock.ticks(at + Duration::from_micros(999)), 12_345, "a tick has begun or has not");
    }

    #[test]
    fn wall_time_counts_from_1970() {
        let clock = Clock::start();
        assert!(clock.wall_micros(0) > 1_700_000_000_000_000);
        assert_eq!(clock.wall_micros(1500) - clock.wall_micros(0), 1_500_000);
        assert_eq!(clock.ticks_at_wall(clock.wall_micros(77)), 77);
        assert_eq!(clock.ticks_at_wall(0), 0);
    }
}

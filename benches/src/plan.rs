//! How much is measured.

/// Numbers of sessions and the like, and how long it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Whether the figures mean something, so that goals are judged.
    pub(crate) is_for_figures: bool,
    /// Where the curves go, from the project's directory.
    pub(crate) picture: &'static str,
    /// Rounds, of which the median counts. Odd.
    pub(crate) rounds: usize,
    /// How long each part of a round takes, in seconds.
    pub(crate) seconds: f64,
    /// Sessions at a UDP server, ascending, beginning with 1; the curves have a point for each.
    pub(crate) sessions: &'static [u32],
    /// How many of them the original can take in the time of a measurement.
    pub(crate) original_sessions: u32,
    /// Few and many sessions of a client.
    pub(crate) client_sessions: [u32; 2],
    /// Few and many connections to a TCP server.
    pub(crate) connections: [u32; 2],
    /// Observers of one resource.
    pub(crate) observers: u32,
    /// Bodies that are moved, one after the other, in a round of theirs.
    pub(crate) bodies: u32,
    /// Rounds of bodies. Two sides that wait for each other feel every change of the processors' clocks, which takes
    /// seconds: so these are many and short. Odd.
    pub(crate) body_rounds: usize,
    /// Few and many requests under callgrind; what counts is the difference.
    pub(crate) counted_requests: [u32; 2],
    /// Connections through `coap-sessiond` that do nothing.
    pub(crate) idle_tunnels: usize,
    /// Sessions at the server meanwhile; the goal is for the first number.
    pub(crate) counted_sessions: &'static [u32],
}

impl Plan {
    /// For figures.
    pub(crate) const FULL: Self = Self {
        is_for_figures: true,
        picture: "benches/out/sessions.svg",
        rounds: 5,
        seconds: 2.0,
        sessions: &[1, 100, 1_000, 10_000, 100_000],
        original_sessions: 10_000,
        client_sessions: [100, 10_000],
        connections: [100, 8_000],
        observers: 10_000,
        bodies: 10,
        body_rounds: 25,
        idle_tunnels: 1_000,
        counted_requests: [4_000, 14_000],
        counted_sessions: &[1, 1_000],
    };
    /// For figures that are good enough to say whether goals are met from which we are far away.
    pub(crate) const BRIEF: Self =
        Self { picture: "target/bench/sessions.svg", rounds: 3, body_rounds: 9, seconds: 1.0, ..Self::FULL };
    /// To see that everything runs.
    pub(crate) const SMOKE: Self = Self {
        is_for_figures: false,
        picture: "target/bench/sessions.svg",
        rounds: 1,
        seconds: 0.1,
        sessions: &[1, 10, 100, 200, 300],
        original_sessions: 100,
        client_sessions: [2, 100],
        connections: [2, 100],
        observers: 100,
        bodies: 1,
        body_rounds: 1,
        idle_tunnels: 20,
        counted_requests: [100, 300],
        counted_sessions: &[1],
    };
}

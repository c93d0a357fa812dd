//! Limits and times.
use std::time::Duration;

/// Limits and times of a [`Core`](super::Core).
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether tunnels are passed on between other nodes. Default yes.
    pub relay: bool,
    /// Tunnels at a time, of every role. Default 10,000.
    pub tunnels: usize,
    /// Tunnels of one link at a time, whoever opened them. Default 4,096.
    pub tunnels_per_link: usize,
    /// Bytes of one direction of a tunnel that are held here, at least [`SMALLEST_BUFFER`](Self::SMALLEST_BUFFER); the
    /// memory for them is a power of two. Default 256 KiB.
    pub buffer: usize,
    /// Bytes that the buffers of all tunnels may take: if that is for fewer tunnels than may be, there are fewer. See
    /// [`most_tunnels`](Self::most_tunnels). Default 8 GiB.
    pub memory: u64,
    /// A tunnel without traffic ends after. Default 180 s.
    pub idle: Duration,
    /// A link with tunnels on which nothing came for so long is asked whether it is alive. Default 15 s.
    pub keep_alive: Duration,
    /// How much longer than that it may be silent before it is lost. Default 60 s.
    pub silence: Duration,
    /// A link is doubtful when something that is answered at once has waited for so long and nothing came, or for
    /// twice the ACK_TIMEOUT of its path if that is longer. Twice as long before anything has come on it at all: then
    /// it is closed. Default 5 s.
    pub doubt: Duration,
    /// It is doubtful too when CoAP repeats a message so long after the first repeat, and nothing came. Default 2.5 s:
    /// with the times of our sessions, the third repeat.
    pub doubt_repeating: Duration,
    /// An opening may take. Default 30 s.
    pub opening: Duration,
    /// A link without tunnels is closed after. Default 60 s.
    pub link_idle: Duration,
    /// Messages of a link over datagrams that wait for their answer, at most. Default 256.
    pub window: usize,
    /// The same in bytes, where messages are long: what the system keeps for a socket until it is read. Default
    /// 256 KiB.
    pub window_bytes: usize,
    /// Bytes of a link over a stream that wait for their answer, at most. Default 1 MiB.
    pub stream_window: usize,
    /// ACK_TIMEOUT that sessions over datagrams have at first, and at least: an answer that takes longer shows that
    /// CoAP has repeated the message. See [`Action::SetAckTimeout`](super::Action::SetAckTimeout). Default 500 ms.
    pub ack_timeout: Duration,
    /// What peers are told when there is no room for their tunnel (Max-Age of 5.03). Default 30 s.
    pub retry_after: Duration,
}

impl Settings {
    /// Less would not do: two UDP datagrams of any length must fit.
    pub const SMALLEST_BUFFER: usize = 128 << 10;

    /// How many tunnels have room in `memory`, at least 1, and no more than `tunnels`: each counts with two full
    /// buffers, whether or not it has something in them.
    pub fn most_tunnels(tunnels: usize, buffer: usize, memory: u64) -> usize {
        let each = 2 * buffer.max(Self::SMALLEST_BUFFER).next_power_of_two() as u64;
        tunnels.min(usize::try_from(memory / each).unwrap_or(usize::MAX)).max(1)
    }

    /// How much longer relays and exits wait than entries, so that these notice first.
    pub(super) const PATIENCE: Duration = Duration::from_secs(10);

    /// A request that is not to open a tunnel is answered at once. When one has waited for its answer for so long, the
    /// other node is asked whether it is there.
    pub(super) fn longest_answer(&self) -> Duration {
        2 * self.silence
    }

    /// The same for requests to open, which every node on the way gives up by itself.
    pub(super) fn longest_opening(&self) -> Duration {
        self.opening + Self::PATIENCE + self.longest_answer()
    }

    /// That question itself may wait for longer, as long as other things come: a slow stream has much under way.
    pub(super) fn longest_question(&self) -> Duration {
        4 * self.longest_answer()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            relay: true,
            tunnels: 10_000,
            tunnels_per_link: 4096,
            buffer: 256 << 10,
            memory: 8 << 30,
            idle: Duration::from_secs(180),
            keep_alive: Duration::from_secs(15),
            silence: Duration::from_secs(60),
            doubt: Duration::from_secs(5),
            doubt_repeating: Duration::from_millis(2500),
            opening: Duration::from_secs(30),
            link_idle: Duration::from_secs(60),
            window: 256,
            window_bytes: 256 << 10,
            stream_window: 1 << 20,
            ack_timeout: Duration::from_millis(500),
            retry_after: Duration::from_secs(30),
        }
    }
}

//! Settings of a whole engine.
use std::time::Duration;

/// Importance of a log line; the values are libcoap's `coap_log_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)] // syslog's own names
pub enum Level {
    Emerg = 0,
    Alert = 1,
    Crit = 2,
    Err = 3,
    Warn = 4,
    Notice = 5,
    Info = 6,
    Debug = 7,
    Oscore = 8,
    DtlsBase = 9,
}

/// Limits and times of an [`Engine`](super::Engine). Fields can be changed at any time through
/// [`Engine::config_mut`](super::Engine::config_mut) and hold from then on.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long a server session without references and traffic is kept. Default 300 s.
    pub session_timeout: Duration,
    /// Server sessions without references that are kept at most; the one that has been silent for longest
    /// goes first. 0: no limit. Default 200,000.
    pub max_idle_sessions: usize,
    /// Confirmable messages of server sessions that wait for their acknowledgement or their turn, all sessions
    /// together, at least 1. For one more the oldest is given up: a [`Nack`](super::Nack) with
    /// [`NackReason::NotDeliverable`](super::NackReason::NotDeliverable) tells. Default 65,536.
    pub max_server_messages: usize,
    /// Handshakes at a time; not used by UDP. Default 0: no limit.
    pub max_handshake_sessions: usize,
    /// After this time without traffic from the peer a session is pinged. Default `None`: never.
    pub keepalive: Option<Duration>,
    /// Longest token taken and sent, 8 to 65,804 (RFC 8974). Default 8.
    pub max_token_size: usize,
    /// Largest datagram in bytes, header included, of sessions and endpoints to come. Default 1,152.
    pub mtu: usize,
    /// Requests of sessions to come get a Request-Tag each, unless they have one or are a DELETE: then the
    /// blocks of two bodies cannot be mixed up (RFC 9175 section 3.3). Default off.
    pub request_tags: bool,
    /// Multicast suppression is decided per resource (`coap_mcast_per_resource`). Default off.
    pub mcast_per_resource: bool,
    /// Lines less important than this are not made. Default [`Level::Warn`].
    pub log_level: Level,
    /// Replies kept for duplicates, all sessions together, in bytes. Default 16 MiB.
    pub reply_cache_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            session_timeout: Duration::from_secs(300),
            max_idle_sessions: 200_000,
            max_server_messages: 1 << 16,
            max_handshake_sessions: 0,
            keepalive: None,
            max_token_size: 8,
            mtu: 1152,
            request_tags: false,
            mcast_per_resource: false,
            log_level: Level::Warn,
            reply_cache_bytes: 16 << 20,
        }
    }
}

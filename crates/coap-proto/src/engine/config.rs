//! Settings of a whole engine.
use crate::block::BlockMode;
use std::num::NonZeroU32;
use std::time::Duration;

/// RFC 7252 section 4.6: what may be assumed to fit, if nothing is known of the path.
const DEFAULT_MTU: usize = 1152;

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
    /// How long a server session without references and traffic is kept; and how long a stream may take none of what
    /// is to be written to it, whoever keeps its session. Default 300 s.
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
    /// After this time without traffic in either direction a client session is pinged. Default `None`: never.
    pub keepalive: Option<Duration>,
    /// Longest token taken and sent, 8 to 65,804 (RFC 8974). Default 8.
    pub max_token_size: usize,
    /// Largest datagram in bytes, header included, of sessions and endpoints to come. Default 1,152.
    pub mtu: usize,
    /// Observations of one session that are kept at most; a request for one more is answered without Observe.
    /// 0: no limit. Default 1,024.
    pub max_observers_per_session: usize,
    /// The same of one resource. Default 100,000.
    pub max_observers_per_resource: usize,
    /// The same of all resources together. Default 200,000.
    pub max_observers: usize,
    /// Whether observers that come and go are told ([`Event::Tracked`](super::Event::Tracked)), and the numbers of
    /// notifications: those that this divides. Default `None`: nothing is told.
    pub tracking: Option<NonZeroU32>,
    /// Observers of a resource that goes are not told so (RFC 7641 section 4.2): they come back after a restart.
    /// Default off.
    pub keeps_observers: bool,
    /// Requests of one session that can be put off at a time (`coap_register_async`). 0: no limit. Default
    /// 1,024.
    pub max_async_per_session: usize,
    /// The same of all sessions together. Default 100,000.
    pub max_async: usize,
    /// Cache entries that one session can have made. 0: no limit. Default 16,384.
    pub max_cache_entries_per_session: usize,
    /// The same of all sessions together. Default 100,000.
    pub max_cache_entries: usize,
    /// Options that cache keys leave out (`coap_cache_ignore_options`). Default none.
    pub cache_ignored_options: Vec<u16>,
    /// Shortest time between two non-confirmable messages of a session that come from the application: those that
    /// would come earlier wait for their turn. Default `None`: none.
    pub non_interval: Option<Duration>,
    /// Whether the application is asked for a resource when there is none at a path, by
    /// [`Event::Missing`](super::Event::Missing), and how many of those that it has added then it may have at a
    /// time (0: no limit). Default `None`: it is not asked.
    pub max_dynamic_resources: Option<usize>,
    /// Requests of one session that are forwarded at a time, observations among them. 0: no limit. Default 1,024.
    pub max_forwards_per_session: usize,
    /// The same of all sessions together. Default 100,000.
    pub max_forwards: usize,
    /// Bytes of messages that are held for them: requests until they are answered, notifications that wait. Default
    /// 64 MiB.
    pub forward_bytes: usize,
    /// Servers that requests are forwarded to, at least 1. For one more the one goes that has not been used for
    /// longest; if all are in use, it is refused. Default 1,024.
    pub max_upstreams: usize,
    /// How long a server may take for a response to a request that is forwarded. Default 120 s, which is more than
    /// MAX_TRANSMIT_WAIT (RFC 7252 section 4.8.2).
    pub proxy_timeout: Duration,
    /// Proxies that a request may pass which is forwarded and does not say, at least 1 (RFC 8768 section 3).
    /// Default 16.
    pub initial_hop_limit: u8,
    /// Whether a 5.08 that leaves says by which nodes it came, this one first (RFC 8768 section 4). Default yes.
    pub names_hops: bool,
    /// Responses that were forwarded and are kept for further requests, in bytes; 0: none are kept. Default 0.
    pub response_cache_bytes: usize,
    /// Multicast suppression is decided per resource (`coap_mcast_per_resource`). Default off.
    pub mcast_per_resource: bool,
    /// Lines less important than this are not made. Default [`Level::Warn`].
    pub log_level: Level,
    /// How sessions to come treat large bodies. Default: not at all.
    pub block_mode: BlockMode,
    /// Largest blocks, in bytes (16 to 1,024); 0: no limit. Default 0.
    pub max_block_size: usize,
    /// Longest body that is received in blocks; 0: no limit of its own. Default 0.
    pub max_body_size: usize,
    /// Bodies received in part, and bodies kept for peers, of one session, in bytes; 0: no limit. Who sends
    /// more is answered with 4.13. Default 64 MiB.
    pub session_body_bytes: usize,
    /// The same of all sessions together; those that have been waiting for longest make room for others.
    /// Default 256 MiB.
    pub body_bytes: usize,
    /// A peer gets no more than three times what it has sent, until it has shown that it is where its messages
    /// say it is (RFC 7252 section 11.3, RFC 9175 section 2.4): what would be more is answered with 4.01 and an
    /// Echo option. Requests other than GET and FETCH, and those that observe, are not handled before. Clients
    /// that do not know Echo get nothing larger. Holds for peers that come to an endpoint. Default off.
    pub verify_addresses: bool,
    /// Longest message, in bytes, header included, that is taken over TCP, TLS and WebSockets: the Max-Message-Size of
    /// connections to come (RFC 8323 section 5.3.1). At least 64. Default 8 MiB and 256 bytes.
    pub csm_max_message_size: u32,
    /// How long a peer may take for its CSM, and before that for the WebSocket handshake; zero: for ever. Default
    /// 30 s.
    pub csm_timeout: Duration,
    /// Bytes that wait to be written to one stream before no more messages are taken for it. Default 1 MiB.
    pub stream_output_bytes: usize,
    /// Bytes that all streams together hold, in and out, beyond 64 KiB each: who needs more is disconnected. Default
    /// 256 MiB.
    pub stream_bytes: usize,
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
            mtu: DEFAULT_MTU,
            max_observers_per_session: 1024,
            max_observers_per_resource: 100_000,
            max_observers: 200_000,
            tracking: None,
            keeps_observers: false,
            max_async_per_session: 1024,
            max_async: 100_000,
            max_cache_entries_per_session: 16_384,
            max_cache_entries: 100_000,
            cache_ignored_options: Vec::new(),
            non_interval: None,
            max_dynamic_resources: None,
            max_forwards_per_session: 1024,
            max_forwards: 100_000,
            forward_bytes: 64 << 20,
            max_upstreams: 1024,
            proxy_timeout: Duration::from_secs(120),
            initial_hop_limit: 16,
            names_hops: true,
            response_cache_bytes: 0,
            mcast_per_resource: false,
            log_level: Level::Warn,
            block_mode: BlockMode::NONE,
            max_block_size: 0,
            max_body_size: 0,
            session_body_bytes: 64 << 20,
            body_bytes: 256 << 20,
            verify_addresses: false,
            csm_max_message_size: (8 << 20) + 256,
            csm_timeout: Duration::from_secs(30),
            stream_output_bytes: 1 << 20,
            stream_bytes: 256 << 20,
            reply_cache_bytes: 16 << 20,
        }
    }
}

/// Whether there are as many of something as a limit allows; a limit of 0 is none.
pub(super) fn is_full(count: usize, limit: usize) -> bool {
    limit > 0 && count >= limit
}

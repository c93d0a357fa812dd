//! What can be set about handshakes.
use std::time::Duration;

/// How handshakes behave. The values of [`Default`] are those of RFC 6347 section 4.2.4.1 and of a CoAP
/// endpoint's usual path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Longest datagram to send while shaking hands, in bytes; at least 64. A server can be told less for each
    /// client: [`Listener::admit`](crate::dtls::Listener::admit). Default 1152.
    pub mtu: usize,
    /// Time until a flight of DTLS is sent again for the first time; it doubles each time, give or take 25 %.
    /// At least 1 ns. Default 1 s.
    pub first_timeout: Duration,
    /// How often a flight of DTLS is sent again. Default 4: an unanswered one ends the handshake after about
    /// 31 s.
    pub retries: usize,
    /// The longest that a handshake may take, DTLS or TLS, counted from the first message. Default 40 s.
    pub handshake_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mtu: 1152,
            first_timeout: Duration::from_secs(1),
            retries: 4,
            handshake_timeout: Duration::from_secs(40),
        }
    }
}

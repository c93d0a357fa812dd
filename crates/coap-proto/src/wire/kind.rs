//! Message types and transport protocols.

/// The type of a message over UDP or DTLS (RFC 7252 section 4). Over reliable transports it has no meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum MessageType {
    /// Confirmable: retransmitted until acknowledged.
    Con = 0,
    /// Non-confirmable.
    Non = 1,
    /// Acknowledgement.
    Ack = 2,
    /// Reset.
    Rst = 3,
}

impl MessageType {
    /// From the two bits of the header (higher bits are ignored).
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Con,
            1 => Self::Non,
            2 => Self::Ack,
            _ => Self::Rst,
        }
    }
}

/// What carries the messages; the values are libcoap's `coap_proto_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)] // the protocols' own names
pub enum Protocol {
    Udp = 1,
    Dtls = 2,
    Tcp = 3,
    Tls = 4,
    Ws = 5,
    Wss = 6,
}

impl Protocol {
    /// TCP, TLS and the WebSockets: no message layer of their own (RFC 8323 section 2).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Self::Udp | Self::Dtls)
    }
    /// DTLS, TLS and secure WebSockets.
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Dtls | Self::Tls | Self::Wss)
    }
    /// The name as it stands in log lines and session descriptions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Dtls => "DTLS",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }
}

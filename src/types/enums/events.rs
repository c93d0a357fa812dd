//! What an event handler is told.
use c_enum::c_enum;

/// What happened to a session.
#[c_enum]
#[repr(C)]
pub enum coap_event_t {
    /// (D)TLS closed.
    COAP_EVENT_DTLS_CLOSED = 0x0000,
    /// (D)TLS handshake done.
    COAP_EVENT_DTLS_CONNECTED = 0x01DE,
    /// (D)TLS negotiates anew.
    COAP_EVENT_DTLS_RENEGOTIATE = 0x01DF,
    /// (D)TLS failed.
    COAP_EVENT_DTLS_ERROR = 0x0200,
    /// TCP connected.
    COAP_EVENT_TCP_CONNECTED = 0x1001,
    /// TCP closed.
    COAP_EVENT_TCP_CLOSED = 0x1002,
    /// TCP connection could not be made, or broke.
    COAP_EVENT_TCP_FAILED = 0x1003,
    /// Capabilities and Settings exchanged: the session can be used (reliable transports).
    COAP_EVENT_SESSION_CONNECTED = 0x2001,
    /// The session closed (reliable transports).
    COAP_EVENT_SESSION_CLOSED = 0x2002,
    /// Capabilities and Settings were not exchanged (reliable transports).
    COAP_EVENT_SESSION_FAILED = 0x2003,
    /// Blocks of a body were not received in time.
    COAP_EVENT_PARTIAL_BLOCK = 0x3001,
    /// Blocks of a body could not be sent.
    COAP_EVENT_XMIT_BLOCK_FAIL = 0x3002,
    /// A server session came to be.
    COAP_EVENT_SERVER_SESSION_NEW = 0x4001,
    /// A server session is about to be freed.
    COAP_EVENT_SERVER_SESSION_DEL = 0x4002,
    /// A packet came that is no CoAP message.
    COAP_EVENT_BAD_PACKET = 0x5001,
    /// A confirmable message was sent again.
    COAP_EVENT_MSG_RETRANSMITTED = 0x5002,
    /// OSCORE: a message could not be decrypted.
    COAP_EVENT_OSCORE_DECRYPTION_FAILURE = 0x6001,
    /// OSCORE: a protected message came, and the session has no OSCORE.
    COAP_EVENT_OSCORE_NOT_ENABLED = 0x6002,
    /// OSCORE: a protected message has no payload.
    COAP_EVENT_OSCORE_NO_PROTECTED_PAYLOAD = 0x6003,
    /// OSCORE: no security context fits.
    COAP_EVENT_OSCORE_NO_SECURITY = 0x6004,
    /// OSCORE: an internal error.
    COAP_EVENT_OSCORE_INTERNAL_ERROR = 0x6005,
    /// OSCORE: a message could not be decoded.
    COAP_EVENT_OSCORE_DECODE_ERROR = 0x6006,
    /// WebSockets: a packet is larger than was agreed.
    COAP_EVENT_WS_PACKET_SIZE = 0x7001,
    /// WebSockets: connected.
    COAP_EVENT_WS_CONNECTED = 0x7002,
    /// WebSockets: closed.
    COAP_EVENT_WS_CLOSED = 0x7003,
    /// The peer does not answer keepalives.
    COAP_EVENT_KEEPALIVE_FAILURE = 0x8001,
}

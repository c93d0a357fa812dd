//! What describes a session and what became of its messages.
use c_enum::c_enum;

/// The transport of a session or endpoint.
#[c_enum]
#[repr(C)]
pub enum coap_proto_t {
    /// No transport yet.
    COAP_PROTO_NONE = 0,
    /// UDP.
    COAP_PROTO_UDP = 1,
    /// DTLS over UDP.
    COAP_PROTO_DTLS = 2,
    /// TCP.
    COAP_PROTO_TCP = 3,
    /// TLS over TCP.
    COAP_PROTO_TLS = 4,
    /// WebSockets over TCP.
    COAP_PROTO_WS = 5,
    /// WebSockets over TLS.
    COAP_PROTO_WSS = 6,
    /// How many transports there are.
    COAP_PROTO_LAST = 7,
}

/// Who opened a session.
#[c_enum]
#[repr(C)]
pub enum coap_session_type_t {
    /// Not known.
    COAP_SESSION_TYPE_NONE = 0,
    /// This side did.
    COAP_SESSION_TYPE_CLIENT = 1,
    /// The peer did.
    COAP_SESSION_TYPE_SERVER = 2,
    /// The peer sent a ClientHello and has yet to prove its address.
    COAP_SESSION_TYPE_HELLO = 3,
}

/// How far a session has come.
#[c_enum]
#[repr(C)]
pub enum coap_session_state_t {
    /// Not connected.
    COAP_SESSION_STATE_NONE = 0,
    /// A connection is under way.
    COAP_SESSION_STATE_CONNECTING = 1,
    /// A security handshake is under way.
    COAP_SESSION_STATE_HANDSHAKE = 2,
    /// The peer's Capabilities and Settings are awaited (RFC 8323 section 5.3).
    COAP_SESSION_STATE_CSM = 3,
    /// Messages can be sent.
    COAP_SESSION_STATE_ESTABLISHED = 4,
}

/// Why a message that was sent has no response: what a [`coap_nack_handler_t`](crate::types::coap_nack_handler_t) is
/// told.
#[c_enum]
#[repr(C)]
pub enum coap_nack_reason_t {
    /// No acknowledgement came, however often it was sent.
    COAP_NACK_TOO_MANY_RETRIES = 0,
    /// It cannot be sent, or the session closed before it was answered.
    COAP_NACK_NOT_DELIVERABLE = 1,
    /// The peer answered with a Reset.
    COAP_NACK_RST = 2,
    /// The TLS handshake failed.
    COAP_NACK_TLS_FAILED = 3,
    /// The network reports the peer as unreachable. The message is still sent again, until its retries are used up.
    COAP_NACK_ICMP_ISSUE = 4,
    /// A response came that cannot be used.
    COAP_NACK_BAD_RESPONSE = 5,
    /// The TLS layer could not be set up.
    COAP_NACK_TLS_LAYER_FAILED = 6,
    /// The WebSocket layer could not be set up.
    COAP_NACK_WS_LAYER_FAILED = 7,
    /// The WebSocket handshake failed.
    COAP_NACK_WS_FAILED = 8,
}

/// What an address is resolved for, by `coap_resolve_address_info()`.
#[c_enum]
#[repr(C)]
pub enum coap_resolve_type_t {
    /// To listen on; no name means every address.
    COAP_RESOLVE_TYPE_LOCAL = 0,
    /// To send to.
    COAP_RESOLVE_TYPE_REMOTE = 1,
}

/// What a response handler made of a response.
#[c_enum]
#[repr(C)]
pub enum coap_response_t {
    /// Not acceptable: a Reset goes back where the protocol has one.
    COAP_RESPONSE_FAIL = 0,
    /// Taken.
    COAP_RESPONSE_OK = 1,
}

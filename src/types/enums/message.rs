//! What stands in a message: types and codes (RFC 7252 sections 3 and 12.1, RFC 8323 section 5).
use c_enum::c_enum;

/// The type of a message over UDP. Reliable transports have none: every PDU there is `COAP_MESSAGE_CON`.
#[c_enum]
#[repr(C)]
pub enum coap_pdu_type_t {
    /// Confirmable: sent again until it is acknowledged.
    COAP_MESSAGE_CON = 0,
    /// Non-confirmable: sent once.
    COAP_MESSAGE_NON = 1,
    /// Acknowledgement, alone or with the response in it.
    COAP_MESSAGE_ACK = 2,
    /// Reset: the message came, and the receiver has no use for it.
    COAP_MESSAGE_RST = 3,
}

/// The method of a request. Part of [`coap_pdu_code_t`] too, where each has `_CODE_` in its name.
#[c_enum]
#[repr(C)]
pub enum coap_request_t {
    /// Read.
    COAP_REQUEST_GET = 1,
    /// Process the payload; what that means is the resource's.
    COAP_REQUEST_POST = 2,
    /// Create or replace.
    COAP_REQUEST_PUT = 3,
    /// Remove.
    COAP_REQUEST_DELETE = 4,
    /// Read what the payload asks for (RFC 8132).
    COAP_REQUEST_FETCH = 5,
    /// Change a part (RFC 8132).
    COAP_REQUEST_PATCH = 6,
    /// Change a part; doing it twice is as doing it once (RFC 8132).
    COAP_REQUEST_IPATCH = 7,
}

/// Signaling messages of reliable transports (RFC 8323 section 5). Part of [`coap_pdu_code_t`] too.
#[c_enum]
#[repr(C)]
pub enum coap_pdu_signaling_proto_t {
    /// 7.01 Capabilities and Settings.
    COAP_SIGNALING_CSM = 225,
    /// 7.02 Ping.
    COAP_SIGNALING_PING = 226,
    /// 7.03 Pong.
    COAP_SIGNALING_PONG = 227,
    /// 7.04 Release.
    COAP_SIGNALING_RELEASE = 228,
    /// 7.05 Abort.
    COAP_SIGNALING_ABORT = 229,
}

/// The code of a message: its class in the upper three bits, its detail in the lower five.
#[c_enum]
#[repr(C)]
pub enum coap_pdu_code_t {
    /// 0.00: neither request nor response.
    COAP_EMPTY_CODE = 0,
    /// 0.01 GET.
    COAP_REQUEST_CODE_GET = 1,
    /// 0.02 POST.
    COAP_REQUEST_CODE_POST = 2,
    /// 0.03 PUT.
    COAP_REQUEST_CODE_PUT = 3,
    /// 0.04 DELETE.
    COAP_REQUEST_CODE_DELETE = 4,
    /// 0.05 FETCH.
    COAP_REQUEST_CODE_FETCH = 5,
    /// 0.06 PATCH.
    COAP_REQUEST_CODE_PATCH = 6,
    /// 0.07 iPATCH.
    COAP_REQUEST_CODE_IPATCH = 7,
    /// 2.01 Created.
    COAP_RESPONSE_CODE_CREATED = 65,
    /// 2.02 Deleted.
    COAP_RESPONSE_CODE_DELETED = 66,
    /// 2.03 Valid: the ETag that was asked about still holds.
    COAP_RESPONSE_CODE_VALID = 67,
    /// 2.04 Changed.
    COAP_RESPONSE_CODE_CHANGED = 68,
    /// 2.05 Content.
    COAP_RESPONSE_CODE_CONTENT = 69,
    /// 2.31 Continue: send the next block (RFC 7959).
    COAP_RESPONSE_CODE_CONTINUE = 95,
    /// 4.00 Bad Request.
    COAP_RESPONSE_CODE_BAD_REQUEST = 128,
    /// 4.01 Unauthorized.
    COAP_RESPONSE_CODE_UNAUTHORIZED = 129,
    /// 4.02 Bad Option: a critical option is not understood.
    COAP_RESPONSE_CODE_BAD_OPTION = 130,
    /// 4.03 Forbidden.
    COAP_RESPONSE_CODE_FORBIDDEN = 131,
    /// 4.04 Not Found.
    COAP_RESPONSE_CODE_NOT_FOUND = 132,
    /// 4.05 Method Not Allowed.
    COAP_RESPONSE_CODE_NOT_ALLOWED = 133,
    /// 4.06 Not Acceptable: no representation in the format that Accept names.
    COAP_RESPONSE_CODE_NOT_ACCEPTABLE = 134,
    /// 4.08 Request Entity Incomplete: blocks are missing (RFC 7959).
    COAP_RESPONSE_CODE_INCOMPLETE = 136,
    /// 4.09 Conflict (RFC 8132).
    COAP_RESPONSE_CODE_CONFLICT = 137,
    /// 4.12 Precondition Failed.
    COAP_RESPONSE_CODE_PRECONDITION_FAILED = 140,
    /// 4.13 Request Entity Too Large.
    COAP_RESPONSE_CODE_REQUEST_TOO_LARGE = 141,
    /// 4.15 Unsupported Content-Format.
    COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT = 143,
    /// 4.22 Unprocessable Entity (RFC 8132).
    COAP_RESPONSE_CODE_UNPROCESSABLE = 150,
    /// 4.29 Too Many Requests (RFC 8516).
    COAP_RESPONSE_CODE_TOO_MANY_REQUESTS = 157,
    /// 5.00 Internal Server Error.
    COAP_RESPONSE_CODE_INTERNAL_ERROR = 160,
    /// 5.01 Not Implemented.
    COAP_RESPONSE_CODE_NOT_IMPLEMENTED = 161,
    /// 5.02 Bad Gateway.
    COAP_RESPONSE_CODE_BAD_GATEWAY = 162,
    /// 5.03 Service Unavailable; Max-Age says when to try again.
    COAP_RESPONSE_CODE_SERVICE_UNAVAILABLE = 163,
    /// 5.04 Gateway Timeout.
    COAP_RESPONSE_CODE_GATEWAY_TIMEOUT = 164,
    /// 5.05 Proxying Not Supported.
    COAP_RESPONSE_CODE_PROXYING_NOT_SUPPORTED = 165,
    /// 5.08 Hop Limit Reached (RFC 8768).
    COAP_RESPONSE_CODE_HOP_LIMIT_REACHED = 168,
    /// 7.01 Capabilities and Settings.
    COAP_SIGNALING_CODE_CSM = 225,
    /// 7.02 Ping.
    COAP_SIGNALING_CODE_PING = 226,
    /// 7.03 Pong.
    COAP_SIGNALING_CODE_PONG = 227,
    /// 7.04 Release.
    COAP_SIGNALING_CODE_RELEASE = 228,
    /// 7.05 Abort.
    COAP_SIGNALING_CODE_ABORT = 229,
}

/// The scheme of a URI. Bit 0 says whether it is a secure one.
#[c_enum]
#[repr(C)]
pub enum coap_uri_scheme_t {
    /// `coap`: UDP.
    COAP_URI_SCHEME_COAP = 0,
    /// `coaps`: DTLS over UDP.
    COAP_URI_SCHEME_COAPS = 1,
    /// `coap+tcp`.
    COAP_URI_SCHEME_COAP_TCP = 2,
    /// `coaps+tcp`: TLS over TCP.
    COAP_URI_SCHEME_COAPS_TCP = 3,
    /// `http`, of a Proxy-Uri.
    COAP_URI_SCHEME_HTTP = 4,
    /// `https`, of a Proxy-Uri.
    COAP_URI_SCHEME_HTTPS = 5,
    /// `coap+ws`: WebSockets.
    COAP_URI_SCHEME_COAP_WS = 6,
    /// `coaps+ws`: WebSockets over TLS.
    COAP_URI_SCHEME_COAPS_WS = 7,
    /// How many schemes there are.
    COAP_URI_SCHEME_LAST = 8,
}

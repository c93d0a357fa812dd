//! Alerts of TLS and DTLS (RFC 8446 section 6).
use std::fmt;

/// The description of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Alert(pub u8);

impl Alert {
    /// The peer ends the association in good order.
    pub const CLOSE_NOTIFY: Self = Self(0);
    /// A message that does not belong here.
    pub const UNEXPECTED_MESSAGE: Self = Self(10);
    /// Nothing that both sides can do.
    pub const HANDSHAKE_FAILURE: Self = Self(40);
    /// A certificate that is broken, or that the application refused.
    pub const BAD_CERTIFICATE: Self = Self(42);
    /// A certificate of a kind that cannot be used.
    pub const UNSUPPORTED_CERTIFICATE: Self = Self(43);
    /// The certificate was revoked.
    pub const CERTIFICATE_REVOKED: Self = Self(44);
    /// The certificate is not valid now.
    pub const CERTIFICATE_EXPIRED: Self = Self(45);
    /// No known CA has signed the certificate.
    pub const UNKNOWN_CA: Self = Self(48);
    /// A message has a field out of range.
    pub const DECODE_ERROR: Self = Self(50);
    /// A key does not fit: wrong pre-shared key, wrong signature.
    pub const DECRYPT_ERROR: Self = Self(51);
    /// The protocol version is not supported.
    pub const PROTOCOL_VERSION: Self = Self(70);
    /// Something on this side went wrong.
    pub const INTERNAL_ERROR: Self = Self(80);
    /// The application gave the handshake up.
    pub const USER_CANCELED: Self = Self(90);
    /// There is no server of this name (RFC 6066 section 3).
    pub const UNRECOGNIZED_NAME: Self = Self(112);
    /// The identity is not known (RFC 4279 section 2).
    pub const UNKNOWN_PSK_IDENTITY: Self = Self(115);

    /// The name that the RFCs give it; "alert" for one that is not known here.
    pub fn name(self) -> &'static str {
        match self.0 {
            0 => "close_notify",
            10 => "unexpected_message",
            20 => "bad_record_mac",
            22 => "record_overflow",
            40 => "handshake_failure",
            42 => "bad_certificate",
            43 => "unsupported_certificate",
            44 => "certificate_revoked",
            45 => "certificate_expired",
            46 => "certificate_unknown",
            47 => "illegal_parameter",
            48 => "unknown_ca",
            49 => "access_denied",
            50 => "decode_error",
            51 => "decrypt_error",
            70 => "protocol_version",
            71 => "insufficient_security",
            80 => "internal_error",
            86 => "inappropriate_fallback",
            90 => "user_canceled",
            100 => "no_renegotiation",
            109 => "missing_extension",
            110 => "unsupported_extension",
            112 => "unrecognized_name",
            115 => "unknown_psk_identity",
            116 => "certificate_required",
            120 => "no_application_protocol",
            _ => "alert",
        }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name(), self.0)
    }
}

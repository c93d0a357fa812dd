//! Message codes (RFC 7252 section 12.1).
use std::fmt;

/// A code `c.dd`: three bits of class, five of detail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u8);

#[allow(missing_docs)] // the registry's own names
impl Code {
    pub const EMPTY: Self = Self(0);
    pub const GET: Self = Self(1);
    pub const POST: Self = Self(2);
    pub const PUT: Self = Self(3);
    pub const DELETE: Self = Self(4);
    pub const FETCH: Self = Self(5);
    pub const PATCH: Self = Self(6);
    pub const IPATCH: Self = Self(7);
    pub const CREATED: Self = Self::new(2, 1);
    pub const DELETED: Self = Self::new(2, 2);
    pub const VALID: Self = Self::new(2, 3);
    pub const CHANGED: Self = Self::new(2, 4);
    pub const CONTENT: Self = Self::new(2, 5);
    pub const CONTINUE: Self = Self::new(2, 31);
    pub const BAD_REQUEST: Self = Self::new(4, 0);
    pub const UNAUTHORIZED: Self = Self::new(4, 1);
    pub const BAD_OPTION: Self = Self::new(4, 2);
    pub const FORBIDDEN: Self = Self::new(4, 3);
    pub const NOT_FOUND: Self = Self::new(4, 4);
    pub const METHOD_NOT_ALLOWED: Self = Self::new(4, 5);
    pub const NOT_ACCEPTABLE: Self = Self::new(4, 6);
    pub const INCOMPLETE: Self = Self::new(4, 8);
    pub const CONFLICT: Self = Self::new(4, 9);
    pub const PRECONDITION_FAILED: Self = Self::new(4, 12);
    pub const TOO_LARGE: Self = Self::new(4, 13);
    pub const UNSUPPORTED_FORMAT: Self = Self::new(4, 15);
    pub const UNPROCESSABLE: Self = Self::new(4, 22);
    pub const TOO_MANY_REQUESTS: Self = Self::new(4, 29);
    pub const INTERNAL_ERROR: Self = Self::new(5, 0);
    pub const NOT_IMPLEMENTED: Self = Self::new(5, 1);
    pub const BAD_GATEWAY: Self = Self::new(5, 2);
    pub const SERVICE_UNAVAILABLE: Self = Self::new(5, 3);
    pub const GATEWAY_TIMEOUT: Self = Self::new(5, 4);
    pub const PROXYING_NOT_SUPPORTED: Self = Self::new(5, 5);
    pub const HOP_LIMIT_REACHED: Self = Self::new(5, 8);
    pub const CSM: Self = Self::new(7, 1);
    pub const PING: Self = Self::new(7, 2);
    pub const PONG: Self = Self::new(7, 3);
    pub const RELEASE: Self = Self::new(7, 4);
    pub const ABORT: Self = Self::new(7, 5);
}

impl Code {
    /// The code `class.detail`; both are cut to their field's width.
    pub const fn new(class: u8, detail: u8) -> Self {
        Self((class & 7) << 5 | (detail & 31))
    }
    /// The class: 0 for requests, 2, 4 or 5 for responses, 7 for signalling.
    pub const fn class(self) -> u8 {
        self.0 >> 5
    }
    /// The detail, 0 to 31.
    pub const fn detail(self) -> u8 {
        self.0 & 31
    }
    /// 0.00.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// 0.01 to 0.31.
    pub const fn is_request(self) -> bool {
        self.0 != 0 && self.class() == 0
    }
    /// Class 2 to 5. (3 is reserved; RFC 7252 section 5.2 has it treated as an error response.)
    pub const fn is_response(self) -> bool {
        matches!(self.class(), 2..=5)
    }
    /// Class 7 (RFC 8323 section 5).
    pub const fn is_signaling(self) -> bool {
        self.class() == 7
    }

    /// Name of a method or of a signalling message; `None` for 0.00, for responses and for unassigned codes.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::GET => "GET",
            Self::POST => "POST",
            Self::PUT => "PUT",
            Self::DELETE => "DELETE",
            Self::FETCH => "FETCH",
            Self::PATCH => "PATCH",
            Self::IPATCH => "iPATCH",
            Self::CSM => "CSM",
            Self::PING => "Ping",
            Self::PONG => "Pong",
            Self::RELEASE => "Release",
            Self::ABORT => "Abort",
            _ => return None,
        })
    }

    /// What a response code means, in the words that libcoap puts into the payload of error responses; `None` for
    /// everything else.
    pub const fn phrase(self) -> Option<&'static str> {
        Some(match self {
            Self::CREATED => "Created",
            Self::DELETED => "Deleted",
            Self::VALID => "Valid",
            Self::CHANGED => "Changed",
            Self::CONTENT => "Content",
            Self::CONTINUE => "Continue",
            Self::BAD_REQUEST => "Bad Request",
            Self::UNAUTHORIZED => "Unauthorized",
            Self::BAD_OPTION => "Bad Option",
            Self::FORBIDDEN => "Forbidden",
            Self::NOT_FOUND => "Not Found",
            Self::METHOD_NOT_ALLOWED => "Method Not Allowed",
            Self::NOT_ACCEPTABLE => "Not Acceptable",
            Self::INCOMPLETE => "Request Entity Incomplete",
            Self::CONFLICT => "Conflict",
            Self::PRECONDITION_FAILED => "Precondition Failed",
            Self::TOO_LARGE => "Request Entity Too Large",
            Self::UNSUPPORTED_FORMAT => "Unsupported Content-Format",
            Self::UNPROCESSABLE => "Unprocessable",
            Self::TOO_MANY_REQUESTS => "Too Many Requests",
            Self::INTERNAL_ERROR => "Internal Server Error",
            Self::NOT_IMPLEMENTED => "Not Implemented",
            Self::BAD_GATEWAY => "Bad Gateway",
            Self::SERVICE_UNAVAILABLE => "Service Unavailable",
            Self::GATEWAY_TIMEOUT => "Gateway Timeout",
            Self::PROXYING_NOT_SUPPORTED => "Proxying Not Supported",
            Self::HOP_LIMIT_REACHED => "Hop Limit Reached",
            _ => return None,
        })
    }
}

/// As the RFCs write it: `c.dd`.
impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{:02}", self.class(), self.detail())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_with_a_dot() {
        assert_eq!(Code::EMPTY.to_string(), "0.00");
        assert_eq!(Code::CONTENT.to_string(), "2.05");
        assert_eq!(Code(0xff).to_string(), "7.31");
    }

    #[test]
    fn methods_have_names_and_responses_have_phrases() {
        for code in (0..=255).map(Code) {
            assert!(code.name().is_none() || code.is_request() || code.is_signaling());
            assert!(code.phrase().is_none() || code.is_response());
        }
        assert_eq!(Code(7).name(), Some("iPATCH"));
        assert_eq!(Code(8).name(), None);
        assert_eq!(Code(0x44).phrase(), Some("Changed"));
    }
}

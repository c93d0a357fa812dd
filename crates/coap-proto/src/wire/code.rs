//! Message codes (RFC 7252 section 12.1).

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
}

//! Which methods of a resource have a handler.
use crate::wire::Code;

/// A set of the seven methods (RFC 7252 section 5.8, RFC 8132).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MethodMask(u8);

impl MethodMask {
    /// No method.
    pub const NONE: Self = Self(0);
    /// GET, POST, PUT, DELETE, FETCH, PATCH and iPATCH.
    pub const ALL: Self = Self(0x7f);

    /// Whether `method` is in the set.
    pub const fn contains(self, method: Code) -> bool {
        self.0 & Self::bit(method) != 0
    }

    /// Adds `method`; codes that are none of the seven methods change nothing.
    pub const fn insert(&mut self, method: Code) {
        self.0 |= Self::bit(method);
    }

    /// Takes `method` out.
    pub const fn remove(&mut self, method: Code) {
        self.0 &= !Self::bit(method);
    }

    /// The set with `method` in it.
    #[must_use]
    pub const fn with(mut self, method: Code) -> Self {
        self.insert(method);
        self
    }

    const fn bit(method: Code) -> u8 {
        match method.0 {
            1..=7 => 1 << (method.0 - 1),
            _ => 0,
        }
    }
}

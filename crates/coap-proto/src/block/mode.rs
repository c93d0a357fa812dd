//! How a session treats bodies that do not fit into one message.

/// A set of flags; the values are libcoap's `COAP_BLOCK_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockMode(u32);

impl BlockMode {
    /// Blocks are the application's own business.
    pub const NONE: Self = Self(0);
    /// The engine splits and joins bodies. Without this flag the others mean nothing.
    pub const USE_LIBCOAP: Self = Self(0x01);
    /// The application gets whole bodies, not blocks.
    pub const SINGLE_BODY: Self = Self(0x02);
    /// As client, find out whether the server knows Q-Block (RFC 9177); as server, know it.
    pub const TRY_Q_BLOCK: Self = Self(0x04);
    /// Ask for missing Q-Block2 payloads with the M bit where that is possible (RFC 9177 section 4.4).
    pub const USE_M_Q_BLOCK: Self = Self(0x08);
    /// As client, send Request-Tag (RFC 9175 section 3) only with bodies in blocks.
    pub const NO_PREEMPTIVE_RTAG: Self = Self(0x10);
    /// As client, repeat the payload of a FETCH when asking for more blocks of its response.
    pub const STATELESS_FETCH: Self = Self(0x20);
    /// As server, keep no response body: each request for a block of it runs the handler.
    pub const STATELESS_BLOCK2: Self = Self(0x40);
    /// As server, take the blocks of a request body in their order only.
    pub const NOT_RANDOM_BLOCK1: Self = Self(0x80);

    const ALL: u32 = 0xff;

    /// The flags among `bits`; none at all without [`BlockMode::USE_LIBCOAP`].
    pub const fn from_bits(bits: u32) -> Self {
        if bits & Self::USE_LIBCOAP.0 == 0 { Self::NONE } else { Self(bits & Self::ALL) }
    }

    /// The flags as bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `flags` are set.
    pub const fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// With `flags` set too.
    #[must_use]
    pub const fn with(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }

    /// With `flags` not set.
    #[must_use]
    pub const fn without(self, flags: Self) -> Self {
        Self(self.0 & !flags.0)
    }
}

//! What a node offers itself.

/// The number of the service that sends everything back.
pub(super) const ECHO: u32 = 0;

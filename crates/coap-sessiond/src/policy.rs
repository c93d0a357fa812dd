//! Which targets an exit forwards to.

/// Targets that may be reached; the default is none.
#[derive(Clone, Debug, Default)]
pub struct Policy {}

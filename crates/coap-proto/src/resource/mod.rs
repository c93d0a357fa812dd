//! What a server offers (RFC 7252 section 5.10, RFC 6690).

/// The resources of a node. (Placeholder until the real one lands.)
#[derive(Debug, Default)]
pub struct Resources {}

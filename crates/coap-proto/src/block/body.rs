//! Bodies that the application gave away.
use std::fmt;
use std::sync::Arc;

/// The bytes of a body, in whatever holds them.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A body to be sent. The engine says when it is done with it, once for each body that it was given: see
/// [`Event::BodyReleased`](crate::engine::Event::BodyReleased).
pub struct Body {
    bytes: Bytes,
    /// `None`: it is the engine's own.
    ticket: Option<u64>,
}

impl Body {
    /// A body that is called `ticket` when it is released.
    pub fn new(bytes: Bytes, ticket: u64) -> Self {
        Self { bytes, ticket: Some(ticket) }
    }

    /// The same bytes once more, for the engine's own use: nobody is told when they are released.
    pub(crate) fn again(&self) -> Self {
        Self { bytes: Arc::clone(&self.bytes), ticket: None }
    }

    /// A body of the engine's own.
    pub(crate) fn own(bytes: Vec<u8>) -> Self {
        Self { bytes: Arc::new(bytes), ticket: None }
    }

    /// What it is called; 0 if it is not the application's.
    pub fn ticket(&self) -> u64 {
        self.ticket.unwrap_or_default()
    }

    /// Whether it is the engine's own, so that nobody waits for its release.
    pub(crate) fn is_own(&self) -> bool {
        self.ticket.is_none()
    }

    /// Its content.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref().as_ref()
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.bytes().len()
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// `size` bytes from `offset` on, or those that there are.
    pub fn block(&self, offset: usize, size: usize) -> &[u8] {
        let rest = self.bytes().get(offset..).unwrap_or_default();
        &rest[..rest.len().min(size)]
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Body {} of {} bytes", self.ticket(), self.len())
    }
}

//! The bytes of one datagram.
use std::fmt;
use std::ops::Deref;

/// The bytes of one datagram; read it as a slice. What a message was built in can serve as it stands, with the room
/// that it has in front for other headers.
#[derive(Clone)]
pub struct Datagram {
    buf: Vec<u8>,
    start: u8,
}

impl Datagram {
    /// The bytes of `buf` from `start` on, which is not behind its end.
    pub(super) fn new(buf: Vec<u8>, start: u8) -> Self {
        Self { buf, start }
    }

    /// The memory that it is in, to be used for something else.
    pub(crate) fn into_memory(self) -> Vec<u8> {
        self.buf
    }
}

impl From<Vec<u8>> for Datagram {
    fn from(buf: Vec<u8>) -> Self {
        Self::new(buf, 0)
    }
}

impl Deref for Datagram {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buf[usize::from(self.start)..]
    }
}

impl PartialEq for Datagram {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Datagram {}

impl fmt::Debug for Datagram {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

//! Paths of Unix domain sockets.
use std::fmt;
use std::hash::{Hash, Hasher};

/// Room for a path and the NUL behind it, as in libcoap's `coap_sockaddr_un`.
const ROOM: usize = 26;

/// The path of a Unix domain socket: up to 25 bytes, none of them NUL. An empty one is that of a socket without a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnixPath([u8; ROOM]);

impl UnixPath {
    /// The longest path in bytes.
    pub const MAX: usize = ROOM - 1;

    /// Of a socket that has no name: a stream's client that was not bound.
    pub const UNNAMED: Self = Self([0; ROOM]);

    /// From the bytes of a path. `None`: too long, or there is a NUL in it.
    pub fn new(path: &[u8]) -> Option<Self> {
        let mut room = [0; ROOM];
        if path.contains(&0) || path.len() > Self::MAX {
            return None;
        }
        room[..path.len()].copy_from_slice(path);
        Some(Self(room))
    }

    /// The path, without a NUL.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0[..self.0.iter().position(|byte| *byte == 0).unwrap_or(Self::MAX)]
    }

    /// Whether it is that of a socket without a name, which nothing can be sent to.
    pub const fn is_unnamed(&self) -> bool {
        self.0[0] == 0
    }
}

impl Hash for UnixPath {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

/// As log lines have it: `'/tmp/coap'`.
impl fmt::Display for UnixPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "'{}'", String::from_utf8_lossy(self.as_bytes()))
    }
}

impl fmt::Debug for UnixPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "UnixPath({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_25_bytes_fit() {
        let longest = UnixPath::new(&[b'a'; 25]).unwrap();
        assert_eq!(longest.as_bytes(), [b'a'; 25]);
        assert_eq!(UnixPath::new(&[b'a'; 26]), None);
        assert_eq!(UnixPath::new(b"/tmp/a\0b"), None);
        assert_eq!(UnixPath::new(b"/tmp/x").unwrap().to_string(), "'/tmp/x'");
        assert!(UnixPath::new(b"").is_some_and(|path| path.is_unnamed() && path == UnixPath::UNNAMED));
        assert_eq!(format!("{:?}", UnixPath::UNNAMED), "UnixPath('')");
    }
}

//! Cache keys.
use crate::engine::SessionId;
use crate::wire::{Code, Pdu, option};
use sha2::{Digest, Sha256};

/// What requests have in common that differ in nothing that counts: a SHA-256 digest.
///
/// What counts are the options, but for those marked NoCacheKey (RFC 7252 section 5.4.6), Observe (RFC 7641
/// section 2) and those that the application ignores; and the payload of a FETCH (RFC 8132 section 2). The
/// method does not count, as in libcoap: a PUT finds what a GET of the same resource left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey([u8; Self::LENGTH]);

impl CacheKey {
    /// Length in bytes.
    pub const LENGTH: usize = 32;

    /// The key of a request. One with a `session` holds for requests of that session only.
    pub fn of(request: &Pdu, session: Option<SessionId>, ignored: &[u16]) -> Self {
        let mut digest = Sha256::new();
        digest.update([u8::from(session.is_some())]);
        if let Some(SessionId(index)) = session {
            digest.update(index.to_bits().to_be_bytes());
        }
        for option in request.options().filter(|option| counts(option.number, ignored)) {
            // With the length, so that no two requests run together to the same bytes.
            digest.update(option.number.to_be_bytes());
            digest.update((option.value.len() as u64).to_be_bytes());
            digest.update(option.value);
        }
        if request.code() == Code::FETCH && !request.payload().is_empty() {
            digest.update([PAYLOAD_MARKER]);
            digest.update(request.payload());
        }
        Self(digest.finalize().into())
    }

    /// The key that these bytes are.
    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Self {
        Self(bytes)
    }

    /// The key as bytes.
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }
}

/// No two bytes of an option number follow here: a single byte cannot be taken for an option.
const PAYLOAD_MARKER: u8 = 0xff;

fn counts(number: u16, ignored: &[u16]) -> bool {
    number != option::OBSERVE && !option::is_no_cache_key(number) && !ignored.contains(&number)
}

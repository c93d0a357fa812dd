//! Hashes of handshakes, and HMAC.
use dimpl::{
    CryptoError,
    crypto::{Buf, HashAlgorithm, HashContext, HashProvider},
};
use ring::{
    digest::{self, Context},
    hmac::{self, Key},
};
use std::fmt;

#[derive(Debug)]
pub(super) struct Hashes;

impl HashProvider for Hashes {
    fn create_hash(&self, algorithm: HashAlgorithm) -> Box<dyn HashContext> {
        let algorithm = match algorithm {
            HashAlgorithm::SHA256 => &digest::SHA256,
            HashAlgorithm::SHA384 => &digest::SHA384,
            other => unreachable!("no suite here hashes with {other:?}"),
        };
        Box::new(Hash(Context::new(algorithm)))
    }
}

struct Hash(Context);

impl HashContext for Hash {
    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn clone_and_finalize(&self, out: &mut Buf) {
        out.clear();
        out.extend_from_slice(self.0.clone().finish().as_ref());
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hash").finish_non_exhaustive()
    }
}

/// Returns how many bytes of `out` it takes.
pub(crate) fn hmac(
    hash: HashAlgorithm,
    key: &[u8],
    data: &[u8],
    out: &mut [u8],
) -> Result<usize, CryptoError> {
    let unsupported = CryptoError::UnsupportedHmacHash(hash);
    let algorithm = match hash {
        HashAlgorithm::SHA256 => hmac::HMAC_SHA256,
        HashAlgorithm::SHA384 => hmac::HMAC_SHA384,
        _ => return Err(unsupported),
    };
    let tag = hmac::sign(&Key::new(algorithm, key), data);
    let tag = tag.as_ref();
    out.get_mut(..tag.len()).ok_or(unsupported)?.copy_from_slice(tag);
    Ok(tag.len())
}

//! What dimpl is told in the middle of a call.
//!
//! dimpl asks for keys, signatures and cookies through objects of its configuration, which all its
//! connections share. Ours know nothing: they look on the stage of their thread, where the channel that
//! makes the call has put what is right for this connection. So nobody is called out to, and private keys
//! are not copied.
use super::crypto;
use crate::secret::Secret;
use dimpl::{
    CryptoError, CryptoOperation, HashAlgorithm, PskResolver, SignatureAlgorithm,
    crypto::{Buf, HmacProvider, KeyProvider, SigningKey},
};
use rustls::SignatureScheme;
use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// A private key of the kind that rustls's provider makes.
pub(crate) type PrivateKey = Arc<dyn rustls::sign::SigningKey>;

/// What one call into dimpl may ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage {
    /// The cookie that counts as the right one.
    pub(super) cookie: Option<[u8; 32]>,
    /// The identity that may be asked for, and its key.
    pub(super) psk: Option<(Vec<u8>, Secret)>,
    /// The key of our certificate.
    pub(super) key: Option<PrivateKey>,
}

thread_local! {
    static STAGE: RefCell<Stage> = RefCell::default();
}

/// dimpl broke down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panicked;

/// Runs `call` with `stage` set. A panic in it is the end of this connection, not of the program.
pub(super) fn run<R>(stage: &Stage, call: impl FnOnce() -> R) -> Result<R, Panicked> {
    STAGE.replace(stage.clone());
    let result = catch_unwind(AssertUnwindSafe(call));
    STAGE.take();
    result.map_err(|_| Panicked)
}

/// Finds the key that is on the stage.
#[derive(Debug)]
pub(super) struct StagedPsk;

impl PskResolver for StagedPsk {
    fn resolve(&self, identity: &[u8]) -> Option<Vec<u8>> {
        STAGE.with_borrow(|stage| {
            let (expected, key) = stage.psk.as_ref()?;
            (expected == identity).then(|| key.as_bytes().to_vec())
        })
    }
}

/// HMAC, but a cookie is the one on the stage: dimpl makes them with a secret of each connection, and ours
/// has to be checked before there is a connection.
#[derive(Debug)]
pub(super) struct StagedHmac;

impl HmacProvider for StagedHmac {
    /// Of all that dimpl computes, only cookies come here.
    fn hmac_sha256(&self, key: &[u8], data: &[u8]) -> Result<[u8; 32], CryptoError> {
        if let Some(cookie) = STAGE.with_borrow(|stage| stage.cookie) {
            return Ok(cookie);
        }
        let mut out = [0; 32];
        self.hmac(HashAlgorithm::SHA256, key, data, &mut out)?;
        Ok(out)
    }

    fn hmac(
        &self,
        hash: HashAlgorithm,
        key: &[u8],
        data: &[u8],
        out: &mut [u8],
    ) -> Result<usize, CryptoError> {
        crypto::hmac(hash, key, data, out)
    }
}

/// "Loads" the key that is on the stage.
#[derive(Debug)]
pub(super) struct StagedKeys;

impl KeyProvider for StagedKeys {
    fn load_private_key(&self, _: &[u8]) -> Result<Box<dyn SigningKey>, CryptoError> {
        Ok(Box::new(match STAGE.with_borrow(|stage| stage.key.clone()) {
            Some(key) => KeyHandle::new(key),
            None => KeyHandle { key: None, hash: [HashAlgorithm::SHA256] },
        }))
    }
}

/// A key that is somebody else's, or that is missing: then it cannot sign.
#[derive(Debug)]
struct KeyHandle {
    key: Option<AssertUnwindSafe<PrivateKey>>,
    hash: [HashAlgorithm; 1],
}

impl KeyHandle {
    fn new(key: PrivateKey) -> Self {
        let p384 = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP384_SHA384]).is_some();
        let hash = if p384 { HashAlgorithm::SHA384 } else { HashAlgorithm::SHA256 };
        Self { key: Some(AssertUnwindSafe(key)), hash: [hash] }
    }
}

impl SigningKey for KeyHandle {
    fn sign(&mut self, data: &[u8], hash: HashAlgorithm, out: &mut Buf) -> Result<(), CryptoError> {
        const FAILED: CryptoError = CryptoError::OperationFailed(CryptoOperation::Sign);
        let key = self.key.as_ref().ok_or(CryptoError::NoPrivateKeyConfigured)?;
        let scheme = match hash {
            HashAlgorithm::SHA384 => SignatureScheme::ECDSA_NISTP384_SHA384,
            _ => SignatureScheme::ECDSA_NISTP256_SHA256,
        };
        let signer = key.choose_scheme(&[scheme]).ok_or(FAILED)?;
        let signature = signer.sign(data).map_err(|_| FAILED)?;
        out.clear();
        out.extend_from_slice(&signature);
        Ok(())
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        self.hash[0]
    }

    fn supported_hash_algorithms(&self) -> &[HashAlgorithm] {
        &self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stage_is_empty_when_nobody_plays() {
        let stage = Stage { psk: Some((b"me".to_vec(), Secret::from(&b"key"[..]))), ..Stage::default() };
        let found = run(&stage, || StagedPsk.resolve(b"me")).unwrap();
        assert_eq!(found.as_deref(), Some(&b"key"[..]));
        assert_eq!(run(&stage, || StagedPsk.resolve(b"you")).unwrap(), None, "another identity");
        assert_eq!(StagedPsk.resolve(b"me"), None);
    }

    #[test]
    fn a_panic_leaves_an_empty_stage() {
        let stage = Stage { cookie: Some([7; 32]), ..Stage::default() };
        assert!(run(&stage, || panic!("on purpose")).is_err());
        assert_ne!(StagedHmac.hmac_sha256(b"k", b"d").unwrap(), [7; 32]);
    }
}

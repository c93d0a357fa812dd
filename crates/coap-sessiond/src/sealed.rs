//! What only one node can read: HPKE (RFC 9180) for the key that the node is called by.
//!
//! Base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, no associated data; a message is
//! `enc || ciphertext`. Anybody can seal for a node: what was opened says nothing about who sealed it.
use crate::{
    identity::{Identity, PeerId, PeerIdError},
    protocol::{self, Keyring},
    target::{HostPort, TargetError},
};
use hpke::{
    Deserializable, HpkeError, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256,
};
use thiserror::Error;
use zeroize::Zeroizing;

/// What [`seal`] is told for layers of an opening (`docs/session-protocol.md`).
pub const LAYER: &[u8] = b"ferrocoap session layer 1";
/// What [`seal`] is told for targets.
const TARGET: &[u8] = b"ferrocoap session target 1";
/// How many bytes a sealed message has more than what is in it: an X25519 key and a tag.
pub const OVERHEAD: usize = ENC + 16;
/// Bytes of an encapsulated key.
const ENC: usize = 32;
/// Shorter targets are made this long, in characters.
const PADDED: usize = 50;
/// With what; no target can end with it.
const PADDING: char = '@';

/// Why something was not sealed.
#[derive(Debug, Error)]
pub enum SealError {
    /// It is for nobody: the peer ID is not a usable key.
    #[error(transparent)]
    Peer(#[from] PeerIdError),
    /// It cannot be encrypted: it has more than 256 GB.
    #[error("this cannot be encrypted")]
    Failed,
}

/// Why something was not opened.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// It is shorter than [`OVERHEAD`].
    #[error("too short to be sealed")]
    Short,
    /// It is for another node or another purpose, or has been changed.
    #[error("sealed for another node, or changed on the way")]
    NotForUs,
    /// What was sealed is not a target.
    #[error("what was sealed is not a target: {0}")]
    Target(#[from] TargetError),
}

/// Encrypts `bytes` so that only `to` can read them, and only for the purpose `info`.
///
/// # Errors
/// [`SealError`]: `to` is not a usable key.
pub fn seal(to: &PeerId, info: &[u8], bytes: &[u8]) -> Result<Vec<u8>, SealError> {
    let failed = |_: HpkeError| SealError::Failed;
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&to.to_x25519()?).map_err(failed)?;
    let (enc, ciphertext) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &key,
        info,
        bytes,
        &[],
    )
    .map_err(failed)?;
    let mut message = enc.to_bytes().to_vec();
    message.extend_from_slice(&ciphertext);
    Ok(message)
}

/// Decrypts what was sealed for `identity`, with the same `info`.
///
/// # Errors
/// [`OpenError`], except [`OpenError::Target`].
pub fn open(identity: &Identity, info: &[u8], message: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    if message.len() < OVERHEAD {
        return Err(OpenError::Short);
    }
    let not_for_us = |_: HpkeError| OpenError::NotForUs;
    let (enc, ciphertext) = message.split_at(ENC);
    let key =
        <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&*identity.to_x25519()).map_err(not_for_us)?;
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).map_err(not_for_us)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &key,
        &enc,
        info,
        ciphertext,
        &[],
    )
    .map(Zeroizing::new)
    .map_err(not_for_us)
}

/// Seals a target for the exit `to`. All targets of up to 50 characters are equally long.
///
/// # Errors
/// [`SealError`]: `to` is not a usable key.
pub fn seal_target(to: &PeerId, target: &HostPort) -> Result<Vec<u8>, SealError> {
    seal(to, TARGET, format!("{:@<PADDED$}", target.to_string()).as_bytes())
}

/// Opens a target that was sealed for `identity`.
///
/// # Errors
/// [`OpenError`]
pub fn open_target(identity: &Identity, message: &[u8]) -> Result<HostPort, OpenError> {
    let opened = open(identity, TARGET, message)?;
    let text = std::str::from_utf8(&opened).map_err(|_| OpenError::Target(TargetError::Host))?;
    Ok(text.trim_end_matches(PADDING).parse()?)
}

impl Keyring for Identity {
    fn seal(&mut self, to: &PeerId, layer: &[u8]) -> Result<Vec<u8>, protocol::SealError> {
        seal(to, LAYER, layer).map_err(|_| protocol::SealError)
    }

    fn open(&mut self, sealed: &[u8]) -> Option<Vec<u8>> {
        open(self, LAYER, sealed).ok().map(|layer| layer.to_vec())
    }
}

#[cfg(test)]
mod tests;

//! Who a node is: its key pair, and the peer ID by which others call it.
mod peer_id;

pub use peer_id::{PeerId, PeerIdError};

use crate::files::{ReadError, SecretError, open_secret};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes, spki::der::pem::LineEnding},
};
use std::{
    fmt, fs,
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};
use thiserror::Error;
use zeroize::Zeroizing;

/// What a file of an identity has at most; PKCS #8 takes some 120 bytes, and comments may stand around it.
const MAX_FILE: u64 = 16 * 1024;

/// A node's Ed25519 key pair. The secret half is wiped when it is dropped and does not show itself in [`Debug`].
///
/// Its file is what `openssl genpkey -algorithm ed25519` writes, too: PKCS #8 in PEM (RFC 8410, RFC 5958).
#[derive(Clone)]
pub struct Identity(SigningKey);

/// Why an identity was not read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read, or everybody can.
    #[error(transparent)]
    File(#[from] SecretError),
    /// Something else than an Ed25519 key is in it.
    #[error("{path} is not an Ed25519 key in PKCS #8 PEM: {reason}")]
    NotAKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Why an identity was not stored.
#[derive(Debug, Error)]
#[error("{path} cannot be written: {source}")]
pub struct StoreError {
    /// The file.
    pub path: PathBuf,
    /// What the system says; [`io::ErrorKind::AlreadyExists`]: there is such a file, and it was left alone.
    pub source: io::Error,
}

/// The system has no random numbers.
#[derive(Debug, Error)]
#[error("the system has no random numbers: {0}")]
pub struct GenerateError(getrandom::Error);

impl Identity {
    /// A new one.
    ///
    /// # Errors
    /// [`GenerateError`]: the system has no random numbers.
    pub fn generate() -> Result<Self, GenerateError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(GenerateError)?;
        Ok(Self::from_seed(&seed))
    }

    /// The one with this secret (RFC 8032 section 5.1.5). Copies that the caller keeps are the caller's to wipe.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The one of a file.
    ///
    /// # Errors
    /// [`LoadError`]: it cannot be read, can be read by everybody, or is something else.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let mut text = Zeroizing::new(String::with_capacity(1024));
        let read = open_secret(path)?.take(MAX_FILE).read_to_string(&mut text);
        read.map_err(ReadError::of(path)).map_err(SecretError::from)?;
        Self::from_pem(&text).map_err(|reason| LoadError::NotAKey { path: path.to_owned(), reason })
    }

    fn from_pem(text: &str) -> Result<Self, String> {
        // What stands around it, such as a comment, is passed over.
        let begin = text.find("-----BEGIN").ok_or("there is no `-----BEGIN PRIVATE KEY-----`")?;
        let pair =
            KeypairBytes::from_pkcs8_pem(text[begin..].trim_end()).map_err(|error| error.to_string())?;
        // With a public half that belongs to another key, signatures would be forgeable: it is looked at here.
        SigningKey::try_from(&pair).map(Self).map_err(|error| error.to_string())
    }

    /// Writes it to a file that is not there yet, and that nobody else can read.
    ///
    /// # Errors
    /// [`StoreError`]: there is such a file, or it cannot be written.
    pub fn store(&self, path: &Path) -> Result<(), StoreError> {
        let written = || {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(self.to_pem()?.as_bytes())?;
            file.sync_all()
        };
        written().map_err(|source| StoreError { path: path.to_owned(), source })
    }

    /// PKCS #8 in PEM. Without the public half: OpenSSL before 3.0 does not take it.
    fn to_pem(&self) -> io::Result<Zeroizing<String>> {
        let pair = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        pair.to_pkcs8_pem(LineEnding::LF).map_err(|error| io::Error::other(error.to_string()))
    }

    /// By what others call it.
    pub fn peer_id(&self) -> PeerId {
        PeerId(self.0.verifying_key().to_bytes())
    }

    /// The secret half for X25519 (RFC 7748): the public one's is [`PeerId::to_x25519`].
    pub(crate) fn to_x25519(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_scalar_bytes())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.peer_id())
    }
}

#[cfg(test)]
mod tests;

//! Why certificates were not taken.
use std::{fmt, io, sync::Arc};
use thiserror::Error;

/// Which part it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Our own certificate or its chain.
    Certificate,
    /// Its private key.
    PrivateKey,
    /// A certificate of a CA.
    Ca,
    /// A list of revoked certificates.
    RevocationList,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::PrivateKey => "private key",
            Self::Ca => "CA certificate",
            Self::RevocationList => "revocation list",
        })
    }
}

/// Why credentials with certificates were not taken.
#[derive(Clone, Debug, Error)]
pub enum SetupError {
    /// The file could not be read.
    #[error("{part} {from}: {error}")]
    Read {
        /// What was looked for.
        part: Part,
        /// Where.
        from: String,
        /// What the system said.
        error: Arc<io::Error>,
    },
    /// There is nothing of the kind in it.
    #[error("{from} has no {part}")]
    Absent {
        /// What was looked for.
        part: Part,
        /// Where.
        from: String,
    },
    /// It is not what it should be.
    #[error("{part} in {from} is malformed: {reason}")]
    Malformed {
        /// What was looked for.
        part: Part,
        /// Where.
        from: String,
        /// What is wrong.
        reason: String,
    },
    /// The key is protected by a password, for which there is no setting.
    #[error("the private key in {0} is encrypted")]
    EncryptedKey(String),
    /// The key is of a kind or a size that nothing here can use.
    #[error("the private key in {from} cannot be used: {reason}")]
    UnusableKey {
        /// Where it is.
        from: String,
        /// What is wrong.
        reason: String,
    },
    /// The key is another certificate's.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// A certificate without a key.
    #[error("a certificate is set, but no private key")]
    NoKey,
    /// A server has to have a certificate.
    #[error("no certificate is set")]
    NoCertificate,
    /// The same CA is asked for, and none is set.
    #[error("a common CA is asked for, but no CA is set")]
    NoCommonCa,
    /// DTLS has ECDSA with P-256 and P-384 only.
    #[error("{0} keys are not supported in DTLS, only ECDSA with P-256 or P-384")]
    KeyNotForDtls(&'static str),
    /// Keys in hardware cannot be used.
    #[error("PKCS #11 is not supported: {0}")]
    Pkcs11(String),
    /// Signatures with MD5 or SHA-1 cannot be checked.
    #[error("weak digests in certificates cannot be allowed")]
    WeakDigests,
    /// The library below refused.
    #[error("cannot be set up: {0}")]
    Backend(String),
}

/// Something that is done in a narrower way than asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// In DTLS only our own certificate is sent, not these further ones: peers have to have them.
    ChainNotSentInDtls(usize),
    /// RSA keys of less than 2048 bits are refused, although they were allowed.
    ShortRsa,
    /// Peers are to be verified and nobody is trusted: no certificate will do.
    NobodyTrusted,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChainNotSentInDtls(count) => {
                write!(f, "{count} intermediate certificates are not sent in DTLS: peers need to have them")
            }
            Self::ShortRsa => f.write_str("RSA keys of less than 2048 bits are refused"),
            Self::NobodyTrusted => f.write_str("no CA is set: every certificate will be refused"),
        }
    }
}

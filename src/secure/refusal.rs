//! Why what a program has set is not taken.
use coap_secure::{PskError, certificates::SetupError};
use thiserror::Error;

/// Why keys or certificates are not taken. Each becomes one line in the log.
#[derive(Clone, Debug, Error)]
pub(crate) enum Refusal {
    /// A null pointer.
    #[error("there is no setup_data")]
    NoSetup,
    /// A structure that was made for another version of the library.
    #[error("Wrong version of setup_data: {0}")]
    Version(u8),
    /// A client has to say who it is.
    #[error("Identity (PSK) not defined")]
    NoIdentity,
    /// Neither a key nor a function that knows one.
    #[error("Pre-shared key (PSK) not defined")]
    NoKey,
    /// Something about a pre-shared key.
    #[error(transparent)]
    Psk(#[from] PskError),
    /// Something about certificates.
    #[error(transparent)]
    Certificates(#[from] SetupError),
    /// RFC 7250.
    #[error("raw public keys are not supported")]
    RawPublicKeys,
    /// The program's function expects an object of a C library.
    #[error("additional_tls_setup_call_back cannot be called: there is no TLS library of C's")]
    AdditionalSetup,
    /// A number that is no `COAP_PKI_KEY_*` of 4.3.4.
    #[error("key_type {0} is not supported")]
    KeyType(u32),
    /// Root CAs are a file, a directory, or both.
    #[error("neither a file nor a directory of root CAs is given")]
    NoRootCas,
    /// The system has no CAs where such systems have them.
    #[error("the system's trusted certificates were not found")]
    NoTrustStore,
    /// TLS works with certificates alone.
    #[error("pre-shared keys are not supported over TLS, only over DTLS")]
    PskOverTls,
    /// An endpoint without credentials.
    #[error("one of coap_context_set_psk() or coap_context_set_pki() not called")]
    NoCredentials,
}

//! The failures of a channel, and what dimpl's errors mean.
use crate::{
    alert::Alert,
    failure::{Failure, FailureKind},
};
use dimpl::{CertificateError, CryptoError, CryptoOperation, Error, SecurityError};

/// `shared_key`: whether the two prove themselves by a key that both have.
pub(super) fn failure(error: &Error, shared_key: bool) -> Failure {
    let reason = error.to_string();
    let (kind, alert) = match error {
        Error::Timeout(_) => return Failure::new(FailureKind::Timeout, None, "the peer does not answer"),
        Error::SecurityError(SecurityError::FatalAlert { description }) => {
            return Failure::received(Alert(*description));
        }
        Error::SecurityError(error) => security(error),
        Error::CertificateError(CertificateError::NoClientCertificateReceived) => {
            return Failure::sending(
                FailureKind::Authentication,
                Alert::HANDSHAKE_FAILURE,
                "the peer has no certificate",
            );
        }
        Error::CertificateError(_) => (FailureKind::Authentication, Alert::BAD_CERTIFICATE),
        Error::CryptoError(CryptoError::OperationFailed(CryptoOperation::Decrypt)) if shared_key => {
            return Failure::sending(
                FailureKind::Authentication,
                Alert::DECRYPT_ERROR,
                "the peer has another pre-shared key",
            );
        }
        Error::CryptoError(error) => crypto(error),
        Error::UnexpectedMessage(_) | Error::RenegotiationAttempt | Error::IncompleteServerHello => {
            (FailureKind::Protocol, Alert::UNEXPECTED_MESSAGE)
        }
        Error::ReceiveQueueFull | Error::TooManyClientHelloFragments => {
            (FailureKind::Protocol, Alert::UNEXPECTED_MESSAGE)
        }
        _ => (FailureKind::Internal, Alert::INTERNAL_ERROR),
    };
    Failure::sending(kind, alert, reason)
}

/// Nobody knows the client.
pub(super) fn unknown_identity() -> Failure {
    Failure::sending(
        FailureKind::Authentication,
        Alert::UNKNOWN_PSK_IDENTITY,
        "the peer's identity is not known",
    )
}

/// The application has said no.
pub(super) fn refused(alert: Alert, what: &str) -> Failure {
    Failure::sending(FailureKind::Authentication, alert, format!("the application refused {what}"))
}

/// Something on this side.
pub(super) fn internal(reason: impl ToString) -> Failure {
    Failure::sending(FailureKind::Internal, Alert::INTERNAL_ERROR, reason.to_string())
}

/// dimpl has panicked.
pub(super) fn broken_down() -> Failure {
    internal("the DTLS library broke down")
}

fn security(error: &SecurityError) -> (FailureKind, Alert) {
    match error {
        SecurityError::NoMutuallyAcceptableCipherSuite
        | SecurityError::NoCommonCipherSuite
        | SecurityError::NoCommonKeyExchangeGroup
        | SecurityError::ExtendedMasterSecretNotNegotiated
        | SecurityError::ServerSelectedUnknownCipherSuite
        | SecurityError::ServerSelectedIncompatibleCipherSuite(_)
        | SecurityError::ServerSelectedDisallowedCipherSuite(_)
        | SecurityError::ServerSelectedDisallowedDtls13CipherSuite(_) => {
            (FailureKind::NoSharedSuite, Alert::HANDSHAKE_FAILURE)
        }
        SecurityError::UnsupportedServerVersion(_)
        | SecurityError::UnsupportedClientVersion(_)
        | SecurityError::UnsupportedHelloVerifyRequestVersion(_) => {
            (FailureKind::NoSharedSuite, Alert::PROTOCOL_VERSION)
        }
        SecurityError::ServerFinishedVerificationFailed
        | SecurityError::ClientFinishedVerificationFailed
        | SecurityError::SignatureTooLarge
        | SecurityError::SignatureSchemeNotOffered(_)
        | SecurityError::SignatureAlgorithmMismatch { .. }
        | SecurityError::UnsupportedSignatureScheme(_)
        | SecurityError::SignatureSchemeCertificateCurveMismatch { .. } => {
            (FailureKind::Authentication, Alert::DECRYPT_ERROR)
        }
        _ => (FailureKind::Protocol, Alert::HANDSHAKE_FAILURE),
    }
}

fn crypto(error: &CryptoError) -> (FailureKind, Alert) {
    match error {
        // Our own handle of a key says so, when the peer wants a certificate and there is none.
        CryptoError::NoPrivateKeyConfigured => (FailureKind::Authentication, Alert::HANDSHAKE_FAILURE),
        CryptoError::SignatureVerificationFailed { .. } | CryptoError::InvalidSignatureFormat => {
            (FailureKind::Authentication, Alert::DECRYPT_ERROR)
        }
        CryptoError::UnsupportedPublicKeyAlgorithm
        | CryptoError::UnsupportedEcCurve
        | CryptoError::CertificateParseFailed
        | CryptoError::MissingEcCurveParameter
        | CryptoError::InvalidEcCurveParameter
        | CryptoError::InvalidSubjectPublicKey => {
            (FailureKind::Authentication, Alert::UNSUPPORTED_CERTIFICATE)
        }
        CryptoError::OperationFailed(CryptoOperation::Decrypt)
        | CryptoError::InvalidPublicKey(_)
        | CryptoError::SignatureAlgorithmNotOfferedByClient => {
            (FailureKind::Protocol, Alert::HANDSHAKE_FAILURE)
        }
        _ => (FailureKind::Internal, Alert::INTERNAL_ERROR),
    }
}

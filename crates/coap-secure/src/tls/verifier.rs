//! Judges certificates for rustls. Names are left to the application.
use crate::{
    alert::Alert,
    certificates::{Certificates, PeerRole, Trusted},
    failure::Failure,
};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use std::{
    fmt,
    sync::{Arc, Weak},
};

#[derive(Debug)]
pub(super) struct Verifier {
    /// Not for keeps: they keep what was made with this.
    certificates: Weak<Certificates>,
    /// Whose certificates a client is asked for.
    trusted: Arc<Trusted>,
    role: PeerRole,
}

impl Verifier {
    pub(super) fn new(certificates: &Arc<Certificates>, role: PeerRole) -> Self {
        let trusted = certificates.trusted.clone();
        Self { certificates: Arc::downgrade(certificates), trusted, role }
    }

    fn judge(&self, leaf: &CertificateDer<'_>, between: &[CertificateDer<'_>]) -> Result<(), Error> {
        // Whoever shakes hands has them.
        let certificates = self.certificates.upgrade();
        let certificates = certificates.ok_or_else(|| Error::General("the certificates are gone".into()))?;
        certificates.judge(leaf, Some(between), self.role).map(drop).map_err(|failure| to_rustls(&failure))
    }
}

/// rustls derives the alert from the kind of its error, the reason stays ours.
fn to_rustls(failure: &Failure) -> Error {
    Error::InvalidCertificate(match failure.to_send() {
        Some(Alert::CERTIFICATE_EXPIRED) => CertificateError::Expired,
        Some(Alert::CERTIFICATE_REVOKED) => CertificateError::Revoked,
        Some(Alert::UNKNOWN_CA) => CertificateError::UnknownIssuer,
        _ => CertificateError::Other(OtherError(Arc::new(Reason(failure.reason.clone())))),
    })
}

/// What is wrong with a certificate, for people. Of some kinds rustls keeps no more than the kind.
pub(super) fn words(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired => "the peer's certificate is out of date, or not valid yet".into(),
        CertificateError::Revoked => "the peer's certificate is revoked".into(),
        CertificateError::UnknownIssuer => {
            "the peer's certificate is of no CA that is trusted, or too far from one".into()
        }
        CertificateError::Other(OtherError(reason)) => reason.to_string(),
        other => format!("the peer's certificate cannot be used: {other}"),
    }
}

#[derive(Debug)]
struct Reason(String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Reason {}

fn algorithms() -> WebPkiSupportedAlgorithms {
    ring::default_provider().signature_verification_algorithms
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.judge(end_entity, intermediates).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.trusted.subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.judge(end_entity, intermediates).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &algorithms())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}

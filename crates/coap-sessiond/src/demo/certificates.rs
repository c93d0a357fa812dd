//! A CA for as long as the demonstration runs.
use crate::config::Credentials;
use coap_secure::certificates::{Parts, Source};
use rcgen::{BasicConstraints, CertificateParams, DnType, Error, IsCa, Issuer, KeyPair};

/// A CA.
pub(super) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.distinguished_name.push(DnType::CommonName, "coap-sessiond demo");
        let key = KeyPair::generate()?;
        Ok(Self { pem: params.self_signed(&key)?.pem(), issuer: Issuer::new(params, key) })
    }

    /// A certificate for `name`, with its key, and the CA to trust.
    pub(super) fn parts(&self, name: &str) -> Result<Parts, Error> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.issuer)?;
        let pem = |text: String| Some(Source::Pem(text.into_bytes()));
        let (chain, key, ca) = (pem(certificate.pem()), pem(key.serialize_pem()), pem(self.pem.clone()));
        Ok(Parts { chain, key, ca, roots: Vec::new() })
    }

    /// What the node `own` needs for links to the exit.
    pub(super) fn credentials(&self, own: &str) -> Result<Credentials, Error> {
        Ok(Credentials::Certificates { parts: self.parts(own)?, name: "127.0.0.1".to_owned() })
    }
}

//! A CA for links that are secured by certificates.
use coap_secure::certificates::{Parts, Source};
use rcgen::{BasicConstraints, CertificateParams, DnType, Error, IsCa, Issuer, KeyPair};

/// It has signed what the nodes of a test have.
pub(crate) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// What a node proves itself with, as PEM.
pub(crate) struct Papers {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) ca: String,
}

impl Authority {
    pub(crate) fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "the tests' CA");
        let key = KeyPair::generate()?;
        Ok(Self { pem: params.self_signed(&key)?.pem(), issuer: Issuer::new(params, key) })
    }

    /// A certificate for `name`, with its key and the CA.
    pub(crate) fn papers(&self, name: &str) -> Result<Papers, Error> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &self.issuer)?;
        Ok(Papers { certificate: certificate.pem(), key: key.serialize_pem(), ca: self.pem.clone() })
    }
}

impl From<Papers> for Parts {
    fn from(papers: Papers) -> Self {
        let pem = |text: String| Some(Source::Pem(text.into_bytes()));
        Self { chain: pem(papers.certificate), key: pem(papers.key), ca: pem(papers.ca), roots: Vec::new() }
    }
}

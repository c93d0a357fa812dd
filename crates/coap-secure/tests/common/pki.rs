//! Certificates made on the spot.
use coap_secure::{
    Certificates, Settings,
    certificates::{Parts, Policy, Source, WallClock},
    dtls::ServerCredentials,
};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The tests' today: the middle of 2026.
pub const CLOCK: WallClock = WallClock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1_782_000_000));

/// A CA.
pub struct Authority {
    pub pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key.
#[derive(Clone)]
pub struct Own {
    pub pem: String,
    pub key: String,
    pub der: Vec<u8>,
}

pub fn params(name: &str, from: i32, to: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, format!("common {name}"));
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    params
}

pub fn ca_params(name: &str, from: i32, to: i32) -> CertificateParams {
    let mut params = params(name, from, to);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages =
        vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params
}

impl Authority {
    pub fn new(name: &str) -> Self {
        Self::valid(name, 2020, 2048)
    }

    pub fn valid(name: &str, from: i32, to: i32) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = ca_params(name, from, to);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    pub fn signs(&self, params: &CertificateParams) -> Own {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Own { pem: certificate.pem(), key: key.serialize_pem(), der: certificate.der().to_vec() }
    }

    pub fn issues(&self, name: &str) -> Own {
        self.signs(&params(name, 2025, 2045))
    }

    /// A CA below this one.
    pub fn below(&self, name: &str) -> Self {
        self.below_with(&ca_params(name, 2020, 2048))
    }

    /// A CA below this one whose certificate says this.
    pub fn below_with(&self, params: &CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self { pem, issuer: Issuer::new(params.clone(), key) }
    }

    pub fn issuer(&self) -> &Issuer<'static, KeyPair> {
        &self.issuer
    }
}

pub fn self_signed(params: &CertificateParams) -> Own {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Own { pem: certificate.pem(), key: key.serialize_pem(), der: certificate.der().to_vec() }
}

pub fn for_clients_only(name: &str) -> CertificateParams {
    let mut params = params(name, 2025, 2030);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn pem(text: &str) -> Option<Source> {
    Some(Source::Pem(text.as_bytes().to_vec()))
}

pub fn parts(ca: Option<&str>, own: Option<&Own>) -> Parts {
    Parts {
        chain: own.and_then(|own| pem(&own.pem)),
        key: own.and_then(|own| pem(&own.key)),
        ca: ca.and_then(pem),
        roots: Vec::new(),
    }
}

pub fn certificates(ca: Option<&str>, own: Option<&Own>, policy: Policy) -> Arc<Certificates> {
    Arc::new(Certificates::new(&parts(ca, own), policy, CLOCK, &Settings::default()).unwrap())
}

pub fn server(certificates: &Arc<Certificates>) -> ServerCredentials {
    ServerCredentials { psk: None, certificates: Some(certificates.clone()) }
}

/// A policy that leaves the name to the application.
pub fn asking() -> Policy {
    Policy { ask: true, ..Policy::default() }
}

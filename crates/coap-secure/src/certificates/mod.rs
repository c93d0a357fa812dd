//! Certificates: our own, those that are trusted, and how a peer's is judged.

mod chain;
mod error;
mod load;
mod name;

pub(crate) use chain::Trusted;
pub use chain::{PeerCertificate, PeerChain};
pub use error::{Limit, Part, SetupError};

use crate::{
    dtls::backend,
    names::Alike,
    settings::Settings,
    tls::{ServerConfigs, ServerCredentials},
};
use rustls::pki_types::UnixTime;
use rustls::{
    SignatureAlgorithm, SignatureScheme,
    sign::{CertifiedKey, SigningKey},
};
use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

/// Where something comes from. What is in memory can be a private key: [`Debug`] does not show it.
#[derive(Clone)]
pub enum Source {
    /// A file in PEM.
    File(PathBuf),
    /// PEM in memory. A zero byte ends it.
    Pem(Vec<u8>),
    /// DER in memory: one certificate, or a key in PKCS #8, PKCS #1 or SEC 1.
    Der(Vec<u8>),
    /// All files of a directory that have certificates in PEM; for [`Parts::roots`].
    Directory(PathBuf),
    /// A URI of PKCS #11, which cannot be used.
    Pkcs11(String),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Pem(bytes) => write!(f, "Pem({} bytes)", bytes.len()),
            Self::Der(bytes) => write!(f, "Der({} bytes)", bytes.len()),
            Self::Directory(path) => f.debug_tuple("Directory").field(path).finish(),
            // It can bear a PIN.
            Self::Pkcs11(_) => f.write_str("Pkcs11"),
        }
    }
}

/// What [`Certificates`] are made of.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Our certificate, followed by those between it and its CA. A client may do without.
    pub chain: Option<Source>,
    /// The private key of our certificate.
    pub key: Option<Source>,
    /// The CA that has signed our certificate, trusted to sign those of peers; revocation lists may come
    /// with it.
    pub ca: Option<Source>,
    /// Further trusted CAs.
    pub roots: Vec<Source>,
}

/// How a peer's certificate is judged. The default asks for one, and for everything to be right with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether certificates are judged at all. A server that does not neither asks clients for one.
    pub verify_peer: bool,
    /// Whether only [`Parts::ca`] is trusted, and no self-signed certificate.
    pub common_ca: bool,
    /// Whether a self-signed certificate that nobody knows will do.
    pub allow_self_signed: bool,
    /// Whether certificates may be too old or too new.
    pub allow_expired: bool,
    /// How many certificates may be between the peer's and its CA's; `None`: as many as webpki allows, which
    /// is 6.
    pub depth: Option<u8>,
    /// Whether revocation lists are looked at, and how.
    pub revocation: Option<Revocation>,
    /// Whether weak digests in signatures will do. They cannot: see [`SetupError::WeakDigests`].
    pub allow_weak_digests: bool,
    /// Whether RSA keys of less than 2048 bits will do. They are refused all the same: [`Limit::ShortRsa`].
    pub allow_short_rsa: bool,
    /// Whether the application has the last word: [`crate::Question::Certificate`].
    pub ask: bool,
}

/// How revocation lists are looked at (RFC 5280 section 6.3). Any certificate of a chain that its CA's list names is
/// refused, and any whose CA's list is out of date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Revocation {
    /// Whether a peer's certificate whose CA has no list counts as not revoked. Those of CAs do in any case: few
    /// publish lists of them.
    pub allow_missing: bool,
    /// Whether lists may be out of date.
    pub allow_expired: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            verify_peer: true,
            common_ca: false,
            allow_self_signed: false,
            allow_expired: false,
            depth: None,
            revocation: None,
            allow_weak_digests: false,
            allow_short_rsa: false,
            ask: false,
        }
    }
}

/// Reads the time of day, by which certificates are judged.
#[derive(Clone, Copy, Debug)]
pub struct WallClock(pub fn() -> SystemTime);

impl WallClock {
    pub(crate) fn now(self) -> UnixTime {
        let since = (self.0)().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        UnixTime::since_unix_epoch(since)
    }
}

/// Which side the peer is on: certificates can be for one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerRole {
    Client,
    Server,
}

/// dimpl's configurations, when they were needed. They depend on policy and settings alone.
#[derive(Debug, Default)]
struct Backends {
    client: OnceLock<Result<Arc<backend::Config>, String>>,
    server: backend::Configs,
}

/// Credentials with certificates, checked and ready. Make one and share it: DTLS takes milliseconds to set
/// up.
#[derive(Debug)]
pub struct Certificates {
    pub(crate) own: Option<Arc<CertifiedKey>>,
    pub(crate) policy: Policy,
    pub(crate) clock: WallClock,
    pub(crate) settings: Settings,
    pub(crate) trusted: Arc<Trusted>,
    /// SHA-256 of where those come from.
    authorities: [u8; 32],
    limits: Vec<Limit>,
    dtls: Arc<Backends>,
    tls_server: OnceLock<Result<ServerConfigs, SetupError>>,
}

impl Certificates {
    /// Reads and checks everything.
    ///
    /// # Errors
    /// [`SetupError`] names what is missing, broken, or cannot be honoured.
    pub fn new(
        parts: &Parts,
        policy: Policy,
        clock: WallClock,
        settings: &Settings,
    ) -> Result<Self, SetupError> {
        check(parts, &policy)?;
        let own = load::own(parts)?.map(Arc::new);
        let trusted = Arc::new(load::trusted(parts, &policy)?);
        Ok(Self {
            limits: limits(&policy, own.as_deref(), &trusted),
            own,
            trusted,
            authorities: load::digest(parts),
            policy,
            clock,
            settings: *settings,
            dtls: Arc::default(),
            tls_server: OnceLock::new(),
        })
    }

    /// The same with other parts, for another name of the same server. What is alike is shared: those who are
    /// trusted, and what DTLS takes to set up. CAs that are named as these ones are not read again.
    ///
    /// # Errors
    /// As [`Certificates::new`].
    pub fn beside(&self, parts: &Parts) -> Result<Self, SetupError> {
        check(parts, &self.policy)?;
        let own = load::own(parts)?.map(Arc::new);
        if load::digest(parts) == self.authorities {
            return Ok(self.with(own, self.trusted.clone(), self.authorities));
        }
        let trusted = load::trusted(parts, &self.policy)?;
        let is_alike = trusted.is_alike(&self.trusted);
        let trusted = if is_alike { self.trusted.clone() } else { Arc::new(trusted) };
        Ok(self.with(own, trusted, load::digest(parts)))
    }

    /// The same, trusting the CAs of `parts`. Of those nothing else is read: certificate and key stay as they are.
    ///
    /// # Errors
    /// As [`Certificates::new`].
    pub fn trusting(&self, parts: &Parts) -> Result<Self, SetupError> {
        check(parts, &self.policy)?;
        let trusted = load::trusted(parts, &self.policy)?;
        Ok(self.with(self.own.clone(), Arc::new(trusted), load::digest(parts)))
    }

    fn with(&self, own: Option<Arc<CertifiedKey>>, trusted: Arc<Trusted>, authorities: [u8; 32]) -> Self {
        Self {
            limits: limits(&self.policy, own.as_deref(), &trusted),
            own,
            trusted,
            authorities,
            policy: self.policy.clone(),
            clock: self.clock,
            settings: self.settings,
            dtls: self.dtls.clone(),
            tls_server: OnceLock::new(),
        }
    }

    /// What was asked for and is done in a narrower way: lines for the log.
    pub fn limits(&self) -> &[Limit] {
        &self.limits
    }

    /// Whether a client of DTLS can use them; without a certificate it can, with one that has no ECDSA key
    /// not.
    ///
    /// # Errors
    /// [`SetupError`] says why not.
    pub fn check_dtls_client(&self) -> Result<(), SetupError> {
        self.dtls_client().map(drop)
    }

    /// Whether a server of DTLS can use them: it needs a certificate with an ECDSA key.
    ///
    /// # Errors
    /// [`SetupError`] says why not.
    pub fn check_dtls_server(&self) -> Result<(), SetupError> {
        self.dtls_server(self.settings.mtu).map(drop)
    }

    /// The credentials for a server of TLS.
    ///
    /// # Errors
    /// [`SetupError`]: it needs a certificate.
    pub fn tls_server(self: &Arc<Self>) -> Result<Arc<ServerCredentials>, SetupError> {
        let configs = self.tls_server.get_or_init(|| ServerConfigs::new(self)).clone()?;
        Ok(Arc::new(ServerCredentials::new(self.clone(), configs)))
    }

    pub(crate) fn dtls_client(&self) -> Result<Arc<backend::Config>, SetupError> {
        self.own.as_ref().map_or(Ok(()), |own| check_dtls_key(&*own.key))?;
        let make = || backend::certificates(false, &self.settings);
        self.dtls.client.get_or_init(make).clone().map_err(SetupError::Backend)
    }

    /// For handshakes whose datagrams have at most `mtu` bytes.
    pub(crate) fn dtls_server(&self, mtu: usize) -> Result<Arc<backend::Config>, SetupError> {
        let own = self.own.as_ref().ok_or(SetupError::NoCertificate)?;
        check_dtls_key(&*own.key)?;
        let make = |settings: &Settings| backend::certificates(self.policy.verify_peer, settings);
        self.dtls.server.get(mtu, &self.settings, make).map_err(SetupError::Backend)
    }
}

/// Alike is what has the same certificates (whose keys were found to belong to them), trusts the same and judges by
/// the same policy.
impl Alike for Certificates {
    fn is_alike(&self, other: &Self) -> bool {
        let [own, others] = [self, other].map(|of| of.own.as_ref().map(|own| &own.cert));
        own == others
            && self.trusted.is_alike(&other.trusted)
            && self.policy == other.policy
            && self.settings == other.settings
    }
}

/// dimpl signs with ECDSA alone, on two curves.
fn check_dtls_key(key: &dyn SigningKey) -> Result<(), SetupError> {
    const SCHEMES: [SignatureScheme; 2] =
        [SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ECDSA_NISTP384_SHA384];
    match key.algorithm() {
        SignatureAlgorithm::ECDSA if key.choose_scheme(&SCHEMES).is_some() => Ok(()),
        SignatureAlgorithm::RSA => Err(SetupError::KeyNotForDtls("RSA")),
        SignatureAlgorithm::ED25519 => Err(SetupError::KeyNotForDtls("Ed25519")),
        _ => Err(SetupError::KeyNotForDtls("this")),
    }
}

fn check(parts: &Parts, policy: &Policy) -> Result<(), SetupError> {
    if policy.verify_peer && policy.allow_weak_digests {
        return Err(SetupError::WeakDigests);
    }
    if policy.verify_peer && policy.common_ca && parts.ca.is_none() {
        return Err(SetupError::NoCommonCa);
    }
    Ok(())
}

fn limits(policy: &Policy, own: Option<&CertifiedKey>, trusted: &Trusted) -> Vec<Limit> {
    let mut limits = Vec::new();
    let between = own.map_or(0, |own| own.cert.len() - 1);
    if between > 0 {
        limits.push(Limit::ChainNotSentInDtls(between));
    }
    if policy.verify_peer && policy.allow_short_rsa {
        limits.push(Limit::ShortRsa);
    }
    if policy.verify_peer && trusted.is_empty() && !policy.allow_self_signed {
        limits.push(Limit::NobodyTrusted);
    }
    limits
}

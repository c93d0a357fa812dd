//! Reads certificates and keys.
use super::{Part, Parts, Policy, SetupError, Source, Trusted};
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use rustls::{InconsistentKeys, crypto::ring::sign::any_supported_type, sign::CertifiedKey};
use sha2::{Digest, Sha256};
use std::{fmt::Display, fs, path::Path, sync::Arc};
use zeroize::{Zeroize, Zeroizing};

/// Longest file that is read, in bytes: the certificates of all public CAs are some 200 KiB.
const MAX_FILE: u64 = 16 << 20;

/// Reads the CAs, and the revocation lists that come with them.
pub(super) fn trusted(parts: &Parts, policy: &Policy) -> Result<Trusted, SetupError> {
    let (mut ca, mut roots, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(source) = &parts.ca {
        ca = authorities(source, &mut lists)?;
    }
    for source in &parts.roots {
        roots.extend(match source {
            Source::Directory(path) => directory(path, &mut lists)?,
            source => authorities(source, &mut lists)?,
        });
    }
    if policy.common_ca {
        roots.clear();
    }
    Trusted::new(ca, roots, &lists)
}

/// SHA-256 of where the CAs come from.
pub(super) fn digest(parts: &Parts) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update([u8::from(parts.ca.is_some())]);
    for source in parts.ca.iter().chain(&parts.roots) {
        let (kind, bytes): (u8, &[u8]) = match source {
            Source::File(path) => (0, path.as_os_str().as_encoded_bytes()),
            Source::Directory(path) => (1, path.as_os_str().as_encoded_bytes()),
            Source::Pem(bytes) => (2, bytes),
            Source::Der(bytes) => (3, bytes),
            Source::Pkcs11(uri) => (4, uri.as_bytes()),
        };
        sha.update([kind]);
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(bytes);
    }
    sha.finalize().into()
}

/// Reads our own certificate and its key.
pub(super) fn own(parts: &Parts) -> Result<Option<CertifiedKey>, SetupError> {
    let Some(source) = &parts.chain else {
        return if parts.key.is_some() { Err(SetupError::NoCertificate) } else { Ok(None) };
    };
    let chain = certificates(source, &contents(source, Part::Certificate)?, Part::Certificate)?;
    let source = parts.key.as_ref().ok_or(SetupError::NoKey)?;
    let mut key = private_key(source, &contents(source, Part::PrivateKey)?)?;
    let usable = any_supported_type(&key);
    key.zeroize();
    let usable = usable
        .map_err(|error| SetupError::UnusableKey { from: name_of(source), reason: error.to_string() })?;
    let own = CertifiedKey::new(chain, usable);
    match own.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(Some(own)),
        Err(rustls::Error::InconsistentKeys(_)) => Err(SetupError::KeyMismatch),
        Err(error) => Err(malformed(Part::Certificate, source, error)),
    }
}

/// Certificates, and revocation lists that stand beside them.
fn authorities(
    source: &Source,
    lists: &mut Vec<CertificateRevocationListDer<'static>>,
) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let bytes = contents(source, Part::Ca)?;
    if !matches!(source, Source::Der(_)) {
        for list in CertificateRevocationListDer::pem_slice_iter(&bytes) {
            lists.push(list.map_err(|error| malformed(Part::RevocationList, source, error))?);
        }
    }
    certificates(source, &bytes, Part::Ca)
}

/// All of a directory: what is not a file with certificates is passed over.
fn directory(
    path: &Path,
    lists: &mut Vec<CertificateRevocationListDer<'static>>,
) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let entries = fs::read_dir(path).map_err(|error| SetupError::Read {
        part: Part::Ca,
        from: path.display().to_string(),
        error: Arc::new(error),
    })?;
    let found = entries
        .flatten()
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| authorities(&Source::File(entry.path()), lists).ok())
        .flatten()
        .collect();
    Ok(found)
}

fn certificates(
    source: &Source,
    bytes: &[u8],
    part: Part,
) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    if matches!(source, Source::Der(_)) {
        return Ok(vec![CertificateDer::from(bytes.to_vec())]);
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    let found = found.map_err(|error| malformed(part, source, error))?;
    if found.is_empty() { Err(SetupError::Absent { part, from: name_of(source) }) } else { Ok(found) }
}

fn private_key(source: &Source, bytes: &[u8]) -> Result<PrivateKeyDer<'static>, SetupError> {
    if matches!(source, Source::Der(_)) {
        let key =
            PrivateKeyDer::try_from(bytes).map_err(|error| malformed(Part::PrivateKey, source, error))?;
        return Ok(key.clone_key());
    }
    let is_encrypted = |line: &[u8]| {
        line.starts_with(b"-----BEGIN ENCRYPTED PRIVATE KEY") || line.starts_with(b"Proc-Type: 4,ENCRYPTED")
    };
    if bytes.split(|byte| *byte == b'\n').any(is_encrypted) {
        return Err(SetupError::EncryptedKey(name_of(source)));
    }
    PrivateKeyDer::from_pem_slice(bytes).map_err(|error| match error {
        pem::Error::NoItemsFound => SetupError::Absent { part: Part::PrivateKey, from: name_of(source) },
        error => malformed(Part::PrivateKey, source, error),
    })
}

fn contents(source: &Source, part: Part) -> Result<Zeroizing<Vec<u8>>, SetupError> {
    let fail = |error| SetupError::Read { part, from: name_of(source), error: Arc::new(error) };
    match source {
        Source::File(path) => {
            let length = fs::metadata(path).map_err(fail)?.len();
            if length > MAX_FILE {
                return Err(malformed(part, source, "the file is too long"));
            }
            fs::read(path).map(Zeroizing::new).map_err(fail)
        }
        Source::Pem(bytes) => {
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            Ok(Zeroizing::new(bytes[..end].to_vec()))
        }
        Source::Der(bytes) => Ok(Zeroizing::new(bytes.clone())),
        Source::Directory(_) => Err(malformed(part, source, "a directory is for root CAs only")),
        Source::Pkcs11(uri) => Err(SetupError::Pkcs11(uri.clone())),
    }
}

fn name_of(source: &Source) -> String {
    match source {
        Source::File(path) | Source::Directory(path) => path.display().to_string(),
        Source::Pem(_) => "the PEM buffer".into(),
        Source::Der(_) => "the DER buffer".into(),
        Source::Pkcs11(uri) => uri.clone(),
    }
}

fn malformed(part: Part, source: &Source, reason: impl Display) -> SetupError {
    SetupError::Malformed { part, from: name_of(source), reason: reason.to_string() }
}

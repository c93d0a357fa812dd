//! Certificates, from C's structures.
use super::{CLOCK, Refusal, hook::Hook};
use crate::{raw, types::*};
use coap_secure::{
    Certificates, Settings,
    certificates::{Parts, Policy, Revocation, Source},
};
use std::{
    ffi::{CStr, OsStr, c_char},
    os::unix::ffi::OsStrExt,
    sync::Arc,
};
use zeroize::Zeroize;

/// What a program has set about certificates.
pub(super) struct Wanted {
    parts: Own,
    policy: Policy,
    /// What a client calls the server.
    pub(super) name: Option<String>,
    pub(super) on_certificate: Hook<coap_dtls_cn_callback_t>,
    pub(super) on_name: Hook<coap_dtls_pki_sni_callback_t>,
}

/// Our own certificate and its key, wiped when dropped.
pub(super) struct Own(Parts);

impl Own {
    /// Whatever is in memory: a key may stand in one text with its certificate.
    pub(super) fn wipe(&mut self) {
        for source in [&mut self.0.key, &mut self.0.chain, &mut self.0.ca].into_iter().flatten() {
            if let Source::Pem(bytes) | Source::Der(bytes) = source {
                bytes.zeroize();
            }
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl Wanted {
    /// # Safety
    /// What `setup` points to is readable.
    pub(super) unsafe fn read(setup: &coap_dtls_pki_t) -> Result<Self, Refusal> {
        if setup.version != COAP_DTLS_PKI_SETUP_VERSION {
            return Err(Refusal::Version(setup.version));
        }
        if setup.is_rpk_not_cert != 0 {
            return Err(Refusal::RawPublicKeys);
        }
        if setup.additional_tls_setup_call_back.is_some() {
            return Err(Refusal::AdditionalSetup);
        }
        let on_certificate = Hook::new(setup.validate_cn_call_back, setup.cn_call_back_arg);
        // SAFETY: as the caller promises.
        let (parts, name) = unsafe { (Own::read(&setup.pki_key)?, raw::text(setup.client_sni)) };
        Ok(Self {
            parts,
            policy: policy(setup, on_certificate.function.is_some()),
            name: name.and_then(|name| name.to_str().ok()).filter(|name| !name.is_empty()).map(str::to_owned),
            on_certificate,
            on_name: Hook::new(setup.validate_sni_call_back, setup.sni_call_back_arg),
        })
    }

    /// A client that has set nothing: no certificate of its own, and what libcoap checks then.
    pub(super) fn nothing() -> Self {
        Self {
            parts: Own(Parts::default()),
            policy: Policy {
                allow_self_signed: true,
                allow_expired: true,
                depth: Some(2),
                revocation: Some(Revocation { allow_missing: true, allow_expired: true }),
                ..Policy::default()
            },
            name: None,
            on_certificate: Hook::default(),
            on_name: Hook::default(),
        }
    }

    /// The credentials, with further CAs that are trusted.
    pub(super) fn make(&self, roots: &[Source]) -> Result<Arc<Certificates>, Refusal> {
        let parts = self.parts.with_roots(roots);
        Ok(Arc::new(Certificates::new(&parts.0, self.policy.clone(), CLOCK, &Settings::default())?))
    }

    /// The same credentials, `usual`, with these CAs. Certificate and key are not read again.
    pub(super) fn trusting(
        &self,
        usual: &Certificates,
        roots: &[Source],
    ) -> Result<Arc<Certificates>, Refusal> {
        Ok(Arc::new(usual.trusting(&self.parts.with_roots(roots).0)?))
    }
}

impl Own {
    /// The credentials with these parts, beside the usual ones.
    pub(super) fn make(&self, roots: &[Source], usual: &Certificates) -> Result<Arc<Certificates>, Refusal> {
        Ok(Arc::new(usual.beside(&self.with_roots(roots).0)?))
    }

    fn with_roots(&self, roots: &[Source]) -> Self {
        Self(Parts { roots: roots.to_vec(), ..self.0.clone() })
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> &Parts {
        &self.0
    }

    /// # Safety
    /// The member of the union that `key_type` names is set, and what it points to is readable.
    pub(super) unsafe fn read(key: &coap_dtls_key_t) -> Result<Self, Refusal> {
        let [ca, chain, key] = match key.key_type {
            COAP_PKI_KEY_PEM => {
                // SAFETY: as the caller promises.
                let pem = unsafe { key.key.pem };
                // SAFETY: as the caller promises.
                [pem.ca_file, pem.public_cert, pem.private_key].map(|name| unsafe { file(name) })
            }
            COAP_PKI_KEY_PEM_BUF => {
                // SAFETY: as the caller promises.
                let pem = unsafe { key.key.pem_buf };
                let ca = (pem.ca_cert, pem.ca_cert_len);
                let (chain, key) =
                    ((pem.public_cert, pem.public_cert_len), (pem.private_key, pem.private_key_len));
                // SAFETY: as the caller promises.
                [ca, chain, key].map(|(data, length)| unsafe { memory(data, length) }.map(Source::Pem))
            }
            COAP_PKI_KEY_ASN1 => {
                // SAFETY: as the caller promises.
                let der = unsafe { key.key.asn1 };
                let ca = (der.ca_cert, der.ca_cert_len);
                let (chain, key) =
                    ((der.public_cert, der.public_cert_len), (der.private_key, der.private_key_len));
                // SAFETY: as the caller promises.
                [ca, chain, key].map(|(data, length)| unsafe { memory(data, length) }.map(Source::Der))
            }
            COAP_PKI_KEY_PKCS11 => {
                // SAFETY: as the caller promises.
                let token = unsafe { key.key.pkcs11 };
                // SAFETY: as the caller promises.
                [token.ca, token.public_cert, token.private_key].map(|uri| unsafe { pkcs11(uri) })
            }
            other => return Err(Refusal::KeyType(other)),
        };
        Ok(Self(Parts { ca, chain, key, roots: Vec::new() }))
    }
}

/// A file with trusted CAs, and a directory of such files, of which one may be null or empty.
///
/// # Safety
/// Each is null or a C string.
pub(super) unsafe fn root_cas(file: *const c_char, directory: *const c_char) -> Result<Vec<Source>, Refusal> {
    // SAFETY: as the caller promises.
    let (file, directory) = unsafe { (self::file(file), path(directory)) };
    let directory = directory.map(|path| Source::Directory(OsStr::from_bytes(path.to_bytes()).into()));
    let found: Vec<_> = file.into_iter().chain(directory).collect();
    if found.is_empty() { Err(Refusal::NoRootCas) } else { Ok(found) }
}

/// Without `verify_peer_cert` all other checks are off.
pub(super) fn policy(setup: &coap_dtls_pki_t, ask: bool) -> Policy {
    if setup.verify_peer_cert == 0 {
        return Policy { verify_peer: false, ask, ..Policy::default() };
    }
    Policy {
        verify_peer: true,
        common_ca: setup.check_common_ca != 0,
        allow_self_signed: setup.allow_self_signed != 0,
        allow_expired: setup.allow_expired_certs != 0,
        depth: (setup.cert_chain_validation != 0).then_some(setup.cert_chain_verify_depth),
        revocation: (setup.check_cert_revocation != 0).then_some(Revocation {
            allow_missing: setup.allow_no_crl != 0,
            allow_expired: setup.allow_expired_crl != 0,
        }),
        allow_weak_digests: setup.allow_bad_md_hash != 0,
        allow_short_rsa: setup.allow_short_rsa_length != 0,
        ask,
    }
}

/// # Safety
/// `name` is null or a C string.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a CStr> {
    // SAFETY: as the caller promises.
    unsafe { raw::text(name) }.filter(|name| !name.is_empty())
}

/// # Safety
/// `name` is null or a C string.
unsafe fn file(name: *const c_char) -> Option<Source> {
    // SAFETY: as the caller promises.
    unsafe { path(name) }.map(|name| Source::File(OsStr::from_bytes(name.to_bytes()).into()))
}

/// # Safety
/// `uri` is null or a C string.
unsafe fn pkcs11(uri: *const c_char) -> Option<Source> {
    // SAFETY: as the caller promises.
    unsafe { path(uri) }.map(|uri| Source::Pkcs11(uri.to_string_lossy().into_owned()))
}

/// # Safety
/// `data` is null or readable for `length` bytes.
unsafe fn memory(data: *const u8, length: usize) -> Option<Vec<u8>> {
    // SAFETY: as the caller promises.
    let bytes = unsafe { raw::bytes(data, length) };
    (!bytes.is_empty()).then(|| bytes.to_vec())
}

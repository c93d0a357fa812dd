//! What a context's servers are secured with.
use super::{
    CLOCK, Refusal,
    hook::Hook,
    pki::{self, Wanted},
    psk::ServerKeys,
};
use crate::{context::Context, home::on_context, log, raw, types::*};
use coap_proto::wire::Protocol;
use coap_secure::{
    Alike, Certificates, Names, PskServer, Settings,
    certificates::{Parts, Policy, SetupError, Source},
    dtls::ServerCredentials,
};
use std::{
    ffi::{c_char, c_int},
    sync::Arc,
};

/// Keys, certificates and functions that a program has set in a context.
#[derive(Default)]
pub(crate) struct Security {
    psk: Option<PskSide>,
    pki: Option<PkiSide>,
    roots: Vec<Source>,
    /// Counts up when something is set.
    settings: u64,
}

struct PskSide {
    keys: ServerKeys,
    /// By the names that clients have asked for.
    names: Names<PskServer>,
}

struct PkiSide {
    wanted: Arc<Wanted>,
    certificates: Arc<Certificates>,
    /// By the names that clients have asked for.
    names: Names<Certificates>,
}

impl Security {
    /// The CAs that are trusted besides those that come with a key.
    pub(super) fn roots(&self) -> Vec<Source> {
        self.roots.clone()
    }

    /// Asked about the identities of clients.
    pub(super) fn on_identity(&self) -> Hook<coap_dtls_id_callback_t> {
        self.psk.as_ref().map(|psk| psk.keys.on_identity).unwrap_or_default()
    }

    /// Asked about the certificates of clients.
    pub(super) fn on_certificate(&self) -> Hook<coap_dtls_cn_callback_t> {
        self.pki.as_ref().map(|pki| pki.wanted.on_certificate).unwrap_or_default()
    }

    /// Asked about the names that clients call the server by: for its keys, for its certificates.
    pub(super) fn on_names(
        &self,
    ) -> (Hook<coap_dtls_psk_sni_callback_t>, Hook<coap_dtls_pki_sni_callback_t>) {
        let psk = self.psk.as_ref().map(|psk| psk.keys.on_name).unwrap_or_default();
        (psk, self.pki.as_ref().map(|pki| pki.wanted.on_name).unwrap_or_default())
    }

    /// Which settings these are.
    pub(super) fn settings(&self) -> u64 {
        self.settings
    }

    /// What clients are served with who name no server, or where names lead to nothing else.
    pub(super) fn usual(&self) -> ServerCredentials {
        ServerCredentials {
            psk: self.psk.as_ref().and_then(|psk| psk.keys.credentials.clone()),
            certificates: self.pki.as_ref().map(|pki| pki.certificates.clone()),
        }
    }

    /// What was found out about a name before.
    pub(super) fn known(&self, name: &str) -> ServerCredentials {
        ServerCredentials {
            psk: self.psk.as_ref().and_then(|psk| psk.names.get(name)),
            certificates: self.pki.as_ref().and_then(|pki| pki.names.get(name)),
        }
    }

    /// Remembers what was found out about a name, under settings that are still those, for a client that is proven.
    /// Returns what to use.
    pub(super) fn learn(
        &mut self,
        settings: u64,
        name: &str,
        is_proven: bool,
        found: ServerCredentials,
    ) -> ServerCredentials {
        if settings != self.settings {
            return found;
        }
        let ServerCredentials { psk, certificates } = found;
        ServerCredentials {
            psk: psk.map(|found| match &mut self.psk {
                Some(psk) => keep(&mut psk.names, name, is_proven, found),
                None => found,
            }),
            certificates: certificates.map(|found| match &mut self.pki {
                Some(pki) => keep(&mut pki.names, name, is_proven, found),
                None => found,
            }),
        }
    }
}

fn keep<T: Alike>(names: &mut Names<T>, name: &str, is_proven: bool, found: Arc<T>) -> Arc<T> {
    if is_proven { names.learn(name, found) } else { names.shared(found) }
}

impl Context {
    fn follow_security(&mut self) {
        self.security.settings += 1;
        let (psk, pki) = self.security.on_names();
        let asks = psk.function.is_some() || pki.function.is_some();
        self.node.set_server_credentials(self.security.usual());
        self.node.ask_about_names(asks);
    }
}

/// Sets the pre-shared keys of servers. `None`: refused, and logged.
///
/// # Safety
/// `setup` is null or points to a structure of which everything that it points to is readable.
pub(crate) unsafe fn set_pre_shared_keys(
    function: &str,
    context: *mut coap_context_t,
    setup: *const coap_dtls_spsk_t,
) -> Option<c_int> {
    // SAFETY: as the caller promises.
    let keys = unsafe { raw::read(setup).ok_or(Refusal::NoSetup).and_then(|setup| ServerKeys::read(&setup)) };
    let keys = accepted(function, keys)?;
    on_context(function, context, |context| {
        context.security.psk = Some(PskSide { keys, names: Names::default() });
        context.follow_security();
        Some(1)
    })
}

/// Sets the certificates of servers. `None`: refused, and logged.
///
/// # Safety
/// As for [`set_pre_shared_keys`].
pub(crate) unsafe fn set_certificates(
    function: &str,
    context: *mut coap_context_t,
    setup: *const coap_dtls_pki_t,
) -> Option<c_int> {
    // SAFETY: as the caller promises.
    let wanted = unsafe { raw::read(setup).ok_or(Refusal::NoSetup).and_then(|setup| Wanted::read(&setup)) };
    let wanted = Arc::new(accepted(function, wanted)?);
    loop {
        let (settings, roots) = on_context(function, context, |context| {
            Some((context.security.settings(), context.security.roots()))
        })?;
        let certificates = accepted(function, usable(function, wanted.make(&roots)))?;
        let pki = Some(PkiSide { wanted: wanted.clone(), certificates, names: Names::default() });
        if put(function, context, settings, pki, roots)? {
            return Some(1);
        }
    }
}

/// Stores what was made with the lock open, for settings that are still those; else it has to be made again.
fn put(
    function: &str,
    context: *mut coap_context_t,
    settings: u64,
    pki: Option<PkiSide>,
    roots: Vec<Source>,
) -> Option<bool> {
    on_context(function, context, |context| {
        let is_current = context.security.settings == settings;
        if is_current {
            (context.security.pki, context.security.roots) = (pki, roots);
            context.follow_security();
        }
        Some(is_current)
    })
}

/// Trusts further CAs: a file of them, a directory of files, or both. `None`: refused, and logged.
///
/// # Safety
/// Both are null or C strings.
pub(crate) unsafe fn add_root_cas(
    function: &str,
    context: *mut coap_context_t,
    file: *const c_char,
    directory: *const c_char,
) -> Option<c_int> {
    // SAFETY: as the caller promises.
    let found = accepted(function, unsafe { pki::root_cas(file, directory) })?;
    trust(function, context, found)
}

/// Trusts the CAs that the system trusts. `None`: refused, and logged.
pub(crate) fn trust_system(function: &str, context: *mut coap_context_t) -> Option<c_int> {
    let found = openssl_probe::probe();
    let file = found.cert_file.map(Source::File);
    let found = file.or_else(|| found.cert_dir.into_iter().next().map(Source::Directory));
    let found = accepted(function, found.ok_or(Refusal::NoTrustStore))?;
    trust(function, context, vec![found])
}

fn trust(function: &str, context: *mut coap_context_t, found: Vec<Source>) -> Option<c_int> {
    let parts = Parts { roots: found.clone(), ..Parts::default() };
    let readable = Certificates::new(&parts, Policy::default(), CLOCK, &Settings::default());
    accepted(function, readable.map_err(Refusal::from))?;
    loop {
        let (settings, pki, mut roots) = on_context(function, context, |context| {
            let security = &context.security;
            let pki = security.pki.as_ref().map(|pki| (pki.wanted.clone(), pki.certificates.clone()));
            Some((security.settings(), pki, security.roots()))
        })?;
        roots.extend_from_slice(&found);
        let pki = match pki {
            Some((wanted, usual)) => {
                let certificates = accepted(function, usable(function, wanted.trusting(&usual, &roots)))?;
                Some(PkiSide { wanted, certificates, names: Names::default() })
            }
            None => None,
        };
        if put(function, context, settings, pki, roots)? {
            return Some(1);
        }
    }
}

/// Whether a context has what it takes to listen with this protocol. `None`: no, and logged.
pub(crate) fn may_listen(function: &str, context: *const coap_context_t, protocol: Protocol) -> Option<()> {
    let is_dtls = match protocol {
        Protocol::Dtls => true,
        Protocol::Tls | Protocol::Wss => false,
        _ => return Some(()),
    };
    let (psk, certificates) = on_context(function, context, |context| {
        let security = &context.security;
        Some((security.psk.is_some(), security.pki.as_ref().map(|pki| pki.certificates.clone())))
    })?;
    let verdict = match certificates {
        Some(certificates) if is_dtls && !psk => certificates.check_dtls_server().map_err(Refusal::from),
        Some(_) => Ok(()),
        None if psk && is_dtls => Ok(()),
        None if psk => Err(Refusal::PskOverTls),
        None => Err(Refusal::NoCredentials),
    };
    accepted(function, verdict)
}

/// A server has to have a certificate. One that is good for TLS alone is said so.
pub(super) fn usable(
    function: &str,
    made: Result<Arc<Certificates>, Refusal>,
) -> Result<Arc<Certificates>, Refusal> {
    let certificates = made?;
    certificates.tls_server()?;
    if let Err(error @ SetupError::KeyNotForDtls(_)) = certificates.check_dtls_server() {
        log::log(COAP_LOG_WARN, format_args!("{function}: {error}"));
    }
    super::log_limits(function, &certificates);
    Ok(certificates)
}

/// What was made; else a line in the log. Not under a lock.
pub(crate) fn accepted<R>(function: &str, made: Result<R, Refusal>) -> Option<R> {
    made.inspect_err(|refusal| log::log(COAP_LOG_WARN, format_args!("{function}: {refusal}"))).ok()
}

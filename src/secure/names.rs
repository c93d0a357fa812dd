//! Who the server is for a client that calls it by a name (RFC 6066 section 3).
use super::{
    Refusal,
    hook::Hook,
    pki::Own,
    psk,
    server::{self, accepted},
};
use crate::{context::Context, home::Home, keys::Key, types::*};
use coap_secure::{Certificates, PskServer, certificates::Source, dtls::ServerCredentials};
use std::{ptr, sync::Arc};

/// For log lines.
const FUNCTION: &str = "validate_sni_call_back";

/// What there is to choose from, taken out of the context, so that the program can be asked with the lock open.
pub(super) struct Naming {
    /// Of the settings that this is of.
    settings: u64,
    usual: ServerCredentials,
    on_psk_name: Hook<coap_dtls_psk_sni_callback_t>,
    on_identity: Hook<coap_dtls_id_callback_t>,
    on_pki_name: Hook<coap_dtls_pki_sni_callback_t>,
    roots: Vec<Source>,
}

impl Naming {
    pub(super) fn of(context: &Context) -> Self {
        let security = &context.security;
        let (on_psk_name, on_pki_name) = security.on_names();
        Self {
            settings: security.settings(),
            usual: security.usual(),
            on_psk_name,
            on_identity: security.on_identity(),
            on_pki_name,
            roots: security.roots(),
        }
    }

    /// Who the server is, for a client that could be served with a pre-shared key, a certificate, or either. The
    /// program is asked, unless it was before. What it says is remembered for a client that has shown where it is
    /// (`is_proven`): others could fill the memory with names. `None`: nobody. Not under the lock.
    pub(super) fn choose(
        self,
        home: Home,
        name: &str,
        is_proven: bool,
        wants_psk: bool,
        wants_certificates: bool,
    ) -> Option<ServerCredentials> {
        let known = home.enter(|context| context.security.known(name))?;
        let psk = match (wants_psk, self.on_psk_name.function) {
            (false, _) => None,
            (true, None) => self.usual.psk.clone(),
            (true, Some(_)) => known.psk.or_else(|| accepted(FUNCTION, self.ask_for_keys(name)?)),
        };
        let certificates = match (wants_certificates, self.on_pki_name.function) {
            (false, _) => None,
            (true, None) => self.usual.certificates.clone(),
            (true, Some(_)) => {
                known.certificates.or_else(|| accepted(FUNCTION, self.ask_for_certificates(name)?))
            }
        };
        let chosen = ServerCredentials { psk, certificates };
        let chosen = home.enter(|context| context.security.learn(self.settings, name, is_proven, chosen))?;
        (chosen.psk.is_some() || chosen.certificates.is_some()).then_some(chosen)
    }

    fn ask_for_keys(&self, name: &str) -> Option<Result<Arc<PskServer>, Refusal>> {
        // There is no session before there is a key.
        let session = Key::of(ptr::null::<coap_session_t>());
        let (hint, key) = self.on_psk_name.keys_of(name, session)?;
        Some(psk::server(hint, key, self.on_identity))
    }

    fn ask_for_certificates(&self, name: &str) -> Option<Result<Arc<Certificates>, Refusal>> {
        let usual = self.usual.certificates.as_ref()?;
        let key = self.on_pki_name.certificate_of(name)?;
        // SAFETY: the program says that what it returned can be read.
        let own = unsafe { Own::read(&key) };
        Some(own.and_then(|own| server::usable(FUNCTION, own.make(&self.roots, usual))))
    }
}

//! Pre-shared keys, from C's structures.
use super::{Refusal, hook::Hook};
use crate::{raw, types::*};
use coap_secure::{Keys, PskClient, PskServer, Secret, Settings};
use std::sync::Arc;

/// What a client of pre-shared keys has set.
pub(super) struct ClientKeys {
    pub(super) credentials: Arc<PskClient>,
    pub(super) on_hint: Hook<coap_dtls_ih_callback_t>,
    /// Whether the client wants to name the server.
    pub(super) has_name: bool,
}

/// What a server of pre-shared keys has set.
pub(super) struct ServerKeys {
    /// What is said and expected where no name says otherwise; `None`: only names lead to keys.
    pub(super) credentials: Option<Arc<PskServer>>,
    pub(super) on_identity: Hook<coap_dtls_id_callback_t>,
    pub(super) on_name: Hook<coap_dtls_psk_sni_callback_t>,
}

impl ClientKeys {
    /// # Safety
    /// What `setup` points to is readable.
    pub(super) unsafe fn read(setup: &coap_dtls_cpsk_t) -> Result<Self, Refusal> {
        let (identity, key) = (setup.psk_info.identity, setup.psk_info.key);
        if identity.s.is_null() {
            return Err(Refusal::NoIdentity);
        }
        // SAFETY: as the caller promises.
        let (identity, key) = unsafe { (bytes(identity), secret(key).ok_or(Refusal::NoKey)?) };
        let on_hint = Hook::new(setup.validate_ih_call_back, setup.ih_call_back_arg);
        // Also without a function: `coap_session_get_psk_hint` shows it.
        let credentials = PskClient::new(identity, key, &Settings::default())?.ask_about_hints(true);
        // SAFETY: as the caller promises.
        let has_name = unsafe { raw::text(setup.client_sni) }.is_some_and(|name| !name.is_empty());
        Ok(Self { credentials: Arc::new(credentials), on_hint, has_name })
    }
}

impl ServerKeys {
    /// # Safety
    /// What `setup` points to is readable.
    pub(super) unsafe fn read(setup: &coap_dtls_spsk_t) -> Result<Self, Refusal> {
        let on_identity = Hook::new(setup.validate_id_call_back, setup.id_call_back_arg);
        let on_name = Hook::new(setup.validate_sni_call_back, setup.sni_call_back_arg);
        // SAFETY: as the caller promises.
        let (hint, key) = unsafe { (bytes(setup.psk_info.hint), secret(setup.psk_info.key)) };
        let credentials = match server(hint, key, on_identity) {
            Err(Refusal::NoKey) if on_name.function.is_some() => None,
            made => Some(made?),
        };
        Ok(Self { credentials, on_identity, on_name })
    }
}

/// A server that gives `hint` and takes clients that have `key`, or whose key the program knows.
pub(super) fn server(
    hint: Vec<u8>,
    key: Option<Secret>,
    on_identity: Hook<coap_dtls_id_callback_t>,
) -> Result<Arc<PskServer>, Refusal> {
    let keys = match (on_identity.function, &key) {
        (Some(_), _) => Keys::Ask,
        (None, Some(key)) => Keys::Same(key.clone()),
        (None, None) => return Err(Refusal::NoKey),
    };
    let made = PskServer::new(Some(hint), keys, &Settings::default())?;
    Ok(Arc::new(made.with_usual_key(key)))
}

/// A copy of the bytes of a binary.
///
/// # Safety
/// They are readable, unless null.
pub(super) unsafe fn bytes(binary: coap_bin_const_t) -> Vec<u8> {
    // SAFETY: as the caller promises.
    unsafe { raw::bytes(binary.s, binary.length) }.to_vec()
}

/// A copy of a key; `None` if there is not a byte of it.
///
/// # Safety
/// As for [`bytes`].
pub(super) unsafe fn secret(key: coap_bin_const_t) -> Option<Secret> {
    // SAFETY: as the caller promises.
    let key = unsafe { raw::bytes(key.s, key.length) };
    (!key.is_empty()).then(|| Secret::from(key))
}

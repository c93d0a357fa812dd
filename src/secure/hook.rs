//! The program's functions that a handshake asks. Each call copies what the function returns before anything else
//! happens, and is made with no lock held.
use super::{CopiedBinary, psk};
use crate::{cell::upcall, keys::Key, raw, types::*, user_data::UserData};
use coap_secure::{Secret, certificates::PeerCertificate};
use std::ffi::{CString, c_void};

/// A function of the program's, if it has set one, and what it is to be handed.
#[derive(Clone, Copy, Default)]
pub(crate) struct Hook<F> {
    pub(crate) function: F,
    data: UserData,
}

impl<F> Hook<F> {
    pub(crate) fn new(function: F, data: *mut c_void) -> Self {
        Self { function, data: UserData(data) }
    }
}

impl Hook<coap_dtls_id_callback_t> {
    /// The key of a client that says to be `identity`; `None` if the program knows none.
    pub(crate) fn key_of(&self, identity: &[u8], session: Key) -> Option<Secret> {
        let (function, identity) = (self.function?, CopiedBinary::new(identity));
        // SAFETY: the program registered this function for such calls; the identity is its until the call ends.
        let key = upcall(|| unsafe { function(identity.pointer(), session.pointer(), self.data.0) });
        // SAFETY: null, or what the program says to be a key.
        unsafe { psk::secret(raw::read(key)?) }
    }
}

impl Hook<coap_dtls_ih_callback_t> {
    /// The identity and the key for a server that gives `hint`; `None` if the program does not want it.
    pub(crate) fn identity_for(&self, hint: &[u8], session: Key) -> Option<(Vec<u8>, Secret)> {
        let (function, hint) = (self.function?, CopiedBinary::new(hint));
        // SAFETY: the program registered this function for such calls; the hint, which is laid out as a string too, is
        // its until the call ends.
        let info = upcall(|| unsafe { function(hint.pointer().cast(), session.pointer(), self.data.0) });
        // SAFETY: null, or what the program says to be an identity and a key.
        unsafe {
            let info = raw::read(info)?;
            Some((psk::bytes(info.identity), psk::secret(info.key)?))
        }
    }
}

impl Hook<coap_dtls_psk_sni_callback_t> {
    /// The hint and the key for the server that a client calls `name`; `None` if there is none.
    pub(crate) fn keys_of(&self, name: &str, session: Key) -> Option<(Vec<u8>, Option<Secret>)> {
        let (function, name) = (self.function?, CString::new(name).ok()?);
        // SAFETY: the program registered this function for such calls; the name is its until the call ends.
        let info = upcall(|| unsafe { function(name.as_ptr(), session.pointer(), self.data.0) });
        // SAFETY: null, or what the program says to be a hint and a key.
        unsafe {
            let info = raw::read(info)?;
            Some((psk::bytes(info.hint), psk::secret(info.key)))
        }
    }
}

impl Hook<coap_dtls_pki_sni_callback_t> {
    /// The certificate and key for the server that a client calls `name`; `None` if there is none. It is to be read
    /// before anything else is called.
    pub(crate) fn certificate_of(&self, name: &str) -> Option<coap_dtls_key_t> {
        let (function, name) = (self.function?, CString::new(name).ok()?);
        // SAFETY: the program registered this function for such calls; the name is its until the call ends.
        let key = upcall(|| unsafe { function(name.as_ptr(), self.data.0) });
        // SAFETY: null, or what the program says to be a key.
        unsafe { raw::read(key) }
    }
}

impl Hook<coap_dtls_cn_callback_t> {
    /// Whether a certificate will do. Its name is empty if it has none. If there was a function when the handshake
    /// began, and there is none any more, nobody can say yes.
    pub(crate) fn accepts(&self, certificate: &PeerCertificate, session: Key) -> bool {
        let Some(function) = self.function else { return false };
        let name = certificate.name.as_deref().unwrap_or_default();
        let Ok(name) = CString::new(name) else { return false };
        let (der, depth) = (&certificate.der, u32::from(certificate.depth));
        let validated = certificate.validated.into();
        // SAFETY: the program registered this function for such calls; name and certificate are its until the call
        // ends.
        let answer = upcall(|| unsafe {
            function(name.as_ptr(), der.as_ptr(), der.len(), session.pointer(), depth, validated, self.data.0)
        });
        answer != 0
    }
}

//! Pre-shared keys (RFC 4279).
use crate::{dtls::backend, names::Alike, secret::Secret, settings::Settings};
use std::{collections::HashMap, sync::Arc};
use thiserror::Error;

/// The longest identity and the longest hint, in bytes. RFC 4279 section 5.3 asks for 128.
pub const MAX_IDENTITY: usize = 1024;
/// The longest key, in bytes. RFC 4279 section 5.3 asks for 64.
pub const MAX_KEY: usize = 512;

/// Why pre-shared keys were not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PskError {
    /// A key without bytes is none.
    #[error("the key is empty")]
    EmptyKey,
    /// The key is longer than [`MAX_KEY`].
    #[error("a key of {0} bytes is too long")]
    LongKey(usize),
    /// The identity is longer than [`MAX_IDENTITY`].
    #[error("an identity of {0} bytes is too long")]
    LongIdentity(usize),
    /// The hint is longer than [`MAX_IDENTITY`].
    #[error("a hint of {0} bytes is too long")]
    LongHint(usize),
    /// DTLS does not work with these settings.
    #[error("DTLS cannot be set up: {0}")]
    Backend(String),
}

/// What a client proves itself with. Cheap to share: one for many channels.
#[derive(Clone, Debug)]
pub struct PskClient {
    pub(crate) identity: Vec<u8>,
    pub(crate) key: Secret,
    pub(crate) asks: bool,
    pub(crate) settings: Settings,
    pub(crate) config: Arc<backend::Config>,
}

impl PskClient {
    /// A client that says to be `identity` and has `key`.
    ///
    /// # Errors
    /// [`PskError`]: a length out of bounds, or settings that DTLS cannot work with.
    pub fn new(identity: Vec<u8>, key: Secret, settings: &Settings) -> Result<Self, PskError> {
        check_key(&key)?;
        if identity.len() > MAX_IDENTITY {
            return Err(PskError::LongIdentity(identity.len()));
        }
        let config = backend::psk_client(identity.clone(), settings).map_err(PskError::Backend)?;
        Ok(Self { identity, key, asks: false, settings: *settings, config })
    }

    /// Whether a hint of the server becomes a question ([`crate::Question::Hint`]). Without it, hints are
    /// ignored.
    #[must_use]
    pub fn ask_about_hints(mut self, asks: bool) -> Self {
        self.asks = asks;
        self
    }

    /// The identity.
    pub fn identity(&self) -> &[u8] {
        &self.identity
    }

    /// The key.
    pub fn key(&self) -> &Secret {
        &self.key
    }
}

/// Which key belongs to an identity.
#[derive(Clone, Debug)]
pub enum Keys {
    /// This one, whoever it is.
    Same(Secret),
    /// The one of the table; who is not in it is unknown.
    Table(HashMap<Vec<u8>, Secret>),
    /// The application knows: [`crate::Question::Identity`].
    Ask,
}

/// What a server takes clients with. Cheap to share: one for many channels.
#[derive(Clone, Debug)]
pub struct PskServer {
    pub(crate) hint: Option<Vec<u8>>,
    pub(crate) keys: Keys,
    pub(crate) usual_key: Option<Secret>,
    settings: Settings,
    configs: Arc<backend::Configs>,
}

impl PskServer {
    /// A server that gives `hint`, unless it is empty, and finds keys as `keys` says.
    ///
    /// # Errors
    /// [`PskError`]: a length out of bounds, or settings that DTLS cannot work with.
    pub fn new(hint: Option<Vec<u8>>, keys: Keys, settings: &Settings) -> Result<Self, PskError> {
        let hint = hint.filter(|hint| !hint.is_empty());
        if let Some(hint) = hint.as_ref().filter(|hint| hint.len() > MAX_IDENTITY) {
            return Err(PskError::LongHint(hint.len()));
        }
        match &keys {
            Keys::Same(key) => check_key(key)?,
            Keys::Table(table) => table.values().try_for_each(check_key)?,
            Keys::Ask => {}
        }
        let made = Self { hint, keys, usual_key: None, settings: *settings, configs: Arc::default() };
        made.config(settings.mtu).map_err(PskError::Backend)?;
        Ok(made)
    }

    /// For handshakes whose datagrams have at most `mtu` bytes.
    pub(crate) fn config(&self, mtu: usize) -> Result<Arc<backend::Config>, String> {
        self.configs.get(mtu, &self.settings, |settings| backend::psk_server(self.hint.clone(), settings))
    }

    /// The key that an application which is asked ([`Keys::Ask`]) may fall back on: kept for it, not used.
    #[must_use]
    pub fn with_usual_key(mut self, key: Option<Secret>) -> Self {
        self.usual_key = key;
        self
    }

    /// The hint that clients see.
    pub fn hint(&self) -> Option<&[u8]> {
        self.hint.as_deref()
    }
}

impl Alike for PskServer {
    fn is_alike(&self, other: &Self) -> bool {
        let same_keys = match (&self.keys, &other.keys) {
            (Keys::Ask, Keys::Ask) => true,
            (Keys::Same(one), Keys::Same(other)) => one.as_bytes() == other.as_bytes(),
            _ => false,
        };
        let [usual, others] = [self, other].map(|of| of.usual_key.as_ref().map(Secret::as_bytes));
        same_keys && self.hint == other.hint && usual == others && self.settings == other.settings
    }
}

/// Whether `key` can be used.
pub(crate) fn check_key(key: &Secret) -> Result<(), PskError> {
    match key.as_bytes().len() {
        0 => Err(PskError::EmptyKey),
        length if length > MAX_KEY => Err(PskError::LongKey(length)),
        _ => Ok(()),
    }
}

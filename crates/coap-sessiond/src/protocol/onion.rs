//! Layers, each readable for one node of the path only.
use crate::model::PeerId;
use thiserror::Error;

/// The keys that layers are encrypted with (HPKE, `docs/session-protocol.md`).
pub trait Keyring {
    /// Encrypts a layer for a node.
    ///
    /// # Errors
    /// If its key is not valid.
    fn seal(&mut self, to: &PeerId, layer: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Decrypts a layer for this node; `None`: it is for somebody else, or somebody has changed it.
    fn open(&mut self, sealed: &[u8]) -> Option<Vec<u8>>;
}

/// A key that nothing can be encrypted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the key is not valid")]
pub struct SealError;

//! Peer IDs.
use ed25519_dalek::VerifyingKey;
use std::{fmt, str::FromStr};
use thiserror::Error;

/// A node's Ed25519 public key, by which it is called.
///
/// As text it is what libp2p and HOPR write: base58btc over a multihash (identity, 36 bytes) of a protobuf message
/// (key type 1: Ed25519; 32 bytes). All begin with `12D3KooW`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub [u8; 32]);

/// What is in front of the key.
const PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// Why a text or a key is not a peer ID.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PeerIdError {
    /// An Ethereum address.
    #[error("`{0}` is an on-chain address; a peer ID (12D3KooW...) is needed")]
    Address(String),
    /// A character that base58 does not have.
    #[error("`{character}` at position {position} cannot be in a peer ID (base58 has no 0, O, I and l)")]
    Character {
        /// The character.
        character: char,
        /// The first has 1.
        position: usize,
    },
    /// Another kind of key, or only its hash.
    #[error("this is the peer ID of another kind of key; an Ed25519 key's begins with 12D3KooW")]
    OtherKey,
    /// Too short or too long.
    #[error("a peer ID has 52 characters, this has {0}: something is missing or doubled")]
    Length(usize),
    /// 32 bytes that are not a public key, or one whose secret half everybody knows.
    #[error("this is not the peer ID of a usable key: a character is wrong")]
    Key,
}

impl PeerId {
    /// The peer whose public key this is.
    ///
    /// # Errors
    /// [`PeerIdError::Key`]: it is not a point of the curve, or one of small order (RFC 7748 section 6).
    pub fn from_key(key: [u8; 32]) -> Result<Self, PeerIdError> {
        let point = VerifyingKey::from_bytes(&key).map_err(|_| PeerIdError::Key)?;
        if point.is_weak() { Err(PeerIdError::Key) } else { Ok(Self(key)) }
    }

    /// The same key for X25519 (RFC 7748 section 4.1).
    ///
    /// # Errors
    /// [`PeerIdError::Key`], as [`PeerId::from_key`] says.
    pub(crate) fn to_x25519(self) -> Result<[u8; 32], PeerIdError> {
        Self::from_key(self.0)?;
        VerifyingKey::from_bytes(&self.0)
            .map(|point| point.to_montgomery().to_bytes())
            .map_err(|_| PeerIdError::Key)
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; PREFIX.len() + 32];
        bytes[..PREFIX.len()].copy_from_slice(&PREFIX);
        bytes[PREFIX.len()..].copy_from_slice(&self.0);
        f.pad(&bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for PeerId {
    type Err = PeerIdError;

    fn from_str(text: &str) -> Result<Self, PeerIdError> {
        if text.len() == 42
            && text.starts_with("0x")
            && text[2..].bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            return Err(PeerIdError::Address(text.to_owned()));
        }
        let is_base58 = |character: &char| character.is_ascii_alphanumeric() && !"0OIl".contains(*character);
        if let Some((index, character)) =
            text.chars().enumerate().find(|(_, character)| !is_base58(character))
        {
            return Err(PeerIdError::Character { character, position: index + 1 });
        }
        // `Qm`: SHA-256 of an RSA key. `16Uiu2HA`: secp256k1, as HOPR had it before Ed25519.
        if text.len() >= 8 && !text.starts_with("12D3KooW") {
            return Err(PeerIdError::OtherKey);
        }
        if text.len() != 52 {
            return Err(PeerIdError::Length(text.len()));
        }
        let bytes = bs58::decode(text).into_vec().map_err(|_| PeerIdError::Key)?;
        let key = bytes.strip_prefix(&PREFIX).ok_or(PeerIdError::OtherKey)?;
        Self::from_key(key.try_into().map_err(|_| PeerIdError::Length(text.len()))?)
    }
}

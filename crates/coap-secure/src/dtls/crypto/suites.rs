//! Cipher suites, of DTLS 1.2 and of 1.3.
use super::ciphers;
use aes::{
    Aes128, Aes256,
    cipher::{BlockCipherEncrypt, KeyInit, consts::U16},
};
use dimpl::{
    CryptoError,
    crypto::{
        Cipher, Dtls12CipherSuite, Dtls13CipherSuite, HashAlgorithm, SupportedDtls12CipherSuite,
        SupportedDtls13CipherSuite,
    },
};
use ring::aead::{self, quic};

/// Those of 1.2 for certificates.
pub(super) static WITH_CERTIFICATES: &[&dyn SupportedDtls12CipherSuite] = &[
    &Suite12(Dtls12CipherSuite::ECDHE_ECDSA_AES128_GCM_SHA256, Aead::Aes128Gcm),
    &Suite12(Dtls12CipherSuite::ECDHE_ECDSA_AES256_GCM_SHA384, Aead::Aes256Gcm),
    &Suite12(Dtls12CipherSuite::ECDHE_ECDSA_CHACHA20_POLY1305_SHA256, Aead::ChaCha20Poly1305),
];

/// That of 1.2 for pre-shared keys.
pub(super) static WITH_KEYS: &[&dyn SupportedDtls12CipherSuite] =
    &[&Suite12(Dtls12CipherSuite::PSK_AES128_CCM_8, Aead::Aes128Ccm8)];

/// Those of 1.3.
pub(super) static OF_13: &[&dyn SupportedDtls13CipherSuite] = &[
    &AES_128_GCM,
    &Suite13(Dtls13CipherSuite::AES_256_GCM_SHA384, Aead::Aes256Gcm),
    &Suite13(Dtls13CipherSuite::CHACHA20_POLY1305_SHA256, Aead::ChaCha20Poly1305),
];

/// The first of them.
pub(super) static ONE_OF_13: &[&dyn SupportedDtls13CipherSuite] = &[&AES_128_GCM];

static AES_128_GCM: Suite13 = Suite13(Dtls13CipherSuite::AES_128_GCM_SHA256, Aead::Aes128Gcm);

#[derive(Clone, Copy, Debug)]
enum Aead {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
    Aes128Ccm8,
}

impl Aead {
    fn cipher(self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        match self {
            Self::Aes128Gcm => ciphers::ring(&aead::AES_128_GCM, key),
            Self::Aes256Gcm => ciphers::ring(&aead::AES_256_GCM, key),
            Self::ChaCha20Poly1305 => ciphers::ring(&aead::CHACHA20_POLY1305, key),
            Self::Aes128Ccm8 => ciphers::ccm_8(key),
        }
    }

    fn key_len(self) -> usize {
        match self {
            Self::Aes128Gcm | Self::Aes128Ccm8 => 16,
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
        }
    }

    fn tag_len(self) -> usize {
        match self {
            Self::Aes128Ccm8 => 8,
            _ => 16,
        }
    }

    /// What a record number of 1.3 is hidden with (RFC 9147 section 4.2.3): the block cipher's answer to
    /// `sample`, or the beginning of ChaCha20's stream, of which two bytes are needed at most.
    fn mask(self, key: &[u8], sample: &[u8; 16]) -> Option<[u8; 16]> {
        match self {
            Self::Aes128Gcm | Self::Aes128Ccm8 => Some(block(&Aes128::new_from_slice(key).ok()?, sample)),
            Self::Aes256Gcm => Some(block(&Aes256::new_from_slice(key).ok()?, sample)),
            Self::ChaCha20Poly1305 => {
                let key = quic::HeaderProtectionKey::new(&quic::CHACHA20, key).ok()?;
                let start = key.new_mask(sample).ok()?;
                let mut mask = [0; 16];
                mask[..start.len()].copy_from_slice(&start);
                Some(mask)
            }
        }
    }
}

fn block(cipher: &impl BlockCipherEncrypt<BlockSize = U16>, input: &[u8; 16]) -> [u8; 16] {
    let mut block = (*input).into();
    cipher.encrypt_block(&mut block);
    block.into()
}

#[derive(Debug)]
struct Suite12(Dtls12CipherSuite, Aead);

impl SupportedDtls12CipherSuite for Suite12 {
    fn suite(&self) -> Dtls12CipherSuite {
        self.0
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        self.0.hash_algorithm()
    }

    /// Without a key for a MAC. The nonce's fixed part is all of it (RFC 7905), or 4 bytes (RFC 5288, 6655).
    fn key_lengths(&self) -> (usize, usize, usize) {
        (0, self.1.key_len(), 12 - self.explicit_nonce_len())
    }

    fn explicit_nonce_len(&self) -> usize {
        match self.1 {
            Aead::ChaCha20Poly1305 => 0,
            _ => 8,
        }
    }

    fn tag_len(&self) -> usize {
        self.1.tag_len()
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        self.1.cipher(key)
    }
}

#[derive(Debug)]
struct Suite13(Dtls13CipherSuite, Aead);

impl SupportedDtls13CipherSuite for Suite13 {
    fn suite(&self) -> Dtls13CipherSuite {
        self.0
    }

    fn hash_algorithm(&self) -> HashAlgorithm {
        self.0.hash_algorithm()
    }

    fn key_len(&self) -> usize {
        self.1.key_len()
    }

    fn iv_len(&self) -> usize {
        12
    }

    fn tag_len(&self) -> usize {
        self.1.tag_len()
    }

    fn create_cipher(&self, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
        self.1.cipher(key)
    }

    /// dimpl's keys are of the right length: with one that is not, the peer could not read the number.
    fn encrypt_sn(&self, key: &[u8], sample: &[u8; 16]) -> [u8; 16] {
        self.1.mask(key, sample).unwrap_or_default()
    }
}

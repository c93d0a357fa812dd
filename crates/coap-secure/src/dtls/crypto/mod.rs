//! What dimpl computes with: ring, as rustls does, and the `ccm` crate for the suite that ring does not have.
//!
//! dimpl tests a provider with known answers whenever a configuration is made, all but AES-CCM.
mod ciphers;
mod exchange;
mod hashes;
mod suites;
mod verifier;

use super::stage::{StagedHmac, StagedKeys};
use dimpl::{
    CryptoError, CryptoOperation,
    crypto::{CryptoProvider, SecureRandom},
};
use ring::rand::{SecureRandom as _, SystemRandom};

pub(super) use hashes::hmac;

/// For handshakes with certificates.
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: exchange::GROUPS,
        signature_verification: &verifier::Verifier,
        key_provider: &StagedKeys,
        secure_random: &Random,
        hash_provider: &hashes::Hashes,
        hmac_provider: &StagedHmac,
        cipher_suites: suites::WITH_CERTIFICATES,
        dtls13_cipher_suites: suites::OF_13,
    }
}

/// For pre-shared keys, without anything that `PSK_AES128_CCM_8` does not need. There has to be a suite of 1.3
/// as well, which the configuration switches off.
pub(super) fn psk_provider() -> CryptoProvider {
    CryptoProvider {
        kx_groups: &[],
        cipher_suites: suites::WITH_KEYS,
        dtls13_cipher_suites: suites::ONE_OF_13,
        ..provider()
    }
}

#[derive(Debug)]
struct Random;

impl SecureRandom for Random {
    fn fill(&self, out: &mut [u8]) -> Result<(), CryptoError> {
        SystemRandom::new().fill(out).map_err(|_| failed(CryptoOperation::FillRandom))
    }
}

fn failed(operation: CryptoOperation) -> CryptoError {
    CryptoError::OperationFailed(operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimpl_gets_the_answers_that_it_knows() {
        for provider in [provider(), psk_provider()] {
            provider.validate().unwrap();
        }
    }
}

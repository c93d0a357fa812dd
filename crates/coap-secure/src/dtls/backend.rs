//! dimpl's configurations, made for what they are used for.
//!
//! dimpl tests its provider anew for each configuration: milliseconds with all that it has, microseconds with
//! what pre-shared keys need.
use super::stage::{StagedHmac, StagedKeys, StagedPsk};
use crate::settings::Settings;
use dimpl::{
    ConfigBuilder,
    crypto::{CryptoProvider, SupportedDtls12CipherSuite, SupportedDtls13CipherSuite, rust_crypto},
};
use std::sync::{Arc, OnceLock};

pub(crate) use dimpl::Config;

/// For a client with a pre-shared key.
pub(crate) fn psk_client(identity: Vec<u8>, settings: &Settings) -> Result<Arc<Config>, String> {
    let builder = builder(psk_provider(), settings).with_psk_client(identity, Arc::new(StagedPsk));
    build(builder.dtls13_cipher_suites(&[]))
}

/// For a server with pre-shared keys.
pub(crate) fn psk_server(hint: Option<Vec<u8>>, settings: &Settings) -> Result<Arc<Config>, String> {
    let builder = builder(psk_provider(), settings).with_psk_server(hint, Arc::new(StagedPsk));
    build(builder.dtls13_cipher_suites(&[]))
}

/// For either side with certificates. A server `asks_for_certificate` of the client, and then insists.
pub(crate) fn certificates(asks_for_certificate: bool, settings: &Settings) -> Result<Arc<Config>, String> {
    let provider = CryptoProvider {
        hmac_provider: &StagedHmac,
        key_provider: &StagedKeys,
        ..rust_crypto::default_provider()
    };
    build(builder(provider, settings).require_client_certificate(asks_for_certificate))
}

/// The provider with nothing but what `PSK_AES128_CCM_8` needs. It has to have a suite of 1.3 as well, which
/// is switched off afterwards.
fn psk_provider() -> CryptoProvider {
    static SUITES: OnceLock<Vec<&'static dyn SupportedDtls12CipherSuite>> = OnceLock::new();
    static SUITES_13: OnceLock<Vec<&'static dyn SupportedDtls13CipherSuite>> = OnceLock::new();
    let all = rust_crypto::default_provider();
    CryptoProvider {
        kx_groups: &[],
        hmac_provider: &StagedHmac,
        key_provider: &StagedKeys,
        cipher_suites: SUITES.get_or_init(|| {
            all.cipher_suites.iter().copied().filter(|suite| suite.suite().is_psk()).collect()
        }),
        dtls13_cipher_suites: SUITES_13
            .get_or_init(|| all.dtls13_cipher_suites.iter().copied().take(1).collect()),
        ..all
    }
}

fn builder(provider: CryptoProvider, settings: &Settings) -> ConfigBuilder {
    Config::builder()
        .with_crypto_provider(provider)
        .mtu(settings.mtu)
        .flight_start_rto(settings.first_timeout)
        .flight_retries(settings.retries)
        .handshake_timeout(settings.handshake_timeout)
}

fn build(builder: ConfigBuilder) -> Result<Arc<Config>, String> {
    builder.build().map(Arc::new).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let settings = Settings { mtu: 20, ..Settings::default() };
        assert!(psk_client(b"me".to_vec(), &settings).unwrap_err().contains("MTU"));
    }
}

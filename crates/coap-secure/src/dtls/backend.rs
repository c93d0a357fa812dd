//! dimpl's configurations, made for what they are used for.
//!
//! dimpl tests its provider anew for each configuration: milliseconds with all that it has, microseconds with
//! what pre-shared keys need.
use super::{crypto, stage::StagedPsk};
use crate::settings::Settings;
use dimpl::{ConfigBuilder, crypto::CryptoProvider};
use std::sync::{Arc, OnceLock};

pub(crate) use dimpl::Config;

/// For a client with a pre-shared key.
pub(crate) fn psk_client(identity: Vec<u8>, settings: &Settings) -> Result<Arc<Config>, String> {
    let builder = builder(crypto::psk_provider(), settings).with_psk_client(identity, Arc::new(StagedPsk));
    build(builder.dtls13_cipher_suites(&[]))
}

/// For a server with pre-shared keys.
pub(crate) fn psk_server(hint: Option<Vec<u8>>, settings: &Settings) -> Result<Arc<Config>, String> {
    let builder = builder(crypto::psk_provider(), settings).with_psk_server(hint, Arc::new(StagedPsk));
    build(builder.dtls13_cipher_suites(&[]))
}

/// For either side with certificates. A server `asks_for_certificate` of the client, and then insists.
pub(crate) fn certificates(asks_for_certificate: bool, settings: &Settings) -> Result<Arc<Config>, String> {
    build(builder(crypto::provider(), settings).require_client_certificate(asks_for_certificate))
}

/// Lengths below the usual one that datagrams of handshakes can be held to; the least is dimpl's.
const LENGTHS: [usize; 6] = [64, 128, 256, 512, 768, 1024];

/// The configurations of one server: the length of datagrams is a part of them, and endpoints differ in it. There is
/// one for each of a few lengths, made when it is first needed.
#[derive(Debug, Default)]
pub(crate) struct Configs {
    usual: OnceLock<Result<Arc<Config>, String>>,
    shorter: [OnceLock<Result<Arc<Config>, String>>; LENGTHS.len()],
}

impl Configs {
    /// One whose datagrams have at most `mtu` bytes (or 64), and no more than `settings` say.
    pub(crate) fn get(
        &self,
        mtu: usize,
        settings: &Settings,
        make: impl FnOnce(&Settings) -> Result<Arc<Config>, String>,
    ) -> Result<Arc<Config>, String> {
        if mtu >= settings.mtu {
            return self.usual.get_or_init(|| make(settings)).clone();
        }
        let place = LENGTHS.iter().rposition(|length| *length <= mtu).unwrap_or(0);
        let settings = Settings { mtu: LENGTHS[place], ..*settings };
        self.shorter[place].get_or_init(|| make(&settings)).clone()
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
    fn datagrams_are_never_longer_than_asked_for() {
        let (configs, settings) = (Configs::default(), Settings::default());
        let get = |mtu| configs.get(mtu, &settings, |settings| psk_server(None, settings)).unwrap();
        for (asked, had) in
            [(0, 64), (64, 64), (511, 256), (512, 512), (1100, 1024), (1152, 1152), (9000, 1152)]
        {
            assert_eq!(get(asked).mtu(), had, "{asked}");
            assert!(Arc::ptr_eq(&get(asked), &get(asked)), "made once");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let settings = Settings { mtu: 20, ..Settings::default() };
        assert!(psk_client(b"me".to_vec(), &settings).unwrap_err().contains("MTU"));
    }
}

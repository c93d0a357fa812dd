//! TLS 1.2 (RFC 5246) and 1.3 (RFC 8446), on rustls.
//!
//! [`Tls`] is the channel, for `coaps+tcp` (with the ALPN name `coap`, RFC 8323 section 8.2) and below
//! WebSockets. Sessions are not resumed: each handshake proves the peer anew.

mod channel;
mod verifier;

pub use channel::Tls;

use crate::certificates::{Certificates, PeerRole, SetupError};
use rustls::{
    ClientConfig, ServerConfig,
    client::Resumption,
    crypto::ring,
    pki_types::UnixTime,
    server::NoServerSessionStorage,
    sign::SingleCertAndKey,
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};
use std::sync::Arc;
use verifier::Verifier;

/// What a server of TLS shows to clients and asks of them. Made by [`Certificates::tls_server`].
#[derive(Debug)]
pub struct ServerCredentials {
    pub(crate) certificates: Arc<Certificates>,
    configs: ServerConfigs,
}

/// The part of them that takes time to make.
#[derive(Clone, Debug)]
pub(crate) struct ServerConfigs {
    coap: Arc<ServerConfig>,
    web_socket: Arc<ServerConfig>,
}

/// Which protocol is spoken inside (RFC 7301).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// CoAP itself: the ALPN name is `coap`, and a client that has other names only is refused.
    Coap,
    /// WebSockets, which begin with HTTP: no name is asked for (RFC 8323 section 8.4 has none).
    WebSocket,
}

impl Inside {
    fn alpn(self) -> Vec<Vec<u8>> {
        match self {
            Self::Coap => vec![b"coap".to_vec()],
            Self::WebSocket => Vec::new(),
        }
    }
}

impl ServerCredentials {
    pub(crate) fn new(certificates: Arc<Certificates>, configs: ServerConfigs) -> Self {
        Self { certificates, configs }
    }

    fn config(&self, inside: Inside) -> Arc<ServerConfig> {
        match inside {
            Inside::Coap => self.configs.coap.clone(),
            Inside::WebSocket => self.configs.web_socket.clone(),
        }
    }
}

impl ServerConfigs {
    pub(crate) fn new(certificates: &Arc<Certificates>) -> Result<Self, SetupError> {
        let own = certificates.own.clone().ok_or(SetupError::NoCertificate)?;
        let verifier = Verifier::new(certificates, PeerRole::Client);
        let builder = ServerConfig::builder_with_details(provider(), clock(certificates))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(backend)?;
        let builder = match certificates.policy.verify_peer {
            true => builder.with_client_cert_verifier(Arc::new(verifier)),
            false => builder.with_no_client_auth(),
        };
        let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from((*own).clone())));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let with = |inside: Inside| {
            let mut config = config.clone();
            config.alpn_protocols = inside.alpn();
            Arc::new(config)
        };
        Ok(Self { coap: with(Inside::Coap), web_socket: with(Inside::WebSocket) })
    }
}

/// The configuration of a client.
fn client_config(
    certificates: &Arc<Certificates>,
    inside: Inside,
    has_name: bool,
) -> Result<ClientConfig, SetupError> {
    let verifier = Verifier::new(certificates, PeerRole::Server);
    let builder = ClientConfig::builder_with_details(provider(), clock(certificates))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(backend)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &certificates.own {
        Some(own) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from((**own).clone()))),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = inside.alpn();
    config.resumption = Resumption::disabled();
    config.enable_sni = has_name;
    Ok(config)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn clock(certificates: &Certificates) -> Arc<dyn TimeProvider> {
    Arc::new(Clock(certificates.clock))
}

#[derive(Debug)]
struct Clock(crate::certificates::WallClock);

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0.now())
    }
}

fn backend(error: rustls::Error) -> SetupError {
    SetupError::Backend(error.to_string())
}

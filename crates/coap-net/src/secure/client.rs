//! What client sessions prove themselves with.
use super::{Channels, entry::Channel};
use crate::ConnectError;
use coap_proto::{
    engine::{Engine, SessionId},
    wire::Protocol,
};
use coap_secure::{
    Certificates, Failure, PskClient,
    dtls::Dtls,
    tls::{Inside, Tls},
};
use std::{sync::Arc, time::Instant};

/// What a client session proves itself with, and judges the server by.
#[derive(Clone, Debug)]
pub enum ClientCredentials {
    /// A pre-shared key (RFC 4279); for DTLS alone.
    Psk(Arc<PskClient>),
    /// Certificates.
    Certificates {
        /// Our own, if there is one, and whom to trust.
        certificates: Arc<Certificates>,
        /// The name to call the server by (SNI, RFC 6066 section 3); told to servers of TLS alone. Whether
        /// the server's certificate has it is for the application to say:
        /// [`Question::Certificate`](coap_secure::Question).
        name: Option<String>,
    },
}

impl ClientCredentials {
    /// A channel with these credentials, which begins to shake hands.
    pub(super) fn channel(&self, protocol: Protocol, now: Instant) -> Result<Channel, ConnectError> {
        let made = match (self, inside(protocol)) {
            (Self::Psk(psk), None) => Dtls::psk_client(psk.clone(), now).map(Channel::dtls),
            (Self::Psk(_), Some(_)) => {
                return Err(ConnectError::Credentials("TLS takes no pre-shared keys".into()));
            }
            (Self::Certificates { certificates, .. }, None) => {
                Dtls::client(certificates.clone(), now).map(Channel::dtls)
            }
            (Self::Certificates { certificates, name }, Some(inside)) => {
                Tls::client(certificates, name.as_deref(), inside, now).map(Channel::tls)
            }
        };
        made.map_err(|Failure { reason, .. }| ConnectError::Credentials(reason))
    }
}

/// What is spoken inside of TLS; `None`: it is DTLS.
pub(super) fn inside(protocol: Protocol) -> Option<Inside> {
    match protocol {
        Protocol::Tls => Some(Inside::Coap),
        Protocol::Wss => Some(Inside::WebSocket),
        _ => None,
    }
}

impl Channels {
    /// A client session was opened; `channel` is to be beneath it.
    pub(super) fn insert_client(
        &mut self,
        now: Instant,
        engine: &mut Engine,
        session: SessionId,
        channel: Channel,
    ) {
        self.insert(session, channel, None);
        self.follow(now, engine, session, None);
    }
}

//! One session's channel.
use super::HelloId;
use coap_proto::engine::EndpointId;
use coap_secure::{Version, dtls::Dtls, tls::Tls};
use std::time::Instant;

/// A session's channel and what waits at it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) channel: Channel,
    /// Where a client of DTLS has come to: its listener is told how far the handshake is.
    pub(super) endpoint: Option<EndpointId>,
    /// The version agreed on.
    pub(super) version: Option<Version>,
    /// Who the peer has proven to be.
    pub(super) principal: Principal,
    /// Of a server of TLS: its place among those that wait for credentials.
    pub(super) hello: Option<HelloId>,
    /// What it has in the queue of deadlines.
    pub(super) deadline: Option<Instant>,
    /// Of a stream: what is to be written to the socket, from `written` on.
    pub(super) sealed: Vec<u8>,
    pub(super) written: usize,
}

/// Who the peer of a channel is: identity and certificate, both empty without one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Principal {
    identity: Box<[u8]>,
    certificate: Box<[u8]>,
}

impl Principal {
    /// Over TLS nobody shakes hands anew.
    pub(super) fn of(channel: &Channel) -> Self {
        match channel {
            Channel::Dtls(dtls) => {
                Self { identity: dtls.identity().into(), certificate: dtls.peer().unwrap_or_default().into() }
            }
            Channel::Tls(_) => Self::default(),
        }
    }
}

/// The channel itself.
#[derive(Debug)]
pub(crate) enum Channel {
    Dtls(Box<Dtls>),
    Tls(Box<Tls>),
}

impl Channel {
    pub(super) fn dtls(dtls: Dtls) -> Self {
        Self::Dtls(Box::new(dtls))
    }

    pub(super) fn tls(tls: Tls) -> Self {
        Self::Tls(Box::new(tls))
    }

    /// What both kinds can do.
    pub(super) fn common(&mut self) -> &mut dyn coap_secure::Channel {
        match self {
            Self::Dtls(dtls) => &mut **dtls,
            Self::Tls(tls) => &mut **tls,
        }
    }
}

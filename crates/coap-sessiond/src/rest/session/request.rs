//! What a client says when it opens a listener.
use crate::{
    identity::PeerIdError,
    model::{Capabilities, ListenerRequest, MAX_RELAYS, PeerId, Routing, Target, Transport},
    rest::errors::Refusal,
    target::HostPort,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, de::Error};
use std::net::SocketAddr;

/// Bytes that a sealed target may have: what the longest name needs, and some.
const MAX_SEALED: usize = 512;

/// HOPR's `SessionClientRequest`. Fields that it does not have are not looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rest) struct SessionClientRequest {
    destination: Destination,
    path: RoutingOptions,
    target: SessionTargetSpec,
    pub(super) listen_host: Option<String>,
    capabilities: Option<Vec<Capability>>,
}

#[derive(Debug)]
enum Destination {
    Peer(PeerId),
    /// An on-chain address: well-formed, but nothing that a node here is called.
    Address(String),
}

impl<'de> Deserialize<'de> for Destination {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match String::deserialize(from)?.parse() {
            Ok(peer) => Ok(Self::Peer(peer)),
            Err(PeerIdError::Address(address)) => Ok(Self::Address(address)),
            Err(error) => Err(D::Error::custom(error)),
        }
    }
}

#[derive(Debug, Deserialize)]
enum RoutingOptions {
    Hops(u64),
    IntermediatePath(Vec<Relay>),
}

#[derive(Debug)]
struct Relay(PeerId);

impl<'de> Deserialize<'de> for Relay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map(Self).map_err(D::Error::custom)
    }
}

#[derive(Debug, Deserialize)]
enum SessionTargetSpec {
    Plain(String),
    Sealed(Base64),
    Service(u32),
}

#[derive(Debug)]
struct Base64(Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        STANDARD.decode(String::deserialize(from)?).map(Self).map_err(D::Error::custom)
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Capability {
    Segmentation,
    Retransmission,
    RetransmissionAckOnly,
    NoDelay,
}

impl SessionClientRequest {
    /// What the event loop is asked for.
    pub(super) fn into_listener(
        self,
        transport: Transport,
        listen: SocketAddr,
    ) -> Result<ListenerRequest, Refusal> {
        let destination = match self.destination {
            Destination::Peer(peer) => peer,
            Destination::Address(address) => {
                return Err(Refusal::Unknown(format!("invalid destination: {address}")));
            }
        };
        let (target, routing) = (target(self.target)?, routing(self.path)?);
        let capabilities =
            self.capabilities.map_or_else(|| Capabilities::usual(transport), |list| capabilities(&list));
        Ok(ListenerRequest { transport, listen, destination, routing, target, capabilities })
    }
}

fn target(spec: SessionTargetSpec) -> Result<Target, Refusal> {
    match spec {
        SessionTargetSpec::Plain(text) => text
            .parse()
            .map(HostPort::into_target)
            .map_err(|error| Refusal::Unknown(format!("invalid target: {error}"))),
        SessionTargetSpec::Sealed(Base64(bytes)) if bytes.len() <= MAX_SEALED => Ok(Target::Sealed(bytes)),
        SessionTargetSpec::Sealed(_) => {
            Err(Refusal::Unknown(format!("invalid target: it has more than {MAX_SEALED} bytes")))
        }
        SessionTargetSpec::Service(number) => Ok(Target::Service(number)),
    }
}

fn routing(options: RoutingOptions) -> Result<Routing, Refusal> {
    match options {
        RoutingOptions::Hops(hops) => u8::try_from(hops)
            .ok()
            .filter(|hops| usize::from(*hops) <= MAX_RELAYS)
            .map(Routing::Hops)
            .ok_or_else(|| Refusal::Unknown(format!("invalid path: more than {MAX_RELAYS} hops"))),
        RoutingOptions::IntermediatePath(relays) => {
            Ok(Routing::Path(relays.into_iter().map(|relay| relay.0).collect()))
        }
    }
}

fn capabilities(list: &[Capability]) -> Capabilities {
    let mut all = Capabilities::default();
    for capability in list {
        *match capability {
            Capability::Segmentation => &mut all.segmentation,
            Capability::Retransmission => &mut all.retransmission,
            Capability::RetransmissionAckOnly => &mut all.retransmission_ack_only,
            Capability::NoDelay => &mut all.no_delay,
        } = true;
    }
    all
}

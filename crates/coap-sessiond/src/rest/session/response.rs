//! What a client is told of a listener.
use crate::model::{ListenerRequest, Routing, Target};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use serde::Serialize;
use std::net::IpAddr;

/// HOPR's `SessionClientResponse`: these five, always.
#[derive(Serialize)]
pub(in crate::rest) struct SessionClientResponse {
    target: String,
    protocol: String,
    ip: IpAddr,
    path: RoutingOptions,
    port: u16,
}

/// The way, as it was asked for.
#[derive(Serialize)]
pub(in crate::rest) enum RoutingOptions {
    Hops(u8),
    IntermediatePath(Vec<String>),
}

impl SessionClientResponse {
    /// `request`: as the listener has it, with the port that it got.
    pub(in crate::rest) fn new(request: &ListenerRequest) -> Self {
        Self {
            target: target_text(&request.target),
            protocol: request.transport.to_string(),
            ip: request.listen.ip(),
            path: path_of(&request.routing),
            port: request.listen.port(),
        }
    }
}

/// The way that was asked for, in the form in which it was.
pub(in crate::rest) fn path_of(routing: &Routing) -> RoutingOptions {
    match routing {
        Routing::Hops(hops) => RoutingOptions::Hops(*hops),
        Routing::Path(relays) => {
            RoutingOptions::IntermediatePath(relays.iter().map(ToString::to_string).collect())
        }
    }
}

/// A target as HOPR writes it: `host:port`, `$$` with the sealed bytes in base64, `#` with the service's number.
pub(in crate::rest) fn target_text(target: &Target) -> String {
    match target {
        Target::Plain { host, port } if host.contains(':') => format!("[{host}]:{port}"),
        Target::Plain { host, port } => format!("{host}:{port}"),
        Target::Sealed(bytes) => format!("$${}", URL_SAFE.encode(bytes)),
        Target::Service(number) => format!("#{number}"),
    }
}

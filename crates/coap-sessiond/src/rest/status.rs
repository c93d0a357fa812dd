//! `GET /session/status`, of ours: what `coap-sessiond status` shows.
use super::{
    Shared,
    asking::ask,
    errors::{Answer, Refusal, json},
    session::{path_of, target_text},
};
use crate::{
    control::{Command, Status},
    model::{Listener, Role, Transport, TunnelStatus},
    protocol::Held,
    status::report::{HeldReport, ListenerReport, Report, TunnelReport},
};

/// All of it.
pub(super) async fn answer(shared: &Shared) -> Result<Answer, Refusal> {
    let mut listeners = ask(shared, |reply| Command::List(Transport::Tcp, reply)).await?;
    listeners.extend(ask(shared, |reply| Command::List(Transport::Udp, reply)).await?);
    listeners.sort_by_key(|listener| (listener.request.transport, listener.request.listen));
    Ok(json(&report(&listeners, ask(shared, Command::Status).await?)))
}

fn report(listeners: &[Listener], mut status: Status) -> Report {
    status.tunnels.sort_by_key(|tunnel| tunnel.number);
    Report {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        listeners: listeners.iter().map(listener).collect(),
        tunnels: status.tunnels.into_iter().map(tunnel).collect(),
        links: status.links as u64,
        established: status.established,
        refused: status.refused.into_iter().collect(),
        aborted: status.aborted.into_iter().collect(),
        dropped: status.dropped,
        bytes_in: status.bytes.0,
        bytes_out: status.bytes.1,
        held: held(status.held),
    }
}

fn held(held: Held) -> HeldReport {
    HeldReport {
        numbers: held.numbers as u64,
        messages: held.messages as u64,
        queued: held.queued as u64,
        timers: held.timers as u64,
        tunnel_bytes: held.tunnel_bytes as u64,
    }
}

fn listener(Listener { request, tunnels }: &Listener) -> ListenerReport {
    ListenerReport {
        protocol: request.transport.to_string(),
        ip: request.listen.ip(),
        port: request.listen.port(),
        destination: request.destination.to_string(),
        // A value that was made from strings and numbers.
        path: serde_json::to_value(path_of(&request.routing)).unwrap_or_default(),
        target: target_text(&request.target),
        tunnels: tunnels.iter().map(|tunnel| tunnel.number).collect(),
    }
}

fn tunnel(status: TunnelStatus) -> TunnelReport {
    TunnelReport {
        number: status.number,
        role: match status.role {
            Role::Entry => "entry",
            Role::Relay => "relay",
            Role::Exit => "exit",
        }
        .to_owned(),
        protocol: status.transport.to_string(),
        ends: status.ends.to_string(),
        bytes_to_target: status.bytes.0,
        bytes_from_target: status.bytes.1,
        round_trip_us: Some(status.round_trip_us).filter(|time| *time != 0),
        losses: status.losses,
        age_seconds: status.age_s,
    }
}

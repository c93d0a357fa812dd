//! The three methods of SessionApi: opening a listener, listing them, closing them.
mod request;
mod response;

pub(super) use request::SessionClientRequest;
pub(super) use response::{SessionClientResponse, path_of, target_text};

use super::{
    Shared,
    asking::{ask, open},
    body::Body,
    errors::{Answer, Refusal, empty, json},
    headers, listen_host, path,
    routes::Names,
};
use crate::{
    control::{Command, CreateError},
    model::{ListenerFilter, Transport},
};
use hyper::{StatusCode, http::request::Parts};
use std::net::SocketAddr;

/// `POST /session/{protocol}`: opens a listener.
///
/// What is wrong is looked for in hoprd's order: protocol, body, whether a listener of ours is there, the rest.
pub(super) async fn create(
    shared: &Shared,
    head: &Parts,
    body: &mut Body,
    [protocol, ..]: Names<'_>,
) -> Result<Answer, Refusal> {
    let transport = path::transport(protocol)?;
    headers::has_json(&head.headers)?;
    let request: SessionClientRequest = super::json::read(&body.read().await?)?;
    let listen = listen_host::resolve(request.listen_host.as_deref(), shared.default_listen);
    if listen.port() != 0 && is_ours(shared, transport, listen).await? {
        return Err(Refusal::InUse);
    }
    let request = request.into_listener(transport, listen)?;
    let opened = open(shared, request).await?.map_err(|error| match error {
        CreateError::InUse if listen.port() != 0 => Refusal::InUse,
        CreateError::InUse => Refusal::Unknown("no port is free".to_owned()),
        other => Refusal::Unknown(other.to_string()),
    })?;
    let listener = opened.claim().ok_or(Refusal::NotReady)?;
    Ok(json(&SessionClientResponse::new(&listener.request)))
}

async fn is_ours(shared: &Shared, transport: Transport, listen: SocketAddr) -> Result<bool, Refusal> {
    let listeners = ask(shared, |reply| Command::List(transport, reply)).await?;
    Ok(listeners.iter().any(|listener| listener.request.listen == listen))
}

/// `GET /session/{protocol}`: what listeners there are, in the order of their addresses.
pub(super) async fn list(shared: &Shared, [protocol, ..]: Names<'_>) -> Result<Answer, Refusal> {
    let transport = path::transport(protocol)?;
    let mut listeners = ask(shared, |reply| Command::List(transport, reply)).await?;
    listeners.sort_by_key(|listener| listener.request.listen);
    let all: Vec<_> =
        listeners.iter().map(|listener| SessionClientResponse::new(&listener.request)).collect();
    Ok(json(&all))
}

/// `DELETE /session/{protocol}/{ip}/{port}`: closes a listener, or with port 0 all of that address.
pub(super) async fn close(shared: &Shared, [protocol, ip, port]: Names<'_>) -> Result<Answer, Refusal> {
    let transport = path::transport_of_any_case(protocol)?;
    let port = path::port(port)?;
    let filter = ListenerFilter { transport, ip: path::ip(ip)?, port };
    match ask(shared, |reply| Command::Close(filter, reply)).await? {
        0 => Err(Refusal::NoListener),
        _ => Ok(empty(StatusCode::NO_CONTENT)),
    }
}

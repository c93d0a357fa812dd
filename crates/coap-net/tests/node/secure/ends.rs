//! How secured sessions end, and begin anew.
use super::{World, knows_me, psk_client, psk_server};
use crate::Result;
use coap_net::{ClientCredentials, Node};
use coap_proto::{
    engine::{Config, Connect, SessionId, SessionState},
    wire::{Code, Protocol},
};
use coap_secure::{Keys, Secret};
use std::{net::SocketAddr, time::Instant};

/// A client that is served.
fn served() -> Result<(World, SessionId)> {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    let session = world.connect(psk_client("me", "secret")?)?;
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    world.client.told.clear();
    world.server.told.clear();
    Ok((world, session))
}

#[test]
fn a_client_that_leaves_says_goodbye() -> Result {
    let (mut world, session) = served()?;
    assert!(world.client.node.engine.release(Instant::now(), session));
    world.run_until(|world| world.server.knows("closed"))?;
    assert_eq!(world.client.told, ["DtlsClosed", "closed"]);
    assert_eq!(world.server.told, ["DtlsClosed", "ServerDeleted", "closed"]);
    assert!(world.client.node.engine.session(session).is_none());
    Ok(())
}

#[test]
fn a_server_that_leaves_says_goodbye() -> Result {
    let (mut world, session) = served()?;
    world.server.node.close_endpoint(Instant::now(), world.endpoint);
    world.until_client_knows("DtlsClosed")?;
    assert_eq!(world.client.told, ["DtlsClosed"]);
    let known = world.client.node.engine.session(session).ok_or("the client still refers to it")?;
    assert_eq!(known.state(), SessionState::None);
    assert!(world.get(session, "").is_err());
    Ok(())
}

#[test]
fn a_goodbye_loses_what_waits() -> Result {
    let (mut world, session) = served()?;
    // A request that comes too late for an answer.
    world.server.node.close_endpoint(Instant::now(), world.endpoint);
    world.get(session, "")?;
    world.until_client_knows("DtlsClosed")?;
    // ICMP may tell of the closed port first.
    world.client.told.retain(|told| told != "Nack IcmpIssue");
    assert_eq!(world.client.told, ["Nack TlsFailed", "DtlsClosed"]);
    Ok(())
}

#[test]
fn a_session_that_was_referenced_stays_to_be_looked_at() -> Result {
    let (mut world, session) = served()?;
    let accepted = world.accepted()[0];
    world.server.node.engine.reference(accepted);
    world.client.node.engine.release(Instant::now(), session);
    world.run_until(|world| world.server.knows("DtlsClosed"))?;
    assert_eq!(world.server.node.engine.session(accepted).map(|it| it.state()), Some(SessionState::None));
    // Who comes from there next is somebody else.
    let again = world.connect(psk_client("me", "secret")?)?;
    world.get(again, "")?;
    world.run_until(|world| world.client.payloads.len() == 2)?;
    world.server.node.engine.release(Instant::now(), accepted);
    world.run_until(|world| world.server.knows("ServerDeleted"))?;
    assert_eq!(world.accepted().len(), 1);
    Ok(())
}

/// Opens a session from a given port.
fn connect_from(
    node: &mut Node,
    local: SocketAddr,
    world: &World,
    with: ClientCredentials,
) -> Result<SessionId> {
    let to = Connect { local: Some(local.into()), remote: world.at.into(), protocol: Protocol::Dtls };
    Ok(node.connect_secure(Instant::now(), to, with)?)
}

#[test]
fn a_client_that_lost_everything_begins_anew_from_the_same_address() -> Result {
    let (mut world, session) = served()?;
    let accepted = world.accepted();
    let local = world.client.node.engine.session(session).and_then(|session| session.local().ip());
    // It ends without a word, and another process takes its port.
    world.client.node = Node::new(Config::default(), Instant::now(), [9; 32])?;
    world.client.told.clear();
    let mut node =
        std::mem::replace(&mut world.client.node, Node::new(Config::default(), Instant::now(), [8; 32])?);
    let again = connect_from(&mut node, local.ok_or("no address")?, &world, psk_client("me", "secret")?)?;
    world.client.node = node;
    world.get(again, "")?;
    world.until_client_knows("2.05 4")?;
    assert_eq!(world.server.told, ["DtlsRenegotiated"]);
    assert_eq!(world.accepted(), accepted, "the session is the same");
    Ok(())
}

/// Behind a NAT, say: what the first one has asked for is not for the second.
#[test]
fn somebody_else_at_the_same_address_has_a_session_of_its_own() -> Result {
    let keys = [("me", "secret"), ("you", "other")]
        .map(|(identity, key)| (identity.as_bytes().to_vec(), Secret::from(key.as_bytes())));
    let mut world = World::new(Protocol::Dtls, psk_server(Keys::Table(keys.into()))?)?;
    let session = world.connect(psk_client("me", "secret")?)?;
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    world.server.told.clear();
    let accepted = world.accepted();
    let local = world.client.node.engine.session(session).and_then(|session| session.local().ip());
    world.client.node = Node::new(Config::default(), Instant::now(), [9; 32])?;
    world.client.told.clear();
    let mut node = Node::new(Config::default(), Instant::now(), [8; 32])?;
    let again = connect_from(&mut node, local.ok_or("no address")?, &world, psk_client("you", "other")?)?;
    world.client.node = node;
    world.get(again, "")?;
    world.until_client_knows("2.05 4")?;
    assert_eq!(world.server.told, ["DtlsClosed", "ServerDeleted", "closed", "ServerNew", "DtlsConnected"]);
    assert_eq!(world.accepted().len(), 1);
    assert_ne!(world.accepted(), accepted);
    Ok(())
}

#[test]
fn who_fails_to_begin_anew_takes_nothing_away() -> Result {
    let (mut world, session) = served()?;
    let accepted = world.accepted();
    let local = world.client.node.engine.session(session).and_then(|session| session.local().ip());
    // Somebody else at the same address has no key. Its socket gets what comes for the first one too.
    world.client.node = Node::new(Config::default(), Instant::now(), [9; 32])?;
    let mut node = Node::new(Config::default(), Instant::now(), [8; 32])?;
    connect_from(&mut node, local.ok_or("no address")?, &world, psk_client("me", "guess")?)?;
    world.client.node = node;
    world.until_client_knows("DtlsClosed")?;
    assert_eq!(world.server.told, [] as [&str; 0]);
    assert_eq!(world.accepted(), accepted);
    let put = world.server.node.channel_info(accepted[0]).is_some();
    assert!(put, "its channel is there");
    Ok(())
}

#[test]
fn nobody_answers() -> Result {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    world.server.node.close_endpoint(Instant::now(), world.endpoint);
    let session = world.connect(psk_client("me", "secret")?)?;
    let get = world.request(session, Code::GET, "")?;
    world.send(session, get)?;
    // ICMP tells that nobody listens; the handshake is tried again all the same.
    world.until_client_knows("Nack IcmpIssue")?;
    let known = world.client.node.engine.session(session).ok_or("no session")?;
    assert_eq!(known.state(), SessionState::Handshake);
    Ok(())
}

//! TLS beneath streams.
use super::{
    World,
    certificates::{Pki, client, open_to_all},
    pki::{certificates, server},
};
use crate::Result;
use coap_proto::{
    engine::{SessionId, SessionState},
    wire::Protocol,
};
use coap_secure::certificates::Policy;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Instant,
};

fn open(protocol: Protocol) -> Result<(World, SessionId)> {
    let pki = Pki::new();
    let mut world = World::new(protocol, server(&pki.of_server(open_to_all())))?;
    let session = world.connect(client(certificates(Some(&pki.ca.pem), None, Policy::default())))?;
    Ok((world, session))
}

#[test]
fn the_states_of_a_session_come_in_order() -> Result {
    let (mut world, session) = open(Protocol::Tls)?;
    let state = |world: &World| world.client.node.engine.session(session).map(|session| session.state());
    assert_eq!(state(&world), Some(SessionState::Connecting));
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    assert_eq!(world.client.told, ["TcpConnected", "DtlsConnected", "Connected", "2.05 4"]);
    assert_eq!(world.server.told, ["TcpConnected", "ServerNew", "DtlsConnected", "Connected"]);
    Ok(())
}

#[test]
fn a_web_socket_comes_on_top() -> Result {
    let (mut world, session) = open(Protocol::Wss)?;
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    let expected = ["TcpConnected", "DtlsConnected", "WsConnected", "Connected", "2.05 4"];
    assert_eq!(world.client.told, expected);
    Ok(())
}

#[test]
fn both_say_goodbye() -> Result {
    for protocol in [Protocol::Tls, Protocol::Wss] {
        let (mut world, session) = open(protocol)?;
        world.get(session, "")?;
        world.until_client_knows("2.05 4")?;
        world.client.told.clear();
        world.server.told.clear();
        world.client.node.engine.release(Instant::now(), session);
        world.run_until(|world| world.server.knows("closed"))?;
        world.client.told.retain(|told| told != "WsClosed");
        assert_eq!(world.client.told, ["DtlsClosed", "closed"]);
        let told: Vec<_> = world.server.told.iter().filter(|told| !told.starts_with("Ws")).collect();
        assert_eq!(told, ["TcpClosed", "Disconnected", "DtlsClosed", "ServerDeleted", "closed"]);
    }
    Ok(())
}

#[test]
fn who_does_not_speak_tls_is_sent_away() -> Result {
    let (mut world, _) = open(Protocol::Tls)?;
    world.until_client_knows("Connected")?;
    world.server.told.clear();
    let mut peer = TcpStream::connect(world.at)?;
    peer.write_all(b"GET / HTTP/1.1\r\n\r\n")?;
    peer.set_nonblocking(true)?;
    let mut answer = Vec::new();
    world.run_until(|world| world.server.knows("closed") && peer.read_to_end(&mut answer).is_ok())?;
    let expected = ["TcpConnected", "ServerNew", "DtlsError", "TcpClosed", "Failed", "DtlsClosed"];
    assert_eq!(world.server.told[..6], expected);
    assert_eq!(answer.first(), Some(&21), "an alert");
    assert_eq!(world.accepted().len(), 1, "the other one is served");
    Ok(())
}

#[test]
fn a_connection_that_breaks_is_the_end_of_its_channel() -> Result {
    let (mut world, session) = open(Protocol::Tls)?;
    world.until_client_knows("Connected")?;
    let accepted = world.accepted()[0];
    world.server.told.clear();
    // The client's node is gone, and nobody has said goodbye.
    world.client.node = coap_net::Node::new(Default::default(), Instant::now(), [9; 32])?;
    assert!(world.client.node.engine.session(session).is_none());
    world.run_until(|world| world.server.knows("closed"))?;
    assert_eq!(world.server.told, ["TcpClosed", "Disconnected", "DtlsClosed", "ServerDeleted", "closed"]);
    assert!(world.server.node.channel_info(accepted).is_none());
    Ok(())
}

#[test]
fn nobody_listens() -> Result {
    let pki = Pki::new();
    let mut world = World::new(Protocol::Tls, server(&pki.of_server(open_to_all())))?;
    world.server.node.close_endpoint(Instant::now(), world.endpoint);
    let session = world.connect(client(certificates(Some(&pki.ca.pem), None, Policy::default())))?;
    world.get(session, "")?;
    world.until_client_knows("Failed")?;
    assert_eq!(world.client.told, ["TcpFailed", "Nack NotDeliverable", "Failed"]);
    assert!(world.client.node.channel_info(session).is_none());
    Ok(())
}

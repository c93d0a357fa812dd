//! DTLS with pre-shared keys.
use super::{World, answer_with, knows_me, psk_client, psk_server};
use crate::Result;
use coap_net::{ConnectError, ListenError, PskInUse};
use coap_proto::{
    engine::{Connect, SessionState, SessionType},
    wire::{Code, Protocol},
};
use coap_secure::{Answer, Keys, PskClient, Settings, Version, dtls::ServerCredentials};
use std::{sync::Arc, time::Instant};

#[test]
fn who_has_the_key_is_served() -> Result {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    let session = world.connect(psk_client("me", "secret")?)?;
    let state = |world: &World| world.client.node.engine.session(session).map(|session| session.state());
    assert_eq!(state(&world), Some(SessionState::Handshake));
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    assert_eq!(state(&world), Some(SessionState::Established));
    assert_eq!(world.client.told, ["DtlsConnected", "2.05 4"]);
    assert_eq!(world.server.told, ["ServerNew", "DtlsConnected"]);
    let accepted = world.accepted()[0];
    let known = world.server.node.engine.session(accepted).ok_or("no session")?;
    assert_eq!((known.kind(), known.state()), (SessionType::Server, SessionState::Established));

    for (node, id, hint) in
        [(&world.server.node, accepted, Some(&b"hint"[..])), (&world.client.node, session, None)]
    {
        let known = node.channel_info(id).ok_or("no channel")?;
        let PskInUse { identity, key } = known.psk.ok_or("no key")?;
        assert_eq!((known.version, known.hint), (Some(Version::Dtls12), hint));
        assert_eq!((identity, key.as_bytes()), (&b"me"[..], &b"secret"[..]));
    }
    Ok(())
}

#[test]
fn a_wrong_key_fails_on_both_sides() -> Result {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    let session = world.connect(psk_client("me", "guess")?)?;
    world.get(session, "")?;
    world.until_client_knows("DtlsClosed")?;
    assert_eq!(world.client.told, ["DtlsError", "Nack TlsFailed", "DtlsClosed"]);
    world.run_until(|world| world.server.knows("closed"))?;
    assert_eq!(world.server.told, ["ServerNew", "DtlsError", "DtlsClosed", "ServerDeleted", "closed"]);
    assert!(world.accepted().is_empty());
    assert!(world.get(session, "").is_err(), "the session is over");
    assert!(world.client.node.channel_info(session).is_none());
    Ok(())
}

#[test]
fn an_unknown_identity_fails_too() -> Result {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    world.connect(psk_client("somebody else", "secret")?)?;
    world.until_client_knows("DtlsClosed")?;
    world.run_until(|world| world.server.knows("closed"))?;
    assert_eq!(world.server.told, ["ServerNew", "DtlsError", "DtlsClosed", "ServerDeleted", "closed"]);
    Ok(())
}

#[test]
fn the_application_knows_the_key() -> Result {
    let mut world = World::new(Protocol::Dtls, psk_server(Keys::Ask)?)?;
    world.server.answers = |node, asked| answer_with(node, asked, Answer::Key(b"secret"[..].into()));
    let session = world.connect(psk_client("anybody", "secret")?)?;
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    assert_eq!(world.server.told, ["ServerNew", "who is anybody?", "DtlsConnected"]);
    Ok(())
}

#[test]
fn an_answer_counts_once_and_for_its_question() -> Result {
    let mut world = World::new(Protocol::Dtls, psk_server(Keys::Ask)?)?;
    world.server.answers = |node, asked| {
        let again = asked.clone();
        answer_with(node, asked, Answer::Key(b"secret"[..].into()));
        if let coap_net::SecurityQuestion::Ask { session, question, .. } = again {
            assert!(!node.answer(Instant::now(), session, question, Answer::Refuse));
        }
    };
    world.connect(psk_client("anybody", "secret")?)?;
    world.until_client_knows("DtlsConnected")
}

#[test]
fn a_hint_can_change_who_the_client_is() -> Result {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    let psk = PskClient::new(b"nobody".to_vec(), b"none"[..].into(), &Settings::default())?;
    world.client.answers = |node, asked| {
        let answer = Answer::Client { identity: b"me".to_vec(), key: b"secret"[..].into() };
        answer_with(node, asked, answer);
    };
    let session = world.connect(coap_net::ClientCredentials::Psk(Arc::new(psk.ask_about_hints(true))))?;
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    assert!(world.client.knows("hint hint?"));
    let info = world.client.node.channel_info(session).ok_or("no channel")?;
    assert_eq!((info.hint, info.psk.map(|psk| psk.identity)), (Some(&b"hint"[..]), Some(&b"me"[..])));
    Ok(())
}

#[test]
fn credentials_are_looked_at_when_they_are_given() -> Result {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    let to = |protocol| Connect { local: None, remote: world.at.into(), protocol };
    let now = Instant::now();
    let node = &mut world.client.node;
    assert!(matches!(node.connect(now, to(Protocol::Dtls)), Err(ConnectError::CredentialsRequired("DTLS"))));
    for protocol in [Protocol::Udp, Protocol::Tls, Protocol::Wss] {
        let opened = node.connect_secure(now, to(protocol), psk_client("me", "secret")?);
        assert!(matches!(opened, Err(ConnectError::Credentials(_))), "{protocol:?}");
    }
    for group in ["224.0.1.187:5684", "255.255.255.255:5684"] {
        let to = Connect {
            local: None,
            remote: coap_proto::Address::Ip(group.parse()?),
            protocol: Protocol::Dtls,
        };
        assert!(node.connect_secure(now, to, psk_client("me", "secret")?).is_err(), "{group}");
    }
    for protocol in [Protocol::Dtls, Protocol::Tls, Protocol::Wss] {
        let opened = node.listen(crate::loopback(), protocol);
        assert!(matches!(opened, Err(ListenError::Credentials(..))), "{protocol:?}");
    }
    node.set_server_credentials(ServerCredentials::default());
    assert!(node.listen(crate::loopback(), Protocol::Dtls).is_err());
    assert_eq!(node.engine.sessions().count(), 0);
    Ok(())
}

#[test]
fn clients_of_one_node_have_a_session_each() -> Result {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    let sessions: Vec<_> =
        (0..20).map(|_| world.connect(psk_client("me", "secret")?)).collect::<Result<_>>()?;
    for session in &sessions {
        let put = world.request(*session, Code::PUT, "")?;
        world.send(*session, put)?;
    }
    world.run_until(|world| world.client.payloads.len() == 20)?;
    assert_eq!(world.accepted().len(), 20);
    Ok(())
}

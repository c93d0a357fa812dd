//! A server with several names chooses credentials for each client.
use super::{
    World,
    certificates::{Pki, client, open_to_all},
    knows_me,
    pki::{certificates, server},
    psk_client, psk_server,
};
use crate::Result;
use coap_net::{ClientCredentials, SecurityQuestion};
use coap_proto::wire::Protocol;
use coap_secure::{Keys, certificates::Policy, dtls::ServerCredentials};
use std::{cell::RefCell, time::Instant};

thread_local! {
    /// What the server answers with.
    static CREDENTIALS: RefCell<Option<ServerCredentials>> = const { RefCell::new(None) };
    /// Questions that it has not answered.
    static OPEN: RefCell<Vec<SecurityQuestion>> = const { RefCell::new(Vec::new()) };
}

fn choose(node: &mut coap_net::Node, asked: SecurityQuestion) {
    if let SecurityQuestion::Hello { hello, .. } = asked {
        let credentials = CREDENTIALS.with_borrow(Clone::clone);
        assert!(node.answer_hello(Instant::now(), hello, credentials));
        assert!(!node.answer_hello(Instant::now(), hello, None), "once");
    }
}

#[test]
fn a_client_of_dtls_gets_what_the_application_chooses() -> Result {
    let mut world = World::asking(Protocol::Dtls, ServerCredentials::default(), true)?;
    CREDENTIALS.set(Some(knows_me()?));
    world.server.answers = choose;
    let session = world.connect(psk_client("me", "secret")?)?;
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    // This client has no way to name the server.
    assert_eq!(world.server.told, ["server -?", "ServerNew", "DtlsConnected"]);
    Ok(())
}

#[test]
fn there_may_be_no_such_server() -> Result {
    let mut world = World::asking(Protocol::Dtls, ServerCredentials::default(), true)?;
    CREDENTIALS.set(None);
    world.server.answers = choose;
    let session = world.connect(psk_client("me", "secret")?)?;
    world.get(session, "")?;
    world.until_client_knows("DtlsClosed")?;
    assert_eq!(world.client.told, ["DtlsError", "Nack TlsFailed", "DtlsClosed"]);
    assert_eq!(world.server.told, ["server -?"], "no session was made");
    Ok(())
}

#[test]
fn the_application_may_take_its_time() -> Result {
    let mut world = World::asking(Protocol::Dtls, ServerCredentials::default(), true)?;
    world.server.answers = |_, asked| OPEN.with_borrow_mut(|open| open.push(asked));
    let session = world.connect(psk_client("me", "secret")?)?;
    world.get(session, "")?;
    world.run_until(|world| world.server.knows("server -?"))?;
    // The client tries again after a second, and is not asked about twice.
    let later = Instant::now() + std::time::Duration::from_millis(1300);
    world.run_until(|_| Instant::now() > later)?;
    assert_eq!(world.server.told, ["server -?"]);
    for asked in OPEN.take() {
        let SecurityQuestion::Hello { hello, offers_psk, .. } = asked else { continue };
        assert!(offers_psk);
        assert!(world.server.node.answer_hello(Instant::now(), hello, Some(knows_me()?)));
    }
    world.until_client_knows("2.05 4")
}

#[test]
fn clients_of_tls_name_the_server() -> Result {
    let pki = Pki::new();
    let certificates = certificates(Some(&pki.ca.pem), None, Policy::default());
    for name in ["server", "another.example"] {
        let known = name == "server";
        let mut world = World::asking(Protocol::Tls, ServerCredentials::default(), true)?;
        CREDENTIALS.set(known.then(|| server(&pki.of_server(open_to_all()))));
        world.server.answers = choose;
        let (certificates, name) = (certificates.clone(), Some(name.to_owned()));
        let asked = format!("server {}?", name.as_deref().unwrap_or_default());
        let session = world.connect(ClientCredentials::Certificates { certificates, name })?;
        world.get(session, "")?;
        world.until_client_knows(if known { "2.05 4" } else { "DtlsClosed" })?;
        assert!(world.server.knows(&asked), "{:?}", world.server.told);
        assert_eq!(world.client.knows("Nack TlsFailed"), !known);
    }
    Ok(())
}

#[test]
fn a_server_has_keys_and_certificates_at_once() -> Result {
    let pki = Pki::new();
    let both = ServerCredentials {
        psk: psk_server(Keys::Same(b"secret"[..].into()))?.psk,
        certificates: Some(pki.of_server(open_to_all())),
    };
    let mut world = World::new(Protocol::Dtls, both)?;
    let with_key = world.connect(psk_client("me", "secret")?)?;
    let with_certificate = world.connect(client(certificates(Some(&pki.ca.pem), None, Policy::default())))?;
    world.get(with_key, "")?;
    world.get(with_certificate, "")?;
    world.run_until(|world| world.client.payloads.len() == 2)?;
    let psk = |session| world.client.node.channel_info(session).map(|info| info.psk.is_some());
    assert_eq!((psk(with_key), psk(with_certificate)), (Some(true), Some(false)));
    Ok(())
}

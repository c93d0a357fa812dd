//! Certificates, over each of the three transports.
use super::{
    World, answer_with,
    pki::{Authority, Own, asking, certificates, params, self_signed, server},
};
use crate::Result;
use coap_net::ClientCredentials;
use coap_proto::wire::Protocol;
use coap_secure::{Answer, Certificates, Version, certificates::Policy};
use std::sync::Arc;

const ALL: [Protocol; 3] = [Protocol::Dtls, Protocol::Tls, Protocol::Wss];

/// A CA, and what it has issued to a server and a client.
pub(super) struct Pki {
    pub(super) ca: Authority,
    pub(super) server: Own,
    client: Own,
}

impl Pki {
    pub(super) fn new() -> Self {
        let ca = Authority::new("ca");
        let (server, client) = (ca.issues("server"), ca.issues("client"));
        Self { ca, server, client }
    }

    pub(super) fn of_server(&self, policy: Policy) -> Arc<Certificates> {
        certificates(Some(&self.ca.pem), Some(&self.server), policy)
    }

    pub(super) fn of_client(&self, policy: Policy) -> Arc<Certificates> {
        certificates(Some(&self.ca.pem), Some(&self.client), policy)
    }
}

pub(super) fn client(certificates: Arc<Certificates>) -> ClientCredentials {
    ClientCredentials::Certificates { certificates, name: Some("server".into()) }
}

/// A policy that asks clients for nothing.
pub(super) fn open_to_all() -> Policy {
    Policy { verify_peer: false, ..Policy::default() }
}

#[test]
fn two_that_one_ca_vouches_for_trust_each_other() -> Result {
    let pki = Pki::new();
    for protocol in ALL {
        let mut world = World::new(protocol, server(&pki.of_server(asking())))?;
        world.server.answers = |node, asked| answer_with(node, asked, Answer::Accept);
        world.client.answers = |node, asked| answer_with(node, asked, Answer::Accept);
        let session = world.connect(client(pki.of_client(asking())))?;
        world.get(session, "")?;
        world.until_client_knows("2.05 4")?;
        assert!(world.client.knows("is it server < ca?"), "{protocol:?}: {:?}", world.client.told);
        assert!(world.server.knows("is it client < ca?"), "{protocol:?}: {:?}", world.server.told);
        let version = world.client.node.channel_info(session).and_then(|info| info.version);
        let newest = if protocol == Protocol::Dtls { Version::Dtls13 } else { Version::Tls13 };
        assert_eq!(version, Some(newest));
        let chain = |node: &coap_net::Node, session| {
            let names = node.peer_chain(session)?.certificates.into_iter().map(|it| it.name);
            names.collect::<Option<Vec<_>>>()
        };
        assert_eq!(chain(&world.client.node, session), Some(vec!["server".into(), "ca".into()]));
        let accepted = world.accepted()[0];
        assert_eq!(chain(&world.server.node, accepted), Some(vec!["client".into(), "ca".into()]));
    }
    Ok(())
}

#[test]
fn a_client_may_do_without_a_certificate() -> Result {
    let pki = Pki::new();
    for protocol in ALL {
        let mut world = World::new(protocol, server(&pki.of_server(open_to_all())))?;
        let session = world.connect(client(certificates(Some(&pki.ca.pem), None, Policy::default())))?;
        world.get(session, "")?;
        world.until_client_knows("2.05 4")?;
        let nothing_else = world.server.told.iter().all(|told| !told.contains('?'));
        assert!(nothing_else, "{:?}", world.server.told);
    }
    Ok(())
}

#[test]
fn a_server_of_another_ca_is_not_trusted() -> Result {
    let (pki, other) = (Pki::new(), Authority::new("other"));
    for protocol in ALL {
        let mut world = World::new(protocol, server(&pki.of_server(open_to_all())))?;
        let session = world.connect(client(certificates(Some(&other.pem), None, Policy::default())))?;
        world.get(session, "")?;
        world.until_client_knows("DtlsClosed")?;
        assert!(world.client.knows("DtlsError") && world.client.knows("Nack TlsFailed"));
        assert!(!world.client.knows("DtlsConnected"));
        // A server of DTLS 1.3 reads no alert here: it waits until its handshake has taken too long.
        if protocol != Protocol::Dtls {
            world.run_until(|world| world.server.knows("closed"))?;
            assert!(world.server.knows("DtlsError"), "the alert came: {:?}", world.server.told);
        }
    }
    Ok(())
}

#[test]
fn a_client_of_another_ca_is_not_trusted() -> Result {
    let (pki, other) = (Pki::new(), Authority::new("other"));
    for protocol in ALL {
        let mut world = World::new(protocol, server(&pki.of_server(Policy::default())))?;
        let stranger = certificates(Some(&pki.ca.pem), Some(&other.issues("client")), Policy::default());
        world.connect(client(stranger))?;
        world.run_until(|world| world.server.knows("closed"))?;
        assert!(world.server.knows("DtlsError") && !world.server.knows("DtlsConnected"));
        world.until_client_knows("DtlsClosed")?;
        // In DTLS 1.3 it was done before the server had seen its certificate, and gets a goodbye.
        let error = world.client.knows("DtlsError");
        assert_eq!(error, protocol != Protocol::Dtls, "{:?}", world.client.told);
    }
    Ok(())
}

#[test]
fn a_server_may_be_known_by_its_own_certificate() -> Result {
    let own = self_signed(&params("server", 2025, 2030));
    for protocol in ALL {
        let mut world = World::new(protocol, server(&certificates(None, Some(&own), open_to_all())))?;
        let policy = Policy { allow_self_signed: true, ..Policy::default() };
        let session = world.connect(client(certificates(None, None, policy)))?;
        world.get(session, "")?;
        world.until_client_knows("2.05 4")?;
    }
    Ok(())
}

#[test]
fn the_application_has_the_last_word() -> Result {
    let pki = Pki::new();
    for protocol in ALL {
        let mut world = World::new(protocol, server(&pki.of_server(open_to_all())))?;
        world.client.answers = |node, asked| answer_with(node, asked, Answer::Refuse);
        let session = world.connect(client(certificates(Some(&pki.ca.pem), None, asking())))?;
        world.get(session, "")?;
        world.until_client_knows("DtlsClosed")?;
        assert!(world.client.knows("Nack TlsFailed") && !world.client.knows("DtlsConnected"));
        if protocol != Protocol::Dtls {
            world.run_until(|world| world.server.knows("closed"))?;
        }
    }
    Ok(())
}

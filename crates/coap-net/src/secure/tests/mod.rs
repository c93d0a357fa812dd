//! Stories of nodes without sockets: engines and channels on a seeded line, in virtual time.
mod flood;
mod line;
mod loss;
#[path = "../../../../coap-secure/tests/common/pki.rs"]
#[allow(dead_code, unreachable_pub, reason = "these tests use some of it")]
mod pki;
mod questions;
mod slow;
mod spoofed;

use super::ClientCredentials;
use coap_secure::{
    Keys, PskClient, PskServer, Secret, Settings, certificates::Policy, dtls::ServerCredentials,
};
use std::sync::Arc;

fn psk_client(identity: &str, key: &str) -> ClientCredentials {
    let psk = PskClient::new(identity.into(), key.as_bytes().into(), &Settings::default()).unwrap();
    ClientCredentials::Psk(Arc::new(psk))
}

fn psk_server(keys: Keys) -> ServerCredentials {
    let psk = PskServer::new(None, keys, &Settings::default()).unwrap();
    ServerCredentials { psk: Some(Arc::new(psk)), certificates: None }
}

/// A server that knows `me` by `secret`.
fn knows_me() -> ServerCredentials {
    psk_server(Keys::Table([(b"me".to_vec(), Secret::from(&b"secret"[..]))].into()))
}

/// A server with keys and with a certificate, and a client that trusts it.
fn with_certificates() -> (ServerCredentials, ClientCredentials) {
    let ca = pki::Authority::new("ca");
    let open = Policy { verify_peer: false, ..Policy::default() };
    let server = pki::certificates(Some(&ca.pem), Some(&ca.issues("server")), open);
    let certificates = pki::certificates(Some(&ca.pem), None, Policy::default());
    let credentials = ServerCredentials { certificates: Some(server), ..knows_me() };
    (credentials, ClientCredentials::Certificates { certificates, name: None })
}

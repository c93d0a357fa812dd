//! Pre-shared keys over DTLS.
use crate::{
    support::pki,
    ways::{Side, Ways, all_ways, is_answered, is_answered_as},
};
use std::fs;

/// A server with one key.
const SERVER: [&str; 4] = ["-k", "correct horse", "-h", "stable"];

#[test]
fn the_right_key() {
    is_answered(true, "coaps", &SERVER, &["-k", "correct horse", "-u", "me"]);
}

#[test]
fn a_wrong_key() {
    is_answered(false, "coaps", &SERVER, &["-k", "battery staple", "-u", "me"]);
}

/// `-i`: a key for an identity. Who has that identity needs that key; others need the usual one.
#[test]
fn a_key_for_an_identity() {
    let identities = lines("identities", "stable,alice,wonderland\n");
    let server = [&SERVER[..], &["-i", &identities]].concat();
    is_answered(true, "coaps", &server, &["-k", "wonderland", "-u", "alice"]);
    is_answered(false, "coaps", &server, &["-k", "correct horse", "-u", "alice"]);
    is_answered(true, "coaps", &server, &["-k", "correct horse", "-u", "bob"]);
    is_answered(false, "coaps", &server, &["-k", "wonderland", "-u", "bob"]);
}

/// `-h` of the client: identity and key for a hint.
#[test]
fn an_identity_for_a_hint() {
    let hints = lines("hints", "stable,alice,wonderland\n");
    let identities = lines("identities-for-hints", "stable,alice,wonderland\n");
    let server = [&SERVER[..], &["-i", &identities]].concat();
    is_answered(true, "coaps", &server, &["-k", "none of them", "-u", "bob", "-h", &hints]);
}

/// `-s`: hint and key for the name of the server. Ours as a client sends no name in DTLS, so it gets the usual key.
#[test]
fn a_key_for_a_name() {
    let names = lines("names", "localhost,by name,named key\n");
    let server = [&SERVER[..], &["-s", &names]].concat();
    let by_name = ["-k", "named key", "-u", "me"];
    is_answered_as(|ways: Ways| !ways.client.is_ours(), "coaps", &server, &by_name);
    let usual = ["-k", "correct horse", "-u", "me"];
    is_answered_as(|ways: Ways| ways.client.is_ours(), "coaps", &server, &usual);
}

/// TLS takes certificates alone: the endpoint is refused with a line that says so, and the rest of the server works.
#[test]
fn no_keys_over_tls() {
    let server = Side::Ours.serve(&[&SERVER[..], &["-v", "5"]].concat());
    let me = ["-k", "correct horse", "-u", "me"];
    let finished = Side::Ours.ask(&[&me[..], &["-v", "5"]].concat(), &server.uri("coaps+tcp", "/"));
    let printed = server.stop();
    let line = "pre-shared keys are not supported over TLS, only over DTLS";
    assert!(printed.contains(line), "{printed}");
    assert!(format!("{}{}", finished.stdout, finished.stderr).contains(line), "{}", finished.stdout);
}

/// Many clients one after the other, and all at once.
#[test]
fn one_server_and_many_clients() {
    all_ways(|ways| {
        let server = ways.server.serve(&SERVER);
        std::thread::scope(|scope| {
            for turn in 0..4 {
                let uri = server.uri("coaps", "/");
                scope.spawn(move || {
                    let identity = format!("client {turn}");
                    for _ in 0..2 {
                        let arguments = ["-k", "correct horse", "-u", &identity];
                        let finished = ways.client.ask(&arguments, &uri);
                        assert!(finished.stdout.contains("libcoap"), "{}", ways.name());
                    }
                });
            }
        });
        server.stop();
    });
}

/// A file with these lines.
fn lines(name: &str, text: &str) -> String {
    let path = pki::directory().join(name);
    fs::write(&path, text).expect("a file");
    path.to_string_lossy().into_owned()
}

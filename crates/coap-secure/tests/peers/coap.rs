//! libcoap's client and server, in their builds with OpenSSL and with GnuTLS.
use super::{
    dtls::{Listening, ask, ask_for},
    process::{Program, directory, free_udp_port},
};
use crate::common::{
    KEY,
    pki::{Authority, certificates, server},
    psk_client, psk_server, secret, server_with,
};
use coap_secure::{Keys, PskClient, Settings, certificates::Policy, dtls::Dtls};
use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const BUILDS: [&str; 2] = ["openssl", "gnutls"];

/// Says "hello" to every request (RFC 7252 section 3).
fn hello(request: &[u8]) -> Vec<u8> {
    let token = usize::from(request[0] & 15);
    let mut response = vec![0x60 | request[0] & 15, 0x45, request[2], request[3]];
    response.extend(&request[4..4 + token]);
    response.extend(b"\xffhello");
    response
}

/// GET / with no token.
const GET: &[u8] = &[0x40, 1, 0x12, 0x34];

fn client(directory: &Path, build: &str, arguments: &str, port: u16) -> Option<String> {
    let arguments = format!("-v 6 -B 8 {arguments} coaps://127.0.0.1:{port}/");
    Some(Program::start(directory, &format!("coap-client-{build}"), &arguments)?.prints_until_its_end())
}

#[test]
fn its_client_with_a_pre_shared_key() {
    for build in BUILDS {
        let directory = directory("coap", &[]);
        for (identity, key, alert) in [
            ("alice", "secretPSK", None),
            ("alice", "wrong", Some("51")),
            ("mallory", "secretPSK", Some("115")),
        ] {
            let ours = Listening::new(server_with(Keys::Ask), |server| server.respond = hello);
            let arguments = format!("-u {identity} -k {key}");
            let Some(heard) = client(&directory, build, &arguments, ours.address.port()) else { return };
            let story = ours.story().join(", ");
            let Some(alert) = alert else {
                assert!(heard.contains("hello"), "{build}: {heard} / {story}");
                continue;
            };
            assert!(!heard.contains("hello"));
            assert!(
                story.contains(&format!("failed Authentication Some(Sent(Alert({alert})))")),
                "{build}: {story}"
            );
        }
    }
}

#[test]
fn its_client_with_certificates() {
    let ca = Authority::new("ca.test");
    let [own, theirs] = ["localhost", "client.test"].map(|name| ca.issues(name));
    let files = [("ca.pem", &*ca.pem), ("own.pem", &*theirs.pem), ("key.pem", &*theirs.key)];
    let directory = directory("coap-pki", &files);
    let ours = certificates(Some(&ca.pem), Some(&own), Policy::default());
    for build in BUILDS {
        let ours = Listening::new(server(&ours), |server| server.respond = hello);
        let arguments = "-c own.pem -j key.pem -C ca.pem";
        let Some(heard) = client(&directory, build, arguments, ours.address.port()) else { return };
        let story = ours.story().join(", ");
        assert!(heard.contains("hello"), "{build}: {heard} / {story}");
    }
}

fn start_server(directory: &Path, build: &str, arguments: &str) -> Option<(Program, u16)> {
    let port = free_udp_port();
    let arguments = format!("-A 127.0.0.1 -p {} {arguments}", port - 1);
    let program = Program::start(directory, &format!("coap-server-{build}"), &arguments)?;
    thread::sleep(Duration::from_millis(500));
    Some((program, port))
}

#[test]
fn its_server_with_a_pre_shared_key() {
    for build in BUILDS {
        let Some((_server, port)) = start_server(&directory("coap", &[]), build, "-k secretPSK -h hint")
        else {
            return;
        };
        let make = |key| Dtls::psk_client(psk_client(b"alice", key), Instant::now()).unwrap();
        let (log, answer) = ask(make(KEY), port, GET);
        assert_eq!(log, ["established DTLS 1.2"], "{build}");
        assert_eq!(answer[..4], [0x60, 0x45, 0x12, 0x34], "{build}: 2.05 in an acknowledgement");
        let asks = PskClient::new(b"alice".to_vec(), secret(b"wrong"), &Settings::default()).unwrap();
        let asks = Arc::new(asks.ask_about_hints(true));
        let (log, answer) = ask(Dtls::psk_client(asks, Instant::now()).unwrap(), port, GET);
        assert_eq!(log, ["hint hint?", "established DTLS 1.2"], "{build}: another identity");
        assert_eq!(answer[..4], [0x60, 0x45, 0x12, 0x34], "{build}");
        // OpenSSL drops what it cannot read, and says nothing.
        let (log, _) = ask_for(Duration::from_secs(3), make(b"wrong"), port, GET);
        assert!(log.iter().all(|line| !line.starts_with("established")), "{build}: {log:?}");
    }
}

#[test]
fn its_server_with_certificates() {
    let ca = Authority::new("ca.test");
    let [own, theirs] = ["client.test", "localhost"].map(|name| ca.issues(name));
    let files = [("ca.pem", &*ca.pem), ("own.pem", &*theirs.pem), ("key.pem", &*theirs.key)];
    for build in BUILDS {
        let directory = directory(&format!("coap-server-{build}"), &files);
        let Some((_server, port)) = start_server(&directory, build, "-c own.pem -j key.pem -C ca.pem") else {
            return;
        };
        let ours = certificates(Some(&ca.pem), Some(&own), Policy::default());
        let (log, answer) = ask(Dtls::client(ours, Instant::now()).unwrap(), port, GET);
        assert_eq!(log, ["established DTLS 1.2"], "{build}");
        assert_eq!(answer[..4], [0x60, 0x45, 0x12, 0x34], "{build}");
    }
}

#[test]
fn two_clients_of_it_at_a_time() {
    let directory = directory("coap", &[]);
    let ours = Listening::new(psk_server(), |server| server.respond = hello);
    let port = ours.address.port();
    let both = BUILDS.map(|build| {
        let directory = directory.clone();
        thread::spawn(move || client(&directory, build, "-u a -k secretPSK", port))
    });
    for heard in both.map(|thread| thread.join().unwrap()).into_iter().flatten() {
        assert!(heard.contains("hello"), "{heard}");
    }
}

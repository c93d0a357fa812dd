//! DTLS with `openssl s_client` and `s_server`.
use super::process::{PATIENCE, Program, directory, free_udp_port};
use crate::common::{
    KEY, line, outputs,
    pki::{Authority, Own, certificates, server},
    psk_client, psk_server, reads, secret,
    server::Server,
};
use coap_secure::{Answer, Channel, Event, certificates::Policy, dtls::Dtls, dtls::ServerCredentials};
use std::{
    net::{SocketAddr, UdpSocket},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A server of ours on loopback.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<String>>>,
}

impl Listening {
    pub(crate) fn new(credentials: ServerCredentials, set: fn(&mut Server)) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let mut server = Server::new(Instant::now(), credentials);
            set(&mut server);
            let mut room = [0; 65_536];
            while !stopped.load(Ordering::Relaxed) {
                if let Ok((length, peer)) = socket.recv_from(&mut room) {
                    server.input(Instant::now(), peer, &room[..length]);
                }
                server.timeout(Instant::now());
                for (peer, datagram) in server.out.drain(..) {
                    let _ = socket.send_to(&datagram, peer);
                }
            }
            server.log.into_iter().map(|(_, line)| line).collect()
        });
        Self { address, stop, thread: Some(thread) }
    }

    /// Ends it, and tells what happened.
    pub(crate) fn story(mut self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap()
    }
}

/// Our client: says `hello` and waits for an answer. What happened, and the answer. A hint makes it bob.
pub(crate) fn ask(channel: Dtls, port: u16, hello: &[u8]) -> (Vec<String>, Vec<u8>) {
    ask_for(PATIENCE, channel, port, hello)
}

/// The same, with another patience.
pub(crate) fn ask_for(time: Duration, mut channel: Dtls, port: u16, hello: &[u8]) -> (Vec<String>, Vec<u8>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let (mut log, mut room, end) = (Vec::new(), [0; 65_536], Instant::now() + time);
    while Instant::now() < end {
        while let Some(event) = channel.event() {
            log.push(line(&event));
            if let Event::Ask(id, _) = &event {
                let answer = Answer::Client { identity: b"bob".to_vec(), key: secret(KEY) };
                channel.answer(Instant::now(), *id, answer);
            }
            if line(&event).starts_with("established") {
                channel.write(Instant::now(), hello).unwrap();
            }
        }
        let answer = reads(&mut channel).concat();
        if !answer.is_empty() {
            channel.close(Instant::now());
        }
        for datagram in outputs(&mut channel) {
            let _ = socket.send(&datagram);
        }
        if channel.is_over() {
            return (log, answer);
        }
        if let Ok(length) = socket.recv(&mut room) {
            channel.input(Instant::now(), &room[..length]);
        }
        channel.timeout(Instant::now());
    }
    (log, Vec::new())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn s_client_with_a_pre_shared_key() {
    let ours = Listening::new(psk_server(), |_| {});
    let arguments = format!(
        "s_client -dtls1_2 -connect {} -psk {} -psk_identity alice -cipher PSK-AES128-CCM8 -quiet",
        ours.address,
        hex(KEY)
    );
    let Some(mut theirs) = Program::start(&directory("psk", &[]), "openssl", &arguments) else { return };
    theirs.say("hello over there\n");
    assert!(theirs.prints("hello over there"));
    drop(theirs);
    assert_eq!(ours.story()[0], "established DTLS 1.2");
}

#[test]
fn s_client_with_a_wrong_key_or_no_suite_hears_why() {
    for (key, suite, alert) in
        [("00", "PSK-AES128-CCM8", "decrypt error"), ("00", "PSK-AES128-GCM-SHA256", "handshake failure")]
    {
        let ours = Listening::new(psk_server(), |_| {});
        let arguments = format!(
            "s_client -dtls1_2 -connect {} -psk {key} -psk_identity alice -cipher {suite}",
            ours.address
        );
        let Some(mut theirs) = Program::start(&directory("psk", &[]), "openssl", &arguments) else { return };
        assert!(theirs.prints(alert), "{alert}");
        // A hello that nothing can be made of does not come as far as the application.
        let story = ours.story();
        assert!(story.is_empty() == suite.contains("GCM"), "{story:?}");
    }
}

/// Our client says hello to `s_server`, which answers.
fn ask_s_server(directory: &Path, arguments: &str, channel: Dtls) -> Option<(Vec<String>, Vec<u8>)> {
    let port = free_udp_port();
    let arguments = format!("s_server -dtls1_2 -accept 127.0.0.1:{port} -quiet {arguments}");
    let mut theirs = Program::start(directory, "openssl", &arguments)?;
    thread::sleep(Duration::from_millis(500));
    let ours = thread::spawn(move || ask(channel, port, b"hello over there\n"));
    while !ours.is_finished() {
        if theirs.prints_within("hello over there", Duration::from_millis(100)) {
            theirs.say("and hello\n");
            break;
        }
    }
    Some(ours.join().unwrap())
}

#[test]
fn s_server_with_a_pre_shared_key() {
    let arguments = format!("-nocert -psk {} -psk_hint who -cipher PSK-AES128-CCM8", hex(KEY));
    let make = |key| {
        let channel = Dtls::psk_client(psk_client(b"Client_identity", key), Instant::now()).unwrap();
        ask_s_server(&directory("psk", &[]), &arguments, channel)
    };
    let Some((log, answer)) = make(KEY) else { return };
    assert_eq!((log[0].as_str(), &answer[..]), ("established DTLS 1.2", &b"and hello\n"[..]));
}

struct Pki {
    ca: Authority,
    server: Own,
    client: Own,
}

fn pki() -> Pki {
    let ca = Authority::new("ca.test");
    let [server, client] = ["good.test", "client.test"].map(|name| ca.issues(name));
    Pki { ca, server, client }
}

#[test]
fn s_client_with_certificates() {
    let Pki { ca, server: own, client } = pki();
    let files = [("ca.pem", &*ca.pem), ("own.pem", &*client.pem), ("key.pem", &*client.key)];
    let directory = directory("s_client", &files);
    let certificates = certificates(Some(&ca.pem), Some(&own), Policy::default());
    let ours = Listening::new(server(&certificates), |_| {});
    let arguments = format!(
        "s_client -dtls1_2 -connect {} -CAfile ca.pem -cert own.pem -key key.pem -verify_return_error -quiet \
         -servername some.test",
        ours.address
    );
    let Some(mut theirs) = Program::start(&directory, "openssl", &arguments) else { return };
    theirs.say("hello over there\n");
    assert!(theirs.prints("hello over there"));
    drop(theirs);
    assert_eq!(ours.story()[0], "established DTLS 1.2");
    let ours = Listening::new(server(&certificates), |server| {
        server.credentials = |server, name| (name == Some("some.test")).then(|| server.default.clone());
    });
    let arguments = format!("s_client -dtls1_2 -connect {} -servername other.test", ours.address);
    let Some(mut theirs) = Program::start(&directory, "openssl", &arguments) else { return };
    assert!(theirs.prints("unrecognized name"));
    assert_eq!(ours.story(), ["no server other.test"]);
}

#[test]
fn s_server_with_certificates() {
    let Pki { ca, server: own, client } = pki();
    let files = [("ca.pem", &*ca.pem), ("own.pem", &*own.pem), ("key.pem", &*own.key)];
    let directory = directory("s_server", &files);
    let arguments = "-cert own.pem -key key.pem -CAfile ca.pem -Verify 1 -verify_return_error";
    let make = |own: Option<&Own>, ca: &str| {
        let certificates = certificates(Some(ca), own, Policy::default());
        let channel = Dtls::client(certificates, Instant::now()).unwrap();
        ask_s_server(&directory, arguments, channel).unwrap_or_default()
    };
    if Program::start(&directory, "openssl", "version").is_none() {
        return;
    }
    let (log, answer) = make(Some(&client), &ca.pem);
    assert_eq!((log[0].as_str(), &answer[..]), ("established DTLS 1.2", &b"and hello\n"[..]));
    let (log, _) = make(None, &ca.pem);
    assert_eq!(log, ["failed Authentication Some(Sent(Alert(40)))"], "it wants a certificate");
    let (log, _) = make(Some(&client), &Authority::new("ca.test").pem);
    assert_eq!(log, ["failed Authentication Some(Sent(Alert(48)))"], "somebody else's CA");
}

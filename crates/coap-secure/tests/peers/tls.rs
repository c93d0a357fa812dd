//! TLS with `openssl s_client` and `s_server`.
use super::process::{PATIENCE, Program, directory, free_tcp_port};
use crate::common::{
    line, outputs,
    pki::{Authority, CLOCK, certificates},
    reads,
};
use coap_secure::{
    Answer, Certificates, Channel, Event, Settings,
    certificates::{Parts, Policy, Source},
    tls::{Inside, ServerCredentials, Tls},
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// What happened, and what was heard.
type Told = (Vec<String>, Vec<u8>);

/// Drives a channel over a socket until it is over. A client says `hello`; a server echoes, and is done.
fn drive(
    mut channel: Tls,
    mut stream: TcpStream,
    server: Option<&Arc<ServerCredentials>>,
    hello: &[u8],
) -> Told {
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let (mut log, mut heard, mut room, end) = (Vec::new(), Vec::new(), [0; 4096], Instant::now() + PATIENCE);
    while Instant::now() < end {
        while let Some(event) = channel.event() {
            log.push(line(&event));
            match (&event, server) {
                (Event::Ask(id, _), Some(credentials)) => {
                    channel.answer(Instant::now(), *id, Answer::Server(credentials.clone()));
                }
                (Event::Established(_), None) => channel.write(Instant::now(), hello).unwrap(),
                _ => {}
            }
        }
        let data = reads(&mut channel).concat();
        heard.extend(&data);
        if server.is_some() && !data.is_empty() {
            channel.write(Instant::now(), &data).unwrap();
        }
        if heard.ends_with(b"\n") {
            channel.close(Instant::now());
        }
        let _ = stream.write_all(&outputs(&mut channel).concat());
        if channel.is_over() {
            return (log, heard);
        }
        match stream.read(&mut room) {
            Ok(0) => return (log, heard),
            Ok(length) => channel.input(Instant::now(), &room[..length]),
            Err(_) => {}
        }
    }
    (log, heard)
}

/// A server of ours that serves one client.
fn serve(certificates: &Arc<Certificates>) -> (u16, thread::JoinHandle<Told>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let credentials = certificates.tls_server().unwrap();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let channel = Tls::server(Inside::Coap, &Settings::default(), Instant::now());
        drive(channel, stream, Some(&credentials), b"")
    });
    (port, thread)
}

/// A certificate that openssl has made, trusted by itself; `None` without openssl.
fn by_openssl(directory: &Path, kind: &str) -> Option<Parts> {
    let make =
        format!("req -x509 -newkey {kind} -nodes -keyout key.pem -out own.pem -days 30 -subj /CN=localhost");
    // The policies here do not look at dates.
    Program::start(directory, "openssl", &make)?.prints_until_its_end();
    let file = |name: &str| Some(Source::File(directory.join(name)));
    Some(Parts { chain: file("own.pem"), key: file("key.pem"), ca: file("own.pem"), roots: vec![] })
}

fn lenient() -> Policy {
    Policy { allow_expired: true, ..Policy::default() }
}

#[test]
fn s_client_with_either_version_and_kind_of_key() {
    for (name, kind) in [("tls-rsa", "rsa:2048"), ("tls-ec", "ec -pkeyopt ec_paramgen_curve:P-256")] {
        let directory = directory(name, &[]);
        let Some(parts) = by_openssl(&directory, kind) else { return };
        let ours = Certificates::new(&parts, lenient(), CLOCK, &Settings::default()).map(Arc::new).unwrap();
        for (version, expected) in [("-tls1_2", "established TLS 1.2"), ("-tls1_3", "established TLS 1.3")] {
            let (port, thread) = serve(&ours);
            let arguments = format!(
                "s_client {version} -connect 127.0.0.1:{port} -CAfile own.pem -cert own.pem -key key.pem \
                 -alpn coap -servername some.test -verify_return_error -quiet"
            );
            let Some(mut theirs) = Program::start(&directory, "openssl", &arguments) else { return };
            theirs.say("hello over there\n");
            assert!(theirs.prints("hello over there"), "{kind} {version}");
            let (log, _) = thread.join().unwrap();
            assert_eq!(log[..2], ["hello some.test?", expected], "{kind}");
        }
    }
}

#[test]
fn s_client_that_speaks_something_else() {
    let directory = directory("tls-alpn", &[]);
    let Some(parts) = by_openssl(&directory, "rsa:2048") else { return };
    let policy = Policy { verify_peer: false, ..Policy::default() };
    let ours = Certificates::new(&parts, policy, CLOCK, &Settings::default()).map(Arc::new).unwrap();
    let (port, thread) = serve(&ours);
    let arguments = format!("s_client -connect 127.0.0.1:{port} -alpn h2");
    let Some(mut theirs) = Program::start(&directory, "openssl", &arguments) else { return };
    assert!(theirs.prints("no application protocol"));
    let (log, _) = thread.join().unwrap();
    assert!(log[1].starts_with("failed NoSharedSuite"), "{log:?}");
}

#[test]
fn s_server_with_either_version() {
    let ca = Authority::new("ca.test");
    let [theirs, own] = ["good.test", "client.test"].map(|name| ca.issues(name));
    let files = [("ca.pem", &*ca.pem), ("own.pem", &*theirs.pem), ("key.pem", &*theirs.key)];
    let directory = directory("tls-server", &files);
    let ours = certificates(Some(&ca.pem), Some(&own), Policy::default());
    let strangers = certificates(Some(&Authority::new("ca.test").pem), Some(&own), Policy::default());
    for (version, expected) in [("-tls1_2", "established TLS 1.2"), ("-tls1_3", "established TLS 1.3")] {
        let port = free_tcp_port();
        let arguments = format!(
            "s_server {version} -accept 127.0.0.1:{port} -cert own.pem -key key.pem -CAfile ca.pem -Verify 1 \
             -verify_return_error -alpn coap -rev"
        );
        let Some(_theirs) = Program::start(&directory, "openssl", &arguments) else { return };
        let asks = |certificates| {
            let stream = connect(port);
            let channel = Tls::client(certificates, Some("good.test"), Inside::Coap, Instant::now()).unwrap();
            drive(channel, stream, None, b"hello\n")
        };
        let (log, heard) = asks(&ours);
        assert_eq!((log[0].as_str(), &heard[..]), (expected, &b"olleh\n"[..]));
        let (log, _) = asks(&strangers);
        assert_eq!(log, ["failed Authentication Some(Sent(Alert(48)))"]);
    }
}

/// It takes a moment to be there.
fn connect(port: u16) -> TcpStream {
    let end = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(stream) => return stream,
            Err(error) if Instant::now() > end => panic!("{error}"),
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

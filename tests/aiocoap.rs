//! An independent peer, aiocoap (PyPI): as client of a C server on ours, and as server of `coap-client` on ours.
#![forbid(unsafe_code)]

mod support;

use coap_proto::wire::Pdu;
use std::{fs, path::PathBuf, process::Command, time::Duration};
use support::{
    Program,
    library::Library,
    pki,
    process::Running,
    relay::{Relay, Way},
    root, udp,
};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn as_client() {
    let ours = Library::ours();
    let mut server = Program::compile("c-tests/wire/server.c", &ours).start(&ours, &["plain"]);
    let port = server.wait_for_line(LIMIT, |line| line.starts_with("port "));
    let port = port["port ".len()..].trim();
    let finished = Running::start(python("client.py", port)).finish(LIMIT);
    let expected = expected_of_client();
    assert_eq!(sorted(&finished.stdout), sorted(&expected), "\n{}", finished.stderr);
}

#[test]
fn as_server() {
    let (port, _server) = start_server();
    let steps: [(&[&str], &str, &str); 10] = [
        (&[], "value", "hello"),
        (&["-N"], "value", "hello"),
        (&["-m", "put", "-e", "changed"], "value", "changed"),
        (&["-m", "put", "-N", "-e", "changed again"], "value", "changed again"),
        (&[], "value", "changed again"),
        (&["-m", "post", "-e", "x"], "value?a=1&b", "a=1/b"),
        (&["-m", "delete"], "value", ""),
        (&[], "slow", "late"),
        (&["-N"], "slow", "late"),
        (&[], "none", "4.04"),
    ];
    for (options, path, expected) in steps {
        let output = coap_client(options, &format!("coap://127.0.0.1:{port}/{path}"));
        assert_eq!(output.trim(), expected, "{options:?} {path}");
    }
    let links = coap_client(&[], &format!("coap://127.0.0.1:{port}/.well-known/core"));
    assert!(links.contains("</value>") && links.contains("</slow>"), "{links}");
}

/// Bodies of up to 100 kB in blocks of each size, confirmable and not; observing bodies large and small.
#[test]
fn as_client_of_large_bodies() {
    let ours = Library::ours();
    let mut server = Program::compile("c-tests/aiocoap/bodies.c", &ours).start(&ours, &[]);
    let port = server.wait_for_line(LIMIT, |line| line.starts_with("port "));
    let port = port["port ".len()..].trim();
    let finished = Running::start(python("bodies.py", port)).finish(LIMIT);
    server.close_input();
    let stored = server.finish(LIMIT);
    let mut expected = String::new();
    for kind in ["CON", "NON"] {
        for size in [16, 32, 64, 128, 256, 512, 1024] {
            expected.push_str(&format!("{kind}, blocks of {size}: put 2.04, got the same: True\n"));
        }
    }
    expected.push_str("registered: True\n");
    for length in [5000, 100, 40_000, 0, 5000] {
        expected.push_str(&format!("told of {length} bytes: True, 2.05\n"));
    }
    assert_eq!(finished.stdout, expected, "\n{}{}", finished.stderr, stored.stdout);
    let observed = |line: &&str| line.ends_with("observed 1");
    assert!(stored.stdout.lines().filter(observed).count() >= 5, "{}", stored.stdout);
    assert!(stored.stdout.ends_with("stored 3000, observed 0\n"), "aiocoap cancelled:\n{}", stored.stdout);
}

#[test]
fn as_client_over_tcp() {
    client_over("TCP", "coap+tcp");
}

#[test]
fn as_client_over_websockets() {
    client_over("WS", "coap+ws");
}

/// The server has a certificate, and the client knows the CA.
#[test]
fn as_client_over_tls() {
    client_over("TLS", "coaps+tcp");
}

#[test]
fn as_client_over_secure_websockets() {
    client_over("WSS", "coaps+ws");
}

/// A key, by tinydtls, which aiocoap has for DTLS.
#[test]
fn as_client_over_dtls() {
    client_over("DTLS", "coaps");
}

/// Bodies of up to 150 kB, observing, twenty requests at once.
fn client_over(protocol: &str, scheme: &str) {
    let ours = Library::ours();
    let program = Program::compile("c-tests/aiocoap/bodies.c", &ours);
    let mut server = program.start_with(&ours, &[protocol], &[pki::variable()]);
    let port = server.wait_for_line(LIMIT, |line| line.starts_with("port "));
    let mut command = python("streams.py", port["port ".len()..].trim());
    command.arg(scheme).envs([pki::variable()]);
    let finished = Running::start(command).finish(LIMIT);
    server.close_input();
    let stored = server.finish(LIMIT);
    let mut expected = String::new();
    for length in [1, 1000, 1024, 1025, 5000, 150_000] {
        expected.push_str(&format!("{length} bytes: put 2.04, got the same: True\n"));
    }
    expected.push_str("20 of 20 at once\n");
    for length in [10, 100, 1000] {
        expected.push_str(&format!("told of {length} bytes: True, 2.05\n"));
    }
    assert_eq!(finished.stdout, expected, "\n{}{}", finished.stderr, stored.stdout);
}

#[test]
fn as_server_over_tcp() {
    server_over("TCP", 0);
}

/// aiocoap listens for WebSockets 3,000 ports further up.
#[test]
fn as_server_over_websockets() {
    server_over("WS", 3000);
}

/// Each has a certificate, and wants one of the other. aiocoap listens for TLS at the next port.
#[test]
fn as_server_over_tls() {
    server_over("TLS", 1);
}

#[test]
fn as_server_over_secure_websockets() {
    server_over("WSS", 3001);
}

fn server_over(protocol: &str, further: u16) {
    let (port, _server) = start_server_with(&[pki::variable().1]);
    let ours = Library::ours();
    let client = Program::compile("c-tests/aiocoap/ask.c", &ours);
    let arguments = [protocol, &(port + further).to_string()];
    let finished = client.start_with(&ours, &arguments, &[pki::variable()]).finish(LIMIT);
    let large = "b".repeat(40);
    let expected = format!(
        "0.01 value, 0 bytes\n  2.05, 5 bytes: hello\n\
         0.03 value, 10 bytes\n  2.04, 10 bytes: bbbbbbbbbb\n\
         0.01 value, 0 bytes\n  2.05, 10 bytes: bbbbbbbbbb\n\
         0.03 value, 100000 bytes\n  2.04, 100000 bytes: {large}\n\
         0.01 value, 0 bytes\n  2.05, 100000 bytes: {large}\n\
         0.01 slow, 0 bytes\n  2.05, 4 bytes: late\n\
         0.01 none, 0 bytes\n  4.04, 0 bytes: \n\
         0.04 value, 0 bytes\n  2.02, 0 bytes: \n"
    );
    assert_eq!(finished.stdout, expected, "\n{}", finished.stderr);
}

/// The other way round: `coap-client` on ours sends 100 kB in blocks of each size, and gets them back.
#[test]
fn as_server_of_large_bodies() {
    let (port, _server) = start_server();
    let body: Vec<u8> = (0..100_000).map(|at| b'a' + ((at * 7 + at / 251) % 26) as u8).collect();
    let file = |name: &str| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (sent, got) = (file("aiocoap-sent"), file("aiocoap-got"));
    for size in ["16", "64", "128", "512", "1024"] {
        // Small blocks of a smaller body: aiocoap takes its time.
        let length = if size.len() < 3 { 5000 } else { body.len() };
        for options in [&["-b", size][..], &["-b", size, "-N"], &["-b", size, "-L", "3"]] {
            fs::write(&sent, &body[..length]).expect("a file can be written");
            let _ = fs::remove_file(&got);
            let uri = format!("coap://127.0.0.1:{port}/value");
            let (from, to) = (sent.to_string_lossy(), got.to_string_lossy());
            let answer = coap_client(&[options, &["-m", "put", "-f", &from]].concat(), &uri);
            let answer: String = answer.split_whitespace().collect();
            assert!(answer.as_bytes() == &body[..length], "aiocoap answers with what was put: {options:?}");
            coap_client(&[options, &["-o", &to]].concat(), &uri);
            assert!(fs::read(&got).is_ok_and(|got| got == body[..length]), "{options:?}");
        }
    }
}

/// `coap-client` on ours observes what others change; at its end aiocoap has no observer any more.
#[test]
fn as_server_that_is_observed() {
    std::thread::scope(|scope| {
        for options in [&["-L", "1"][..], &["-L", "3"], &["-L", "3", "-N"]] {
            scope.spawn(|| observe_aiocoap(options));
        }
    });
}

fn observe_aiocoap(options: &[&str]) {
    let (port, mut server) = start_server();
    let relay = Relay::to(port);
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("aiocoap-state-{port}"));
    let uri = format!("coap://127.0.0.1:{port}/shown");
    let observed = format!("coap://127.0.0.1:{}/shown", relay.port());
    let observer = start_client(&[options, &["-s", "3"]].concat(), &observed);
    server.wait_for_line(LIMIT, |line| line == "observers: 1\n");
    let mut expected = "hello".to_owned();
    for state in [5, 3000, 20, 9000].map(|length| "0123456789".repeat(length / 5)) {
        fs::write(&file, &state).expect("a file can be written");
        // Each when the whole of the last has come: aiocoap tells the newest state only.
        relay.wait_until(LIMIT, |messages| down(messages) >= expected.len());
        coap_client(&["-m", "put", "-f", &file.to_string_lossy()], &uri);
        expected.push_str(&state);
    }
    let finished = observer.finish(LIMIT);
    let seen: String = finished.stdout.split_whitespace().collect();
    assert!(seen == expected, "{options:?}: {} bytes of {}", seen.len(), expected.len());
    server.wait_for_line(LIMIT, |line| line == "observers: 0\n");
    let _ = fs::remove_file(file);
}

/// Bytes of the successful responses that the client got.
fn down(messages: &[(Way, Pdu)]) -> usize {
    let responses = messages.iter().filter(|(way, pdu)| *way == Way::Down && pdu.code().class() == 2);
    responses.map(|(_, pdu)| pdu.payload().len()).sum()
}

/// aiocoap as server on a free port.
fn start_server() -> (u16, Running) {
    start_server_with(&[])
}

fn start_server_with(arguments: &[&str]) -> (u16, Running) {
    let port = udp::free_port();
    let mut command = python("server.py", &port.to_string());
    command.args(arguments);
    let mut server = Running::start(command);
    server.wait_for_line(LIMIT, |line| line == "ready\n");
    (port, server)
}

fn coap_client(options: &[&str], uri: &str) -> String {
    let finished = start_client(options, uri).finish(LIMIT);
    finished.stdout + &finished.stderr
}

fn start_client(options: &[&str], uri: &str) -> Running {
    let mut command = Command::new("coap-client-notls");
    command.args(["-B", "10"]).args(options).arg(uri);
    Library::ours().use_in(&mut command);
    Running::start(command)
}

/// aiocoap lives in a virtual environment below `build`; `FERROCOAP_PYTHON` names another interpreter that has it.
fn python(script: &str, port: &str) -> Command {
    let interpreter = std::env::var_os("FERROCOAP_PYTHON")
        .map_or_else(|| root().join("build/venv/bin/python"), PathBuf::from);
    assert!(interpreter.exists(), "no aiocoap: run `make needs` first");
    let mut command = Command::new(interpreter);
    command.arg(root().join("c-tests/aiocoap").join(script)).arg(port);
    command
}

/// Requests that are under way at the same time may be answered in any order.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn expected_of_client() -> String {
    let mut text = String::new();
    let links = "</a>;rt=\"light\",</a/b>,</sync>,</count>,</q>,</empty>,</code>,</bare>";
    text.push_str(&format!("CON GET /.well-known/core: 2.05 b'{links}' LINKFORMAT\n"));
    text.push_str("CON GET /.well-known/core?rt=light: 2.05 b'</a>;rt=\"light\"' LINKFORMAT\n");
    text.push_str(&format!("CON PUT /a: 2.05 b'{}' None\n", "x".repeat(900)));
    for count in 1..=20 {
        text.push_str(&format!("CON GET /count: 2.05 b'{count}' None\n"));
    }
    for kind in ["CON", "NON"] {
        let mut line =
            |request: &str, answer: &str| text.push_str(&format!("{kind} {request}: {answer} None\n"));
        line("GET /a", "2.05 b'hello'");
        line("PUT /a", "2.05 b'put'");
        line("POST /a", "2.05 b'post'");
        line("DELETE /a", "2.05 b'hello'");
        line("FETCH /a", "2.05 b'fetch'");
        line("PATCH /a", "2.05 b'patch'");
        line("iPATCH /a", "2.05 b'ipatch'");
        line("GET /nothing", "4.04 b'Not Found'");
        line("GET /bare", "4.05 b'Method Not Allowed'");
        line("GET /q?x=1&y", "2.05 b'x=1&y'");
        line("POST /code", "4.00 b''");
    }
    text
}

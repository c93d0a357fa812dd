//! An independent peer, aiocoap (PyPI): as client of a C server on ours, and as server of `coap-client` on ours.
#![forbid(unsafe_code)]

mod support;

use std::{path::PathBuf, process::Command, time::Duration};
use support::{Program, library::Library, process::Running, root, udp};

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
    let port = udp::free_port();
    let mut server = Running::start(python("server.py", &port.to_string()));
    server.wait_for_line(LIMIT, |line| line == "ready\n");
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

fn coap_client(options: &[&str], uri: &str) -> String {
    let mut command = Command::new("coap-client-notls");
    command.args(["-B", "10"]).args(options).arg(uri);
    Library::ours().use_in(&mut command);
    let finished = Running::start(command).finish(LIMIT);
    finished.stdout + &finished.stderr
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

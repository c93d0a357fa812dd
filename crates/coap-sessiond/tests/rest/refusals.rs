//! Every row of the table of errors: code and body.
use super::{
    fake::{Node, body, peer},
    http::{Client, Reply, TOKEN, ask, post},
};
use std::sync::atomic::Ordering;

const TCP: &str = "/api/v3/session/tcp";

fn refused(body: &str) -> (u16, String) {
    let reply = post(Node::start().address(), TCP, body);
    (reply.code, reply.body)
}

#[test]
fn protocols_that_are_none() {
    let node = Node::start();
    let expected = (400, "Invalid URL: unknown variant `sctp`, expected `tcp` or `udp`");
    assert_eq!(ask(node.address(), "GET /api/v3/session/sctp", "").parts(), expected);
    assert_eq!(ask(node.address(), "DELETE /api/v3/session/sctp/127.0.0.1/1", "").parts(), expected);
    // Before the body is looked at.
    let reply = post(node.address(), "/api/v3/session/sctp", "no JSON");
    assert_eq!(reply.parts(), expected);
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    // Which hoprd 2.2 has.
    let websocket = ask(node.address(), "GET /api/v3/session/websocket", "Upgrade: websocket\r\n");
    assert_eq!(websocket.parts(), (400, "Invalid URL: unknown variant `websocket`, expected `tcp` or `udp`"));
    // Capitals are for closing alone.
    assert_eq!(ask(node.address(), "GET /api/v3/session/TCP", "").code, 400);
    assert_eq!(post(node.address(), "/api/v3/session/TCP", &body("a:1", "")).code, 400);
}

#[test]
fn closing_what_is_not_there() {
    let node = Node::start();
    for (path, code, text) in [
        (
            "tcp/127.0.0.1/65536",
            400,
            "Invalid URL: Cannot parse value at index 2 with value `65536` to a `u16`",
        ),
        (
            "tcp/127.0.0.1/http",
            400,
            "Invalid URL: Cannot parse value at index 2 with value `http` to a `u16`",
        ),
        ("tcp/nowhere/http", 400, "Invalid URL: Cannot parse value at index 2 with value `http` to a `u16`"),
        ("tcp/%ff/1", 400, "Invalid URL: Invalid UTF-8 in `ip`"),
        ("tcp/localhost/1", 400, r#"{"status":"INVALID_INPUT"}"#),
        ("tcp/%5B%3A%3A1%5D/1", 400, r#"{"status":"INVALID_INPUT"}"#),
        ("tcp/127.0.0.1/1", 404, r#"{"status":"INVALID_INPUT"}"#),
        ("tcp/127.0.0.1/0", 404, r#"{"status":"INVALID_INPUT"}"#),
    ] {
        assert_eq!(
            ask(node.address(), &format!("DELETE /api/v3/session/{path}"), "").parts(),
            (code, text),
            "{path}"
        );
    }
    assert_eq!(node.state.lock().unwrap().closed.len(), 2, "what was wrong has not reached the loop");
}

#[test]
fn places_that_are_in_use() {
    let node = Node::start();
    let in_use = (409, r#"{"status":"LISTEN_HOST_ALREADY_USED"}"#);
    let at = |target, place| body(target, &format!(r#", "listenHost": "{place}""#));
    assert_eq!(post(node.address(), TCP, &at("a:1", "127.0.0.1:5542")).code, 200);
    assert_eq!(post(node.address(), TCP, &at("a:1", "127.0.0.1:5542")).parts(), in_use);
    // A listener of ours is looked for before the rest of the request is understood.
    assert_eq!(post(node.address(), TCP, &at("no target", "127.0.0.1:5542")).parts(), in_use);
    // The other protocol has ports of its own; there, another program has taken it.
    assert_eq!(post(node.address(), "/api/v3/session/udp", &at("a:1", "127.0.0.1:5542")).code, 200);
    assert_eq!(post(node.address(), TCP, &at("in-use.example:1", "127.0.0.1:1")).parts(), in_use);
    assert_eq!(
        post(node.address(), "/api/v3/session/udp", &at("in-use.example:1", "127.0.0.1:1")).parts(),
        in_use
    );
    // Who leaves the port open has not asked for one that is in use.
    let none = (422, r#"{"status":"UNKNOWN_FAILURE","error":"no port is free"}"#);
    assert_eq!(post(node.address(), TCP, &at("in-use.example:1", "127.0.0.1:0")).parts(), none);
}

#[test]
fn what_makes_no_sense_or_cannot_be_done() {
    let with = |from: &str, to: &str| body("a:1", "").replace(from, to);
    let address = format!("0x{}", "1a".repeat(20));
    let sealed = format!(r#"{{"Sealed": "{}"}}"#, "A".repeat(1024));
    let bodies = [
        (with(&peer(1), &address), format!("invalid destination: {address}")),
        (with(r#""Hops": 1"#, r#""Hops": 4"#), "invalid path: more than 3 hops".to_owned()),
        (with(r#""Hops": 1"#, r#""Hops": 300"#), "invalid path: more than 3 hops".to_owned()),
        (with("a:1", "a"), "invalid target: missing port delimiter".to_owned()),
        (with("a:1", "a:70000"), "invalid target: invalid port number".to_owned()),
        (with("a:1", "a:b:1"), "invalid target: invalid port number".to_owned()),
        (with("a:1", ":1"), "invalid target: invalid host name".to_owned()),
        (with(r#"{"Plain": "a:1"}"#, &sealed), "invalid target: it has more than 512 bytes".to_owned()),
        (body("denied.example:1", ""), "cannot listen there: permission denied".to_owned()),
        (body("no-path.example:1", ""), "there are 0 relays, not 1".to_owned()),
        (body("no-session.example:1", ""), "the session could not be established: 4.03 Forbidden".to_owned()),
    ];
    for (body, error) in bodies {
        let expected = format!(r#"{{"status":"UNKNOWN_FAILURE","error":"{error}"}}"#);
        assert_eq!(refused(&body), (422, expected), "{body}");
    }
}

#[test]
fn json_that_is_something_else() {
    let with = |from: &str, to: &str| body("a:1", "").replace(from, to);
    for (body, what) in [
        (with(r#""Hops": 1"#, r#""Hops": -1"#), "path.Hops: invalid value: integer `-1`, expected u64"),
        (
            with(r#""Hops": 1"#, r#""hops": 1"#),
            "path: unknown variant `hops`, expected `Hops` or `IntermediatePath`",
        ),
        (with(r#"{"Hops": 1}"#, "{}"), "path: expected an object with one key"),
        (with(r#""Hops": 1"#, r#""IntermediatePath": ["x"]"#), "path.IntermediatePath[0]: "),
        (with(r#"{"Plain": "a:1"}"#, r#""a:1""#), "target: unknown variant `a:1`"),
        (with(r#"{"Plain": "a:1"}"#, r#"{"Sealed": "-_8="}"#), "target.Sealed: "),
        // Without its padding.
        (with(r#"{"Plain": "a:1"}"#, r#"{"Sealed": "+/8"}"#), "target.Sealed: "),
        (with(r#"{"Plain": "a:1"}"#, r#"{"Service": 4294967296}"#), "target.Service: invalid value"),
        (with(&peer(1), "12D3KooW"), "destination: "),
        (with(&peer(1), "0xzz"), "destination: "),
        (with(r#""destination""#, r#""Destination""#), "missing field `destination`"),
        (with(r#""path""#, r#""Path""#), "missing field `path`"),
        (with(r#""target""#, r#""Target""#), "missing field `target`"),
        (with(r#"{"Plain": "a:1"}"#, "null"), "target: "),
        (
            body("a:1", r#", "capabilities": ["segmentation"]"#),
            "capabilities[0]: unknown variant `segmentation`",
        ),
        (body("a:1", r#", "listenHost": 80"#), "listenHost: invalid type: integer `80`, expected a string"),
        ("[]".to_owned(), "invalid length 0"),
        ("null".to_owned(), "invalid type: null"),
    ] {
        let (code, said) = refused(&body);
        let expected = format!("Failed to deserialize the JSON body into the target type: {what}");
        assert!(code == 422 && said.starts_with(&expected), "{body}: {code} {said}");
    }
}

#[test]
fn what_is_no_json() {
    for body in ["", "{", "{'a': 1}", "{} {}", "no JSON"] {
        let (code, said) = refused(body);
        assert!(
            code == 400 && said.starts_with("Failed to parse the request body as JSON: "),
            "{body}: {said}"
        );
    }
    let nested = "[".repeat(100_000);
    assert_eq!(refused(&nested).0, 400);
}

fn raw(node: &Node, headers: &str, body: &str) -> Reply {
    let mut client = Client::connect(node.address());
    let length = body.len();
    client.send(format!(
        "POST {TCP} HTTP/1.1\r\nHost: node\r\nX-Auth-Token: {TOKEN}\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    ));
    client.reply()
}

#[test]
fn headers_of_what_is_sent_and_taken() {
    let node = Node::start();
    let body = body("a:1", "");
    let expected = (415, "Expected request with `Content-Type: application/json`");
    assert_eq!(raw(&node, "", &body).parts(), expected);
    assert_eq!(raw(&node, "Content-Type: text/plain\r\n", &body).parts(), expected);
    assert_eq!(raw(&node, "Content-Type: application/json; charset=utf-8\r\n", &body).code, 200);
    let json = "Content-Type: application/json\r\n";
    assert_eq!(raw(&node, &format!("{json}Accept: text/html\r\n"), &body).parts(), (406, ""));
    assert_eq!(raw(&node, &format!("{json}Accept: text/html, */*;q=0.1\r\n"), &body).code, 200);
    for line in ["GET /api/v3/session/sctp", "DELETE /api/v3/session/tcp/x/y", "GET /api/v3/node/version"] {
        assert_eq!(ask(node.address(), line, "Accept: application/xml\r\n").parts(), (406, ""), "{line}");
    }
}

#[test]
fn paths_and_methods_that_there_are_not() {
    let node = Node::start();
    for path in [
        "/",
        "/api/v3",
        "/api/v3/session",
        "/api/v3/session/tcp/127.0.0.1",
        "/api/v4/session/tcp",
        "/readyz/",
    ] {
        assert_eq!(ask(node.address(), &format!("GET {path}"), "").parts(), (404, ""), "{path}");
    }
    for (line, allowed) in [
        ("PUT /api/v3/session/tcp", "POST, GET"),
        ("GET /api/v3/session/tcp/127.0.0.1/80", "DELETE"),
        ("POST /readyz", "GET"),
    ] {
        let reply = ask(node.address(), line, "");
        assert_eq!((reply.parts(), reply.header("allow")), ((405, ""), Some(allowed)), "{line}");
    }
}

#[test]
fn a_loop_that_has_ended_or_does_not_answer() {
    let node = Node::with(|_, limits| limits.command = std::time::Duration::from_millis(50));
    let reply = post(node.address(), TCP, &body("ended.example:1", ""));
    assert_eq!(reply.parts(), (503, r#"{"status":"NOT_READY"}"#));
    assert_eq!(reply.header("retry-after"), None, "the SDK would try again by itself");
    node.answers.store(false, Ordering::SeqCst);
    let reply = ask(node.address(), "GET /api/v3/session/tcp", "");
    assert_eq!(reply.parts(), (504, r#"{"status":"TIMEOUT"}"#));
}

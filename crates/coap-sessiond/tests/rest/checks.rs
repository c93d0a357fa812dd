//! Whether the node works, and what it is.
use super::{
    fake::Node,
    http::{Client, ask},
};
use serde_json::json;
use std::sync::atomic::Ordering;

const CHECKS: [&str; 4] = ["/startedz", "/readyz", "/healthyz", "/eligiblez"];

/// As the SDK asks: without a token and without `Accept`.
fn check(node: &Node, path: &str) -> (u16, String) {
    let mut client = Client::connect(node.address());
    client.send(format!("GET {path} HTTP/1.1\r\nHost: node\r\n\r\n"));
    let reply = client.reply();
    (reply.code, reply.body)
}

#[test]
fn a_node_that_works_says_so_to_everybody() {
    let node = Node::start();
    for path in CHECKS {
        assert_eq!(check(&node, path), (200, String::new()), "{path}");
    }
    node.ready.store(false, Ordering::SeqCst);
    for path in CHECKS {
        assert_eq!(check(&node, path), (412, String::new()), "{path}");
    }
}

#[test]
fn a_node_that_hangs_does_not_work() {
    let node = Node::start();
    node.answers.store(false, Ordering::SeqCst);
    assert_eq!(check(&node, "/healthyz").0, 412);
}

#[test]
fn versions() {
    let node = Node::start();
    let reply = ask(node.address(), "GET /api/v3/node/version", "");
    assert_eq!(reply.json(), json!({"version": env!("CARGO_PKG_VERSION"), "apiVersion": "3.12.0"}));
}

#[test]
fn the_interface_describes_itself() {
    let node = Node::start();
    let mut client = Client::connect(node.address());
    client.send("GET /api-docs/openapi.json HTTP/1.1\r\nHost: node\r\n\r\n");
    assert!(client.reply().json()["paths"]["/api/v3/session/{protocol}"]["post"].is_object());
}

#[test]
fn heads_alone_are_given() {
    let node = Node::start();
    let reply = ask(node.address(), "HEAD /api/v3/node/version", "");
    assert_eq!(reply.code, 200);
    assert_ne!(reply.header("content-length"), Some("0"));
}

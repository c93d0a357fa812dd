//! What hoprd_sdk 2.2 sends, as it was recorded: header for header, on connections that are kept.
use super::{fake::Node, fake::peer, http::Client};
use serde_json::json;
use std::net::SocketAddr;

/// As the SDK sends it.
fn create(address: SocketAddr, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /api/v3/session/tcp HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: identity\r\n\
         Content-Length: {length}\r\nAccept: application/json\r\nContent-Type: application/json\r\n\
         User-Agent: Swagger-Codegen/2.2.0-rc.1/python\r\nX-Auth-Token: testtoken123\r\n\r\n{body}"
    )
}

/// A GET has a Content-Type, but no body.
fn list(address: SocketAddr) -> String {
    format!(
        "GET /api/v3/session/tcp HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: identity\r\n\
         Accept: application/json\r\nUser-Agent: Swagger-Codegen/2.2.0-rc.1/python\r\n\
         X-Auth-Token: testtoken123\r\nContent-Type: application/json\r\n\r\n"
    )
}

/// A DELETE has a body of two bytes.
fn close(address: SocketAddr, path: &str) -> String {
    format!(
        "DELETE /api/v3/session/tcp/{path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: identity\r\n\
         Content-Length: 2\r\nAccept: application/json\r\nUser-Agent: Swagger-Codegen/2.2.0-rc.1/python\r\n\
         X-Auth-Token: testtoken123\r\nContent-Type: application/json\r\n\r\n{{}}"
    )
}

fn body(more: &str) -> String {
    format!(
        r#"{{"capabilities": ["Segmentation", "Retransmission"], "destination": "{}", {more}{}}}"#,
        peer(1),
        r#""path": {"Hops": 1}, "target": {"Plain": "127.0.0.1:38593"}"#
    )
}

#[test]
fn a_life_of_a_listener_on_one_connection() {
    let node = Node::start();
    let address = node.address();
    let mut client = Client::connect(address);
    // More than once, so that a body left unread would be taken for the next request.
    for port in [40_000, 40_001, 40_002] {
        client.send(create(address, &body("")));
        let expected = json!({
            "target": "127.0.0.1:38593", "protocol": "tcp", "ip": "127.0.0.1", "path": {"Hops": 1}, "port": port
        });
        let reply = client.reply();
        assert_eq!((reply.code, reply.json()), (200, expected.clone()));
        client.send(list(address));
        assert_eq!(client.reply().json(), json!([expected]));
        client.send(close(address, &format!("127.0.0.1/{port}")));
        assert_eq!(client.reply().parts(), (204, ""));
        client.send(close(address, &format!("127.0.0.1/{port}")));
        assert_eq!(client.reply().parts(), (404, r#"{"status":"INVALID_INPUT"}"#));
        client.send(list(address));
        assert_eq!(client.reply().parts(), (200, "[]"));
    }
}

#[test]
fn an_address_of_version_6_is_percent_encoded_in_a_path() {
    let node = Node::start();
    let mut client = Client::connect(node.address());
    client.send(create(node.address(), &body(r#""listenHost": "[::1]:33253", "#)));
    let reply = client.reply().json();
    assert_eq!((&reply["ip"], &reply["port"]), (&json!("::1"), &json!(33253)));
    client.send(close(node.address(), "%3A%3A1/33253"));
    assert_eq!(client.reply().code, 204);
}

#[test]
fn requests_that_come_at_once_are_answered_in_order() {
    let node = Node::start();
    let mut client = Client::connect(node.address());
    let all = [close(node.address(), "127.0.0.1/1"), create(node.address(), &body("")), list(node.address())];
    client.send(all.concat());
    assert_eq!([client.reply().code, client.reply().code, client.reply().code], [404, 200, 200]);
}

#[test]
fn the_sample_of_the_documentation_is_refused() {
    let node = Node::start();
    let mut client = Client::connect(node.address());
    // `IpProtocol()` in the path, `RoutingOptions()` in the body.
    client.send(create(node.address(), &body("")).replace("/tcp ", "/%7B%7D "));
    assert_eq!(client.reply().parts(), (400, "Invalid URL: unknown variant `{}`, expected `tcp` or `udp`"));
    client.send(create(node.address(), &body("").replace(r#"{"Hops": 1}"#, "{}")));
    assert_eq!(client.reply().code, 422);
}

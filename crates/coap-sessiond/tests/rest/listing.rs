//! Which listeners there are.
use super::{
    fake::{Node, body},
    http::{ask, post},
};
use serde_json::json;

#[test]
fn those_of_a_protocol_in_order() {
    let node = Node::start();
    for (protocol, place) in
        [("tcp", "127.0.0.1:9"), ("udp", "127.0.0.1:9"), ("tcp", "127.0.0.1:8"), ("tcp", "[::1]:7")]
    {
        let more = format!(r#", "listenHost": "{place}""#);
        assert_eq!(
            post(node.address(), &format!("/api/v3/session/{protocol}"), &body("a:1", &more)).code,
            200
        );
    }
    let one = |ip: &str, port: u16, protocol: &str| {
        let path = json!({"Hops": 1});
        json!({"target": "a:1", "protocol": protocol, "ip": ip, "path": path, "port": port})
    };
    let listed = ask(node.address(), "GET /api/v3/session/tcp", "").json();
    assert_eq!(listed, json!([one("127.0.0.1", 8, "tcp"), one("127.0.0.1", 9, "tcp"), one("::1", 7, "tcp")]));
    let listed = ask(node.address(), "GET /api/v3/session/udp", "").json();
    assert_eq!(listed, json!([one("127.0.0.1", 9, "udp")]));
}

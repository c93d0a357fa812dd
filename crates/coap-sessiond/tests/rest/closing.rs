//! Which listeners are closed.
use super::{
    fake::{Node, body},
    http::{ask, post},
};

/// Listeners on these places; their protocol stands in front.
fn node(places: &[&str]) -> Node {
    let node = Node::start();
    for place in places {
        let (protocol, place) = place.split_once(' ').unwrap();
        let more = format!(r#", "listenHost": "{place}""#);
        assert_eq!(
            post(node.address(), &format!("/api/v3/session/{protocol}"), &body("a:1", &more)).code,
            200
        );
    }
    node
}

fn left(node: &Node) -> Vec<String> {
    let state = node.state.lock().unwrap();
    let requests = state.listeners.iter().map(|listener| &listener.request);
    requests.map(|request| format!("{} {}", request.transport, request.listen)).collect()
}

#[test]
fn one_by_its_port() {
    let node = node(&["tcp 127.0.0.1:80", "tcp 127.0.0.1:81", "udp 127.0.0.1:80"]);
    assert_eq!(ask(node.address(), "DELETE /api/v3/session/tcp/127.0.0.1/80", "").parts(), (204, ""));
    assert_eq!(left(&node), ["tcp 127.0.0.1:81", "udp 127.0.0.1:80"]);
}

#[test]
fn all_of_an_address_by_port_0() {
    let node = node(&[
        "tcp 127.0.0.1:80",
        "tcp 127.0.0.1:81",
        "tcp 127.0.0.2:80",
        "tcp 0.0.0.0:82",
        "udp 127.0.0.1:80",
    ]);
    assert_eq!(ask(node.address(), "DELETE /api/v3/session/tcp/127.0.0.1/0", "").code, 204);
    assert_eq!(left(&node), ["tcp 127.0.0.2:80", "tcp 0.0.0.0:82", "udp 127.0.0.1:80"]);
    assert_eq!(
        ask(node.address(), "DELETE /api/v3/session/tcp/127.0.0.1/0", "").code,
        404,
        "the second time"
    );
}

#[test]
fn the_protocol_may_stand_in_capitals() {
    let node = node(&["tcp 127.0.0.1:80", "udp 127.0.0.1:80"]);
    assert_eq!(ask(node.address(), "DELETE /api/v3/session/TCP/127.0.0.1/80", "").code, 204);
    assert_eq!(ask(node.address(), "DELETE /api/v3/session/Udp/127.0.0.1/80", "").code, 204);
    assert_eq!(left(&node).len(), 0);
}

//! What a listener is that a client asks for.
use super::{
    fake::{Node, body, peer},
    http::post,
};
use coap_sessiond::model::{Capabilities, ListenerRequest, Routing, Target, Transport};
use serde_json::{Value, json};

/// Opens a listener on a node of its own: what the client is told, and what the loop was asked for.
fn open(protocol: &str, body: &str) -> (Value, ListenerRequest) {
    let node = Node::start();
    let reply = post(node.address(), &format!("/api/v3/session/{protocol}"), body);
    assert_eq!(reply.code, 200, "{}", reply.body);
    (reply.json(), node.only_request())
}

#[test]
fn the_answer_has_five_fields() {
    let (told, asked) = open("udp", &body("example.org:53", ""));
    let expected = json!({
        "target": "example.org:53", "protocol": "udp", "ip": "127.0.0.1", "path": {"Hops": 1}, "port": 40_000
    });
    assert_eq!(told, expected);
    assert_eq!((asked.transport, asked.destination.to_string()), (Transport::Udp, peer(1)));
    assert_eq!(asked.routing, Routing::Hops(1));
    assert_eq!(asked.target, Target::Plain { host: "example.org".to_owned(), port: 53 });
}

#[test]
fn capabilities_have_defaults_that_differ() {
    let tcp = Capabilities { segmentation: true, retransmission: true, ..Capabilities::default() };
    let all = Capabilities {
        segmentation: true,
        retransmission: true,
        retransmission_ack_only: true,
        no_delay: true,
    };
    let ack_only = Capabilities { retransmission_ack_only: true, no_delay: true, ..Capabilities::default() };
    for (protocol, list, expected) in [
        ("tcp", "", tcp),
        ("udp", "", Capabilities::default()),
        ("tcp", r#", "capabilities": null"#, tcp),
        ("tcp", r#", "capabilities": []"#, Capabilities::default()),
        ("udp", r#", "capabilities": ["RetransmissionAckOnly", "NoDelay", "NoDelay"]"#, ack_only),
        (
            "udp",
            r#", "capabilities": ["Segmentation", "Retransmission", "RetransmissionAckOnly", "NoDelay"]"#,
            all,
        ),
    ] {
        assert_eq!(open(protocol, &body("a:1", list)).1.capabilities, expected, "{protocol}{list}");
    }
}

#[test]
fn where_it_listens() {
    for (said, place) in [
        ("", "127.0.0.1:40000"),
        (r#", "listenHost": null"#, "127.0.0.1:40000"),
        (r#", "listenHost": "127.0.0.2:5542""#, "127.0.0.2:5542"),
        (r#", "listenHost": "[::1]:5542""#, "[::1]:5542"),
        (r#", "listenHost": ":5542""#, "127.0.0.1:5542"),
        (r#", "listenHost": "0.0.0.0""#, "0.0.0.0:40000"),
        (r#", "listenHost": "localhost:80""#, "127.0.0.1:40000"),
    ] {
        let (told, asked) = open("tcp", &body("a:1", said));
        assert_eq!(asked.listen.to_string(), place, "{said}");
        assert_eq!(told["port"], json!(asked.listen.port()));
        assert_eq!(told["ip"], json!(asked.listen.ip().to_string()), "without brackets");
    }
    let node = Node::with(|api, _| api.default_entry_listen_host = "127.0.0.9:999".parse().unwrap());
    post(node.address(), "/api/v3/session/tcp", &body("a:1", ""));
    assert_eq!(node.only_request().listen.to_string(), "127.0.0.9:999");
}

#[test]
fn ways_are_told_as_they_came() {
    let way = |way: &Value| {
        let mut text: Value = serde_json::from_str(&body("a:1", "")).unwrap();
        text["path"] = way.clone();
        let (told, asked) = open("tcp", &text.to_string());
        assert_eq!(told["path"], *way);
        asked.routing
    };
    for hops in 0..=3 {
        assert_eq!(way(&json!({"Hops": hops})), Routing::Hops(hops));
    }
    let named = |count: u8| json!({"IntermediatePath": (2..2 + count).map(peer).collect::<Vec<_>>()});
    assert_eq!(way(&named(0)).named(), &[]);
    assert_eq!(way(&named(2)).named().len(), 2);
    let long = way(&named(5));
    let taken: Vec<_> = long.named().iter().map(ToString::to_string).collect();
    assert_eq!(taken, [peer(2), peer(3), peer(4)], "the first three are used");
}

#[test]
fn targets_are_told_as_hopr_writes_them() {
    let with = |target: &str| body("x:1", "").replace(r#"{"Plain": "x:1"}"#, target);
    for (target, told, asked) in [
        (r#"{"Plain": "[::1]:80"}"#, "[::1]:80", Target::Plain { host: "::1".to_owned(), port: 80 }),
        (
            r#"{"Plain": "10.0.0.1:65535"}"#,
            "10.0.0.1:65535",
            Target::Plain { host: "10.0.0.1".to_owned(), port: 65535 },
        ),
        // Standard base64 comes in, URL-safe goes out.
        (r#"{"Sealed": "+/8="}"#, "$$-_8=", Target::Sealed(vec![0xfb, 0xff])),
        (r#"{"Service": 0}"#, "#0", Target::Service(0)),
        (r#"{"Service": 4294967295}"#, "#4294967295", Target::Service(u32::MAX)),
    ] {
        let (reply, request) = open("tcp", &with(target));
        assert_eq!((&reply["target"], request.target), (&json!(told), asked), "{target}");
    }
}

#[test]
fn fields_of_later_versions_are_passed_over() {
    open("tcp", &body("a:1", r#", "responseBuffer": "2 MB", "sessionPool": 5, "forwardPath": {"Hops": 1}"#));
}

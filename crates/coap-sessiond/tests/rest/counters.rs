//! Metrics, and the status that the program's table is made of.
use super::{
    fake::{Node, body, peer},
    http::{Client, TOKEN, ask, post},
};
use coap_sessiond::{
    control::Status,
    model::{Ends, Role, Transport, TunnelStatus},
    protocol::Held,
};
use serde_json::json;

fn tunnel(number: u64, role: Role, transport: Transport) -> TunnelStatus {
    let ends = Ends::Target(format!("127.0.0.1:{number}").into());
    TunnelStatus { number, role, transport, ends, bytes: (10, 20), round_trip_us: 0, losses: 1, age_s: 5 }
}

fn node() -> Node {
    let node = Node::start();
    let tunnels = vec![
        tunnel(2, Role::Relay, Transport::Udp),
        tunnel(1, Role::Entry, Transport::Tcp),
        TunnelStatus { round_trip_us: 1234, ..tunnel(3, Role::Exit, Transport::Tcp) },
    ];
    node.state.lock().unwrap().status = Status {
        tunnels,
        listeners: (1, 2),
        links: 3,
        established: 4,
        initiated: 2,
        accepted: 1,
        refused: vec![("4.03".to_owned(), 5), ("5.02".to_owned(), 6)],
        aborted: vec![("idle".to_owned(), 7)],
        dropped: 8,
        bytes: (9, 10),
        held: Held { numbers: 15, messages: 11, queued: 12, timers: 13, tunnel_bytes: 14, ..Held::default() },
    };
    node
}

#[test]
fn metrics_are_what_is_counted() {
    let node = node();
    let reply = ask(node.address(), "GET /metrics", "Accept: text/plain\r\n");
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    for line in [
        "ferrocoap_session_listeners{protocol=\"tcp\"} 1",
        "ferrocoap_session_listeners{protocol=\"udp\"} 2",
        "ferrocoap_session_tunnels{role=\"entry\",protocol=\"tcp\"} 1",
        "ferrocoap_session_tunnels{role=\"entry\",protocol=\"udp\"} 0",
        "ferrocoap_session_tunnels{role=\"relay\",protocol=\"udp\"} 1",
        "ferrocoap_session_links 3",
        "ferrocoap_session_established_total 4",
        "ferrocoap_session_refused_total{code=\"4.03\"} 5",
        "ferrocoap_session_refused_total{code=\"5.02\"} 6",
        "ferrocoap_session_aborted_total{reason=\"idle\"} 7",
        "ferrocoap_session_dropped_datagrams_total 8",
        "ferrocoap_session_local_bytes_total{direction=\"in\"} 9",
        "ferrocoap_session_local_bytes_total{direction=\"out\"} 10",
        "hopr_session_num_active_sessions 2",
        "hopr_session_initiated_sessions 2",
        "hopr_session_established_sessions 1",
        "hopr_session_hoprd_clients{type=\"tcp\"} 1",
        "hopr_session_hoprd_target_connections{type=\"tcp\"} 1",
    ] {
        assert!(reply.body.lines().any(|found| found == line), "{line} is missing:\n{}", reply.body);
    }
    assert_eq!(ask(node.address(), "GET /api/v3/node/metrics", "").body, reply.body);
}

/// The rules of the text format that a scraper insists on.
#[test]
fn metrics_are_well_formed() {
    let page = ask(node().address(), "GET /metrics", "").body;
    let mut known = Vec::new();
    for line in page.lines() {
        if let Some(about) = line.strip_prefix("# TYPE ") {
            let (name, kind) = about.split_once(' ').unwrap();
            assert!(!known.contains(&name.to_owned()), "{name} is there twice");
            // Those of hoprd's have its names.
            let is_ours = !name.starts_with("hopr_");
            assert!(!is_ours || (kind == "counter") == name.ends_with("_total"), "{name}");
            known.push(name.to_owned());
        } else if !line.starts_with("# HELP ") {
            let name = line.split(['{', ' ']).next().unwrap();
            assert_eq!(known.last().map(String::as_str), Some(name), "values stand below their name");
            assert!(line.rsplit(' ').next().unwrap().parse::<u64>().is_ok(), "{line}");
        }
    }
    assert!(page.ends_with('\n') && known.len() > 10);
}

#[test]
fn a_scraper_comes_with_a_bearer_token() {
    let node = node();
    let mut client = Client::connect(node.address());
    let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    client.send(format!(
        "GET /metrics HTTP/1.1\r\nHost: node\r\nAccept: {accept}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    ));
    assert_eq!(client.reply().code, 200);
}

#[test]
fn the_status_has_listeners_and_tunnels() {
    let node = node();
    assert_eq!(post(node.address(), "/api/v3/session/tcp", &body("a:1", "")).code, 200);
    let mine = tunnel(1, Role::Entry, Transport::Tcp);
    node.state.lock().unwrap().listeners[0].tunnels.push(mine);
    let reply = ask(node.address(), "GET /api/v3/session/status", "").json();
    assert_eq!(
        reply["listeners"],
        json!([{
            "protocol": "tcp", "ip": "127.0.0.1", "port": 40_000, "destination": peer(1), "path": {"Hops": 1},
            "target": "a:1", "tunnels": [1]
        }])
    );
    let numbers: Vec<_> = reply["tunnels"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert_eq!(numbers, [1, 2, 3], "in the order in which they were opened");
    assert_eq!(
        reply["tunnels"][2],
        json!({
            "number": 3, "role": "exit", "protocol": "tcp", "ends": "127.0.0.1:3", "bytesToTarget": 10,
            "bytesFromTarget": 20, "roundTripUs": 1234, "losses": 1, "ageSeconds": 5
        })
    );
    assert_eq!(reply["tunnels"][0]["roundTripUs"], json!(null), "not known");
    assert_eq!(reply["refused"], json!({"4.03": 5, "5.02": 6}));
    assert_eq!(
        reply["held"],
        json!({"numbers": 15, "messages": 11, "queued": 12, "timers": 13, "tunnelBytes": 14})
    );
    assert_eq!((&reply["bytesIn"], &reply["bytesOut"], &reply["links"]), (&json!(9), &json!(10), &json!(3)));
}

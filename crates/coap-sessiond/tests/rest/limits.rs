//! Clients that send too much, too slowly, or go away; and the end.
use super::{
    fake::{Node, body},
    http::{Client, TOKEN, ask, post, post_text},
};
use coap_sessiond::control::Status;
use std::{
    thread,
    time::{Duration, Instant},
};

const TCP: &str = "/api/v3/session/tcp";
const UDP: &str = "/api/v3/session/udp";

#[test]
fn a_body_of_2_mb_is_taken_and_not_a_byte_more() {
    let node = Node::start();
    let mut request = body("a:1", "");
    request.push_str(&" ".repeat(2 * 1024 * 1024 - request.len()));
    assert_eq!(post(node.address(), TCP, &request).code, 200);
    request.push(' ');
    let too_long = (413, "Failed to buffer the request body: length limit exceeded");
    let reply = post(node.address(), TCP, &request);
    assert_eq!((reply.parts(), reply.header("connection")), (too_long, Some("close")));
}

#[test]
fn a_body_in_chunks_is_taken_and_limited() {
    let node = Node::start();
    let head = format!(
        "POST {TCP} HTTP/1.1\r\nHost: node\r\nX-Auth-Token: {TOKEN}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    let mut client = Client::connect(node.address());
    client.send(&head);
    for piece in body("a:1", "").as_bytes().chunks(10) {
        client.send(format!("{:x}\r\n{}\r\n", piece.len(), String::from_utf8_lossy(piece)));
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.reply().code, 200);
    client.send(&head);
    let piece = format!("{:x}\r\n{}\r\n", 65536, " ".repeat(65536));
    for _ in 0..33 {
        client.send(&piece);
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.reply().code, 413);
    let mut client = Client::connect(node.address());
    client.send(head + "no length\r\n");
    assert_eq!(client.reply().code, 400);
}

#[test]
fn a_head_has_16_kib() {
    let node = Node::start();
    assert_eq!(
        ask(node.address(), "GET /api/v3/session/tcp", &format!("X: {}\r\n", "x".repeat(15_000))).code,
        200
    );
    assert_eq!(
        ask(node.address(), "GET /api/v3/session/tcp", &format!("X: {}\r\n", "x".repeat(17_000))).code,
        431
    );
    let many: String = (0..200).map(|number| format!("X-{number}: y\r\n")).collect();
    assert_eq!(ask(node.address(), "GET /api/v3/session/tcp", &many).code, 431);
}

#[test]
fn a_body_that_does_not_come() {
    let node = Node::with(|_, limits| limits.body = Duration::from_millis(100));
    let mut client = Client::connect(node.address());
    client.send(post_text(TCP, &body("a:1", "")).replace("Content-Length: ", "Content-Length: 9"));
    let reply = client.reply();
    assert_eq!((reply.code, reply.header("connection")), (408, Some("close")));
    assert!(client.is_closed());
}

#[test]
fn a_head_that_does_not_come() {
    let node = Node::with(|_, limits| limits.head = Duration::from_secs(2));
    // Half of one, none at all, and none after an answer.
    let mut half = Client::connect(node.address());
    half.send("GET /readyz HTTP/1.1\r\nHos");
    let mut none = Client::connect(node.address());
    let mut idle = Client::connect(node.address());
    idle.send("GET /readyz HTTP/1.1\r\nHost: node\r\n\r\n");
    assert_eq!(idle.reply().code, 200);
    assert!(half.is_closed() && none.is_closed() && idle.is_closed());
}

/// Who has asked for something may be silent for longer than who has not.
#[test]
fn a_first_head_has_less_time() {
    let node = Node::with(|_, limits| limits.first_head = Duration::from_secs(2));
    let mut idle = Client::connect(node.address());
    idle.send("GET /readyz HTTP/1.1\r\nHost: node\r\n\r\n");
    assert_eq!(idle.reply().code, 200);
    let mut half = Client::connect(node.address());
    half.send("GET /readyz HTTP/1.1\r\nHos");
    let mut none = Client::connect(node.address());
    assert!(half.is_closed() && none.is_closed());
    idle.send("GET /readyz HTTP/1.1\r\nHost: node\r\n\r\n");
    assert_eq!(idle.reply().code, 200);
}

#[test]
fn connections_beyond_the_limit_wait() {
    let node = Node::with(|_, limits| limits.connections = 2);
    let readyz = "GET /readyz HTTP/1.1\r\nHost: node\r\n\r\n";
    let mut all: Vec<_> = (0..3).map(|_| Client::connect(node.address())).collect();
    for client in &mut all {
        client.send(readyz);
    }
    assert_eq!([all[0].reply().code, all[1].reply().code], [200, 200]);
    let mut third = all.pop().unwrap();
    let waiting = thread::spawn(move || third.reply().code);
    thread::sleep(Duration::from_millis(100));
    assert!(!waiting.is_finished(), "there are two already");
    all.clear();
    assert_eq!(waiting.join().unwrap(), 200);
}

/// A listener whose client has gone would be nobody's: its port is not known, and asking again finds it in use.
#[test]
fn a_listener_that_nobody_waits_for_any_more_is_closed() {
    let node = Node::with(|_, limits| limits.connections = 1);
    let mut client = Client::connect(node.address());
    client.send(post_text(UDP, &body("held.example:1", "")));
    node.wait_for_held();
    drop(client);
    // Only when the server has noticed it may the loop answer: then there is room for another connection.
    assert_eq!(ask(node.address(), "GET /readyz", "").code, 200);
    node.release();
    node.wait_until(|state| state.closed.len() == 1 && state.listeners.is_empty());
}

#[test]
fn a_listener_that_takes_too_long_is_closed() {
    let node = Node::with(|_, limits| limits.open = Duration::from_millis(100));
    let reply = post(node.address(), UDP, &body("held.example:1", ""));
    assert_eq!(reply.parts(), (504, r#"{"status":"TIMEOUT"}"#));
    node.release();
    node.wait_until(|state| state.closed.len() == 1 && state.listeners.is_empty());
}

#[test]
fn a_listener_that_takes_its_time_is_opened_while_others_ask() {
    let node = Node::start();
    let mut client = Client::connect(node.address());
    client.send(post_text(UDP, &body("held.example:1", "")));
    node.wait_for_held();
    assert_eq!(ask(node.address(), "GET /api/v3/session/udp", "").parts(), (200, "[]"));
    node.release();
    assert_eq!(client.reply().code, 200);
    assert_eq!(node.state.lock().unwrap().closed.len(), 0);
}

/// Whoever does not read his answers has the connection taken away.
#[cfg(target_os = "linux")]
#[test]
fn a_client_that_does_not_read() {
    let node = Node::with(|_, limits| {
        limits.connections = 1;
        limits.unread = Duration::from_millis(500);
    });
    let text = "x".repeat(1_000_000);
    node.state.lock().unwrap().status = Status { refused: vec![(text, 1); 50], ..Status::default() };
    let mut client = Client::connect(node.address());
    client.send(format!("GET /metrics HTTP/1.1\r\nHost: node\r\nX-Auth-Token: {TOKEN}\r\n\r\n"));
    // It holds the only connection that there may be, until the system gives it up.
    let start = Instant::now();
    assert_eq!(ask(node.address(), "GET /readyz", "").code, 200);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
}

#[test]
fn stopping_lets_requests_end_and_closes_idle_connections() {
    let mut node = Node::with(|_, limits| limits.stop = Duration::from_secs(30));
    let mut idle = Client::connect(node.address());
    idle.send("GET /readyz HTTP/1.1\r\nHost: node\r\n\r\n");
    assert_eq!(idle.reply().code, 200);
    let mut busy = Client::connect(node.address());
    busy.send(post_text(UDP, &body("held.example:1", "")));
    node.wait_for_held();
    let address = node.address();
    let code = thread::scope(|scope| {
        let busy = scope.spawn(|| busy.reply().code);
        let (server, state) = (&mut node.server, &node.state);
        let stopping = scope.spawn(move || server.stop());
        assert!(idle.is_closed());
        assert!(!stopping.is_finished(), "a request is under way");
        super::fake::release(state);
        busy.join().unwrap()
    });
    assert_eq!(code, 200);
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn stopping_does_not_wait_for_ever() {
    let mut node = Node::with(|_, limits| limits.stop = Duration::from_millis(100));
    let mut busy = Client::connect(node.address());
    busy.send(post_text(UDP, &body("held.example:1", "")));
    node.wait_for_held();
    let start = Instant::now();
    node.server.stop();
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(busy.is_closed());
}

//! Who may, and pages of other origins.
use super::{
    fake::{Node, body},
    http::{Client, TOKEN, ask, post_text},
};
use coap_sessiond::config::Auth;

const REFUSED: (u16, &str) = (401, r#"{"status":"UNAUTHORIZED"}"#);

fn with(node: &Node, line: &str, header: impl AsRef<[u8]>) -> super::http::Reply {
    let mut client = Client::connect(node.address());
    client.send(format!("{line} HTTP/1.1\r\nHost: node\r\n"));
    client.send(header);
    client.send("\r\n\r\n");
    client.reply()
}

#[test]
fn the_token_comes_in_either_header() {
    let node = Node::start();
    for header in [
        "X-Auth-Token: testtoken123",
        "x-AUTH-token: testtoken123",
        "Authorization: Bearer testtoken123",
        "authorization: bearer testtoken123",
    ] {
        assert_eq!(with(&node, "GET /api/v3/session/tcp", header).code, 200, "{header}");
    }
    for header in [
        "X-Other: 1",
        "X-Auth-Token: ",
        "X-Auth-Token: testtoken12",
        "X-Auth-Token: testtoken1234",
        "X-Auth-Token: Bearer testtoken123",
        "Authorization: testtoken123",
        "Authorization: Basic testtoken123",
    ] {
        let reply = with(&node, "GET /api/v3/session/tcp", header);
        assert_eq!(reply.parts(), REFUSED, "{header}");
        assert_eq!(reply.header("www-authenticate"), None, "browsers would ask for a password");
    }
    // hoprd 2.2 does not survive these.
    let foreign = [&b"X-Auth-Token: testtoken12\xb3"[..], b"Authorization: Bearer \xff\xfe"];
    for header in foreign {
        assert_eq!(with(&node, "GET /api/v3/session/tcp", header).parts(), REFUSED);
    }
    assert_eq!(with(&node, "GET /api/v3/session/tcp?apiToken=testtoken123", "X: y").parts(), REFUSED);
}

#[test]
fn the_token_is_looked_at_before_everything_else() {
    let node = Node::start();
    for line in [
        "GET /api/v3/session/sctp",
        "DELETE /api/v3/session/tcp/x/y",
        "PUT /api/v3/session/tcp",
        "GET /api/v3/nothing",
        "GET /api/v3",
        "GET /api/v3/node/version",
        "GET /api/v3/node/metrics",
        "GET /api/v3/session/status",
        "GET /metrics",
    ] {
        assert_eq!(with(&node, line, "Accept: text/html").parts(), REFUSED, "{line}");
    }
    let mut client = Client::connect(node.address());
    client.send(post_text("/api/v3/session/tcp", "no JSON").replace(TOKEN, "another"));
    assert_eq!(client.reply().parts(), REFUSED);
    // What was not looked at is not taken for a request.
    client.send(post_text("/api/v3/session/tcp", &body("a:1", "")));
    assert_eq!(client.reply().code, 200);
}

#[test]
fn without_authentication_everybody_may() {
    let node = Node::with(|api, _| api.auth = Auth::None);
    assert_eq!(with(&node, "GET /api/v3/session/tcp", "X: y").code, 200);
    assert_eq!(with(&node, "GET /api/v3/session/tcp", "X-Auth-Token: whatever").code, 200);
}

#[test]
fn pages_of_other_origins_may_ask() {
    let node = Node::start();
    let asked = "Origin: http://page.example\r\nAccess-Control-Request-Method: DELETE\r\n\
                 Access-Control-Request-Headers: x-auth-token,content-type";
    // The browser asks before it sends the token.
    let reply = with(&node, "OPTIONS /api/v3/session/tcp/127.0.0.1/80", asked);
    assert_eq!(reply.parts(), (200, ""));
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET,POST,OPTIONS,DELETE"),
        ("access-control-allow-headers", "*, authorization"),
        ("access-control-max-age", "86400"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    // Pages may read answers, those to mistakes, too.
    assert_eq!(
        ask(node.address(), "GET /api/v3/session/tcp", "").header("access-control-allow-origin"),
        Some("*")
    );
    let refused = with(&node, "GET /api/v3/session/tcp", "Origin: http://page.example");
    assert_eq!((refused.code, refused.header("access-control-allow-origin")), (401, Some("*")));
}

use super::*;

const REQUEST: &str = "GET /.well-known/coap HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\n\
                       Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                       Sec-WebSocket-Protocol: coap\r\nSec-WebSocket-Version: 13\r\n\r\n";

fn key() -> Key {
    Key::new(*b"the sample nonce")
}

/// The key and its answer are those of RFC 6455 section 1.3, the request RFC 8323's in section 4.1.
#[test]
fn a_client_and_a_server_open_a_websocket() {
    let request = write_request("example.org", &key()).unwrap();
    assert_eq!(str::from_utf8(&request), Ok(REQUEST));
    assert_eq!(read_request(&request), Ok(Some((key(), request.len()))));
    let response = write_response(&key());
    let text = str::from_utf8(&response).unwrap();
    assert!(text.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{text}");
    assert_eq!(read_response(&response, &key()), Ok(Some(response.len())));
}

#[test]
fn both_wait_for_the_last_byte_and_leave_what_follows() {
    let request = [REQUEST.as_bytes(), b"\x82\x80"].concat();
    assert_eq!(read_request(&request), Ok(Some((key(), REQUEST.len()))));
    let mut response = write_response(&key());
    for cut in 0..response.len() {
        assert_eq!(read_response(&response[..cut], &key()), Ok(None), "{cut}");
    }
    for cut in 0..REQUEST.len() {
        assert_eq!(read_request(&REQUEST.as_bytes()[..cut]), Ok(None), "{cut}");
    }
    let length = response.len();
    response.push(0x82);
    assert_eq!(read_response(&response, &key()), Ok(Some(length)));
}

#[test]
fn fields_may_be_spelled_as_browsers_and_other_libraries_do() {
    for (from, to) in [
        ("Connection: Upgrade", "connection: keep-alive, upgrade"),
        ("Upgrade: websocket", "UPGRADE: WebSocket"),
        ("Sec-WebSocket-Protocol: coap", "Sec-WebSocket-Protocol: mqtt , coap"),
        ("Sec-WebSocket-Protocol: coap", "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Protocol: coap"),
        ("Host: example.org", "Origin: null\r\nHost:example.org"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
        ("\r\n", "\n"),
    ] {
        let request = REQUEST.replace(from, to);
        assert_eq!(read_request(request.as_bytes()), Ok(Some((key(), request.len()))), "{to}");
    }
}

#[test]
fn a_request_that_does_not_open_coap_is_refused() {
    for (from, to, error, status) in [
        ("GET", "POST", HandshakeError::Target, "404"),
        ("/.well-known/coap", "/", HandshakeError::Target, "404"),
        ("HTTP/1.1", "HTTP/1.0", HandshakeError::Http, "400"),
        ("HTTP/1.1", "CoAP", HandshakeError::Http, "400"),
        ("Host: example.org\r\n", "", HandshakeError::Field("Host"), "400"),
        ("Host", "Host: a\r\nHost", HandshakeError::Field("Host"), "400"),
        ("Upgrade: websocket\r\n", "", HandshakeError::Field("Upgrade"), "400"),
        ("Upgrade: websocket", "Upgrade: h2c", HandshakeError::Field("Upgrade"), "400"),
        ("Connection: Upgrade", "Connection: close", HandshakeError::Field("Connection"), "400"),
        ("13", "8", HandshakeError::Version, "426"),
        ("coap\r\n", "mqtt\r\n", HandshakeError::Field("Sec-WebSocket-Protocol"), "400"),
        ("dGhl", "dGhlAAAA", HandshakeError::Field("Sec-WebSocket-Key"), "400"),
        ("dGhl", "", HandshakeError::Field("Sec-WebSocket-Key"), "400"),
        ("dGhl", "dG!l", HandshakeError::Field("Sec-WebSocket-Key"), "400"),
        ("==", "AA", HandshakeError::Field("Sec-WebSocket-Key"), "400"),
    ] {
        let request = REQUEST.replacen(from, to, 1);
        assert_eq!(read_request(request.as_bytes()), Err(error), "{to}");
        let refusal = str::from_utf8(write_refusal(error)).unwrap();
        assert!(refusal.starts_with(&format!("HTTP/1.1 {status} ")) && refusal.ends_with("\r\n\r\n"));
    }
}

#[test]
fn garbage_and_other_targets_are_refused_before_the_request_has_ended() {
    assert_eq!(read_request(b"\x00\x01\xe1"), Err(HandshakeError::Http));
    assert_eq!(read_request(b"POST / HTTP/1.1\r\n"), Err(HandshakeError::Target));
    assert_eq!(read_request(b"GET /else HTTP/1.1\r\nHost: "), Err(HandshakeError::Target));
    assert_eq!(read_response(b"HTTP/1.1 301 Moved\r\nLoca", &key()), Err(HandshakeError::Status(301)));
}

#[test]
fn lines_of_any_length_end_at_the_limit() {
    for length in [80, 81, 160, 4096, MAX_HEAD, 100_000] {
        let start = REQUEST.trim_end_matches("\r\n");
        let request = [start, "\r\nCookie: ", &"x".repeat(length)].concat();
        let expected = if request.len() < MAX_HEAD { Ok(None) } else { Err(HandshakeError::TooLong) };
        assert_eq!(read_request(request.as_bytes()), expected, "{length}");
        let complete = [&request, "\r\n\r\n"].concat();
        assert_eq!(read_request(complete.as_bytes()).is_ok(), complete.len() <= MAX_HEAD, "{length}");
    }
    let many = REQUEST.replace("\r\n\r\n", &("\r\n".to_string() + &"A: b\r\n".repeat(100) + "\r\n"));
    assert_eq!(read_request(many.as_bytes()), Err(HandshakeError::TooLong));
    assert_eq!(read_request(&[b'a'; 100_000]), Err(HandshakeError::TooLong));
}

#[test]
fn a_response_to_another_key_or_with_an_extension_is_refused() {
    let response = String::from_utf8(write_response(&key())).unwrap();
    for (from, to, error) in [
        ("s3pPL", "S3pPL", HandshakeError::Field("Sec-WebSocket-Accept")),
        ("coap", "mqtt", HandshakeError::Field("Sec-WebSocket-Protocol")),
        ("Sec-WebSocket-Protocol: coap\r\n", "", HandshakeError::Field("Sec-WebSocket-Protocol")),
        ("101", "200", HandshakeError::Status(200)),
        ("Upgrade: websocket\r\n", "", HandshakeError::Field("Upgrade")),
        (
            "\r\n\r\n",
            "\r\nSec-WebSocket-Extensions: x\r\n\r\n",
            HandshakeError::Field("Sec-WebSocket-Extensions"),
        ),
    ] {
        assert_eq!(read_response(response.replacen(from, to, 1).as_bytes(), &key()), Err(error), "{to}");
    }
    assert!(read_response(response.as_bytes(), &Key::new([7; 16])).is_err());
}

#[test]
fn a_host_cannot_smuggle_header_fields() {
    for host in ["", "a\r\nX: y", "a b", "a\0", "h\u{f6}st"] {
        assert_eq!(write_request(host, &key()), Err(HandshakeError::Field("Host")), "{host:?}");
    }
    assert!(write_request("[::1]:8080", &key()).is_ok());
}

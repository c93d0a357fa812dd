use super::*;
use crate::wire::{Code, MessageType, Pdu, option};

fn parse(text: &str) -> Result<Uri<'_>, UriError> {
    Uri::parse(text.as_bytes())
}

fn parts(text: &str) -> (Scheme, &str, u16, &str, Option<&str>) {
    let text_of = |part| std::str::from_utf8(part).unwrap();
    let uri = parse(text).unwrap();
    (uri.scheme, text_of(uri.host), uri.port, text_of(uri.path), uri.query.map(text_of))
}

#[test]
fn uris_come_apart() {
    use Scheme::*;
    let core = ".well-known/core";
    assert_eq!(parts("coap://[::1]/.well-known/core"), (Coap, "::1", 5683, core, None));
    assert_eq!(parts("coap://[::1]:8000/.well-known/core"), (Coap, "::1", 8000, core, None));
    assert_eq!(parts("coap://[fe80::1%eth0]"), (Coap, "fe80::1%eth0", 5683, "", None));
    assert_eq!(parts("coap://localhost/?foo&a=b"), (Coap, "localhost", 5683, "", Some("foo&a=b")));
    assert_eq!(parts("coap://localhost?foo"), (Coap, "localhost", 5683, "", Some("foo")));
    assert_eq!(parts("coap://localhost:1/?"), (Coap, "localhost", 1, "", Some("")));
    assert_eq!(parts("coap://h:/x"), (Coap, "h", 5683, "x", None));
    assert_eq!(parts("coap://h:65535"), (Coap, "h", 65535, "", None));
    assert_eq!(parts("coap://h:000005683"), (Coap, "h", 5683, "", None));
    assert_eq!(parts("coap://h//a//?b?/c"), (Coap, "h", 5683, "/a//", Some("b?/c")));
    assert_eq!(parts("/a/b?c"), (Coap, "", 5683, "a/b", Some("c")));
    assert_eq!(parts("coap+tcp://%2Ftmp%2Fsock/p"), (CoapTcp, "%2Ftmp%2Fsock", 0, "p", None));
}

#[test]
fn every_scheme_has_its_port() {
    for (text, scheme, port) in [
        ("coap://h", Scheme::Coap, 5683),
        ("coaps://h", Scheme::Coaps, 5684),
        ("coap+tcp://h", Scheme::CoapTcp, 5683),
        ("coaps+tcp://h", Scheme::CoapsTcp, 5684),
        ("coap+ws://h", Scheme::CoapWs, 80),
        ("coaps+ws://h", Scheme::CoapsWs, 443),
        ("http://h", Scheme::Http, 80),
        ("https://h", Scheme::Https, 443),
        ("CoAP://h", Scheme::Coap, 5683),
    ] {
        assert_eq!(parts(text), (scheme, "h", port, "", None));
    }
}

#[test]
fn what_is_not_a_uri_is_refused() {
    let long = format!("coap://{}/", "h".repeat(256));
    for (text, error) in [
        ("", UriError::Empty),
        ("coap", UriError::NoScheme),
        ("coap:/h", UriError::NoScheme),
        ("://h", UriError::UnknownScheme),
        ("coaq://h", UriError::UnknownScheme),
        ("coap://", UriError::BadHost),
        ("coap:///path", UriError::BadHost),
        ("coap://:5683", UriError::BadHost),
        ("coap://[]", UriError::BadHost),
        ("coap://[::1", UriError::BadHost),
        ("coap://a\0b/", UriError::BadHost),
        (&long, UriError::BadHost),
        ("coap://h:65536", UriError::BadPort),
        ("coap://h:99999999999", UriError::BadPort),
        ("coap://%2Ftmp:5683", UriError::UnixPort),
        ("coap://h:1x", UriError::Trailing),
        ("coap://[::1]x", UriError::Trailing),
        ("coap://h/a\0b", UriError::Trailing),
        ("coap://h/?a\0b", UriError::Trailing),
    ] {
        assert_eq!(parse(text), Err(error), "{text:?}");
    }
}

#[test]
fn the_limit_of_a_host_counts_decoded_bytes() {
    let names = [format!("coap://{}", "h".repeat(255)), format!("coap://{}", "%2F".repeat(255))];
    for name in names {
        assert!(parse(&name).is_ok());
        assert_eq!(parse(&(name + "h")), Err(UriError::BadHost));
    }
}

#[test]
fn no_piece_of_a_uri_makes_trouble() {
    let text = b"coaps+tcp://[fe80::1%25eth0]:12345/a%2Fb/./%7e//?x=%26&y#z";
    for start in 0..text.len() {
        for end in start..text.len() {
            if let Ok(uri) = Uri::parse(&text[start..end]) {
                let pieces = path_segments(uri.path).chain(query_arguments(uri.query.unwrap_or_default()));
                pieces.for_each(|piece| drop(percent_decode(piece)));
            }
        }
    }
}

#[test]
fn paths_and_queries_come_in_pieces() {
    let path = |text: &'static str| path_segments(text.as_bytes()).collect::<Vec<_>>();
    assert_eq!(path("a/b"), [b"a", b"b"]);
    assert_eq!(path(""), [b""]);
    assert_eq!(path("/%2F//"), [&b""[..], b"%2F", b"", b""]);
    assert_eq!(path("./a/../b/.."), [b"a", b"b"]);
    assert_eq!(path(".../.a"), [&b"..."[..], b".a"]);
    assert_eq!(path("a/b?c/d"), [b"a", b"b"]);
    assert_eq!(path("a/b#c/d"), [b"a", b"b"]);

    let query = |text: &'static str| query_arguments(text.as_bytes()).collect::<Vec<_>>();
    assert_eq!(query("%2F%2F&?%26"), [&b"%2F%2F"[..], b"?%26"]);
    assert_eq!(query("a&&b#c"), [&b"a"[..], b"", b"b"]);
}

#[test]
fn percent_decoding_stays_inside_the_text() {
    assert_eq!(percent_decode(b"a%2fb%2F").unwrap(), &b"a/b/"[..]);
    assert!(matches!(percent_decode(b"plain"), Ok(std::borrow::Cow::Borrowed(b"plain"))));
    for bad in ["%", "%A", "a%", "%zz", "%2", "%%20", "%2g", "%+1"] {
        assert_eq!(percent_decode(bad.as_bytes()), Err(BadEscape), "{bad}");
    }
}

/// RFC 7252 section 6.4 and 6.5 with the examples of its appendix B.
#[test]
fn rfc_7252_appendix_b() {
    let uri = parse("coap://xn--18j4d.example/%E3%81%93%E3%82%93%E3%81%AB%E3%81%A1%E3%81%AF").unwrap();
    let segments: Vec<_> = path_segments(uri.path).map(|segment| percent_decode(segment).unwrap()).collect();
    assert_eq!(segments, ["こんにちは".as_bytes()]);

    let mut request = Pdu::new(MessageType::Con, Code::GET, 0, 0);
    for segment in ["", "/", "", ""] {
        request.add_option(option::URI_PATH, segment.as_bytes()).unwrap();
    }
    for argument in ["//", "?&"] {
        request.add_option(option::URI_QUERY, argument.as_bytes()).unwrap();
    }
    assert_eq!(compose_path(&request).unwrap(), b"/%2F//");
    assert_eq!(compose_query(&request).unwrap(), b"//&?%26");
}

#[test]
fn composed_text_comes_apart_into_the_same_options() {
    let every_byte: Vec<u8> = (0..=255).collect();
    let mut request = Pdu::new(MessageType::Con, Code::GET, 0, 0);
    for _ in 0..2 {
        request.add_option(option::URI_PATH, &every_byte).unwrap();
    }
    for argument in [b"", &every_byte[..], b""] {
        request.add_option(option::URI_QUERY, argument).unwrap();
    }
    let path = compose_path(&request).unwrap();
    let query = compose_query(&request).unwrap();
    assert!(path.iter().chain(&query).all(u8::is_ascii_graphic));
    let path: Vec<_> = path_segments(&path).map(|piece| percent_decode(piece).unwrap()).collect();
    let query: Vec<_> = query_arguments(&query).map(|piece| percent_decode(piece).unwrap()).collect();
    assert_eq!(path, [&every_byte[..], &every_byte]);
    assert_eq!(query, [b"", &every_byte[..], b""]);
}

#[test]
fn a_proxy_uri_gives_the_path() {
    let mut request = Pdu::new(MessageType::Con, Code::GET, 0, 0);
    assert_eq!(compose_path(&request).unwrap(), b"");
    assert_eq!(compose_query(&request), None);
    request.add_option(option::URI_PATH, b"here").unwrap();
    request.add_option(option::PROXY_URI, b"coap://h/over/%74here?q").unwrap();
    assert_eq!(compose_path(&request).unwrap(), b"over/%74here");
    request.update_option(option::PROXY_URI, b"/no/host").unwrap();
    assert_eq!(compose_path(&request), None);
}

#[test]
fn a_proxy_uri_gives_the_query_but_not_what_the_options_say() {
    let mut request = Pdu::new(MessageType::Con, Code::GET, 0, 0);
    for argument in [&b"a/?"[..], b"b&c", b""] {
        request.add_option(option::URI_QUERY, argument).unwrap();
    }
    assert_eq!(compose_query(&request).unwrap(), b"a/?&b%26c&");
    for (uri, query) in [
        ("coap://h/a?x=%41&y", Some(&b"x=%41&y"[..])),
        ("coap://h?", None),
        ("coap://h/a", None),
        ("no/host?x", None),
    ] {
        request.update_option(option::PROXY_URI, uri.as_bytes()).unwrap();
        assert_eq!(compose_query(&request).as_deref(), query, "{uri}");
        assert_eq!(join_query(&request), b"a/?&b%26c&", "{uri}");
    }
    assert_eq!(join_query(&Pdu::new(MessageType::Con, Code::GET, 0, 0)), b"");
}

//! Whatever text is given for a URI: an error, or parts that lie within the text.
use coap_proto::wire::uri::{MAX_HOST_LEN, Uri, path_segments, percent_decode, query_arguments};
use coap_sim::Mutator;

const ROUNDS: usize = 100_000;

const SAMPLES: &[&[u8]] = &[
    b"coap://host/path/to?query=1&other",
    b"coaps://[2001:db8::1%25eth0]:5684/a%20b/%41?x=%26",
    b"coap+tcp://192.0.2.1:99999999999999999999/",
    b"coap://%2Ftmp%2Fsocket/path",
    b"/only/a/path?and=query",
    b"coap://",
    b"coap://:",
    b"coap://h:5683?q",
    b"http://example.org/../a/./b//c#fragment",
    b"%A%",
];

fn lies_within(part: &[u8], text: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

#[test]
fn no_text_upsets_the_parser() {
    let mut mutator = Mutator::new(3, SAMPLES.iter().map(|sample| sample.to_vec()).collect());
    let mut parsed = 0_usize;
    for _ in 0..ROUNDS {
        let text = mutator.next_message();
        let Ok(uri) = Uri::parse(&text) else { continue };
        parsed += 1;
        assert!(percent_decode(uri.host).map_or(uri.host.len(), |host| host.len()) <= MAX_HOST_LEN);
        let parts = [uri.host, uri.path, uri.query.unwrap_or_default()];
        assert!(parts.iter().all(|part| lies_within(part, &text) && !part.contains(&0)), "{uri:?}");
        for piece in path_segments(uri.path).chain(query_arguments(uri.query.unwrap_or_default())) {
            assert!(percent_decode(piece).is_err() || piece.len() <= text.len());
        }
    }
    assert!(parsed > ROUNDS / 20, "{parsed} parsed");
}

#[test]
fn each_of_the_known_traps_is_an_error() {
    let long_host = format!("coap://{}/", "h".repeat(256));
    for text in
        ["coap://", "coap://:5683", "coap://h:99999", "coap://h:99999999999", "coap://[::1", &long_host, ""]
    {
        assert!(Uri::parse(text.as_bytes()).is_err(), "{text}");
    }
    for text in ["%", "%A", "%zz", "a%", "%4"] {
        assert!(percent_decode(text.as_bytes()).is_err(), "{text}");
    }
    for host_with_nul in [&b"coap://a\0b/"[..], b"coap://a/\0", b"coap://a?\0"] {
        assert!(Uri::parse(host_with_nul).is_err());
    }
}

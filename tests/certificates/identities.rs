//! Pre-shared keys: a server that knows one identity alone.
use crate::sides::{Side, all_pairs_over_dtls};

const SERVER: [&str; 2] = ["identity=alice", "psk=wonderland"];

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn a_known_identity() {
    all_pairs_over_dtls(|pair| {
        let told = pair.meet(&words(&SERVER), &words(&SERVER));
        assert!(told.server.contains("\"alice\" is known\n") && told.server.contains("asked\n"), "{told}");
        assert!(told.client.contains("answered 2.05\n"), "{told}");
        assert!(![&told.client, &told.server].iter().any(|told| told.contains("ERROR")), "{told}");
    });
}

/// It is told so, by all but GnuTLS's servers, which speak of a failure.
#[test]
fn an_unknown_identity() {
    all_pairs_over_dtls(|pair| {
        let told = pair.meet(&words(&SERVER), &words(&["identity=mallory", "psk=wonderland"]));
        assert!(told.server.contains("\"mallory\" is unknown\n"), "{told}");
        assert!(!told.client.contains("answered") && !told.server.contains("asked"), "{told}");
        assert!(![&told.client, &told.server].iter().any(|told| told.contains("CONNECTED")), "{told}");
        assert!(told.client.contains("NACK TLS_FAILED") && told.client.contains("DTLS_CLOSED"), "{told}");
        assert!(told.server.contains("DTLS_CLOSED") && told.server.contains("SERVER_SESSION_DEL"), "{told}");
        let ours = "the peer's identity is not known";
        assert_eq!(told.server.contains(ours), pair.server == Side::Ours, "{told}");
        let heard = match (pair.client, pair.server) {
            (Side::Ours, Side::GnuTls) => "the peer sent handshake_failure (40)",
            (Side::Ours, _) => "the peer sent unknown_psk_identity (115)",
            (Side::GnuTls, Side::GnuTls) => "Alert '40'",
            (Side::GnuTls, _) => "Alert '115'",
            // Which alert it was stands in the log of newer versions alone.
            (Side::OpenSsl, _) => "DTLS_ERROR",
        };
        assert!(told.client.contains(heard), "{heard}? {told}");
    });
}

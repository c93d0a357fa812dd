//! Who is let in, and who sees to it that the others are not.
use crate::sides::{Over, Pair, Role, Side, all_pairs, and, pairs_with_ours, with};

/// Why a side says no.
#[derive(Clone, Copy)]
enum Reason {
    OtherCa,
    OutOfDate,
    Name,
    NoCertificate,
}

impl Reason {
    /// What a library prints that refuses a certificate for this reason, one of these; nothing if it does not say.
    fn words(self, side: Side) -> &'static [&'static str] {
        match (self, side) {
            (Self::OtherCa, Side::Ours) => &["is of no CA that is trusted"],
            (Self::OtherCa, Side::OpenSsl) => &["unable to get local issuer certificate"],
            (Self::OtherCa, Side::GnuTls) => &["The peer certificate's CA is unknown"],
            (Self::OutOfDate, Side::Ours) => &["is out of date"],
            (Self::OutOfDate, Side::OpenSsl) => &["certificate has expired"],
            (Self::OutOfDate, Side::GnuTls) => &["The certificate has an invalid usage date"],
            (Self::Name, _) => &["judges elsewhere.test, depth 0, validated 1: wrong"],
            // Ours as a client says so of itself: it cannot do what a server of DTLS wants.
            (Self::NoCertificate, Side::Ours) => {
                &["sent no certificates", "has no certificate", "no private key"]
            }
            (Self::NoCertificate, Side::OpenSsl) => &[],
            (Self::NoCertificate, Side::GnuTls) => {
                &["Client Certificate requested and required, but not provided"]
            }
        }
    }
}

/// A client of these words is served by a server of those, and no one speaks of an error.
fn served(server: &[String], client: &[String]) {
    all_pairs(|pair| {
        let told = pair.meet(server, client);
        assert!(told.client.contains("answered 2.05\n") && told.server.contains("asked\n"), "{told}");
        assert!(![&told.client, &told.server].iter().any(|told| told.contains("ERROR")), "{told}");
        assert!(!told.client.contains("NACK"), "{told}");
    });
}

/// It is not, by the one and for the reason that `why` says.
fn refused(why: impl Fn(Pair) -> (Role, Reason) + Sync, server: &[String], client: &[String]) {
    all_pairs(|pair| {
        let told = pair.meet(server, client);
        assert!(!told.client.contains("answered") && !told.server.contains("asked"), "{told}");
        // A client may think that all is well until the server has looked at its certificate; messages wait for that.
        assert!(
            ![&told.client, &told.server].iter().any(|told| told.contains("SESSION_CONNECTED")),
            "{told}"
        );
        let (refuses, reason) = why(pair);
        let (side, words) = (pair.side(refuses), told.of(refuses));
        assert!(refuses == Role::Server || !told.client.contains("DTLS_CONNECTED"), "{told}");
        let reasons = reason.words(side);
        assert!(reasons.is_empty() || reasons.iter().any(|reason| words.contains(reason)), "{told}");
        // What the original's events are over TLS depends on who closes the connection first; with GnuTLS there is
        // no such event in a handshake.
        assert!(side != Side::Ours || words.contains("DTLS_ERROR"), "{told}");
        assert!(side != Side::GnuTls || !words.contains("DTLS_ERROR"), "{told}");
        assert!(pair.client != Side::Ours || told.client.contains("DTLS_CLOSED"), "{told}");
        if refuses == Role::Server && pair.client == Side::Ours && side != Side::Ours {
            assert!(told.client.contains("the peer sent ") && told.client.contains("DTLS_ERROR"), "{told}");
        }
        // Over TLS the original runs its loop in `coap_send` until there is a connection, or none.
        let in_the_call = pair.client != Side::Ours && pair.over == Over::Tls;
        assert!(told.client.contains(if in_the_call { "not sent" } else { "NACK TLS_FAILED" }), "{told}");
        assert!(told.server.contains("SERVER_SESSION_DEL"), "{told}");
    });
}

#[test]
fn both_are_who_they_should_be() {
    served(
        &and(with(Some("server"), "ca.pem"), &["name=client.test"]),
        &and(with(Some("client"), "ca.pem"), &["name=localhost"]),
    );
}

/// Ours and OpenSSL's begin with the CA, GnuTLS's knows the certificate of the peer alone.
#[test]
fn the_application_is_asked_about_a_whole_chain() {
    all_pairs(|pair| {
        let server = and(with(Some("server"), "ca.pem"), &["name=client.test"]);
        let told = pair.meet(&server, &and(with(Some("client"), "ca.pem"), &["name=localhost"]));
        for (role, peer) in [(Role::Server, "client.test"), (Role::Client, "localhost")] {
            let (asked, whole) = (told.of(role), pair.side(role) != Side::GnuTls);
            assert!(asked.contains(&format!("judges {peer}, depth 0, validated 1: right")), "{told}");
            assert_eq!(asked.contains("judges ca.test, depth 1, validated 1: right"), whole, "{told}");
        }
    });
}

/// Over TLS no alert says that the application has refused a name.
#[test]
fn a_refused_name_over_tls_is_a_connection_that_is_closed() {
    pairs_with_ours(|pair| {
        let client = and(with(Some("client"), "ca.pem"), &["name=localhost"]);
        if pair.over == Over::Tls && pair.client == Side::Ours {
            let told = pair.meet(&with(Some("elsewhere"), "ca.pem"), &client);
            assert!(told.client.contains("the application refused the certificate"), "{told}");
            let heard = ["Alert '", "alert read", "the peer sent", "DTLS_ERROR"];
            assert!(!heard.iter().any(|words| told.server.contains(words)), "{told}");
            assert!(told.server.contains("TCP_CLOSED"), "{told}");
        }
    });
}

#[test]
fn a_server_of_another_ca() {
    let (server, client) = (with(Some("stranger"), "ca.pem"), with(Some("client"), "ca.pem"));
    refused(|_| (Role::Client, Reason::OtherCa), &server, &client);
}

/// A client of GnuTLS does not show a certificate to servers that ask for those of other CAs. Ours over DTLS
/// names none.
#[test]
fn a_client_of_another_ca() {
    let (server, client) = (with(Some("server"), "ca.pem"), with(Some("stranger"), "ca.pem"));
    let why = |pair: Pair| match (pair.client, pair.server, pair.over) {
        (Side::GnuTls, Side::Ours, Over::Dtls) => (Role::Server, Reason::OtherCa),
        (Side::GnuTls, ..) => (Role::Server, Reason::NoCertificate),
        _ => (Role::Server, Reason::OtherCa),
    };
    refused(why, &server, &client);
}

#[test]
fn a_server_that_is_out_of_date() {
    let (server, client) = (with(Some("expired"), "ca.pem"), with(Some("client"), "ca.pem"));
    refused(|_| (Role::Client, Reason::OutOfDate), &server, &client);
    served(&server, &and(client, &["allow_expired_certs"]));
}

#[test]
fn a_client_that_is_out_of_date() {
    let (server, client) = (with(Some("server"), "ca.pem"), with(Some("expired"), "ca.pem"));
    refused(|_| (Role::Server, Reason::OutOfDate), &server, &client);
    served(&and(server, &["allow_expired_certs"]), &client);
}

#[test]
fn a_server_of_another_name() {
    let (server, client) = (with(Some("elsewhere"), "ca.pem"), with(Some("client"), "ca.pem"));
    refused(|_| (Role::Client, Reason::Name), &server, &and(client, &["name=localhost"]));
}

#[test]
fn a_client_of_another_name() {
    let (server, client) = (with(Some("server"), "ca.pem"), with(Some("elsewhere"), "ca.pem"));
    refused(|_| (Role::Server, Reason::Name), &and(server, &["name=client.test"]), &client);
}

/// Over DTLS ours gives up itself when a server asks it for a certificate that it does not have.
#[test]
fn a_client_without_a_certificate() {
    let why = |pair: Pair| match (pair.client, pair.over) {
        (Side::Ours, Over::Dtls) => (Role::Client, Reason::NoCertificate),
        _ => (Role::Server, Reason::NoCertificate),
    };
    let client = with(None, "ca.pem");
    refused(why, &with(Some("server"), "ca.pem"), &client);
}

#[test]
fn the_server_alone_has_a_certificate() {
    let all = with(Some("server"), "ca.pem");
    let checks = ["verify_peer_cert", "check_common_ca"];
    let server: Vec<_> = all.into_iter().filter(|word| !checks.contains(&&**word)).collect();
    served(&server, &and(with(None, "ca.pem"), &["name=localhost"]));
}

//! Revocation lists, and how long a chain may be: one side looks closely at the other.
//!
//! The original does not read the lists in a CA's file. With OpenSSL it is then as if there were none, and those in a
//! file of root CAs count; with GnuTLS nothing is ever revoked.
use crate::{
    sides::{Over, Pair, Role, Side, and, pairs_with_ours, with},
    support::pki,
};

const CHECKED: &str = "check_cert_revocation";

/// Who lets a peer in.
struct Let {
    ours: Result<(), &'static str>,
    openssl: bool,
    gnutls: bool,
}

impl Let {
    /// Ours does, or gives a reason with these words.
    fn ours(ours: Result<(), &'static str>) -> Self {
        Self { ours, openssl: ours.is_ok(), gnutls: ours.is_ok() }
    }

    /// A build with OpenSSL does or does not.
    fn openssl(self, openssl: bool) -> Self {
        Self { openssl, ..self }
    }

    /// A build with GnuTLS does or does not.
    fn gnutls(self, gnutls: bool) -> Self {
        Self { gnutls, ..self }
    }

    fn lets(&self, side: Side) -> bool {
        match side {
            Side::Ours => self.ours.is_ok(),
            Side::OpenSsl => self.openssl,
            Side::GnuTls => self.gnutls,
        }
    }
}

/// Clients look at servers, and servers at clients, that have this certificate.
fn look(expected: &Let, peer: &str, checks: impl Fn(&str) -> Vec<String> + Sync) {
    let peer = with(Some(peer), "ca.pem");
    pairs_with_ours(|pair: Pair| {
        for (role, server, client) in
            [(Role::Client, &peer, &checks("client")), (Role::Server, &checks("server"), &peer)]
        {
            let told = pair.meet(server, client);
            let lets = expected.lets(pair.side(role));
            assert_eq!(told.client.contains("answered 2.05"), lets, "{role:?} looks: {told}");
            assert_eq!(told.server.contains("asked"), lets, "{role:?} looks: {told}");
            if let (Side::Ours, Err(reason)) = (pair.side(role), expected.ours) {
                assert!(told.of(role).contains(reason), "{reason}? {told}");
            }
        }
    });
}

/// With a CA's file, and lists in it.
fn look_with(expected: &Let, peer: &str, ca: &str, words: &[&str]) {
    look(expected, peer, |own| and(and(with(Some(own), ca), &[CHECKED]), words));
}

/// With a file of root CAs, and lists in it.
fn look_with_roots(expected: &Let, peer: &str, roots: &str, words: &[&str]) {
    let roots = format!("roots={}", pki::file(roots));
    look(expected, peer, |own| {
        let own = with(Some(own), "ca.pem").into_iter().filter(|word| word != "check_common_ca");
        let own: Vec<_> = own.filter(|word| !word.starts_with("ca=")).collect();
        and(and(own, &[CHECKED, &roots]), words)
    });
}

#[test]
fn a_list_beside_the_ca() {
    look_with(&Let::ours(Ok(())).openssl(false), "elsewhere", "ca-list.pem", &[]);
    look_with(&Let::ours(Err("is revoked")).gnutls(true), "revoked", "ca-list.pem", &[]);
}

#[test]
fn no_list() {
    look_with(&Let::ours(Err("there is no revocation list")).gnutls(true), "elsewhere", "ca.pem", &[]);
    look_with(&Let::ours(Ok(())), "elsewhere", "ca.pem", &["allow_no_crl"]);
}

/// What an old list says of a certificate still counts.
#[test]
fn a_list_that_is_out_of_date() {
    look_with(
        &Let::ours(Err("the revocation list of its CA is out of date")).gnutls(true),
        "elsewhere",
        "ca-old-list.pem",
        &[],
    );
    let allowed = ["allow_expired_crl"];
    look_with(&Let::ours(Ok(())).openssl(false), "elsewhere", "ca-old-list.pem", &allowed);
    look_with(&Let::ours(Err("is revoked")).gnutls(true), "revoked", "ca-old-list.pem", &allowed);
}

#[test]
fn lists_beside_root_cas() {
    look_with_roots(&Let::ours(Ok(())), "elsewhere", "ca-list.pem", &[]);
    look_with_roots(&Let::ours(Err("is revoked")).gnutls(true), "revoked", "ca-list.pem", &[]);
    look_with_roots(
        &Let::ours(Err("the revocation list of its CA is out of date")).gnutls(true),
        "elsewhere",
        "ca-old-list.pem",
        &[],
    );
    look_with_roots(&Let::ours(Ok(())), "elsewhere", "ca-old-list.pem", &["allow_expired_crl"]);
}

/// Two CAs stand between the certificate and the one that is trusted. Those who are not sent them have them.
#[test]
fn the_length_of_a_chain() {
    for (depth, passes) in [("depth=0", false), ("depth=1", false), ("depth=2", true)] {
        pairs_with_ours(|pair: Pair| {
            let (near, far) = (with(Some("client"), "far-ca.pem"), with(Some("far"), "ca.pem"));
            for (role, server, client) in [
                (Role::Client, &far, &and(near.clone(), &[depth])),
                (Role::Server, &and(near.clone(), &[depth]), &far),
            ] {
                // What the original makes of it differs from version to version, and with who sends what.
                if pair.side(role) != Side::Ours {
                    continue;
                }
                let told = pair.meet(server, client);
                assert_eq!(told.client.contains("answered 2.05"), passes, "{depth}, {role:?} looks: {told}");
                let reason = match pair.over {
                    Over::Dtls => "is too far from a CA that is trusted",
                    Over::Tls => "too far from one",
                };
                assert!(passes || told.of(role).contains(reason), "{depth}: {told}");
            }
        });
    }
}

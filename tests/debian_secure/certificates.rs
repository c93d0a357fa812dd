//! Certificates over DTLS and TLS.
use crate::{
    support::pki::{self, file},
    ways::{Side, Ways, is_answered, is_answered_as},
};
use std::{fs, time::Duration};

const SCHEMES: [&str; 2] = ["coaps", "coaps+tcp"];

/// Options for a certificate and the CA that the peer's has to be of.
fn with(certificate: &str, ca: &str) -> Vec<String> {
    let [pem, key] = ["pem", "key"].map(|end| file(&format!("{certificate}.{end}")));
    ["-c", &pem, "-j", &key, "-C", &file(ca)].map(str::to_owned).to_vec()
}

fn of(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn both_have_one() {
    for scheme in SCHEMES {
        is_answered(true, scheme, &of(&with("server", "ca.pem")), &of(&with("client", "ca.pem")));
    }
}

/// `-n`: the server does not ask for one, and the client has none.
#[test]
fn the_server_alone_has_one() {
    let (server, client) = (with("server", "ca.pem"), ["-C".to_owned(), file("ca.pem")]);
    for scheme in SCHEMES {
        is_answered(true, scheme, &[&of(&server)[..], &["-n"]].concat(), &of(&client));
        // A server that asks gets none.
        is_answered(false, scheme, &of(&server), &of(&client));
    }
}

/// Nothing is checked, which is what the client says with no CA.
#[test]
fn nobody_checks() {
    let server = with("stranger", "ca.pem");
    for scheme in SCHEMES {
        is_answered(true, scheme, &[&of(&server)[..], &["-n"]].concat(), &[]);
    }
}

#[test]
fn a_server_of_another_ca() {
    for scheme in SCHEMES {
        is_answered(false, scheme, &of(&with("stranger", "ca.pem")), &of(&with("client", "ca.pem")));
    }
}

#[test]
fn a_client_of_another_ca() {
    for scheme in SCHEMES {
        is_answered(false, scheme, &of(&with("server", "ca.pem")), &of(&with("stranger", "ca.pem")));
    }
}

/// The programs let certificates pass that are out of date.
#[test]
fn out_of_date() {
    for scheme in SCHEMES {
        is_answered(true, scheme, &of(&with("expired", "ca.pem")), &of(&with("client", "ca.pem")));
    }
}

/// `-R`: root CAs instead of a common one.
#[test]
fn root_cas() {
    let root = file("ca.pem");
    let strip = |all: Vec<String>| [&all[..4], &["-R".to_owned(), root.clone()]].concat();
    for scheme in SCHEMES {
        let (server, client) = (strip(with("server", "ca.pem")), strip(with("client", "ca.pem")));
        is_answered(true, scheme, &of(&server), &of(&client));
        let stranger = strip(with("stranger", "ca.pem"));
        is_answered(false, scheme, &of(&stranger), &of(&client));
    }
}

/// TLS takes RSA; in DTLS it is refused when it is set, with a line that says so.
#[test]
fn rsa() {
    let (server, client) = (with("rsa", "ca.pem"), with("client", "ca.pem"));
    is_answered(true, "coaps+tcp", &of(&server), &of(&client));
    let originals = |ways: Ways| !ways.server.is_ours() && !ways.client.is_ours();
    is_answered_as(originals, "coaps", &of(&server), &of(&client));
    let server = Side::Ours.serve(&[&of(&server)[..], &["-v", "5"]].concat());
    std::thread::sleep(Duration::from_millis(100));
    let printed = server.stop();
    assert!(printed.contains("RSA keys are not supported in DTLS"), "{printed}");
}

/// Keys and certificates at once: each client has what it wants.
#[test]
fn keys_and_certificates() {
    let server = with("server", "ca.pem");
    let both = [&of(&server)[..], &["-k", "correct horse", "-h", "stable"]].concat();
    is_answered(true, "coaps", &both, &of(&with("client", "ca.pem")));
    is_answered(true, "coaps", &both, &["-k", "correct horse", "-u", "me"]);
}

/// The server is asked for by its name, and shows the certificate of that name.
#[test]
fn a_certificate_for_a_name() {
    // Certificate and key are in one file there.
    let read = |name: &str| fs::read_to_string(file(name)).expect("a file");
    let put = |name: &str, text: String| fs::write(pki::directory().join(name), text).expect("a file");
    put("named.pem", read("server.pem") + &read("server.key"));
    put("names-with-certificates", format!("localhost,{},{}\n", file("named.pem"), file("ca.pem")));
    let names = file("names-with-certificates");
    let usual = with("stranger", "ca.pem");
    let server = [&of(&usual)[..], &["-S", &names]].concat();
    let client = with("client", "ca.pem");
    is_answered(true, "coaps+tcp", &server, &of(&client));
    // Ours as a client sends no name in DTLS.
    is_answered_as(|ways: Ways| !ways.client.is_ours(), "coaps", &server, &of(&client));
}

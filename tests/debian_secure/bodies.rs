//! What is spoken inside: observing, and bodies of a megabyte.
use crate::{
    support::pki,
    ways::{LIMIT, Ways, all_ways},
};
use std::fs;

const KEY: [&str; 4] = ["-k", "correct horse", "-u", "me"];

/// What the two prove themselves with, over which protocol.
const CASES: [(&str, bool); 3] = [("coaps", false), ("coaps", true), ("coaps+tcp", true)];

/// Options of client and server: a key or certificates.
fn options(certificates: bool) -> (Vec<String>, Vec<String>) {
    let strings = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
    if !certificates {
        return (strings(&KEY), strings(&["-k", "correct horse", "-h", "stable", "-d", "4"]));
    }
    let with = |name: &str| {
        let [pem, key] = ["pem", "key"].map(|end| pki::file(&format!("{name}.{end}")));
        strings(&["-c", &pem, "-j", &key, "-C", &pki::file("ca.pem")])
    };
    (with("client"), [with("server"), strings(&["-d", "4"])].concat())
}

fn of(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn a_megabyte_there_and_back() {
    let body: Vec<u8> = (0..1_048_576_u32).map(|at| (at * 7 + at / 251 + at / 65_521) as u8).collect();
    for (scheme, certificates) in CASES {
        let sent = pki::directory().join(format!("sent-{scheme}-{certificates}"));
        fs::write(&sent, &body).expect("a file");
        let (client, server) = options(certificates);
        all_ways(|ways| {
            let got =
                pki::directory().join(format!("got-{scheme}-{}", ways.name().replace([' ', ':', ','], "")));
            let server = ways.server.serve(&of(&server));
            let uri = server.uri(scheme, "/large");
            let (from, to) = (sent.to_string_lossy(), got.to_string_lossy());
            let patient = ["-B", "50", "-b", "1024"];
            let put = [&of(&client)[..], &patient, &["-m", "put", "-t", "binary", "-f", &from]].concat();
            let printed = ways.client.ask(&put, &uri);
            let get = [&of(&client)[..], &patient, &["-o", &to]].concat();
            let again = ways.client.ask(&get, &uri);
            let written = fs::read(&got).unwrap_or_default();
            assert!(
                written == body,
                "{} {scheme}: {} bytes\n{}{}{}{}",
                ways.name(),
                written.len(),
                printed.stdout,
                printed.stderr,
                again.stdout,
                again.stderr
            );
            server.stop();
            let _ = fs::remove_file(got);
        });
    }
}

#[test]
fn a_resource_is_observed() {
    for (scheme, certificates) in CASES {
        let (client, server) = options(certificates);
        all_ways(|ways: Ways| {
            let server = ways.server.serve(&of(&server));
            let uri = server.uri(scheme, "/example_data");
            let put = |text: &str| {
                let put = [&of(&client)[..], &["-m", "put", "-e", text]].concat();
                ways.client.ask(&put, &uri);
            };
            put("at first");
            let mut observer = ways.client.start(&[&of(&client)[..], &["-s", "4", "-w"]].concat(), &uri);
            observer.wait_for_line(LIMIT, |line| line.contains("at first"));
            put("then");
            observer.wait_for_line(LIMIT, |line| line.contains("then"));
            put("at last");
            observer.wait_for_line(LIMIT, |line| line.contains("at last"));
            observer.finish(LIMIT);
            server.stop();
        });
    }
}

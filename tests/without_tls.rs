//! A build without DTLS, TLS and secure WebSockets (`make TLS=none`): it is what `libcoap-3-notls` is, and it is
//! complete.
#![forbid(unsafe_code)]

mod support;

use std::{collections::BTreeSet, path::Path, process::Command, time::Duration};
use support::{Program, differences::assert_same_output, library::Library};

const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn it_answers_as_the_original_without_tls() {
    let (reference, ours) = (Library::reference(), Library::ours_without_tls());
    let program = Program::compile("c-tests/notls/without_tls.c", &reference);
    let theirs = program.run(&reference, &[], LIMIT);
    let mine = program.run(&ours, &[], LIMIT);
    assert_same_output("without_tls", &support::version(&reference), &theirs.stdout, &mine.stdout);
    assert!(mine.status.success(), "{}", mine.stderr);
}

#[test]
fn it_has_every_function() {
    assert_eq!(symbols(&Library::ours_without_tls()), symbols(&Library::ours()));
}

/// Nothing of what it does without is in it.
#[test]
fn it_has_no_tls() {
    let library = Library::ours_without_tls();
    let output = Command::new("nm").arg(file(&library)).output().expect("nm");
    let names = String::from_utf8_lossy(&output.stdout);
    assert!(names.contains("coap_proto"), "there are names to be found");
    for package in ["rustls", "dimpl", "coap_secure", "x509_cert"] {
        assert!(!names.contains(package), "{package}");
    }
}

fn file(library: &Library) -> impl AsRef<std::ffi::OsStr> + AsRef<Path> {
    library.directory().join("libcoap-3.so.3")
}

/// The functions that it exports.
fn symbols(library: &Library) -> BTreeSet<String> {
    let output = Command::new("nm").args(["-D", "--defined-only"]).arg(file(library)).output().expect("nm");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let names: BTreeSet<_> =
        text.lines().filter_map(|line| line.split(' ').next_back()).map(str::to_owned).collect();
    assert!(names.len() > 300, "{text}");
    names
}

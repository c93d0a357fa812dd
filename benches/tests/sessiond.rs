//! `coap-sessiond` beside `socat`, measured briefly but in earnest: its goals are far away enough to be judged so.
#![forbid(unsafe_code)]
use std::{env, path::Path, process::Command};

/// Names the optimised daemon: `make check` has built it.
const PROGRAM: &str = "FERROCOAP_SESSIOND";

#[test]
fn a_connection_is_as_fast_beside_socat_as_was_promised() {
    if env::var_os(PROGRAM).is_none() {
        return eprintln!("not run: {PROGRAM} names no optimised coap-sessiond (make check does)");
    }
    if Command::new("socat").arg("-V").output().is_err() {
        return eprintln!("not run: socat is not installed (make needs)");
    }
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    bench.args(["--brief", "--only", "sessiond"]);
    if env::var_os("FERROCOAP_LIB_WITHOUT_TLS").is_none() {
        // Nothing is measured of it here.
        bench.env(
            "FERROCOAP_LIB_WITHOUT_TLS",
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../build/dev/notls/lib"),
        );
    }
    let output = bench.output().expect("the program");
    let (printed, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}{errors}");
    print!("{printed}");
    for (row, goal) in [
        ("a connection over coaps+tcp", ">=0.4"),
        ("a connection over coap,", ">=0.15"),
        ("memory of an idle connection", "<=65536"),
    ] {
        let found = printed.lines().find(|line| line.starts_with(row));
        let words: Vec<_> = found.unwrap_or_default().split_whitespace().collect();
        assert!(words.ends_with(&[goal, "met"]), "{row}\n{printed}");
    }
}

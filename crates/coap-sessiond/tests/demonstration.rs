//! `make demo-session` by itself: nothing has to be set up, and what was sent comes back.
use std::{path::Path, process::Command};

#[test]
fn three_nodes_carry_what_is_sent() {
    let program = Path::new(env!("CARGO_BIN_EXE_coap-sessiond"));
    let example = program.with_file_name("examples").join("demo-session");
    assert!(example.exists(), "`cargo test` builds examples, but with `--test`");
    let output = Command::new(example).arg(program).output().unwrap();
    let (printed, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}{errors}");
    assert_eq!(errors, "", "nothing is wrong");
    for expected in [
        "TCP: came back: \"Hello from the other end of a CoAP session!\"",
        "UDP: came back: \"Hello in a datagram!\"",
        " MB there and back, as they were, in ",
        "DELETE /api/v3/session/tcp/127.0.0.1/0: 204",
    ] {
        assert!(printed.contains(expected), "{expected:?} is missing:\n{printed}");
    }
}

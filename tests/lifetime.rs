//! Lifetime and re-entrancy, on ours alone and under valgrind: no invalid access, nothing lost.
//!
//! The original does not survive these programs, and need not: the rules are ours (`docs/c-boundary.md`).
#![forbid(unsafe_code)]

mod support;

use std::time::Duration;
use support::{Program, library::Library, pki, process::Finished, root};

const LIMIT: Duration = Duration::from_secs(300);

macro_rules! inside_callbacks {
    ($($name:ident: $kind:literal),*) => {
        $(#[test] fn $name() { everything_inside($kind, "UDP"); })*

        /// Streams end in more ways, and in the middle of more.
        mod over_tcp {
            $(#[test] fn $name() { super::everything_inside($kind, "TCP"); })*
        }
    };
}

inside_callbacks! {
    inside_a_request: "request",
    inside_a_response: "response",
    inside_a_nack: "nack",
    inside_an_event: "event",
    inside_a_ping: "ping",
    inside_a_pong: "pong",
    inside_the_release_of_user_data: "release",
    inside_a_log_line: "log",
    inside_a_request_that_was_put_off: "async",
    inside_the_release_of_cached_data: "cache",
    inside_what_is_told_of_observers: "track",
    inside_a_request_that_was_forwarded: "forward",
    inside_a_response_to_pass_on: "proxy"
}

/// WebSockets end as other streams do, but for what they tell.
#[test]
fn inside_an_event_of_a_websocket() {
    everything_inside("event", "WS");
}

macro_rules! inside_handshakes {
    ($($name:ident: $kind:literal),*) => {
        $(#[test] fn $name() { everything_inside_a_handshake($kind); })*
    };
}

inside_handshakes! {
    inside_the_question_for_a_key: "identity",
    inside_the_question_about_a_hint: "hint",
    inside_the_question_for_keys_by_name: "name-for-keys",
    inside_the_question_about_a_servers_certificate: "servers-certificate",
    inside_the_question_about_a_clients_certificate: "clients-certificate",
    inside_the_question_for_a_certificate_by_name: "name-for-certificates"
}

#[test]
fn stale_foreign_and_null_handles() {
    let finished = checked("c-tests/lifetime/stale.c", &[]);
    assert_eq!(finished.stdout, expected("stale"));
}

#[test]
fn any_function_from_any_thread() {
    let finished = checked("c-tests/lifetime/threads.c", &[]);
    assert_eq!(finished.stdout, expected("threads"));
}

/// Everything made, used and ended by four threads in no order at all.
#[test]
fn chaos() {
    for seed in ["1", "2", "3"] {
        assert_eq!(checked("c-tests/lifetime/chaos.c", &[seed, "4000"]).stdout, "ended\n", "seed {seed}");
    }
    let library = Library::ours();
    let program = Program::compile("c-tests/lifetime/chaos.c", &library);
    for seed in 4..12 {
        let finished = program.run(&library, &[&seed.to_string(), "20000"], LIMIT);
        assert_eq!(finished.stdout, "ended\n", "seed {seed}: {}", finished.status);
    }
}

/// Every action from within callbacks of one kind.
fn everything_inside(kind: &str, protocol: &str) {
    let finished = checked("c-tests/lifetime/reentrancy.c", &[kind, protocol]);
    let lines: Vec<_> = finished.stdout.lines().collect();
    assert!(lines.len() >= 24, "actions are missing:\n{}", finished.stdout);
    assert!(lines.iter().all(|line| line.ends_with(": survived")), "{}", finished.stdout);
}

/// Every action from within one function that handshakes ask.
fn everything_inside_a_handshake(kind: &str) {
    // Valgrind does not see what ring's assembly writes, and takes it for what nobody has written.
    let options = ["--undef-value-errors=no"];
    let library = Library::ours();
    let program = Program::compile("c-tests/lifetime/handshakes.c", &library);
    let finished = program.start_checked_with(&library, &[kind], &[pki::variable()], &options).finish(LIMIT);
    assert!(finished.status.success(), "{}\n{}{}", finished.status, finished.stdout, finished.stderr);
    let lines: Vec<_> = finished.stdout.lines().collect();
    assert!(lines.len() >= 18, "actions are missing:\n{}", finished.stdout);
    assert!(lines.iter().all(|line| line.ends_with(": survived")), "{}", finished.stdout);
}

/// Runs a program on ours under valgrind.
fn checked(source: &str, arguments: &[&str]) -> Finished {
    let library = Library::ours();
    let finished = Program::compile(source, &library).start_checked(&library, arguments).finish(LIMIT);
    assert!(finished.status.success(), "{}\n{}{}", finished.status, finished.stdout, finished.stderr);
    finished
}

fn expected(name: &str) -> String {
    std::fs::read_to_string(root().join(format!("c-tests/lifetime/{name}.out"))).expect("the expected output")
}

//! C programs about what is better than in the original on purpose, and about what libcoap added after 4.3.4: each lies in `c-tests/ours` beside a `.out` file
//! with what it prints.
#![forbid(unsafe_code)]

mod support;

use std::time::Duration;
use support::{Program, library::Library, root, sources};

const LIMIT: Duration = Duration::from_secs(60);

/// How a program ends on a machine that lacks what it needs.
const SKIPPED: i32 = 77;

macro_rules! programs {
    ($($name:ident),*) => {
        $(#[test] fn $name() { run(stringify!($name)); })*

        /// A program that is in the directory is in the list.
        #[test]
        fn all_are_run() {
            assert_eq!(sources("c-tests/ours"), [$(stringify!($name)),*]);
        }
    };
}

programs!(
    additions,
    answers_once,
    context_settings,
    multicast,
    outside_loops,
    ping,
    session_roles,
    supported,
    with_fds
);

fn run(name: &str) {
    let ours = Library::ours();
    let program = Program::compile(&format!("c-tests/ours/{name}.c"), &ours);
    let finished = program.run(&ours, &[], LIMIT);
    if finished.status.code() == Some(SKIPPED) {
        eprintln!("{name}: this machine lacks what it needs");
        return;
    }
    let expected =
        std::fs::read_to_string(root().join(format!("c-tests/ours/{name}.out"))).expect("an .out file");
    assert_eq!(finished.stdout, expected, "{}", finished.stderr);
    assert!(finished.status.success(), "{name}: {}\n{}", finished.status, finished.stderr);
}

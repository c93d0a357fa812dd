//! C programs about what is better than in the original on purpose, and about what libcoap added after 4.3.4: each lies
//! in `c-tests/ours` beside a `.out` file with what it prints.
#![forbid(unsafe_code)]

mod support;

use std::{process::Command, time::Duration};
use support::{
    Program,
    library::Library,
    process::{Finished, Running},
    root, sources,
};

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
    proxying,
    session_roles,
    supported,
    with_fds
);

/// Multicast depends on no route of the machine: it has a network namespace of its own.
#[test]
fn multicast_in_a_network_of_its_own() {
    const NETWORK: &str =
        "ip link set lo up && ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo";
    let in_network = |rest: &str| {
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-c", &format!("{NETWORK} && {rest}")]);
        command
    };
    let possible = in_network("true").output();
    if !possible.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!(
            "skipped: no network namespace can be made (which takes root, unshare and ip): {possible:?}"
        );
        return;
    }
    let ours = Library::ours();
    let program = Program::compile("c-tests/ours/multicast.c", &ours);
    let mut command = in_network("exec \"$0\"");
    command.arg(program.path());
    ours.use_in(&mut command);
    as_expected("multicast", &Running::start(command).finish(LIMIT));
}

fn run(name: &str) {
    let ours = Library::ours();
    let program = Program::compile(&format!("c-tests/ours/{name}.c"), &ours);
    let finished = program.run(&ours, &[], LIMIT);
    if finished.status.code() == Some(SKIPPED) {
        eprintln!("{name}: this machine lacks what it needs");
        return;
    }
    as_expected(name, &finished);
}

fn as_expected(name: &str, finished: &Finished) {
    let expected =
        std::fs::read_to_string(root().join(format!("c-tests/ours/{name}.out"))).expect("an .out file");
    assert_eq!(finished.stdout, expected, "{}", finished.stderr);
    assert!(finished.status.success(), "{name}: {}\n{}", finished.status, finished.stderr);
}

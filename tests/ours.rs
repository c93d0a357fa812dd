//! C programs about what is better than in the original on purpose, and about what libcoap added after 4.3.4: each lies
//! in `c-tests/ours` beside a `.out` file with what it prints.
#![forbid(unsafe_code)]

mod support;

use std::{process::Command, time::Duration};
use support::{
    Program,
    library::Library,
    pki,
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
    app_data,
    broadcast,
    context_settings,
    later,
    loops,
    multicast,
    multicast_scopes,
    outside_loops,
    ping,
    proxying,
    secure_certificates,
    secure_keys,
    send_recv,
    session_roles,
    supported,
    transports,
    with_fds
);

/// Multicast depends on no route of the machine: it has a network namespace of its own.
#[test]
fn multicast_in_a_network_of_its_own() {
    run_in_network("multicast", "ip link set lo multicast on && ip route add 224.0.0.0/4 dev lo");
}

/// Everybody on a network is reached by the network's broadcast address: a cable has such a network.
#[test]
fn broadcast_in_a_network_of_its_own() {
    const CABLE: &str = "ip link add a0 type veth peer name b0 && ip link set a0 up && ip link set b0 up && \
        ip addr add 203.0.113.1/24 brd + dev a0";
    run_in_network("broadcast", CABLE);
}

/// Groups of a link need links: two cables.
#[test]
fn multicast_scopes_in_a_network_of_its_own() {
    const CABLES: &str = "for ends in 'a b' 'c d'; do set -- $ends; \
        ip link add ${1}0 type veth peer name ${2}0 && for end in $ends; do ip link set ${end}0 addrgenmode none && \
        ip addr add fe80::$end/64 dev ${end}0 nodad && ip link set ${end}0 up; done; done; \
        ip -6 route add ff05::/16 dev a0 table local";
    run_in_network("multicast_scopes", CABLES);
}

fn run_in_network(name: &str, network: &str) {
    let in_network = |rest: &str| {
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-c", &format!("ip link set lo up && {network} && {rest}")]);
        command
    };
    let possible = in_network("true").output();
    if !possible.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: no such network can be made (which takes root, unshare and ip): {possible:?}");
        return;
    }
    let ours = Library::ours();
    let program = Program::compile(&format!("c-tests/ours/{name}.c"), &ours);
    let mut command = in_network(&format!("exec '{}'", program.path().display()));
    ours.use_in(&mut command);
    as_expected(name, &Running::start(command).finish(LIMIT));
}

fn run(name: &str) {
    let ours = Library::ours();
    let program = Program::compile(&format!("c-tests/ours/{name}.c"), &ours);
    let variables = if name.starts_with("secure") { &[pki::variable()][..] } else { &[] };
    let finished = program.start_with(&ours, &[], variables).finish(LIMIT);
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

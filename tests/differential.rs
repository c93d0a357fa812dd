//! The same C programs on the distribution's libcoap and on ours: standard output is equal.
//!
//! `c-tests/diff` holds programs that both can run; `c-tests/newer` those that call functions which the distribution's
//! 4.3.1 lacks: each lies beside a `.out` file with what libcoap 4.3.4 prints, or 4.3.5 where it added them.
#![forbid(unsafe_code)]

mod support;

use std::{sync::OnceLock, time::Duration};
use support::{Program, differences::assert_same_output, library::Library, root, sources};

/// The slowest program waits for retransmissions and time-outs; none needs half of this.
const LIMIT: Duration = Duration::from_secs(60);

macro_rules! programs {
    ($run:ident, $directory:literal: $($name:ident),* $(,)?) => {
        $(#[test] fn $name() { $run(stringify!($name)); })*

        /// A program that is in the directory is in the list.
        #[test]
        fn all_are_run() {
            assert_eq!(sources($directory), [$(stringify!($name)),*]);
        }
    };
}

mod both {
    use super::*;
    programs!(run_on_both, "c-tests/diff":
        after_send, asynchronous, attributes, blocks, cache, context, context_idle, endpoints, errors, freshness,
        handlers, io, keepalive, large, log_lines, logging, messages, mtu, observe, older_names, options, packet_loss,
        platform, recovery, resources, separate,
        session_disconnected, session_facts, session_references, session_tokens, session_tunables,
        streams);
}

mod newer {
    use super::*;
    programs!(run_newer, "c-tests/newer":
        addresses, block_events, conditions, events, features, long_tokens, moments, observe_fetch,
        observe_numbers, pdus, persist_tracking, proxy, q_block, random_messages, random_text, resolve,
        session_tunables, strings, text_limits, uri_options, uris);
}

fn run_on_both(name: &str) {
    let (reference, ours) = (Library::reference(), Library::ours());
    let program = Program::compile(&format!("c-tests/diff/{name}.c"), &reference);
    let theirs = program.run(&reference, &[], LIMIT);
    assert!(theirs.status.success(), "{name} on the original:\n{}{}", theirs.stdout, theirs.stderr);
    let ours = program.run(&ours, &[], LIMIT);
    assert_same_output(name, reference_version(), &theirs.stdout, &ours.stdout);
    assert!(ours.status.success(), "{name}: {}\n{}", ours.status, ours.stderr);
}

fn run_newer(name: &str) {
    let ours = Library::ours();
    let program = Program::compile(&format!("c-tests/newer/{name}.c"), &ours);
    let expected = std::fs::read_to_string(root().join(format!("c-tests/newer/{name}.out")))
        .expect("the output of libcoap 4.3.4 beside the program");
    let ours = program.run(&ours, &[], LIMIT);
    assert_same_output(name, "4.3.4", &expected, &ours.stdout);
    assert!(ours.status.success(), "{name}: {}\n{}", ours.status, ours.stderr);
}

fn reference_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| support::version(&Library::reference()))
}

//! Raw datagrams to the same C server on the distribution's libcoap and on ours: the answers are equal, byte by byte,
//! and so are the calls of the handlers.
//!
//! After each datagram a request for the resource "sync" goes out from the same port; its answer says that everything
//! before it has been handled. (A ping would not do: the original leaves some unanswered after a malformed message.)
#![forbid(unsafe_code)]

mod hostile;
mod requests;
#[path = "../support/mod.rs"]
mod support;

use std::{collections::BTreeMap, fmt::Write as _, net::UdpSocket, time::Duration};
use support::{
    Program,
    differences::assert_same_output,
    library::Library,
    message::{ACK, CON, GET, message},
    process::{Finished, Running},
    udp,
};

const LIMIT: Duration = Duration::from_secs(20);

/// A name and a datagram. Datagrams of one list go out from one port.
type Datagrams = Vec<(String, Vec<u8>)>;

#[test]
fn requests() {
    replay("wire requests", "plain", &requests::ordinary());
}

#[test]
fn requests_with_unknown_and_proxy_resources() {
    replay("wire open", "open", &requests::ordinary());
}

#[test]
fn every_code() {
    replay("wire codes", "plain", &requests::every_code());
}

#[test]
fn every_option() {
    replay("wire options", "plain", &requests::every_option());
}

#[test]
fn truncated_and_mutated() {
    replay("wire mutations", "plain", &hostile::mutated());
}

#[test]
fn crafted() {
    replay("wire hostile", "plain", &hostile::crafted());
}

#[test]
fn excessive() {
    replay("wire excess", "plain", &hostile::excessive());
}

/// RFC 7252 5.4.3: an option of a length that it cannot have is treated like one that is not understood. (The original
/// answers each with a reset.)
#[test]
fn an_option_of_the_wrong_length_is_not_understood() {
    let ours = Library::ours();
    let program = Program::compile("c-tests/wire/server.c", &ours);
    let datagrams = hostile::wrong_lengths();
    let named: Vec<_> = datagrams
        .iter()
        .map(|(number, length, bytes)| (format!("option {number} of {length} bytes"), bytes.clone()))
        .collect();
    let text = answers(&program, &ours, "plain", &named);
    for ((number, _, _), line) in datagrams.iter().zip(text.lines()) {
        let code = if number % 2 == 1 { "-> 62 82 <mid>" } else { "-> 62 45 <mid>" };
        assert!(line.contains(code), "{line}");
    }
}

/// Under valgrind and with everything logged: nothing outside a datagram is read, and the server goes on.
#[test]
fn hostile_input_is_read_within_bounds() {
    let ours = Library::ours();
    let program = Program::compile("c-tests/wire/server.c", &ours);
    let mut datagrams =
        [hostile::crafted(), hostile::excessive(), hostile::mutated(), hostile::random(7, 400)].concat();
    let wrong = hostile::wrong_lengths().into_iter();
    datagrams
        .extend(wrong.map(|(number, length, bytes)| (format!("option {number} of {length} bytes"), bytes)));
    let server = program.start_checked(&ours, &["debug"]);
    let (text, finished) = converse(server, "ours", &datagrams);
    assert!(finished.status.success(), "valgrind found:\n{}", finished.stderr);
    assert_eq!(text.lines().count(), datagrams.len());
}

fn replay(name: &str, mode: &str, datagrams: &Datagrams) {
    let (reference, ours) = (Library::reference(), Library::ours());
    let program = Program::compile("c-tests/wire/server.c", &reference);
    let version = support::version(&reference);
    let theirs = answers(&program, &reference, mode, datagrams);
    let ours = answers(&program, &ours, mode, datagrams);
    assert_same_output(name, &version, &theirs, &ours);
}

/// A line for each datagram with its answers, then a line for each kind of call that handlers got.
fn answers(program: &Program, library: &Library, mode: &str, datagrams: &Datagrams) -> String {
    let (mut text, finished) = converse(program.start(library, &[mode]), library.tag(), datagrams);
    assert!(
        finished.status.success(),
        "{}: the server ended with {}\n{}",
        library.tag(),
        finished.status,
        finished.stderr
    );
    let mut calls = BTreeMap::new();
    for call in finished.stdout.lines().skip(1) {
        *calls.entry(call).or_insert(0) += 1;
    }
    for (call, count) in calls {
        let _ = writeln!(text, "{count} x {call}");
    }
    text
}

/// Sends all datagrams to a server and ends it. Returns a line for each datagram with its answers.
fn converse(mut server: Running, name: &str, datagrams: &Datagrams) -> (String, Finished) {
    let port = server.wait_for_line(LIMIT, |line| line.starts_with("port "));
    let port = port["port ".len()..].trim().parse().expect("a port");
    let socket = udp::socket();
    socket.connect(("127.0.0.1", port)).expect("a connected socket");
    let mut text = String::new();
    for (index, (datagram, bytes)) in datagrams.iter().enumerate() {
        let answers = exchange(&socket, bytes, 0xf000 | index as u16)
            .unwrap_or_else(|| panic!("{name}: no answer after {datagram}"));
        let answers: Vec<String> = answers.iter().map(|answer| show(answer, bytes)).collect();
        let answers = if answers.is_empty() { "nothing".into() } else { answers.join(" and ") };
        let _ = writeln!(text, "{datagram} -> {answers}");
    }
    server.close_input();
    let finished = server.finish(Duration::from_secs(60));
    (text, finished)
}

/// Sends a datagram and a request for "sync"; returns what comes before the answer to that, if it comes.
fn exchange(socket: &UdpSocket, bytes: &[u8], mid: u16) -> Option<Vec<Vec<u8>>> {
    socket.send(bytes).expect("a datagram can be sent");
    let sync = message(CON, GET, mid, b"sync").path("sync").bytes();
    socket.send(&sync).expect("a datagram can be sent");
    let mut answers = Vec::new();
    loop {
        let answer = udp::receive(socket, LIMIT)?;
        if answer[2..].starts_with(&sync[2..8]) {
            return Some(answers);
        }
        answers.push(answer);
    }
}

/// An answer in hexadecimal, with `<mid>` for the message ID of the request and `<own>` for one that the server chose.
fn show(answer: &[u8], request: &[u8]) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!(" {byte:02x}")).collect::<String>();
    let (Some((start, rest)), Some(asked)) = (answer.split_at_checked(2), request.get(2..4)) else {
        return hex(answer);
    };
    let (mid, rest) = rest.split_at(2.min(rest.len()));
    let own = answer[0] >> 4 & 3 < ACK;
    let mid = if own {
        " <own>".into()
    } else if mid == asked {
        " <mid>".into()
    } else {
        hex(mid)
    };
    format!("{}{mid}{}", hex(start).trim_start(), hex(rest))
}

fn kind_name(kind: u8) -> &'static str {
    ["CON", "NON", "ACK", "RST"][usize::from(kind)]
}

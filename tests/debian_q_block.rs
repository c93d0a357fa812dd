//! The distribution's programs with Q-Block wanted (`-L 7`), client and server each on the original and on ours. The
//! distribution's 4.3.1 does not know Q-Block, so against it the other one has to do without; a newer libcoap in
//! `LIBCOAP_REFERENCE` does.
#![forbid(unsafe_code)]

mod support;

use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};
use support::{library::Library, process::Running, udp};

const LIMIT: Duration = Duration::from_secs(60);
/// `COAP_BLOCK_USE_LIBCOAP`, `COAP_BLOCK_SINGLE_BODY` and `COAP_BLOCK_TRY_Q_BLOCK`.
const MODE: &str = "7";
const LENGTH: usize = 40_000;

/// A file of its own for each transfer: the tests run side by side.
fn file(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Relaxed));
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("q_block-{process}-{count}-{name}"))
}

fn start_server(library: &Library) -> (Running, u16) {
    let port = udp::free_port();
    let mut command = Command::new("coap-server-notls");
    command.args(["-A", "127.0.0.1", "-p", &port.to_string(), "-d", "10", "-L", MODE]);
    library.use_in(&mut command);
    let running = Running::start(command);
    assert!(udp::wait_for_server("127.0.0.1", port), "nothing answers at port {port}");
    (running, port)
}

/// Runs a client; returns all that it printed.
fn run(library: &Library, arguments: &[&str], uri: &str) -> String {
    let mut command = Command::new("coap-client-notls");
    command.args(["-L", MODE, "-v", "7"]).args(arguments).arg(uri);
    library.use_in(&mut command);
    let finished = Running::start(command).finish(LIMIT);
    format!("{}{}", finished.stdout, finished.stderr)
}

fn body() -> String {
    (0..LENGTH).map(|at| char::from(b'a' + (at * 7 % 26) as u8)).collect()
}

/// Puts a body and gets it back, confirmably and not. `more` is said to the client besides. Returns what it printed.
fn put_and_get(client: &Library, server: &Library, more: &[&str]) -> String {
    let (mut running, port) = start_server(server);
    let uri = format!("coap://127.0.0.1:{port}/body");
    let name = format!("client on {}, server on {}", client.tag(), server.tag());
    let (sent, got) = (file("sent"), file("got"));
    fs::write(&sent, body()).expect("a file to send");
    let mut text = String::new();
    for kind in [&[][..], &["-N"]] {
        let put = ["-m", "put", "-t", "0", "-f", sent.to_str().expect("a path")];
        text += &run(client, &[kind, more, &put].concat(), &uri);
        let get = ["-m", "get", "-o", got.to_str().expect("a path")];
        text += &run(client, &[kind, more, &get].concat(), &uri);
        let came = fs::read_to_string(&got).unwrap_or_default();
        assert!(came == body(), "{name} {kind:?}: {} bytes came back:\n{text}", came.len());
        fs::remove_file(&got).expect("the file that came");
    }
    fs::remove_file(&sent).expect("the file that was sent");
    assert!(running.is_alive(), "{name}: the server ended:\n{}", running.stop());
    text
}

#[test]
fn bodies_arrive_whole_on_either_library() {
    let libraries = [Library::reference(), Library::ours()];
    for server in &libraries {
        for client in &libraries {
            put_and_get(client, server, &[]);
        }
    }
}

#[test]
fn ours_uses_q_block_with_itself() {
    let text = put_and_get(&Library::ours(), &Library::ours(), &[]);
    for block in ["Q-Block1:9/M/1024", "Q-Block1:39/_/1024", "Q-Block2:10/M/1024", "Q-Block2:39/_/1024"] {
        assert!(text.contains(block), "{block} is missing:\n{text}");
    }
    assert!(!text.contains(", Block"), "{text}");
}

/// Two of the client's datagrams get lost: its own blocks, or its words that a set has come.
#[test]
fn what_is_lost_is_asked_for_again() {
    put_and_get(&Library::ours(), &Library::ours(), &["-B", "60", "-l", "4,15"]);
}

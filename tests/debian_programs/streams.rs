//! The same over TCP (RFC 8323).
use crate::{
    support::library::Library,
    ways::{LIMIT, Step, Ways, four_ways, normal, start_client, steps_over},
};
use std::{fs, net::TcpListener, path::PathBuf, time::Duration};

fn steps(arguments: &[&str], steps: &[Step]) -> String {
    steps_over("coap+tcp", "127.0.0.1", "coap-server-notls", arguments, steps)
}

#[test]
fn methods_and_discovery() {
    let text = steps(
        &["-d", "10"],
        &[
            (&["-m", "get"], "/"),
            (&["-m", "put", "-e", "first"], "/made"),
            (&["-m", "get"], "/made"),
            (&["-m", "put", "-e", "second", "-t", "0"], "/made"),
            (&["-N"], "/made"),
            (&["-m", "delete"], "/made"),
            (&["-m", "get"], "/made"),
            (&["-m", "post", "-e", "x"], "/"),
            (&["-m", "fetch", "-e", "x", "-t", "0"], "/"),
            (&["-m", "get"], "/none"),
            (&[], "/.well-known/core"),
            (&[], "/.well-known/core?href=/t*"),
            (&[], "/async?1"),
        ],
    );
    assert!(text.contains("This is a test server") && text.contains("second"), "{text}");
}

#[test]
fn options_of_the_client() {
    steps(
        &["-e"],
        &[
            (&["-B", "5"], "/"),
            (&["-T", "cafe"], "/"),
            (&["-U"], "/"),
            (&["-A", "60"], "/"),
            (&["-O", "2048,x"], "/"),
            (&["-O", "12,0x00"], "/"),
            (&["-a", "127.0.0.1"], "/"),
            (&["-m", "put", "-e", "echoed"], "/example_data"),
            (&[], "/example_data?with=query&more"),
            (&["-K", "1", "-B", "4"], "/async?3"),
        ],
    );
}

#[test]
fn over_ipv6() {
    let text = steps_over(
        "coap+tcp",
        "::1",
        "coap-server-notls",
        &["-d", "10"],
        &[
            (&[], "/"),
            (&["-m", "put", "-e", "made", "-t", "0"], "/made"),
            (&["-a", "::1"], "/made"),
            (&["-w"], "/.well-known/core"),
        ],
    );
    assert!(text.contains("made"), "{text}");
}

/// Up and down, whole where a message has room and in blocks where the client wants them.
#[test]
fn large_bodies() {
    let body: Vec<u8> = (0..300_000_usize).map(|at| (at * 7 + at / 251 + at / 65_521) as u8).collect();
    four_ways(|ways| {
        let server = ways.start_server(&[]);
        for (options, length) in [(&[][..], 1000), (&[], 5000), (&[], 300_000), (&["-b", "256"], 5000)] {
            let written = there_and_back(ways, options, server.port, &body[..length]);
            assert!(written == body[..length], "{}: {options:?}: {} bytes", ways.name(), written.len());
        }
        server.stop();
        String::new()
    });
}

fn there_and_back(ways: &Ways, options: &[&str], port: u16, body: &[u8]) -> Vec<u8> {
    let file = |name: &str| {
        let tags = format!("{}-{}", ways.client.tag(), ways.server.tag());
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("stream-{name}-{tags}"))
    };
    let (sent, got) = (file("sent"), file("got"));
    fs::write(&sent, body).expect("a file can be written");
    let _ = fs::remove_file(&got);
    let (from, to) = (sent.to_string_lossy(), got.to_string_lossy());
    let ask = |arguments: &[&str]| {
        let asked = ways.start_client_over("coap+tcp", &[options, arguments].concat(), port, "/example_data");
        let finished = asked.finish(LIMIT);
        let printed = format!("{}{}", finished.stdout, finished.stderr);
        assert_eq!(printed.trim(), "", "{}: {options:?}", ways.name());
    };
    ask(&["-m", "put", "-t", "binary", "-f", &from]);
    ask(&["-o", &to]);
    let written = fs::read(&got).unwrap_or_default();
    let _ = (fs::remove_file(sent), fs::remove_file(got));
    written
}

/// A client observes over TCP what another changes over UDP.
#[test]
fn observing() {
    four_ways(|ways| {
        let server = ways.start_server(&["-d", "1"]);
        let put = |state: &str| drop(ways.ask(&["-m", "put", "-e", state], server.port, "/example_data"));
        put("state 0");
        let arguments = ["-s", "3", "-w", "-v", "7"];
        let mut observer = ways.start_client_over("coap+tcp", &arguments, server.port, "/example_data");
        for number in 0..5 {
            let state = format!("state {number}");
            observer.wait_for_line(LIMIT, |line| line.contains(&state) && !line.starts_with("v:1"));
            put(&format!("state {}", number + 1));
        }
        let finished = observer.finish(LIMIT);
        server.stop();
        let seen = normal(&finished, 0);
        let states: Vec<_> = seen.lines().filter(|line| line.starts_with("state ")).collect();
        format!("{states:?}")
    });
}

/// Somebody listens and says nothing: the client gives up in time, and prints no answer.
#[test]
fn nobody_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let silent_port = silent.local_addr().expect("a bound socket").port();
    for library in [Library::reference(), Library::ours()] {
        let uri = format!("coap+tcp://127.0.0.1:{silent_port}/");
        let finished = start_client(&library, &["-B", "2", &uri]).finish(Duration::from_secs(20));
        // The original waits inside `coap_send`, which fails then.
        let printed = finished.stdout.lines().find(|line| !line.ends_with("cannot send CoAP pdu"));
        assert_eq!(printed, None, "{}", library.tag());
    }
}

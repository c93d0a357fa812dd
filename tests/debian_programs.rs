//! The programs of the distribution's libcoap3-bin, unmodified: client and server, each on the original and on ours.
//! What the client prints is the same in all four combinations, but for message IDs, tokens, ports and times.
//!
//! `coap-client` ends with status 0 whatever happens, so only its output counts.
#![forbid(unsafe_code)]

mod support;

use std::{
    process::Command,
    time::{Duration, Instant},
};
use support::{
    library::Library,
    process::{Finished, Running},
    udp,
};

const LIMIT: Duration = Duration::from_secs(20);

/// What one client is asked to do: its arguments before the URI, and the URI's path.
type Step = (&'static [&'static str], &'static str);

#[test]
fn methods() {
    four_ways(
        "coap-server-notls",
        &["-d", "10"],
        &[
            (&["-m", "get"], "/"),
            (&["-m", "get", "-w"], "/"),
            (&["-m", "put", "-e", "12345"], "/time"),
            (&["-m", "put", "-e", "first"], "/made"),
            (&["-m", "get"], "/made"),
            (&["-m", "put", "-e", "second", "-t", "0"], "/made"),
            (&["-m", "get"], "/made"),
            (&["-m", "delete"], "/made"),
            (&["-m", "get"], "/made"),
            (&["-m", "post", "-e", "x"], "/"),
            (&["-m", "fetch", "-e", "x", "-t", "0"], "/"),
            (&["-m", "patch", "-e", "x"], "/"),
            (&["-m", "ipatch", "-e", "x"], "/"),
            (&["-m", "get"], "/none"),
        ],
    );
}

#[test]
fn discovery() {
    four_ways(
        "coap-server-notls",
        &[],
        &[
            (&[], "/.well-known/core"),
            (&[], "/.well-known/core?ct=0"),
            (&[], "/.well-known/core?rt=*"),
            (&[], "/.well-known/core?title=%22Internal*"),
            (&[], "/.well-known/core?href=/time"),
            (&[], "/.well-known/core?href=/t*"),
            (&[], "/.well-known/core?none=1"),
        ],
    );
}

#[test]
fn options_of_the_client() {
    four_ways(
        "coap-server-notls",
        &["-e"],
        &[
            (&["-N"], "/"),
            (&["-N", "-m", "get"], "/none"),
            (&["-B", "5"], "/"),
            (&["-T", "cafe"], "/"),
            (&["-T", "12345678"], "/"),
            (&["-U"], "/"),
            (&["-A", "0"], "/"),
            (&["-A", "60"], "/"),
            (&["-O", "2048,x"], "/"),
            (&["-O", "2049,x", "-B", "2"], "/"),
            (&["-O", "65000,0x0102"], "/"),
            (&["-O", "12,0x00"], "/"),
            (&["-H", "3"], "/"),
            (&["-a", "127.0.0.1"], "/"),
            (&["-m", "put", "-e", "echoed"], "/example_data"),
            (&[], "/example_data?with=query&more"),
            (&["-m", "put", "-e", "%41%42"], "/example_data"),
            (&[], "/example_data"),
        ],
    );
}

#[test]
fn shown_messages() {
    four_ways(
        "coap-server-notls",
        &[],
        &[
            (&["-v", "8"], "/"),
            (&["-v", "8", "-N"], "/"),
            (&["-v", "8", "-m", "put", "-e", "text", "-t", "0"], "/time"),
            (&["-v", "8"], "/none?query&more=1"),
            (&["-v", "8", "-O", "2048,x"], "/"),
            (&["-v", "8", "-w", "-T", "cafe", "-A", "40"], "/.well-known/core?ct=0"),
        ],
    );
}

#[test]
fn resource_directory() {
    four_ways(
        "coap-rd-notls",
        &[],
        &[
            (&["-m", "post", "-t", "40", "-e", "</temp>;rt=%22temperature%22"], "/rd?ep=node1&lt=600"),
            (&["-m", "get"], "/rd"),
            (&["-m", "get"], "/.well-known/core"),
            (&["-m", "get"], "/none"),
        ],
    );
}

#[test]
fn delayed_answers() {
    four_ways(
        "coap-server-notls",
        &[],
        &[
            (&[], "/async?1"),
            (&["-N"], "/async?1"),
            (&["-v", "8"], "/async?2"),
            (&[], "/async?0"),
            (&["-m", "put", "-e", "x"], "/async"),
        ],
    );
}

/// The same over IPv6.
#[test]
fn over_ipv6() {
    ways(
        "::1",
        "coap-server-notls",
        &["-d", "10"],
        &[
            (&["-v", "8"], "/"),
            (&["-v", "8", "-N"], "/none?query"),
            (&["-m", "put", "-e", "made", "-t", "0"], "/made"),
            (&["-a", "::1"], "/made"),
            (&["-m", "delete"], "/made"),
            (&["-w"], "/.well-known/core"),
        ],
    );
}

/// The first token comes after the one that `-T` says; the client cuts it at eight bytes, long as it may be.
#[test]
fn tokens_that_the_client_is_given() {
    let libraries = [Library::reference(), Library::ours()];
    for server_library in &libraries {
        let port = udp::free_port();
        let _running = start_server("coap-server-notls", server_library, "127.0.0.1", port, &[]);
        for client_library in &libraries {
            for (given, shown) in [
                ("cafe", "{63616666}"),
                ("12345678", "{3132333435363739}"),
                ("1234567890abcdef", "{3132333435363739}"),
            ] {
                let uri = format!("coap://127.0.0.1:{port}/");
                let finished = run(client_library, &["-v", "8", "-T", given, &uri]);
                let text = format!("{}{}", finished.stdout, finished.stderr);
                let messages: Vec<_> = text.lines().filter(|line| line.starts_with("v:1 ")).collect();
                let names = (client_library.tag(), server_library.tag());
                assert!(messages.len() >= 2, "{given}, {names:?}: {text}");
                assert!(messages.iter().all(|line| line.contains(shown)), "{given}, {names:?}: {text}");
            }
        }
    }
}

/// A client that observes gets each change of what another client puts there, and is not told of more.
#[test]
fn observing_what_others_change() {
    let libraries = [Library::reference(), Library::ours()];
    for server_library in &libraries {
        for client_library in &libraries {
            let port = udp::free_port();
            let mut server = start_server("coap-server-notls", server_library, "127.0.0.1", port, &["-e"]);
            let uri = format!("coap://127.0.0.1:{port}/example_data");
            let put = |text| run(client_library, &["-m", "put", "-e", text, &uri]);
            put("before");
            let mut observe = Command::new("coap-client-notls");
            observe.args(["-s", "3", "-B", "8", &uri]);
            client_library.use_in(&mut observe);
            let observer = Running::start(observe);
            for text in ["one", "two", "three"] {
                std::thread::sleep(Duration::from_millis(500));
                put(text);
            }
            let seen = observer.finish(LIMIT);
            let name = format!("client on {}, server on {}", client_library.tag(), server_library.tag());
            put("after");
            assert!(server.is_alive(), "{name}");
            let words = seen.stdout.split_whitespace().collect::<String>();
            assert_eq!(words, "beforeonetwothree", "{name}:\n{}{}", seen.stdout, seen.stderr);
        }
    }
}

/// The messages of an observation, from its registration to its cancellation.
#[test]
fn observing_the_time() {
    let libraries = [Library::reference(), Library::ours()];
    let mut outputs = Vec::new();
    for server_library in &libraries {
        for client_library in &libraries {
            let port = udp::free_port();
            let server = start_server("coap-server-notls", server_library, "127.0.0.1", port, &[]);
            let uri = format!("coap://127.0.0.1:{port}/time");
            let finished = run(client_library, &["-s", "3", "-B", "8", "-v", "8", &uri]);
            let mut lines: Vec<_> = normal(&finished, port).lines().map(messages_of_an_observation).collect();
            lines.dedup();
            outputs.push(lines);
            server.stop();
        }
    }
    assert!(outputs[0].len() >= 5, "{:#?}", outputs[0]);
    outputs[1..].iter().for_each(|output| assert_eq!(output, &outputs[0]));
}

/// Type, code, token and what there is of Observe: notifications look alike, however many there are.
fn messages_of_an_observation(line: &str) -> String {
    let Some((header, rest)) = line.split_once('[') else { return String::new() };
    let observe = match rest.split_once("Observe:").map(|(_, value)| value) {
        None => "",
        Some(value) if header.contains("c:2.05") => {
            if value.starts_with('2') {
                "first"
            } else {
                "later"
            }
        }
        Some(value) if value.starts_with('1') => "cancel",
        Some(_) => "register",
    };
    format!("{header}{observe}")
}

/// A client that gets no answer: prints that it waited long enough and nothing else, and gives up in time.
#[test]
fn nobody_answers() {
    for library in [Library::reference(), Library::ours()] {
        let silent = udp::socket();
        let port = silent.local_addr().expect("a bound socket").port();
        let uri = format!("coap://127.0.0.1:{port}/");
        let begin = Instant::now();
        let finished = run(&library, &["-B", "2", "-v", "6", &uri]);
        let waited = begin.elapsed();
        assert!(waited >= Duration::from_secs(2), "{} gave up after {waited:?}", library.tag());
        assert!(waited < Duration::from_secs(10), "{} gave up after {waited:?}", library.tag());
        let text = format!("{}{}", finished.stdout, finished.stderr);
        let said: Vec<_> = text.lines().filter(|line| !line.starts_with("v:1 ")).collect();
        assert!(matches!(said[..], [line] if line.ends_with(" INFO timeout")), "{}: {text}", library.tag());
        assert!(udp::receive(&silent, Duration::from_secs(1)).is_some(), "{} sent nothing", library.tag());
    }
}

fn four_ways(server: &str, arguments: &[&str], steps: &[Step]) {
    ways("127.0.0.1", server, arguments, steps);
}

/// Runs the same steps against the same server program, server and client each on the original and on ours.
fn ways(host: &str, server: &str, arguments: &[&str], steps: &[Step]) {
    let host_in_uri = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let libraries = [Library::reference(), Library::ours()];
    let mut outputs = Vec::new();
    for server_library in &libraries {
        for client_library in &libraries {
            let port = udp::free_port();
            let running = start_server(server, server_library, host, port, arguments);
            let mut text = String::new();
            for (options, path) in steps {
                let uri = format!("coap://{host_in_uri}:{port}{path}");
                let finished = run(client_library, &[options, &[uri.as_str()][..]].concat());
                text.push_str(&format!("{options:?} {path}\n{}\n", normal(&finished, port)));
            }
            let mut running = running;
            assert!(running.is_alive(), "{server} on {} ended:\n{}", server_library.tag(), running.stop());
            outputs.push((
                format!("client on {}, server on {}", client_library.tag(), server_library.tag()),
                text,
            ));
        }
    }
    let (first_name, first) = &outputs[0];
    for (name, text) in &outputs[1..] {
        let different: Vec<_> =
            first.lines().zip(text.lines()).filter(|(left, right)| left != right).collect();
        assert!(first == text, "{server}: {first_name} / {name}:\n{different:#?}\nwhole:\n{text}");
    }
}

fn start_server(program: &str, library: &Library, host: &str, port: u16, arguments: &[&str]) -> Running {
    let mut command = Command::new(program);
    command.args(["-A", host, "-p", &port.to_string()]).args(arguments);
    library.use_in(&mut command);
    let running = Running::start(command);
    udp::wait_for_server(host, port);
    running
}

fn run(library: &Library, arguments: &[&str]) -> Finished {
    let mut command = Command::new("coap-client-notls");
    command.args(arguments);
    library.use_in(&mut command);
    Running::start(command).finish(LIMIT)
}

/// What the client printed, without what differs from run to run: message IDs, tokens, ports, names that the server
/// made. Of the log, the messages that are shown; what else the two say about their work is their own.
fn normal(finished: &Finished, port: u16) -> String {
    let text = format!("{}{}", finished.stdout, finished.stderr);
    let kept = text.lines().filter(|line| !is_log_line(line));
    let mut lines: Vec<_> = kept.map(|line| normal_line(&line.replace(&port.to_string(), "PORT"))).collect();
    // 4.3.1 shows a message once as the program hands it over and once as it is sent.
    lines.dedup();
    lines.join("\n")
}

fn normal_line(line: &str) -> String {
    let word = |word: &str| match word {
        _ if word.starts_with("i:") => "i:MID".to_owned(),
        _ if word.starts_with('{') && word.ends_with('}') => "{TOKEN}".to_owned(),
        _ => word.to_owned(),
    };
    // 4.3.4 adds a Request-Tag to requests and the default Content-Format to large responses, 4.3.1 does not.
    let words = line.split(' ').filter(|word| !word.starts_with("Request-Tag:"));
    let line = words.map(word).collect::<Vec<_>>().join(" ").replace(", ]", " ]");
    let line = line.replace("[ Content-Format:text/plain, Max-Age", "[ Max-Age");
    let line = line.replace("[ Content-Format:text/plain ] ::", "[ ] ::");
    // The resource directory names what is registered at random.
    let mut parts = line.split("</rd/");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "</rd/NAME" + &part[part.find('>').unwrap_or(0)..])
}

/// Whether a line starts with a date, a time and a level.
fn is_log_line(line: &str) -> bool {
    const LEVELS: [&str; 8] = ["EMRG", "ALRT", "CRIT", "ERR", "WARN", "NOTE", "INFO", "DEBG"];
    line.split(' ').take(5).any(|word| LEVELS.contains(&word)) && line.contains(':')
}

//! Proxies (RFC 7252 section 5.7) with programs that others wrote: Debian's `coap-server -P`, which forwards by itself,
//! and `coap-client -P`, each on the original and on ours; aiocoap on both sides of our proxy; aiocoap's own proxy.
#![forbid(unsafe_code)]

mod support;

use std::{path::PathBuf, process::Command, time::Duration};
use support::{
    Program,
    library::Library,
    process::{Finished, Running},
    root, udp,
};

const LIMIT: Duration = Duration::from_secs(60);

/// Debian's server as origin, and as forward proxy on `library`: the ports of both.
fn origin_and_proxy(library: &Library) -> (Running, Running, u16, u16) {
    let (origin_port, proxy_port) = (udp::free_port(), udp::free_port());
    let origin = start_server(&Library::ours(), origin_port, &["-d", "10"]);
    let proxy = start_server(library, proxy_port, &["-P", ",proxy.example"]);
    (origin, proxy, origin_port, proxy_port)
}

fn start_server(library: &Library, port: u16, arguments: &[&str]) -> Running {
    let mut command = Command::new("coap-server-notls");
    command.args(["-A", "127.0.0.1", "-p", &port.to_string(), "-v", "3"]).args(arguments);
    library.use_in(&mut command);
    let running = Running::start(command);
    udp::wait_for_server("127.0.0.1", port);
    running
}

/// `coap-client` through a proxy.
fn ask(library: &Library, proxy_port: u16, options: &[&str], uri: &str) -> String {
    let proxy = format!("coap://127.0.0.1:{proxy_port}");
    client(library, &[&["-P", &proxy], options].concat(), uri)
}

fn client(library: &Library, options: &[&str], uri: &str) -> String {
    let mut command = Command::new("coap-client-notls");
    command.args(["-v", "3", "-B", "10"]).args(options).arg(uri);
    library.use_in(&mut command);
    let Finished { stdout, stderr, .. } = Running::start(command).finish(LIMIT);
    format!("{stdout}{stderr}").trim().to_owned()
}

#[test]
fn debians_proxy_and_client_four_ways() {
    let libraries = [Library::reference(), Library::ours()];
    for proxy_library in &libraries {
        let (_origin, mut proxy, origin_port, proxy_port) = origin_and_proxy(proxy_library);
        for client_library in &libraries {
            let name = format!("client on {}, proxy on {}", client_library.tag(), proxy_library.tag());
            let ask = |options: &[&str], host: &str, path: &str| {
                ask(client_library, proxy_port, options, &format!("coap://{host}:{origin_port}{path}"))
            };
            let links = ask(&[], "127.0.0.1", "/.well-known/core");
            assert!(links.contains("</time>"), "{name}: {links}");
            assert!(ask(&[], "localhost", "/.well-known/core").contains("</time>"), "{name}");
            assert_eq!(ask(&["-m", "put", "-e", "first"], "127.0.0.1", "/made"), "", "{name}");
            assert_eq!(ask(&[], "127.0.0.1", "/made"), "first", "{name}");
            assert_eq!(ask(&["-N"], "127.0.0.1", "/made"), "first", "{name}");
            assert_eq!(ask(&["-m", "delete"], "127.0.0.1", "/made"), "", "{name}");
            assert!(ask(&[], "127.0.0.1", "/made").starts_with("4.04"), "{name}");
            let times = ask(&["-s", "2"], "127.0.0.1", "/time");
            assert!(times.matches(':').count() >= 6, "{name}: three notifications of hh:mm:ss: {times}");
        }
        assert!(proxy.is_alive(), "proxy on {}: {}", proxy_library.tag(), proxy.stop());
    }
}

/// The client speaks to the proxy over the one, the proxy to the origin over the other.
#[test]
fn from_datagrams_to_streams_and_back() {
    let ours = Library::ours();
    let (_origin, _proxy, origin_port, proxy_port) = origin_and_proxy(&ours);
    for (to_proxy, to_origin) in
        [("coap", "coap+tcp"), ("coap+tcp", "coap"), ("coap+tcp", "coap+tcp"), ("coap", "coap")]
    {
        let name = format!("{to_proxy} to {to_origin}");
        let proxy = format!("{to_proxy}://127.0.0.1:{proxy_port}");
        let uri = format!("{to_origin}://127.0.0.1:{origin_port}/made");
        let ask = |options: &[&str]| client(&ours, &[&["-P", &proxy], options].concat(), &uri);
        assert_eq!(ask(&["-m", "put", "-e", &to_proxy.repeat(500)]), "", "{name}");
        assert_eq!(ask(&[]), to_proxy.repeat(500), "{name}");
        assert_eq!(ask(&["-m", "delete"]), "", "{name}");
        assert!(ask(&[]).starts_with("4.04"), "{name}");
    }
}

/// 4.3.1 as client drops large bodies that come separately, whoever the proxy is: the client is ours. (On 4.3.5 this
/// proxy fails with any client that sends Request-Tag.)
#[test]
fn a_large_body_passes_debians_proxy_in_both_directions() {
    let (ours, body) =
        (Library::ours(), (0..20_000).map(|at| char::from(b'a' + (at % 23) as u8)).collect::<String>());
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("proxying-body");
    std::fs::write(&file, &body).expect("a file to send");
    let (_origin, _proxy, origin_port, proxy_port) = origin_and_proxy(&ours);
    let uri = format!("coap://127.0.0.1:{origin_port}/large");
    assert_eq!(ask(&ours, proxy_port, &["-m", "put", "-f", &file.display().to_string()], &uri), "");
    assert!(ask(&ours, proxy_port, &[], &uri) == body);
}

#[test]
fn aiocoap_on_both_sides_of_our_proxy() {
    let ours = Library::ours();
    let server_port = udp::free_port().to_string();
    let mut proxy = Program::compile("c-tests/aiocoap/forwarder.c", &ours).start(&ours, &[&server_port]);
    let proxy_port = proxy.wait_for_line(LIMIT, |line| line.starts_with("port "));
    let mut command = python();
    command.arg(root().join("c-tests/aiocoap/through.py"));
    command.arg(proxy_port["port ".len()..].trim()).arg(&server_port);
    let finished = Running::start(command).finish(LIMIT);
    let answers = "GET: 2.05 b'hello' TEXT\n\
                   GET query: 2.05 b'a=1/b' None\n\
                   GET none: 4.04 b'' None\n\
                   PUT large: 2.04 b'' None\n\
                   GET large: 2.05 LARGE TEXT\n\
                   PUT: 2.04 b'' None\n\
                   observe: 2.05 b'0'\n\
                   notified: b'1'\n\
                   notified: b'2'\n\
                   notified: b'3'\n";
    let expected = format!("-- forward\n{answers}-- reverse\n{answers}");
    assert_eq!(finished.stdout, expected, "\n{}", finished.stderr);
}

/// As reverse proxy: aiocoap's forward proxy takes no Proxy-Uri, and `coap-client` sends nothing else.
#[test]
fn our_client_through_aiocoaps_proxy() {
    let (ours, proxy_port, server_port) = (Library::ours(), udp::free_port(), udp::free_port());
    let _server = start_server(&ours, server_port, &["-d", "10"]);
    let mut command = python();
    command.args(["-m", "aiocoap.cli.proxy", "--reverse"]);
    command.args(["--unconditional", &format!("127.0.0.1:{server_port}")]);
    command.args(["--bind", &format!("127.0.0.1:{proxy_port}")]);
    let _proxy = Running::start(command);
    udp::wait_for_server("127.0.0.1", proxy_port);
    let ask = |options: &[&str], path: &str| {
        client(&ours, options, &format!("coap://127.0.0.1:{proxy_port}/{path}"))
    };
    assert!(ask(&[], ".well-known/core").contains("</time>"));
    assert_eq!(ask(&["-m", "put", "-e", "first"], "made"), "");
    assert_eq!(ask(&[], "made"), "first");
    assert!(ask(&[], "none").starts_with("4.04"));
}

/// What C programs with proxies do leaves nothing behind and touches nothing that is gone.
#[test]
fn under_valgrind() {
    for source in ["c-tests/newer/proxy.c", "c-tests/ours/proxying.c"] {
        let ours = Library::ours();
        let finished = Program::compile(source, &ours).start_checked(&ours, &[]).finish(LIMIT);
        assert!(finished.status.success(), "{source}: {}\n{}", finished.status, finished.stderr);
    }
}

/// aiocoap lives in a virtual environment below `build`; `FERROCOAP_PYTHON` names another interpreter that has it.
fn python() -> Command {
    let interpreter = std::env::var_os("FERROCOAP_PYTHON")
        .map_or_else(|| root().join("build/venv/bin/python"), PathBuf::from);
    assert!(interpreter.exists(), "no aiocoap: run `make needs` first");
    Command::new(interpreter)
}

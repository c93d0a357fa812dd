//! Methods, discovery, the options of the client, and what it shows of messages.
use crate::{
    support::{library::Library, udp},
    ways::{LIMIT, four_ways, start_client, steps, steps_at},
};
use std::time::{Duration, Instant};

#[test]
fn methods() {
    steps(
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
    steps(
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
    steps(
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
    steps(
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
    steps_at(
        "127.0.0.1",
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
    steps(
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
    steps_at(
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
    four_ways(|ways| {
        let server = ways.start_server(&[]);
        for (given, shown) in [
            ("cafe", "{63616666}"),
            ("12345678", "{3132333435363739}"),
            ("1234567890abcdef", "{3132333435363739}"),
        ] {
            let finished = ways.ask(&["-v", "8", "-T", given], server.port, "/");
            let text = format!("{}{}", finished.stdout, finished.stderr);
            let messages: Vec<_> = text.lines().filter(|line| line.starts_with("v:1 ")).collect();
            assert!(messages.len() >= 2, "{given}, {}: {text}", ways.name());
            assert!(messages.iter().all(|line| line.contains(shown)), "{given}, {}: {text}", ways.name());
        }
        server.stop();
        String::new()
    });
}

/// A client that gets no answer: prints that it waited long enough and nothing else, and gives up in time.
#[test]
fn nobody_answers() {
    for library in [Library::reference(), Library::ours()] {
        let silent = udp::socket();
        let port = silent.local_addr().expect("a bound socket").port();
        let uri = format!("coap://127.0.0.1:{port}/");
        let begin = Instant::now();
        let finished = start_client(&library, &["-B", "2", "-v", "6", &uri]).finish(LIMIT);
        let waited = begin.elapsed();
        assert!(waited >= Duration::from_secs(2), "{} gave up after {waited:?}", library.tag());
        assert!(waited < Duration::from_secs(10), "{} gave up after {waited:?}", library.tag());
        let text = format!("{}{}", finished.stdout, finished.stderr);
        let said: Vec<_> = text.lines().filter(|line| !line.starts_with("v:1 ")).collect();
        assert!(matches!(said[..], [line] if line.ends_with(" INFO timeout")), "{}: {text}", library.tag());
        assert!(udp::receive(&silent, Duration::from_secs(1)).is_some(), "{} sent nothing", library.tag());
    }
}

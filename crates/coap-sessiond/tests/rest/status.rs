//! `coap-sessiond status`, as a client of all this.
use super::{
    fake::{Node, body},
    http::{TOKEN, post},
};
use coap_sessiond::{
    config::Auth,
    status::{FetchError, Options, StatusError, run},
};
use std::{
    env,
    io::{self, Write},
    process::Command,
};

fn options(node: &Node, token: Option<&str>) -> Options {
    Options { url: format!("http://{}", node.address()), token: token.map(str::to_owned), live: false }
}

#[test]
fn a_table_is_written_once() {
    let node = Node::start();
    post(node.address(), "/api/v3/session/tcp", &body("target.example:1", ""));
    let mut out = Vec::new();
    run(&options(&node, Some(TOKEN)), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.starts_with("coap-sessiond ") && text.contains("127.0.0.1:40000  tcp       target.example:1"),
        "{text}"
    );
}

#[test]
fn whom_it_cannot_ask_is_said() {
    let node = Node::start();
    for token in [None, Some("another")] {
        let error = run(&options(&node, token), &mut Vec::new()).unwrap_err();
        assert!(matches!(error, StatusError::Fetch(FetchError::Unauthorized(_))), "{error}");
    }
    let open = Node::with(|api, _| api.auth = Auth::None);
    run(&options(&open, None), &mut Vec::new()).unwrap();
    let gone = options(&open, None);
    drop(open);
    let error = run(&gone, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, StatusError::Fetch(FetchError::Io { .. })), "{error}");
}

/// A terminal that is closed when it has been written to a few times.
struct Terminal {
    text: Vec<u8>,
    flushes: usize,
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushes += 1;
        if self.flushes < 3 { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    }
}

#[test]
fn a_live_table_is_drawn_anew() {
    let node = Node::start();
    let mut terminal = Terminal { text: Vec::new(), flushes: 0 };
    let live = Options { live: true, ..options(&node, Some(TOKEN)) };
    assert!(matches!(run(&live, &mut terminal), Err(StatusError::Write(_))));
    let text = String::from_utf8(terminal.text).unwrap();
    assert_eq!(text.matches("\x1b[H\x1b[Jcoap-sessiond ").count(), 3, "{text:?}");
}

#[test]
fn the_program_asks_with_a_token_from_where_it_is_told() {
    let node = Node::start();
    let file = env::temp_dir().join(format!("coap-sessiond-token-{}", std::process::id()));
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let asked = |arguments: &[&str], environment: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coap-sessiond"));
        command.args(["status", "--url", &format!("http://{}", node.address())]).args(arguments);
        command
            .env_remove("COAP_SESSIOND_TOKEN")
            .envs(environment.map(|token| ("COAP_SESSIOND_TOKEN", token)));
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code().unwrap(), said.concat())
    };
    for (arguments, environment) in [
        (vec!["--token", TOKEN], None),
        (vec!["--token-file", file.to_str().unwrap(), "--once"], Some("another")),
        (vec![], Some(TOKEN)),
    ] {
        let (code, said) = asked(&arguments, environment);
        assert!(code == 0 && said.starts_with("coap-sessiond "), "{arguments:?}: {said}");
    }
    const HOW: &str = ": `--token-file FILE`, or COAP_SESSIOND_TOKEN in the environment";
    let (code, said) = asked(&[], None);
    assert_eq!((code, said), (1, format!("coap-sessiond: {} wants another token{HOW}\n", node.address())));
    std::fs::remove_file(file).unwrap();
}

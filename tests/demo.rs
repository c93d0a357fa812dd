//! What `make demo` prints, and what README.md says that it prints; the programs that README.md shows.
#![forbid(unsafe_code)]
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The block of README.md, in this language, that begins with `first`.
fn readme_block(language: &str, first: &str) -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let start = format!("```{language}\n{first}");
    let at = readme.find(&start).unwrap_or_else(|| panic!("README.md has no block that begins with {first}"));
    let block = &readme[at + "```".len() + language.len() + 1..];
    block[..block.find("```").unwrap()].to_owned()
}

/// Replaces the port that the system chose for the client.
fn without_client_port(text: &str) -> String {
    let Some(at) = text.find(" from 127.0.0.1:") else { return text.to_owned() };
    let port = at + " from 127.0.0.1:".len();
    let end = text[port..].find('\n').map_or(text.len(), |end| port + end);
    format!("{}<port>{}", &text[..port], &text[end..])
}

#[test]
fn demo_prints_what_the_readme_says() {
    let library = std::env::var_os("FERROCOAP_LIB").map_or_else(|| root().join("build/lib"), PathBuf::from);
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut demo = Command::new(root().join("examples/demo"));
    let output = demo.arg(library).arg(port.to_string()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).replace(&format!(":{port}"), ":5683");
    let promised = readme_block("text", "server: listens");
    assert_eq!(
        without_client_port(&printed),
        without_client_port(&promised),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn programs_in_the_readme_are_the_examples() {
    for name in ["hello_server", "hello_client"] {
        let source = std::fs::read_to_string(root().join(format!("examples/{name}.c"))).unwrap();
        assert_eq!(readme_block("c", source.lines().next().unwrap()), source, "{name}");
    }
}

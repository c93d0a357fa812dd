//! Large bodies (RFC 7959), up and down, in blocks of every size.
use crate::{
    support::{
        library::Library,
        relay::{Relay, Way},
    },
    ways::{Step, Ways, four_ways, steps},
};
use coap_proto::wire::{BlockValue, Code, MessageType, Pdu, option};
use std::{fs, path::PathBuf};

/// Bytes that no block repeats.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251 + at / 65_521) as u8).collect()
}

/// A file for one way's story, for `-f` and `-o`.
fn file(ways: &Ways, name: &str) -> PathBuf {
    let tags = format!("{}-{}", ways.client.tag(), ways.server.tag());
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{tags}"))
}

/// Puts a body to `path` and gets it back; returns what the client has written then.
fn there_and_back(ways: &Ways, options: &[&str], ports: (u16, u16), path: &str, body: &[u8]) -> Vec<u8> {
    let (sent, got) = (file(ways, "sent"), file(ways, "got"));
    let unique = |path: PathBuf| path.with_extension(format!("{:?}", std::thread::current().id()));
    let (sent, got) = (unique(sent), unique(got));
    fs::write(&sent, body).expect("a file can be written");
    let _ = fs::remove_file(&got);
    let (from, to) = (sent.to_string_lossy(), got.to_string_lossy());
    let put = ways.ask(&[options, &["-m", "put", "-t", "binary", "-f", &from]].concat(), ports.0, path);
    assert_eq!(format!("{}{}", put.stdout, put.stderr).trim(), "", "{}: {options:?}", ways.name());
    let get = ways.ask(&[options, &["-o", &to]].concat(), ports.1, path);
    assert_eq!(format!("{}{}", get.stdout, get.stderr).trim(), "", "{}: {options:?}", ways.name());
    let written = fs::read(&got).unwrap_or_default();
    let _ = (fs::remove_file(sent), fs::remove_file(got));
    written
}

/// Message type, code, block options and length of what passed, a line for each message. Our final response to an
/// upload says which block it answers (RFC 7959 2.3), the original's may not: left out.
fn told(relay: &Relay) -> String {
    let line = |(way, pdu): (Way, Pdu)| {
        let block = |(name, number): (&str, u16)| {
            let value = BlockValue::decode(pdu.option(number)?.value)?;
            let is_final =
                pdu.code().is_response() && number == option::BLOCK1 && pdu.code() != Code::CONTINUE;
            let text = format!(" {name}:{}/{}/{}", value.num, u8::from(value.more), value.size());
            (!is_final).then_some(text)
        };
        let blocks: String =
            [("Block1", option::BLOCK1), ("Block2", option::BLOCK2)].into_iter().filter_map(block).collect();
        format!("{way:?} {:?} {}{blocks}, {} bytes\n", pdu.kind(), pdu.code(), pdu.payload().len())
    };
    relay.messages().into_iter().map(line).collect()
}

#[test]
fn blocks_of_every_size_in_both_directions() {
    blocks_of_every_size(MessageType::Con);
}

#[test]
fn non_confirmable_blocks_of_every_size_in_both_directions() {
    blocks_of_every_size(MessageType::Non);
}

fn blocks_of_every_size(kind: MessageType) {
    let body = content(5000);
    four_ways(|ways| {
        let server = ways.start_server(&[]);
        let mut text = String::new();
        for size in [16, 32, 64, 128, 256, 512, 1024] {
            let relays = [0, 1].map(|_| Relay::to(server.port));
            let size_text = size.to_string();
            let mut options = vec!["-b", &size_text];
            options.extend((kind == MessageType::Non).then_some("-N"));
            let ports = (relays[0].port(), relays[1].port());
            let written = there_and_back(ways, &options, ports, "/example_data", &body);
            assert!(written == body, "{}: {options:?}: {} bytes", ways.name(), written.len());
            for relay in &relays {
                let messages = relay.messages();
                let blocks = messages.iter().filter(|(_, pdu)| pdu.payload().len() == size).count();
                assert_eq!(blocks, body.len() / size, "{}: whole blocks of {size}", ways.name());
                let wrong = messages.iter().find(|(_, pdu)| pdu.payload().len() > size);
                assert!(wrong.is_none(), "{}: {size}: {wrong:?}", ways.name());
                text.push_str(&format!("{size}\n{}", told(relay)));
            }
        }
        server.stop();
        text
    });
}

/// A megabyte, block-wise to a resource that is there and to one that the request makes.
#[test]
fn a_megabyte_up_and_down() {
    let body = content(1 << 20);
    four_ways(|ways| {
        let server = ways.start_server(&["-d", "1"]);
        for (options, path) in [
            (&["-b", "1024"][..], "/example_data"),
            (&["-N"], "/example_data"),
            (&[], "/made"),
            (&["-L", "3"], "/made"),
        ] {
            let written = there_and_back(ways, options, (server.port, server.port), path, &body);
            assert!(written == body, "{}: {options:?} {path}: {} bytes", ways.name(), written.len());
        }
        server.stop();
        String::new()
    });
}

/// The server puts bodies together and hands them out in one piece (`COAP_BLOCK_SINGLE_BODY`).
#[test]
fn a_server_that_sees_whole_bodies() {
    let body = content(100_000);
    four_ways(|ways| {
        let server = ways.start_server(&["-L", "3", "-d", "1"]);
        for options in [&["-L", "3"][..], &["-N", "-b", "64"]] {
            let written = there_and_back(ways, options, (server.port, server.port), "/made", &body);
            assert!(written == body, "{}: {options:?}: {} bytes", ways.name(), written.len());
        }
        server.stop();
        String::new()
    });
}

/// The client loses datagrams on purpose (`-l`): they are sent again, and nothing is lost of the body.
#[test]
fn requests_that_get_lost() {
    let body = content(3000);
    four_ways(|ways| {
        let server = ways.start_server(&[]);
        let relays = [0, 1].map(|_| Relay::to(server.port));
        let ports = (relays[0].port(), relays[1].port());
        let written = there_and_back(ways, &["-b", "1024", "-l", "2"], ports, "/example_data", &body);
        assert!(written == body, "{}: {} bytes", ways.name(), written.len());
        server.stop();
        relays.iter().map(told).collect()
    });
}

/// The server loses datagrams on purpose, so requests come twice. (On the original the handler sees each block that
/// comes twice as often, and `coap-server` stores another body.)
#[test]
fn responses_that_get_lost() {
    let body = content(3000);
    std::thread::scope(|scope| {
        for client in [Library::reference(), Library::ours()] {
            scope.spawn(|| {
                let ways = Ways { server: Library::ours(), client };
                let server = ways.start_server(&["-l", "3,7"]);
                let ports = (server.port, server.port);
                let written = there_and_back(&ways, &["-b", "1024"], ports, "/example_data", &body);
                assert!(written == body, "{}: {} bytes", ways.name(), written.len());
                server.stop();
            });
        }
    });
}

/// The client sends a size exponent of 7 for any size above 1,024, which has no meaning over UDP (RFC 7959 2.2).
#[test]
fn a_block_size_that_is_none_is_refused() {
    for client in [Library::reference(), Library::ours()] {
        let ways = Ways { server: Library::ours(), client };
        let server = ways.start_server(&[]);
        let finished = ways.ask(&["-b", "2048"], server.port, "/example_data");
        assert_eq!(finished.stderr.trim(), "4.00 Bad Request", "{}", ways.name());
        server.stop();
    }
}

/// A size that is not one, a first block that is not the first.
#[test]
fn blocks_that_the_client_is_asked_for() {
    let put: Step = (&["-m", "put", "-e", TEXT], "/example_data");
    let text = steps(
        &[],
        &[
            put,
            (&["-b", "64"], "/example_data"),
            (&["-b", "1,64"], "/example_data"),
            (&["-b", "2,64"], "/example_data"),
            (&["-b", "9,64"], "/example_data"),
            (&["-b", "100"], "/example_data"),
            (&["-b", "0"], "/example_data"),
            (&["-b", "32", "-m", "fetch", "-e", "x", "-t", "0"], "/example_data"),
            (&["-b", "16", "-w"], "/.well-known/core"),
            (&["-b", "16", "-N", "-w"], "/"),
            (&["-b", "16"], "/none"),
        ],
    );
    assert!(text.contains(&TEXT[128..]), "{text}");
}

/// 160 characters: three blocks of 64 bytes.
const TEXT: &str = "0123456789abcdef0123456789ABCDEF0123456789ghijkl0123456789GHIJKL0123456789mnopqr\
                    0123456789MNOPQR0123456789stuvwx0123456789STUVWX0123456789yz....0123456789YZ----";

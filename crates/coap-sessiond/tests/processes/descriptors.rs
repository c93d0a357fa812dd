//! Nodes that have few descriptors.
use crate::{
    PATIENCE, Result,
    process::{Node, Setup},
};
use std::{
    io::{Read, Write},
    net::TcpStream,
};

/// Connections by which nobody asks for anything; some say what every CoAP client says first.
const SILENT: usize = 500;
/// The exit has so many descriptors.
const DESCRIPTORS: usize = 256;

#[test]
fn who_connects_and_says_nothing_keeps_no_neighbour_out() -> Result {
    /// Empty Capabilities and Settings (RFC 8323 section 5.3).
    const CSM: [u8; 2] = [0x00, 0xe1];
    let setup = Setup {
        listen: Some("coap+tcp://127.0.0.1:0".into()),
        more: "[limits]\nlinks = 8\n".into(),
        ulimit: Some(format!("-n {DESCRIPTORS}")),
        ..Setup::default()
    };
    let exit = Node::start(&setup)?;
    // 4,096 tunnels, 1,024 listeners, 8 links and twice 64 who are none yet, the REST interface, and its own.
    exit.wait_for_line(&["fewer descriptors", &DESCRIPTORS.to_string(), "5576"])?;
    let at = exit.address.ok_or("it does not listen")?;
    let mut silent = Vec::new();
    for number in 0..SILENT {
        let mut stream = TcpStream::connect(at)?;
        if number % 2 == 0 {
            // Others may have driven it away already.
            let _ = stream.write_all(&CSM);
        }
        silent.push(stream);
    }
    let entry = Node::start(&Setup { peer: Some(exit.as_peer("coap+tcp")?), ..Setup::default() })?;
    let listener = entry.open(exit.id, r#"{"Hops": 0}"#, r#"{"Service": 0}"#)?;
    let mut client = TcpStream::connect(listener)?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(b"here")?;
    let mut buffer = [0; 4];
    client.read_exact(&mut buffer)?;
    assert_eq!(&buffer, b"here");
    Ok(())
}

#[test]
fn a_node_takes_all_descriptors_that_it_may_have() -> Result {
    let node = Node::start(&Setup { ulimit: Some("-S -n 100".into()), ..Setup::default() })?;
    let (soft, hard) = node.allowed_descriptors()?;
    assert_eq!(soft, hard);
    Ok(())
}

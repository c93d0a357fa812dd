//! What a node's owner can read about what was refused.
use crate::{
    Result,
    process::{Node, Setup},
};
use std::{io::Read, net::TcpStream};

#[test]
fn the_exit_and_the_entry_say_in_their_logs_what_was_refused() -> Result {
    let exit = Node::start(&Setup { listen: Some("coap://127.0.0.1:0".into()), ..Setup::default() })?;
    let entry = Node::start(&Setup { peer: Some(exit.as_peer("coap")?), ..Setup::default() })?;
    let cases = [
        (r#"{"Plain": "192.0.2.1:80"}"#, "192.0.2.1:80", "4.03"),
        (r#"{"Service": 7}"#, "service 7", "4.04"),
    ];
    for (target, name, code) in cases {
        let listener = entry.open(exit.id, r#"{"Hops": 0}"#, target)?;
        let mut client = TcpStream::connect(listener)?;
        assert!(client.read(&mut [0]).is_err(), "{name}: a reset");
        exit.wait_for_line(&["refused", code, &format!("\"{name}\"")])?;
        entry.wait_for_line(&["refused", code, &format!("\"{}\"", client.local_addr()?)])?;
    }
    Ok(())
}

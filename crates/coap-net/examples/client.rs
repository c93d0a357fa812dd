//! Reads a resource, or writes what follows its URI to it:
//!
//! ```sh
//! cargo run -p coap-net --example client -- coap://localhost/greeting
//! cargo run -p coap-net --example client -- coap://localhost/greeting "Good morning"
//! ```
use coap_net::{Node, random, resolve};
use coap_proto::{
    engine::{Config, Connect, Event},
    wire::{Code, MessageType, Pdu, Protocol, Uri, option, uri},
};
use std::{error::Error, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let text = arguments.next().ok_or("usage: client coap://host[:port]/path [new content]")?;
    let content = arguments.next();
    let target = Uri::parse(text.as_bytes())?;
    let host = std::str::from_utf8(target.host)?;
    let mut remote = *resolve::resolve(host, 0)?.first().ok_or("no such host")?;
    remote.set_port(target.port);

    let mut node = Node::new(Config::default(), Instant::now(), random::seed()?)?;
    let to = Connect { local: None, remote: remote.into(), protocol: Protocol::Udp };
    let session = node.connect(Instant::now(), to)?;

    let code = if content.is_some() { Code::PUT } else { Code::GET };
    let mid = node.engine.new_mid(session).ok_or("the session is closed")?;
    let token = node.engine.new_token(session).ok_or("the session is closed")?;
    let mut request = Pdu::new(MessageType::Con, code, mid, 0);
    request.set_token(token.as_ref())?;
    for segment in uri::path_segments(target.path) {
        request.add_option(option::URI_PATH, &uri::percent_decode(segment)?)?;
    }
    request.set_payload(content.unwrap_or_default().as_bytes())?;
    node.engine.send(Instant::now(), session, request)?;
    node.flush(Instant::now());

    loop {
        while let Some(event) = node.engine.poll_event() {
            match event {
                Event::Response(event) => {
                    println!(
                        "{} {}",
                        event.received.code(),
                        String::from_utf8_lossy(event.received.payload())
                    );
                    return Ok(());
                }
                Event::Nack(nack) => return Err(format!("no answer: {:?}", nack.reason).into()),
                _ => {}
            }
        }
        node.run_once(None)?;
    }
}

//! A CoAP server with one resource, `/greeting`, that can be read and changed:
//!
//! ```sh
//! cargo run -p coap-net --example server -- [::]:5683
//! ```
use coap_net::{Node, random};
use coap_proto::{
    engine::{Config, Event, RequestEvent},
    resource::{MethodMask, Resource},
    wire::{Code, Protocol},
};
use std::{error::Error, net::SocketAddr, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let at = std::env::args().nth(1).unwrap_or_else(|| "[::]:5683".to_owned());
    let mut node = Node::new(Config::default(), Instant::now(), random::seed()?)?;
    node.listen(at.parse::<SocketAddr>()?, Protocol::Udp)?;

    let mut resource = Resource::new(b"greeting", 0);
    resource.methods = MethodMask::NONE.with(Code::GET).with(Code::PUT);
    node.engine.resources_mut().add(resource);

    let mut greeting = b"Hello".to_vec();
    loop {
        node.run_once(None)?;
        while let Some(event) = node.engine.poll_event() {
            match event {
                Event::Request(request) => answer(&mut node, request, &mut greeting)?,
                Event::Closed { session } => node.forget(session),
                _ => {}
            }
        }
        node.flush(Instant::now());
    }
}

fn answer(
    node: &mut Node,
    mut event: Box<RequestEvent>,
    greeting: &mut Vec<u8>,
) -> Result<(), Box<dyn Error>> {
    let RequestEvent { request, response, .. } = &mut *event;
    if request.code() == Code::PUT {
        *greeting = request.payload().to_vec();
        response.set_code(Code::CHANGED);
    } else {
        response.set_code(Code::CONTENT);
        response.set_payload(greeting)?;
    }
    node.engine.finish_request(Instant::now(), event);
    Ok(())
}

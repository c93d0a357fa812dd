//! A forward proxy: it passes on what has a Proxy-Uri or Proxy-Scheme, and keeps responses for who asks again.
//!
//! ```sh
//! cargo run -p coap-net --example proxy -- [::]:5683
//! ```
use coap_net::{Node, random};
use coap_proto::{
    block::BlockMode,
    engine::{Config, Event, Forwarded, RequestEvent, Route},
    resource::Resource,
    wire::Protocol,
};
use std::{error::Error, net::SocketAddr, time::Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let at = std::env::args().nth(1).unwrap_or_else(|| "[::]:5683".to_owned());
    let config = Config {
        block_mode: BlockMode::USE_LIBCOAP.with(BlockMode::SINGLE_BODY),
        response_cache_bytes: 16 << 20,
        ..Config::default()
    };
    let mut node = Node::new(config, Instant::now(), random::seed()?)?;
    node.listen(at.parse::<SocketAddr>()?, Protocol::Udp)?;
    // Requests for this name are not forwarded.
    node.engine.resources_mut().add(Resource::proxy(vec![b"localhost".to_vec()], 0));
    loop {
        node.run_once(None)?;
        while let Some(event) = node.engine.poll_event() {
            match event {
                Event::Request(request) => forward(&mut node, request),
                Event::Response(response) => {
                    node.engine.finish_response(Instant::now(), response.ticket, true);
                }
                Event::Closed { session } => node.forget(session),
                _ => {}
            }
        }
        node.flush(Instant::now());
    }
}

fn forward(node: &mut Node, mut event: Box<RequestEvent>) {
    let (now, place) = (Instant::now(), (event.session, Some(event.resource)));
    let RequestEvent { request, response, .. } = &mut *event;
    match node.engine.forward(now, place, request, response, &Route::default()) {
        Forwarded::Answered(Some(body)) => node.engine.finish_request_with_body(now, event, body),
        _ => node.engine.finish_request(now, event),
    }
}

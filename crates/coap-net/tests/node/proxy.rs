//! Requests that are forwarded to real servers, by name and by address.
use crate::{PATIENCE, Result, address, loopback, node, plain};
use coap_net::Node;
use coap_proto::{
    engine::{Event, Route},
    resource::Resource,
    wire::{Code, MessageType, Pdu, Protocol, option},
};
use std::{
    io,
    net::{SocketAddr, UdpSocket},
    time::Instant,
};

/// A forward proxy, and where it listens.
fn proxy() -> Result<(Node, SocketAddr)> {
    let mut node = node()?;
    let endpoint = node.listen(loopback(), Protocol::Udp)?;
    node.engine.resources_mut().add(Resource::proxy(vec![b"proxy".to_vec()], 0));
    let at = address(&node, endpoint)?;
    Ok((node, at))
}

fn request(uri: &str) -> Result<Pdu> {
    let mut request = Pdu::new(MessageType::Non, Code::GET, 1, 0);
    request.set_token(b"token")?;
    request.insert_option(option::PROXY_URI, uri.as_bytes())?;
    Ok(request)
}

fn forward(node: &mut Node) {
    while let Some(event) = node.engine.poll_event() {
        if let Event::Request(mut event) = event {
            let (now, place) = (Instant::now(), (event.session, Some(event.resource)));
            let route = Route::default();
            let _ = node.engine.forward(now, place, &event.request, &mut event.response, &route);
            node.engine.finish_request(now, event);
        }
    }
    node.flush(Instant::now());
}

fn received(socket: &UdpSocket) -> Result<Option<(Pdu, SocketAddr)>> {
    let mut bytes = [0; 1500];
    match socket.recv_from(&mut bytes) {
        Ok((length, from)) => Ok(Some((Pdu::decode_udp(&bytes[..length])?, from))),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The code of what a client gets through a proxy from a server that says 2.05.
fn ask(uri: impl Fn(u16) -> String) -> Result<Code> {
    let ((mut node, at), server, client) = (proxy()?, plain("127.0.0.1:0")?, plain("127.0.0.1:0")?);
    let uri = uri(server.local_addr()?.port());
    client.send_to(request(&uri)?.encode_udp(), at)?;
    server.set_nonblocking(true)?;
    client.set_nonblocking(true)?;
    let (mut outcome, deadline) = (Ok(None), Instant::now() + PATIENCE);
    while let Ok(None) = outcome {
        // The sockets of the test are not the node's: it cannot wait for them.
        node.run_once(Some(std::time::Duration::from_millis(1)))?;
        forward(&mut node);
        if let Some((asked, from)) = received(&server)? {
            let mut answer = Pdu::new(MessageType::Non, Code::CONTENT, 7, 0);
            answer.set_token(asked.token())?;
            server.send_to(answer.encode_udp(), from)?;
        }
        outcome = received(&client);
        if Instant::now() > deadline {
            return Err("it took too long".into());
        }
    }
    let (answer, _) = outcome?.ok_or("no answer")?;
    assert_eq!(answer.token(), b"token");
    Ok(answer.code())
}

#[test]
fn by_address_and_by_name() -> Result {
    assert_eq!(ask(|port| format!("coap://127.0.0.1:{port}/a"))?, Code::CONTENT);
    assert_eq!(ask(|port| format!("coap://localhost:{port}/a"))?, Code::CONTENT);
    Ok(())
}

#[test]
fn what_leads_nowhere_is_a_bad_gateway() -> Result {
    for host in ["name.invalid", "host%00name", "%ff", "999.1.1.1"] {
        assert_eq!(ask(|_| format!("coap://{host}/a"))?, Code::BAD_GATEWAY, "{host}");
    }
    assert_eq!(ask(|_| "coap://224.0.1.187/a".to_owned())?, Code::PROXYING_NOT_SUPPORTED);
    Ok(())
}

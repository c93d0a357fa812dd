//! A Rust server that is gone without a word, and the one that takes its place.
use crate::{Result, address, loopback, node, plain, run_until};
use coap_net::{
    Node,
    persist::{Files, Store},
};
use coap_proto::{
    engine::{Event, ResourceId},
    resource::{MethodMask, Resource},
    wire::{Code, MessageType, Pdu, Protocol, option},
};
use std::{
    net::{SocketAddr, UdpSocket},
    num::NonZeroU32,
    path::PathBuf,
    time::Instant,
};

const FREQUENCY: NonZeroU32 = NonZeroU32::new(10).expect("not zero");

/// A server with one resource and its files.
struct Server {
    node: Node,
    store: Store,
    resource: ResourceId,
    at: SocketAddr,
}

impl Server {
    fn start(at: SocketAddr, files: &Files) -> Result<Self> {
        let mut node = node()?;
        let endpoint = node.listen(at, Protocol::Udp)?;
        let at = address(&node, endpoint)?;
        let mut resource = Resource::new(b"r", 0);
        (resource.methods, resource.observable) = (MethodMask::ALL, true);
        let (resource, _) = node.engine.add_resource(Instant::now(), resource);
        node.engine.config_mut().tracking = Some(FREQUENCY);
        let (mut store, kept) = Store::open(files, FREQUENCY);
        assert!(store.poll_problem().is_none());
        for number in kept.numbers {
            let resource = node.engine.resources().find(&number.path);
            if let Some(resource) = resource.and_then(|id| node.engine.resources_mut().get_mut(id)) {
                resource.set_observe_number(number.number);
            }
        }
        for observer in kept.observers {
            node.engine.restore_observer(
                Instant::now(),
                &observer.name,
                observer.local,
                &observer.request,
            )?;
        }
        Ok(Self { node, store, resource, at })
    }

    /// Works until a handler has run.
    fn serve(&mut self) -> Result {
        let store = &mut self.store;
        let mut served = false;
        run_until(&mut self.node, |node, _| {
            while let Some(event) = node.engine.poll_event() {
                match event {
                    Event::Tracked(change) => store.note(&change),
                    Event::Request(mut event) => {
                        event.response.set_code(Code::CONTENT);
                        node.engine.finish_request(Instant::now(), event);
                        served = true;
                    }
                    _ => {}
                }
            }
            store.flush();
            node.flush(Instant::now());
            served
        })
    }
}

fn receive(peer: &UdpSocket) -> Result<Pdu> {
    let mut bytes = [0; 1500];
    let length = peer.recv(&mut bytes)?;
    Ok(Pdu::decode_udp(&bytes[..length])?)
}

#[test]
fn the_next_server_notifies_who_registered_with_the_one_before() -> Result {
    let directory = std::env::temp_dir().join(format!("coap-net-restart-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let file = |name: &str| -> Option<PathBuf> { Some(directory.join(name)) };
    let files = Files { resources: None, observers: file("observers"), numbers: file("numbers") };
    let mut server = Server::start(loopback(), &files)?;
    let (at, peer) = (server.at, plain("127.0.0.1:0")?);
    peer.connect(at)?;
    let mut request = Pdu::new(MessageType::Con, Code::GET, 1, 0);
    request.set_token(b"token")?;
    request.add_option(option::OBSERVE, b"")?;
    request.add_option(option::URI_PATH, b"r")?;
    peer.send(request.encode_udp())?;
    server.serve()?;
    let number = |pdu: &Pdu| pdu.option(option::OBSERVE).and_then(|number| number.uint());
    assert_eq!(number(&receive(&peer)?), Some(2));
    for expected in [10, 20, 30] {
        drop(server);
        server = Server::start(at, &files)?;
        assert!(server.node.engine.notify(Instant::now(), server.resource));
        server.serve()?;
        let notification = receive(&peer)?;
        assert_eq!((notification.token(), number(&notification)), (&b"token"[..], Some(expected)));
    }
    std::fs::remove_dir_all(directory)?;
    Ok(())
}

//! Looking names up never waits, and never starts more than it may.
use super::*;
use crate::Poller;
use coap_proto::{
    engine::{Config, Connect, Engine, Route, Server},
    wire::{Code, MessageType, Pdu, Protocol, option, uri::Scheme},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

/// Servers that an engine wants to be connected to, of any name.
fn wanted() -> impl Fn(&str) -> Wanted {
    let (now, to) = (Instant::now(), SocketAddr::from(([192, 0, 2, 1], 5683)));
    let mut engine = Engine::new(Config::default(), now, [1; 32]);
    let to = Connect { local: None, remote: to.into(), protocol: Protocol::Udp };
    let session = engine.connect(now, to).expect("a session");
    let mut request = Pdu::new(MessageType::Con, Code::GET, 1, 0);
    request.insert_option(option::PROXY_URI, b"coap://name").expect("it fits");
    let mut response = Pdu::new(MessageType::Ack, Code::EMPTY, 1, 0);
    let _ = engine.forward(now, (session, None), &request, &mut response, &Route::default());
    let wanted = engine.poll_upstream().expect("a server is wanted");
    move |host| Wanted { server: Server::new(Scheme::Coap, host.as_bytes(), 5683), ..wanted.clone() }
}

#[test]
fn a_name_that_takes_long_holds_up_nobody_and_the_loop_is_woken() {
    let (mut poller, waker, _registry) = Poller::new().expect("a poller");
    let (go, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let lookup = move |name: &str| {
        if name == "slow" {
            let _ = gate.lock().map(|gate| gate.recv());
        }
        Ok(vec![SocketAddr::from(([192, 0, 2, name.len() as u8], 0))])
    };
    let (resolver, named) = (Resolver::with(waker, Box::new(lookup)), wanted());
    assert!(resolver.ask(named("slow")) && resolver.ask(named("quick")));
    let mut next = || loop {
        poller.set_until(Some(Instant::now() + Duration::from_secs(20)));
        poller.wait().expect("it waits");
        if let Some(answer) = resolver.poll() {
            return answer.found.expect("an address").first().map(SocketAddr::to_string);
        }
    };
    assert_eq!(next().as_deref(), Some("192.0.2.5:0"), "the other name did not wait");
    go.send(()).expect("it still waits");
    assert_eq!(next().as_deref(), Some("192.0.2.4:0"));
}

#[test]
fn threads_and_names_that_wait_are_bounded() {
    let (_poller, waker, _registry) = Poller::new().expect("a poller");
    let running = Arc::new(AtomicUsize::new(0));
    let (counted, (go, gate)) = (Arc::clone(&running), mpsc::channel::<()>());
    let gate = Mutex::new(gate);
    let lookup = move |_: &str| {
        counted.fetch_add(1, Ordering::SeqCst);
        // Until the sender is gone.
        let _ = gate.lock().map(|gate| gate.recv());
        Ok(Vec::new())
    };
    let (resolver, named) = (Resolver::with(waker, Box::new(lookup)), wanted());
    let taken = (0..1000).filter(|number| resolver.ask(named(&number.to_string()))).count();
    assert!((QUEUE..=QUEUE + THREADS).contains(&taken), "{taken}");
    assert_eq!(resolver.shared.jobs().threads, THREADS);
    assert!(running.load(Ordering::SeqCst) <= THREADS);
    let shared = Arc::clone(&resolver.shared);
    drop(resolver);
    drop(go);
    while shared.jobs().threads > 0 {
        thread::yield_now();
    }
    assert!(shared.jobs().queue.is_empty(), "what waited is not looked up any more");
}

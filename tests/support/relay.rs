//! A relay between a client and a server on loopback that keeps what passes.

use coap_proto::wire::Pdu;
use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Where a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What has passed, and who is told when more does.
#[derive(Default)]
struct Record {
    messages: Mutex<Vec<(Way, Pdu)>>,
    grown: Condvar,
    is_over: AtomicBool,
}

/// A relay for one client at a time; it ends when it is dropped.
pub struct Relay {
    port: u16,
    record: Arc<Record>,
    threads: Vec<JoinHandle<()>>,
}

impl Relay {
    /// A relay to the server at `port` of 127.0.0.1.
    pub fn to(port: u16) -> Self {
        let [near, far] = [0, 0].map(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).expect("a socket"));
        for socket in [&near, &far] {
            socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a read timeout");
        }
        let own_port = near.local_addr().expect("a bound socket").port();
        let client = Arc::new(Mutex::new(None));
        let record = Arc::new(Record::default());
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let [other_near, other_far] = [&near, &far].map(|socket| socket.try_clone().expect("a socket"));
        let (known, kept) = (Arc::clone(&client), Arc::clone(&record));
        let up = std::thread::spawn(move || {
            pass_on(&near, &kept, Way::Up, |from, bytes| {
                *known.lock().expect("no panic") = Some(from);
                let _ = other_far.send_to(bytes, server);
            });
        });
        let kept = Arc::clone(&record);
        let down = std::thread::spawn(move || {
            pass_on(&far, &kept, Way::Down, |_, bytes| {
                if let Some(client) = *client.lock().expect("no panic") {
                    let _ = other_near.send_to(bytes, client);
                }
            });
        });
        Self { port: own_port, record, threads: vec![up, down] }
    }

    /// Where the client has to send to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The messages that have passed, in order; malformed ones are left out.
    pub fn messages(&self) -> Vec<(Way, Pdu)> {
        self.record.messages.lock().expect("no panic").clone()
    }

    /// Waits until what has passed is as `wanted` says.
    ///
    /// # Panics
    /// When it is not within `limit`.
    pub fn wait_until(&self, limit: Duration, wanted: impl Fn(&[(Way, Pdu)]) -> bool) {
        let messages = self.record.messages.lock().expect("no panic");
        let waits = |messages: &mut Vec<_>| !wanted(messages);
        let (messages, waited) =
            self.record.grown.wait_timeout_while(messages, limit, waits).expect("no panic");
        assert!(!waited.timed_out(), "that did not come; passed have: {messages:#?}");
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.record.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn pass_on(socket: &UdpSocket, record: &Record, way: Way, mut send: impl FnMut(SocketAddr, &[u8])) {
    let mut buffer = vec![0; 65_536];
    while !record.is_over.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        if let Ok(message) = Pdu::decode_udp(&buffer[..length]) {
            record.messages.lock().expect("no panic").push((way, message));
            record.grown.notify_all();
        }
        send(from, &buffer[..length]);
    }
}

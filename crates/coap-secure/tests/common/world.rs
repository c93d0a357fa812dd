//! Clients, a server and the line between them, in virtual time.
use super::{answer, line, outputs, reads, server::Server};
use coap_secure::{
    Answer, Channel, Event, Failure, PskClient, Question, QuestionId,
    dtls::{Dtls, ListenerSettings, ServerCredentials},
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// How bad the line is. Chances are in percent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line {
    pub loss: u8,
    pub duplicates: u8,
    /// A byte is another one when it arrives.
    pub corruption: u8,
    /// Up to this much longer on the way than the usual 10 ms.
    pub jitter: Duration,
}

pub struct Client {
    pub address: SocketAddr,
    pub channel: Dtls,
    pub answer: fn(&Question) -> Answer,
    /// It answers when it is told to.
    pub thinks: bool,
    open: Option<QuestionId>,
    pub log: Vec<String>,
    pub received: Vec<Vec<u8>>,
}

pub struct World {
    pub start: Instant,
    pub now: Instant,
    pub rng: fastrand::Rng,
    pub line: Line,
    pub server: Server,
    pub clients: Vec<Client>,
    under_way: BTreeMap<(Instant, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    serial: u64,
    standing: u32,
    /// Every datagram that was sent: from, to, bytes.
    pub sent: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
}

pub fn server_address() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5684))
}

impl World {
    pub fn new(seed: u64, credentials: ServerCredentials) -> Self {
        let now = Instant::now();
        Self {
            start: now,
            now,
            rng: fastrand::Rng::with_seed(seed),
            line: Line::default(),
            server: Server::new(now, credentials),
            clients: Vec::new(),
            under_way: BTreeMap::new(),
            serial: 0,
            standing: 0,
            sent: Vec::new(),
        }
    }

    /// A client at port 1000, 1001 ...
    pub fn client(&mut self, make: impl FnOnce(Instant) -> Result<Dtls, Failure>) -> usize {
        let port = 1000 + self.clients.len() as u16;
        self.client_at(SocketAddr::from(([198, 51, 100, 7], port)), make)
    }

    pub fn client_at(
        &mut self,
        address: SocketAddr,
        make: impl FnOnce(Instant) -> Result<Dtls, Failure>,
    ) -> usize {
        let channel = make(self.now).unwrap();
        self.clients.push(Client {
            address,
            channel,
            answer,
            thinks: false,
            open: None,
            log: Vec::new(),
            received: Vec::new(),
        });
        self.clients.len() - 1
    }

    pub fn psk(&mut self, psk: &Arc<PskClient>) -> usize {
        self.client(|now| Dtls::psk_client(psk.clone(), now))
    }

    /// A datagram appears at `to`, whoever has sent it.
    pub fn inject(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.serial += 1;
        self.under_way.insert((self.now, self.serial), (from, to, bytes));
    }

    fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        self.sent.push((from, to, bytes.clone()));
        let copies = 1 + usize::from(self.rng.u8(0..100) < self.line.duplicates);
        for _ in 0..copies {
            if self.rng.u8(0..100) < self.line.loss {
                continue;
            }
            let mut bytes = bytes.clone();
            if self.rng.u8(0..100) < self.line.corruption {
                let place = self.rng.usize(0..bytes.len());
                bytes[place] ^= self.rng.u8(1..);
            }
            let jitter = self.line.jitter.mul_f64(self.rng.f64());
            self.serial += 1;
            let at = self.now + Duration::from_millis(10) + jitter;
            self.under_way.insert((at, self.serial), (from, to, bytes));
        }
    }

    fn collect(&mut self) {
        for (to, bytes) in std::mem::take(&mut self.server.out) {
            self.send(server_address(), to, bytes);
        }
        for place in 0..self.clients.len() {
            let (now, client) = (self.now, &mut self.clients[place]);
            while let Some(event) = client.channel.event() {
                client.log.push(line(&event));
                if let Event::Ask(id, question) = &event {
                    if client.thinks {
                        client.open = Some(*id);
                        continue;
                    }
                    client.channel.answer(now, *id, (client.answer)(question));
                }
            }
            client.received.extend(reads(&mut client.channel));
            let from = client.address;
            for datagram in outputs(&mut client.channel) {
                self.send(from, server_address(), datagram);
            }
        }
    }

    /// A server with or without DTLS 1.3.
    pub fn set_dtls13(&mut self, dtls13: bool) {
        let settings = ListenerSettings { dtls13, ..ListenerSettings::default() };
        self.server = Server::with(self.now, self.server.default.clone(), settings);
    }

    pub fn speak_up(&mut self, client: usize, answer: Answer) {
        let client = &mut self.clients[client];
        client.channel.answer(self.now, client.open.unwrap(), answer);
    }

    pub fn lose_what_is_under_way(&mut self) {
        self.under_way.clear();
    }

    /// Lets time pass, until `end`.
    pub fn run_until(&mut self, end: Instant) {
        self.collect();
        loop {
            let arrival = self.under_way.keys().next().map(|(at, _)| *at);
            let clients = self.clients.iter().filter_map(|client| client.channel.deadline());
            let next = clients.chain(self.server.deadline()).chain(arrival).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = self.now.max(end);
                return;
            };
            let stands_still = next <= self.now;
            self.now = self.now.max(next);
            self.step();
            self.standing = if stands_still { self.standing + 1 } else { 0 };
            assert!(self.standing < 1000, "a deadline does not move");
            self.collect();
        }
    }

    fn step(&mut self) {
        while let Some(entry) = self.under_way.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let (from, to, bytes) = entry.remove();
            if to == server_address() {
                self.server.input(self.now, from, &bytes);
            } else if let Some(client) = self.clients.iter_mut().rev().find(|client| client.address == to) {
                client.channel.input(self.now, &bytes);
            }
            self.collect();
        }
        self.server.timeout(self.now);
        for client in &mut self.clients {
            if client.channel.deadline().is_some_and(|deadline| deadline <= self.now) {
                client.channel.timeout(self.now);
            }
        }
    }

    pub fn run_for(&mut self, seconds: u64) {
        self.run_until(self.now + Duration::from_secs(seconds));
    }

    pub fn write(&mut self, client: usize, data: &[u8]) {
        self.clients[client].channel.write(self.now, data).unwrap();
    }

    /// What the client's application heard.
    pub fn story(&self, client: usize) -> Vec<&str> {
        self.clients[client].log.iter().map(String::as_str).collect()
    }

    /// What the server's application heard of the client.
    pub fn server_story(&self, client: usize) -> Vec<&str> {
        self.server.story(self.clients[client].address.port())
    }

    /// The client asks, the server echoes.
    pub fn echoes(&mut self, client: usize, data: &[u8]) -> bool {
        self.clients[client].received.clear();
        self.write(client, data);
        self.run_for(1);
        self.clients[client].received == [data]
    }
}

//! A server of DTLS, as floor 4 would be one: a listener, and channels by address. It echoes what it is told.
use super::{answer, line, outputs, reads};
use coap_secure::{
    Answer, Channel, Event, Question, QuestionId, Secret,
    dtls::{Dtls, Hello, Listener, ListenerSettings, Peer, Refusal, Screened, ServerCredentials},
};
use std::{
    collections::HashMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

pub struct Server {
    pub listener: Listener<()>,
    pub channels: HashMap<SocketAddr, Dtls>,
    pub credentials: fn(&Server, Option<&str>) -> Option<ServerCredentials>,
    pub default: ServerCredentials,
    /// The longest datagram of its handshakes.
    pub mtu: usize,
    pub answer: fn(&Question) -> Answer,
    /// What it says to what it is told.
    pub respond: fn(&[u8]) -> Vec<u8>,
    /// Questions wait for this long.
    pub thinks: Duration,
    thoughts: Vec<(Instant, SocketAddr, QuestionId, Answer)>,
    /// What happened, with the peer's port.
    pub log: Vec<(u16, String)>,
    pub received: Vec<(u16, Vec<u8>)>,
    pub out: Vec<(SocketAddr, Vec<u8>)>,
}

impl Server {
    pub fn new(now: Instant, credentials: ServerCredentials) -> Self {
        Self::with(now, credentials, ListenerSettings::default())
    }

    pub fn with(now: Instant, credentials: ServerCredentials, settings: ListenerSettings) -> Self {
        Self {
            listener: Listener::new(settings, now, Secret::new(vec![42; 32])),
            channels: HashMap::new(),
            credentials: |this, _| Some(this.default.clone()),
            default: credentials,
            mtu: usize::MAX,
            answer,
            respond: <[u8]>::to_vec,
            thinks: Duration::ZERO,
            thoughts: Vec::new(),
            log: Vec::new(),
            received: Vec::new(),
            out: Vec::new(),
        }
    }

    pub fn input(&mut self, now: Instant, peer: SocketAddr, datagram: &[u8]) {
        let mut reply = Vec::new();
        let channel = self.channels.get(&peer);
        let at = Peer { socket: (), address: peer };
        match self.listener.screen(now, at, datagram, channel, &mut reply) {
            Screened::Drop => {}
            Screened::Reply => self.out.push((peer, reply)),
            Screened::Pass => {
                if let Some(channel) = self.channels.get_mut(&peer) {
                    channel.input(now, datagram);
                    self.follow(now, peer);
                }
            }
            Screened::Hello(hello) => self.admit(now, hello),
        }
    }

    fn admit(&mut self, now: Instant, hello: Hello<()>) {
        let (peer, mut reply) = (hello.peer().address, Vec::new());
        let Some(credentials) = (self.credentials)(self, hello.name()) else {
            self.log.push((peer.port(), format!("no server {}", hello.name().unwrap_or("-"))));
            self.listener.refuse(now, hello, coap_secure::Alert::UNRECOGNIZED_NAME, &mut reply);
            return self.reply(peer, reply);
        };
        match self.listener.admit(now, hello, &credentials, self.mtu, &mut reply) {
            Ok(admission) => {
                if let Some(Peer { address: leaving, .. }) = admission.gives_way
                    && !self.channels.get_mut(&leaving).is_some_and(Dtls::give_way)
                {
                    self.channels.remove(&leaving);
                    self.log.push((leaving.port(), "gave way".into()));
                }
                match self.channels.get_mut(&peer) {
                    Some(channel) => {
                        if let Some(seat) = channel.renew(admission.channel) {
                            self.listener.leave(seat);
                        }
                    }
                    None => drop(self.channels.insert(peer, admission.channel)),
                }
                self.follow(now, peer);
            }
            Err(Refusal::Unproven) => self.out.push((peer, reply)),
            Err(Refusal::Busy) => self.log.push((peer.port(), "busy".into())),
            Err(Refusal::Failed(failure)) => {
                self.log.push((peer.port(), format!("refused {:?} {:?}", failure.kind, failure.alert)));
                self.reply(peer, reply);
            }
        }
    }

    fn reply(&mut self, peer: SocketAddr, reply: Vec<u8>) {
        if !reply.is_empty() {
            self.out.push((peer, reply));
        }
    }

    /// Takes everything out of a channel, and drops it when it is over.
    fn follow(&mut self, now: Instant, peer: SocketAddr) {
        let Some(channel) = self.channels.get_mut(&peer) else {
            return;
        };
        while let Some(event) = channel.event() {
            self.log.push((peer.port(), line(&event)));
            if let Event::Ask(id, question) = &event {
                let answer = (self.answer)(question);
                if self.thinks.is_zero() {
                    channel.answer(now, *id, answer);
                } else {
                    self.thoughts.push((now + self.thinks, peer, *id, answer));
                }
            }
        }
        for data in reads(channel) {
            channel.write(now, &(self.respond)(&data)).unwrap();
            self.received.push((peer.port(), data));
        }
        self.out.extend(outputs(channel).into_iter().map(|datagram| (peer, datagram)));
        self.listener.settle(channel);
        if channel.is_over() {
            self.channels.remove(&peer);
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        let channels = self.channels.values().filter_map(|channel| channel.deadline());
        channels.chain(self.thoughts.iter().map(|(at, ..)| *at)).min()
    }

    pub fn timeout(&mut self, now: Instant) {
        let (due, later) = std::mem::take(&mut self.thoughts).into_iter().partition(|(at, ..)| *at <= now);
        self.thoughts = later;
        let due: Vec<(Instant, SocketAddr, QuestionId, Answer)> = due;
        for (_, peer, id, answer) in due {
            if let Some(channel) = self.channels.get_mut(&peer) {
                channel.answer(now, id, answer);
                self.follow(now, peer);
            }
        }
        let due: Vec<_> =
            self.channels.iter().filter(|(_, channel)| channel.deadline() <= Some(now)).collect();
        let due: Vec<_> = due.into_iter().map(|(peer, _)| *peer).collect();
        for peer in due {
            if let Some(channel) = self.channels.get_mut(&peer) {
                channel.timeout(now);
                self.follow(now, peer);
            }
        }
    }

    pub fn story(&self, port: u16) -> Vec<&str> {
        self.log.iter().filter(|(of, _)| *of == port).map(|(_, line)| line.as_str()).collect()
    }
}

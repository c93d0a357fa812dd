//! The exit: from the target that a tunnel asks for to a connection.
use super::{
    Daemon,
    datagrams::TargetSocket,
    locals::Place,
    lookups::{Answer, Asker},
    services,
    sockets::{Socket, SocketId},
    streams::Stream,
    timers::Timer,
};
use crate::{
    model::{Target, Transport},
    protocol::TunnelId,
    sealed::open_target,
    target::HostPort,
};
use coap_proto::wire::Code;
use mio::net::TcpStream;
use std::{
    collections::{HashMap, VecDeque},
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    time::Instant,
};

/// A target that is not reached yet.
#[derive(Debug)]
struct Sought {
    transport: Transport,
    target: HostPort,
    /// Not tried yet.
    addresses: VecDeque<SocketAddr>,
    /// What is being connected.
    socket: Option<SocketId>,
    /// Why the last attempt has failed.
    error: Option<io::Error>,
}

/// Targets that are not reached yet.
#[derive(Debug, Default)]
pub(super) struct Targets(HashMap<TunnelId, Sought>);

/// Why a target is not reached: code for the entry, and what it is told.
type Refusal = (Code, String);

impl Daemon {
    /// Looks for the target of a tunnel that ends here.
    pub(super) fn seek_target(
        &mut self,
        now: Instant,
        tunnel: TunnelId,
        transport: Transport,
        target: &Target,
    ) {
        let sought = match target {
            Target::Service(number) => return self.serve(now, tunnel, *number),
            Target::Plain { host, port } => Ok(HostPort { host: host.clone(), port: *port }),
            Target::Sealed(sealed) => open_target(&self.config.node.identity, sealed)
                .map_err(|error| (Code::BAD_REQUEST, format!("the sealed target: {error}"))),
        };
        let begun = sought.and_then(|target| self.begin(now, tunnel, transport, target));
        if let Err((code, text)) = begun {
            self.core.target_failed(now, tunnel, code, &text);
        }
    }

    fn serve(&mut self, now: Instant, tunnel: TunnelId, number: u32) {
        if number == services::ECHO && self.config.exit.services.contains(&number) {
            self.locals.insert(tunnel, Place::Echo, format!("service {number}"), None);
            self.core.connected(now, tunnel);
        } else {
            self.locals.insert(tunnel, Place::Sought, format!("service {number}"), None);
            self.core.target_failed(now, tunnel, Code::NOT_FOUND, "there is no such service");
        }
    }

    fn begin(
        &mut self,
        now: Instant,
        tunnel: TunnelId,
        transport: Transport,
        target: HostPort,
    ) -> Result<(), Refusal> {
        // Also what is refused: the log says what it was.
        self.locals.insert(tunnel, Place::Sought, target.to_string(), None);
        let forbidden = || (Code::FORBIDDEN, "the target is not allowed".to_owned());
        if !self.config.exit.allow.may_allow(&target) {
            return Err(forbidden());
        }
        let mut addresses = VecDeque::new();
        match target.host.parse::<IpAddr>() {
            Ok(address) => addresses.push_back(SocketAddr::new(address, target.port)),
            Err(_) if !self.lookups.ask(Asker::Target(tunnel), &target.host, target.port) => {
                return Err((Code::BAD_GATEWAY, "too many names are being looked up".to_owned()));
            }
            Err(_) => {}
        }
        let is_known = !addresses.is_empty();
        let sought = Sought { transport, target, addresses, socket: None, error: None };
        self.targets.0.insert(tunnel, sought);
        self.timers.set(now + self.config.exit.connect_timeout, Timer::Target(tunnel));
        if is_known {
            self.try_target(now, tunnel);
        }
        Ok(())
    }

    /// The name of a target was looked up.
    pub(super) fn target_found(&mut self, now: Instant, tunnel: TunnelId, answer: Answer) {
        let Some(sought) = self.targets.0.get_mut(&tunnel) else { return };
        let allow = &self.config.exit.allow;
        let refusal = match answer.found {
            Err(reason) => {
                // Nodes on the way see the answer, and the reason names what may have been sealed.
                log::warn!(tunnel:? = tunnel, reason:% = reason; "a target's name was not found");
                (Code::BAD_GATEWAY, "the target's name is unknown".to_owned())
            }
            Ok(mut found) => {
                found.retain(|address| allow.allows(&sought.target, address.ip()));
                if !found.is_empty() {
                    sought.addresses = found;
                    return self.try_target(now, tunnel);
                }
                (Code::FORBIDDEN, "the target is not allowed".to_owned())
            }
        };
        self.give_target_up(now, tunnel, refusal);
    }

    /// Tries the next address.
    fn try_target(&mut self, now: Instant, tunnel: TunnelId) {
        while let Some(sought) = self.targets.0.get_mut(&tunnel) {
            let Some(address) = sought.addresses.pop_front() else {
                let refusal = refusal(sought.error.take());
                return self.give_target_up(now, tunnel, refusal);
            };
            let opened = match sought.transport {
                Transport::Tcp => TcpStream::connect(address)
                    .map(|stream| Socket::Stream(Stream::new(stream, tunnel, true))),
                Transport::Udp => TargetSocket::connect(tunnel, address).map(Socket::Target),
            };
            match opened.and_then(|socket| self.sockets.insert(socket)) {
                Ok(id) if sought.transport == Transport::Tcp => {
                    sought.socket = Some(id);
                    return;
                }
                Ok(id) => {
                    self.targets.0.remove(&tunnel);
                    self.locals.move_to(tunnel, Place::Socket(id));
                    return self.core.connected(now, tunnel);
                }
                Err(error) => sought.error = Some(error),
            }
        }
    }

    /// A connection to a target is there, or has failed.
    pub(super) fn target_answered(&mut self, now: Instant, id: SocketId) {
        let Some((Socket::Stream(stream), _)) = self.sockets.get_mut(id) else { return };
        let tunnel = stream.tunnel;
        let outcome = match stream.socket.take_error() {
            Ok(Some(error)) | Err(error) => Err(error),
            Ok(None) => stream.socket.peer_addr().map(drop),
        };
        match outcome {
            Ok(()) => {
                stream.is_connecting = false;
                self.targets.0.remove(&tunnel);
                self.locals.move_to(tunnel, Place::Stream(id));
                self.sockets.list(id);
                self.core.connected(now, tunnel);
            }
            // A report from before: it is still connecting.
            Err(error) if error.kind() == ErrorKind::NotConnected => {}
            Err(error) => {
                self.sockets.remove(id);
                if let Some(sought) = self.targets.0.get_mut(&tunnel) {
                    (sought.socket, sought.error) = (None, Some(error));
                    self.try_target(now, tunnel);
                }
            }
        }
    }

    /// The time for reaching a target is over.
    pub(super) fn target_timed_out(&mut self, now: Instant, tunnel: TunnelId) {
        let refusal = (Code::GATEWAY_TIMEOUT, "the target does not answer".to_owned());
        self.give_target_up(now, tunnel, refusal);
    }

    fn give_target_up(&mut self, now: Instant, tunnel: TunnelId, (code, text): Refusal) {
        if self.targets.0.contains_key(&tunnel) {
            self.forget_target(tunnel);
            self.core.target_failed(now, tunnel, code, &text);
        }
    }

    /// Nobody wants it any more.
    pub(super) fn forget_target(&mut self, tunnel: TunnelId) {
        if let Some(Sought { socket: Some(socket), .. }) = self.targets.0.remove(&tunnel) {
            self.sockets.remove(socket);
        }
    }
}

fn refusal(error: Option<io::Error>) -> Refusal {
    let Some(error) = error else { return (Code::BAD_GATEWAY, "the target has no address".to_owned()) };
    let code = match error.kind() {
        ErrorKind::TimedOut => Code::GATEWAY_TIMEOUT,
        _ => Code::BAD_GATEWAY,
    };
    (code, format!("the target: {error}"))
}

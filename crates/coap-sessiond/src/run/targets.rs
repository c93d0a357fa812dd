//! The exit: from the target that a tunnel asks for to a connection.
use super::{
    Daemon,
    datagrams::TargetSocket,
    locals::Place,
    lookups::{Asker, Found, with_port},
    services,
    sockets::{Socket, SocketId},
    streams::Stream,
    timers::Timer,
};
use crate::{
    model::{Ends, Target, Transport},
    protocol::TunnelId,
    sealed::open_target,
    target::HostPort,
};
use coap_net::resolver::Ticket;
use coap_proto::wire::Code;
use mio::net::TcpStream;
use nix::errno::Errno;
use std::{
    collections::{HashMap, VecDeque},
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

/// Targets that are looked for at a time, and connections to one target that are being made: who does not answer, or
/// whose name is not found, does not hold up others for long.
const SOUGHT: usize = 1024;
const SOUGHT_EACH: usize = 256;
/// An address of a target has at least so long to answer, where there are more of them.
const SHORTEST: Duration = Duration::from_secs(1);

/// A target that is not reached yet.
#[derive(Debug)]
struct Sought {
    transport: Transport,
    target: HostPort,
    /// Not tried yet.
    addresses: VecDeque<SocketAddr>,
    /// What is being connected.
    socket: Option<SocketId>,
    /// Waits for addresses.
    question: Option<Ticket>,
    /// When somebody is to look after it.
    timer: Instant,
    /// Until when it may take.
    until: Instant,
    /// Why the last attempt has failed.
    error: Option<io::Error>,
}

/// Targets that are not reached yet.
#[derive(Debug, Default)]
pub(super) struct Targets {
    sought: HashMap<TunnelId, Sought>,
    /// How often each of them is sought.
    counts: HashMap<HostPort, usize>,
}

impl Targets {
    /// Whether one more may be looked for.
    fn has_room(&self, target: &HostPort) -> bool {
        self.sought.len() < SOUGHT && self.counts.get(target).is_none_or(|count| *count < SOUGHT_EACH)
    }

    fn insert(&mut self, tunnel: TunnelId, sought: Sought) {
        *self.counts.entry(sought.target.clone()).or_default() += 1;
        self.sought.insert(tunnel, sought);
    }

    fn remove(&mut self, tunnel: TunnelId) -> Option<Sought> {
        let sought = self.sought.remove(&tunnel)?;
        if let Some(count) = self.counts.get_mut(&sought.target) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&sought.target);
            }
        }
        Some(sought)
    }
}

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
            self.locals.insert(tunnel, Place::Echo, Ends::Target(format!("service {number}").into()), None);
            self.core.connected(now, tunnel);
        } else {
            self.locals.insert(tunnel, Place::Sought, Ends::Target(format!("service {number}").into()), None);
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
        self.locals.insert(tunnel, Place::Sought, Ends::Target(target.to_string().into()), None);
        let forbidden = || (Code::FORBIDDEN, "the target is not allowed".to_owned());
        if !self.config.exit.allow.may_allow(&target) {
            return Err(forbidden());
        }
        if !self.targets.has_room(&target) {
            return Err((Code::SERVICE_UNAVAILABLE, "too many connections are being made".to_owned()));
        }
        let until = now + self.config.exit.connect_timeout;
        let (mut addresses, mut question) = (VecDeque::new(), None);
        if let Ok(address) = target.host.parse::<IpAddr>() {
            addresses.push_back(SocketAddr::new(address, target.port));
        } else {
            question = self.look_up(Asker::Target(tunnel), &target.host);
            if question.is_none() {
                return Err((Code::SERVICE_UNAVAILABLE, "too many names are being looked up".to_owned()));
            }
        }
        let sought =
            Sought { transport, target, addresses, socket: None, question, timer: until, until, error: None };
        self.targets.insert(tunnel, sought);
        self.timers.set(until, Timer::Target(tunnel));
        if question.is_none() {
            self.try_target(now, tunnel);
        }
        Ok(())
    }

    /// The name of a target was looked up.
    pub(super) fn target_found(&mut self, now: Instant, tunnel: TunnelId, found: Found) {
        let Some(sought) = self.targets.sought.get_mut(&tunnel) else { return };
        sought.question = None;
        let allow = &self.config.exit.allow;
        let refusal = match found {
            Err(reason) => {
                // Nodes on the way see the answer, and the reason names what may have been sealed.
                log::warn!(tunnel:? = tunnel, reason:% = reason; "a target's name was not found");
                (Code::BAD_GATEWAY, "the target's name is unknown".to_owned())
            }
            Ok(mut found) => {
                found.retain(|address| allow.allows(&sought.target, address.ip()));
                if !found.is_empty() {
                    sought.addresses = with_port(found, sought.target.port);
                    return self.try_target(now, tunnel);
                }
                (Code::FORBIDDEN, "the target is not allowed".to_owned())
            }
        };
        self.give_target_up(now, tunnel, refusal);
    }

    /// Tries the next address.
    fn try_target(&mut self, now: Instant, tunnel: TunnelId) {
        while let Some(sought) = self.targets.sought.get_mut(&tunnel) {
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
                    let timer =
                        now + share(sought.until.saturating_duration_since(now), sought.addresses.len());
                    self.timers.cancel(sought.timer, Timer::Target(tunnel));
                    self.timers.set(timer, Timer::Target(tunnel));
                    sought.timer = timer;
                    return;
                }
                Ok(id) => {
                    self.target_reached(tunnel);
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
                self.target_reached(tunnel);
                self.locals.move_to(tunnel, Place::Stream(id));
                self.sockets.list(id);
                self.core.connected(now, tunnel);
            }
            // A report from before: it is still connecting.
            Err(error) if error.kind() == ErrorKind::NotConnected => {}
            Err(error) => {
                self.sockets.remove(id);
                if let Some(sought) = self.targets.sought.get_mut(&tunnel) {
                    (sought.socket, sought.error) = (None, Some(error));
                    self.try_target(now, tunnel);
                }
            }
        }
    }

    /// The time for an address of a target is over, or that for all of them.
    pub(super) fn target_timed_out(&mut self, now: Instant, tunnel: TunnelId) {
        let Some(sought) = self.targets.sought.get_mut(&tunnel) else { return };
        if now < sought.until
            && let Some(socket) = sought.socket.take()
        {
            sought.error = Some(ErrorKind::TimedOut.into());
            self.sockets.remove(socket);
            return self.try_target(now, tunnel);
        }
        let refusal = (Code::GATEWAY_TIMEOUT, "the target does not answer".to_owned());
        self.give_target_up(now, tunnel, refusal);
    }

    fn give_target_up(&mut self, now: Instant, tunnel: TunnelId, (code, text): Refusal) {
        if self.targets.sought.contains_key(&tunnel) {
            self.forget_target(tunnel);
            self.core.target_failed(now, tunnel, code, &text);
        }
    }

    /// Nobody wants it any more.
    pub(super) fn forget_target(&mut self, tunnel: TunnelId) {
        if let Some(Sought { socket: Some(socket), .. }) = self.target_reached(tunnel) {
            self.sockets.remove(socket);
        }
    }

    /// It is not sought any more.
    fn target_reached(&mut self, tunnel: TunnelId) -> Option<Sought> {
        let sought = self.targets.remove(tunnel)?;
        self.timers.cancel(sought.timer, Timer::Target(tunnel));
        if let Some(question) = sought.question {
            self.resolver.cancel(question);
        }
        Some(sought)
    }
}

/// How long an address has when so many others follow it and so much time is left: one that does not answer leaves
/// time for the others.
fn share(left: Duration, others: usize) -> Duration {
    let others = u32::try_from(others).unwrap_or(u32::MAX);
    (left / others.saturating_add(1)).max(SHORTEST).min(left)
}

/// Whether this node, and not the target, is why there is no connection: it has no descriptors, memory or ports left.
fn is_ours(error: &io::Error) -> bool {
    use Errno::{EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM};
    let number = error.raw_os_error().map(Errno::from_raw);
    matches!(number, Some(EADDRNOTAVAIL | EMFILE | ENFILE | ENOBUFS | ENOMEM))
}

fn refusal(error: Option<io::Error>) -> Refusal {
    let Some(error) = error else { return (Code::BAD_GATEWAY, "the target has no address".to_owned()) };
    if is_ours(&error) {
        log::warn!(error:%; "a target cannot be connected to now");
        return (Code::SERVICE_UNAVAILABLE, "the exit has no room for a connection".to_owned());
    }
    let code = match error.kind() {
        ErrorKind::TimedOut => Code::GATEWAY_TIMEOUT,
        _ => Code::BAD_GATEWAY,
    };
    (code, format!("the target: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_does_not_answer_leaves_time_for_the_others() {
        let seconds = Duration::from_secs;
        assert_eq!(share(seconds(10), 0), seconds(10));
        assert_eq!(share(seconds(10), 1), seconds(5));
        assert_eq!(share(seconds(10), 99), SHORTEST);
        assert_eq!(share(SHORTEST / 2, 3), SHORTEST / 2);
        assert_eq!(share(Duration::ZERO, 3), Duration::ZERO);
    }

    #[test]
    fn what_this_node_lacks_is_not_the_fault_of_the_target() {
        use Errno::{EADDRNOTAVAIL, ECONNREFUSED, EHOSTUNREACH, EMFILE, ENFILE, ENOBUFS, ENOMEM, ETIMEDOUT};
        for ours in [EADDRNOTAVAIL, EMFILE, ENFILE, ENOBUFS, ENOMEM] {
            let (code, text) = refusal(Some(ours.into()));
            assert_eq!(code, Code::SERVICE_UNAVAILABLE, "{ours}");
            assert!(!text.contains("target"), "{ours}: {text}");
        }
        for (theirs, expected) in [
            (ECONNREFUSED, Code::BAD_GATEWAY),
            (EHOSTUNREACH, Code::BAD_GATEWAY),
            (ETIMEDOUT, Code::GATEWAY_TIMEOUT),
        ] {
            assert_eq!(refusal(Some(theirs.into())).0, expected, "{theirs}");
        }
    }
}

//! What the REST interface asks for.
use super::{
    Daemon,
    listeners::{CreateReply, Kind, Listener},
    locals::Place,
    sockets::{Socket, SocketId},
};
use crate::{
    control::{Command, CreateError, Status},
    model::{self, Ends, ListenerFilter, ListenerRequest, Role, Transport, TunnelStatus},
    protocol::{Reason, TunnelId},
};
use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Instant,
};

/// Commands taken up a turn.
const TURN: usize = 64;

impl Daemon {
    /// Does what was asked for. Whether there may be more.
    pub(super) fn take_commands(&mut self, now: Instant) -> bool {
        for _ in 0..TURN {
            let Ok(command) = self.commands.try_recv() else { return false };
            match command {
                Command::Create(request, reply) => self.create(now, request, reply),
                Command::List(transport, reply) => reply(self.list(now, transport)),
                Command::Close(filter, reply) => reply(self.close_listeners(now, filter)),
                Command::Status(reply) => reply(self.status(now)),
                Command::Ready(reply) => reply(self.is_ready()),
            }
        }
        true
    }

    fn create(&mut self, now: Instant, request: ListenerRequest, reply: CreateReply) {
        // Without an answer the asker is told that the node does not work any more.
        if !self.is_ready() {
            return;
        }
        let id = match self.open_listener(request) {
            Ok(id) => id,
            Err(error) => return reply(Err(error)),
        };
        let Some(listener) = self.sockets.listener(id) else { return };
        let request = &listener.request;
        log::info!(
            listen:% = request.listen, transport:% = request.transport, destination:% = request.destination;
            "a listener was opened"
        );
        let at = listener.request.listen;
        let Kind::Udp(entry) = &mut listener.kind else {
            let listener = shown(listener, Vec::new());
            return reply(Ok(listener));
        };
        entry.reply = Some(reply);
        match self.open_tunnel(now, id, at) {
            Some(tunnel) => {
                self.locals.insert(tunnel, Place::Peer { listener: id, peer: None }, Ends::Nothing, Some(id));
                if let Some(Listener { kind: Kind::Udp(entry), .. }) = self.sockets.listener(id) {
                    entry.spare = Some(tunnel);
                }
            }
            None => self.first_tunnel_failed(now, id, "there are too many tunnels"),
        }
    }

    fn open_listener(&mut self, mut request: ListenerRequest) -> Result<SocketId, CreateError> {
        self.routes.path(&request, &self.config.peers).map_err(CreateError::NoPath)?;
        if self.sockets.listeners().count() >= self.config.limits.listeners {
            return Err(CreateError::Bind(io::Error::other("there are too many listeners")));
        }
        let range = self.config.api.as_ref().and_then(|api| api.port_range.clone());
        let bound = match range.filter(|_| request.listen.port() == 0) {
            None => Listener::bind(request),
            Some(range) => {
                let mut bound = Err(io::Error::other("no port of the range is free"));
                for port in range {
                    request.listen.set_port(port);
                    bound = Listener::bind(request.clone());
                    let goes_on = |error: &io::Error| {
                        matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
                    };
                    if !bound.as_ref().is_err_and(goes_on) {
                        break;
                    }
                }
                bound.map_err(|error| match error.kind() {
                    ErrorKind::AddrInUse => io::Error::other("no port of the range is free"),
                    _ => error,
                })
            }
        };
        let bound = bound.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => CreateError::InUse,
            _ => CreateError::Bind(error),
        })?;
        self.sockets.insert(Socket::Listener(Box::new(bound))).map_err(CreateError::Bind)
    }

    /// The first tunnel of a UDP listener is open.
    pub(super) fn first_tunnel_opened(&mut self, now: Instant, id: SocketId) {
        let Some(listener) = self.sockets.listener(id) else { return };
        let Kind::Udp(entry) = &mut listener.kind else { return };
        if let Some(reply) = entry.reply.take() {
            let tunnels = listener.tunnels.iter().copied().collect();
            let listener = shown(listener, Vec::new());
            let tunnels = self.statuses(now, tunnels);
            reply(Ok(model::Listener { tunnels, ..listener }));
        }
    }

    /// The first tunnel of a UDP listener cannot be opened: nor is the listener.
    pub(super) fn first_tunnel_failed(&mut self, now: Instant, id: SocketId, why: &str) {
        let Some(listener) = self.sockets.listener(id) else { return };
        let Kind::Udp(entry) = &mut listener.kind else { return };
        if let Some(reply) = entry.reply.take() {
            self.close_listener(now, id);
            reply(Err(CreateError::NotEstablished(why.to_owned())));
        }
    }

    fn list(&self, now: Instant, transport: Transport) -> Vec<model::Listener> {
        let listed = self.sockets.listeners().filter(|(_, listener)| {
            let is_waiting = matches!(&listener.kind, Kind::Udp(entry) if entry.reply.is_some());
            listener.request.transport == transport && !is_waiting
        });
        listed
            .map(|(_, listener)| {
                shown(listener, self.statuses(now, listener.tunnels.iter().copied().collect()))
            })
            .collect()
    }

    fn close_listeners(&mut self, now: Instant, filter: ListenerFilter) -> usize {
        let is_meant =
            |at: SocketAddr| at.ip() == filter.ip && (filter.port == 0 || at.port() == filter.port);
        let meant = self.sockets.listeners().filter(|(_, listener)| {
            listener.request.transport == filter.transport && is_meant(listener.request.listen)
        });
        let ids: Vec<_> = meant.map(|(id, _)| id).collect();
        for id in &ids {
            self.close_listener(now, *id);
        }
        ids.len()
    }

    /// Closes a listener and ends its tunnels at both ends.
    pub(super) fn close_listener(&mut self, now: Instant, id: SocketId) {
        let Some(Socket::Listener(listener)) = self.sockets.remove(id) else { return };
        let request = &listener.request;
        log::info!(listen:% = request.listen, transport:% = request.transport; "a listener was closed");
        for tunnel in &listener.tunnels {
            self.core.close(now, *tunnel, Reason::Closed, "");
        }
        if let Kind::Udp(entry) = listener.kind
            && let Some(reply) = entry.reply
        {
            reply(Err(CreateError::NotEstablished("the listener was closed".to_owned())));
        }
    }

    fn statuses(&self, now: Instant, tunnels: Vec<TunnelId>) -> Vec<TunnelStatus> {
        tunnels.into_iter().filter_map(|tunnel| self.tunnel_status(now, tunnel)).collect()
    }

    fn tunnel_status(&self, now: Instant, tunnel: TunnelId) -> Option<TunnelStatus> {
        let status = self.core.status(now, tunnel)?;
        let ends = match status.role {
            Role::Relay => Ends::Nodes(self.core.neighbours(tunnel)),
            Role::Entry | Role::Exit => self.locals.ends(tunnel).clone(),
        };
        Some(TunnelStatus { ends, ..status })
    }

    fn status(&self, now: Instant) -> Status {
        let count = |transport| {
            self.sockets.listeners().filter(|(_, listener)| listener.request.transport == transport).count()
        };
        let counters = self.core.counters();
        Status {
            tunnels: self.statuses(now, self.core.tunnels().collect()),
            listeners: (count(Transport::Tcp), count(Transport::Udp)),
            links: self.core.link_count(),
            established: counters.established,
            initiated: counters.initiated,
            accepted: counters.accepted,
            refused: counters.refused.iter().map(|(code, count)| (code.to_string(), *count)).collect(),
            aborted: counters.aborted.iter().map(|(reason, count)| (reason.to_string(), *count)).collect(),
            dropped: counters.dropped + self.dropped,
            bytes: counters.bytes,
            held: self.core.held(),
        }
    }
}

/// A listener as the REST interface shows it.
fn shown(listener: &Listener, tunnels: Vec<TunnelStatus>) -> model::Listener {
    model::Listener { request: listener.request.clone(), tunnels }
}

//! One turn of the loop: bounded work, progress on every socket.
use super::{
    Daemon, NODE, SIGNALS, WAKER,
    locals::Place,
    sockets::{Readiness, Socket, SocketId},
    streams::Pumped,
    timers::Timer,
};
use crate::model::Ends;
use crate::protocol::{Action, End, Ending, Reason, TunnelId};
use coap_net::Operation;
use mio::Events;
use std::{
    io,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// Sockets that are served a turn; the others are in the next one.
const SOCKETS: usize = 256;
/// How long other nodes have to hear that this one stops.
const FAREWELL: Duration = Duration::from_secs(2);

impl Daemon {
    /// Works until it is stopped.
    ///
    /// # Errors
    /// The system's, if it cannot wait; not a matter of the network.
    pub fn run(mut self) -> io::Result<()> {
        while !self.is_over() {
            self.wait()?;
            self.turn(Instant::now())?;
        }
        let now = Instant::now();
        self.node.engine.shut_down(now);
        while let Some(event) = self.node.engine.poll_event() {
            if let coap_proto::engine::Event::Closed { session } = event {
                self.node.forget(session);
            }
        }
        self.node.flush(now);
        Ok(())
    }

    /// Whether it has stopped, and everybody was told, or has had the time to hear it.
    fn is_over(&self) -> bool {
        let Some(since) = self.stopping else { return false };
        self.core.is_idle() && !self.node.engine.pending() || since.elapsed() >= FAREWELL
    }

    fn wait(&mut self) -> io::Result<()> {
        let now = Instant::now();
        let stop = self.stopping.map(|since| since + FAREWELL);
        let deadlines = [self.core.poll_timeout(), self.timers.next_at(), stop];
        let is_busy = self.is_busy || self.sockets.ready() > 0;
        let until = if is_busy { Some(now) } else { deadlines.into_iter().flatten().min() };
        let timeout = until.map(|until| until.saturating_duration_since(now));
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.events.clear(),
            result => result?,
        }
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            let ends = event.is_error() || event.is_read_closed();
            match event.token() {
                NODE => self.node_is_ready = true,
                SIGNALS => self.look_for_signals(),
                WAKER => {}
                token => {
                    let (readable, writable) = (event.is_readable() || ends, event.is_writable() || ends);
                    let failed = event.is_error();
                    self.sockets.report(token, Readiness { readable, writable, failed });
                }
            }
        }
        self.events = events;
        Ok(())
    }

    fn look_for_signals(&mut self) {
        if self.signals.as_ref().is_some_and(super::StopSignals::came) {
            self.stopper.asked.store(true, Ordering::Release);
        }
    }

    fn turn(&mut self, now: Instant) -> io::Result<()> {
        if self.stopping.is_none() && self.stopper.asked.load(Ordering::Acquire) {
            self.begin_stopping(now);
        }
        self.is_busy = self.take_commands(now);
        if std::mem::take(&mut self.node_is_ready) {
            // More may be ready than was taken up, and that is not told again.
            self.node_is_ready =
                self.node.run_once(Some(Duration::ZERO))?.received > 0 || self.node.has_work();
            self.is_busy |= self.node_is_ready;
        }
        self.take_events(now);
        self.take_answers(now);
        self.handle_timers(now);
        self.act(now);
        for _ in 0..self.sockets.ready().min(SOCKETS) {
            let Some(id) = self.sockets.next_ready() else { break };
            self.serve_socket(now, id);
        }
        self.act(now);
        self.node.flush(now);
        if self.node.engine.has_events() {
            self.take_events(now);
            self.act(now);
            self.node.flush(now);
            self.is_busy |= self.node.engine.has_events();
        }
        Ok(())
    }

    /// What happened in the engine and at its sockets.
    fn take_events(&mut self, now: Instant) {
        while let Some(notice) = self.node.poll_notice() {
            let Some(session) = notice.session else { continue };
            match notice.operation {
                Operation::Connect => self.note_session_trouble(session, &notice.error.to_string()),
                _ if notice.error.kind() == io::ErrorKind::ConnectionRefused => self.refused(now, session),
                _ => {}
            }
        }
        while let Some(event) = self.node.engine.poll_event() {
            self.take_event(now, event);
        }
        self.answer_questions(now);
    }

    pub(super) fn handle_timers(&mut self, now: Instant) {
        if self.core.poll_timeout().is_some_and(|at| at <= now) {
            self.core.handle_timeout(now);
        }
        while let Some(timer) = self.timers.pop(now) {
            match timer {
                Timer::Target(tunnel) => self.target_timed_out(now, tunnel),
                Timer::Session(session) => self.session_timed_out(now, session),
                Timer::Retry(socket) => self.sockets.list(socket),
            }
        }
    }

    /// Does what the core asks for.
    fn act(&mut self, now: Instant) {
        while let Some(action) = self.core.poll() {
            match action {
                Action::WantLink { peer } => self.want_link(now, peer),
                Action::Send { link, message, request, payload } => {
                    self.send(now, link, message, request, &payload);
                }
                Action::Answer { link, ticket, reply } => self.answer(now, link, ticket, &reply),
                Action::ConnectTarget { tunnel, transport, target, .. } => {
                    self.seek_target(now, tunnel, transport, &target);
                }
                Action::Opened { tunnel } => self.opened(now, tunnel),
                Action::Deliver { tunnel } => self.deliver(now, tunnel),
                Action::Resume { tunnel } => self.resume(now, tunnel),
                Action::Datagram { tunnel, bytes } => self.deliver_datagram(now, tunnel, &bytes),
                Action::Finish { tunnel } => self.finish(now, tunnel),
                Action::Ended { tunnel, role, ending } => self.ended(now, tunnel, role, &ending),
                Action::SetAckTimeout { link, ack_timeout } => self.set_ack_timeout(link, ack_timeout),
                Action::CloseLink { link } => self.close_link(now, link),
            }
        }
    }

    fn serve_socket(&mut self, now: Instant, id: SocketId) {
        let Some((socket, readiness)) = self.sockets.get_mut(id) else { return };
        let pumped = match socket {
            Socket::Listener(_) => match self.serve_listener(now, id) {
                true => Pumped::More,
                false => Pumped::Done,
            },
            Socket::Stream(stream) if stream.is_connecting => {
                self.target_answered(now, id);
                Pumped::Done
            }
            Socket::Stream(stream) => stream.pump(now, readiness, &mut self.core, &mut self.buffer),
            Socket::Target(target) => target.pump(now, readiness, &mut self.core, &mut self.buffer),
        };
        match pumped {
            Pumped::Done => {}
            Pumped::More => self.sockets.list(id),
            Pumped::Rest => self.rest(now, id),
        }
    }

    /// A tunnel has something for its local side.
    fn deliver(&mut self, now: Instant, tunnel: TunnelId) {
        match self.locals.place(tunnel) {
            Some(Place::Stream(socket) | Place::Socket(socket)) => self.sockets.list(socket),
            Some(Place::Peer { listener, peer: Some(_) }) => self.queue_for_peer(listener, tunnel),
            Some(Place::Echo) => self.core.send_back(now, tunnel),
            // It waits until there is a peer.
            Some(Place::Peer { peer: None, .. } | Place::Sought) | None => {}
        }
    }

    /// A tunnel has room again for what comes from its local side.
    fn resume(&mut self, now: Instant, tunnel: TunnelId) {
        match self.locals.place(tunnel) {
            Some(Place::Stream(socket) | Place::Socket(socket)) => self.sockets.list(socket),
            Some(Place::Echo) => self.core.send_back(now, tunnel),
            Some(Place::Peer { .. } | Place::Sought) | None => {}
        }
    }

    fn opened(&mut self, now: Instant, tunnel: TunnelId) {
        log::debug!(ends:% = self.locals.ends(tunnel); "a tunnel was opened");
        if let Some(Place::Peer { listener, .. }) = self.locals.place(tunnel) {
            self.first_tunnel_opened(now, listener);
        }
    }

    fn finish(&mut self, now: Instant, tunnel: TunnelId) {
        match self.locals.place(tunnel) {
            Some(Place::Stream(socket)) => {
                if let Some(Socket::Stream(stream)) = self.sockets.get(socket) {
                    stream.finish();
                }
            }
            Some(Place::Echo) => self.core.local_finished(now, tunnel),
            _ => {}
        }
    }

    fn ended(&mut self, now: Instant, tunnel: TunnelId, role: crate::model::Role, ending: &Ending) {
        self.forget_target(tunnel);
        let local = self.locals.remove(tunnel);
        let ends = local.as_ref().map_or(&Ends::Nothing, |local| &local.ends);
        let text = &*ending.text;
        match ending.end {
            End::Finished => log::debug!(ends:%, role:?; "a tunnel has finished"),
            End::Refused(code) => log::warn!(ends:%, role:?, code:%, text; "a tunnel was refused"),
            End::Aborted(Reason::Closed) => log::debug!(ends:%, role:?; "a tunnel was closed"),
            End::Aborted(reason) => log::info!(ends:%, role:?, reason:%, text; "a tunnel was aborted"),
        }
        let Some(local) = local else { return };
        let mut peer = None;
        match local.place {
            Place::Stream(socket) => match self.sockets.remove(socket) {
                Some(Socket::Stream(stream)) if ending.end != End::Finished => stream.reset(),
                _ => {}
            },
            Place::Socket(socket) => drop(self.sockets.remove(socket)),
            Place::Peer { peer: at, listener } => {
                peer = at;
                let why = match ending.end {
                    End::Refused(code) => format!("{code} {text}"),
                    End::Aborted(reason) => format!("{reason} {text}"),
                    End::Finished => "it has ended".to_owned(),
                };
                self.first_tunnel_failed(now, listener, why.trim_end());
            }
            Place::Sought | Place::Echo => {}
        }
        if let Some(listener) = local.listener.and_then(|id| self.sockets.listener(id)) {
            listener.forget(tunnel, peer);
        }
    }

    fn begin_stopping(&mut self, now: Instant) {
        log::info!("stopping");
        self.stopping = Some(now);
        let listeners: Vec<_> = self.sockets.listeners().map(|(id, _)| id).collect();
        self.core.shut_down(now);
        for listener in listeners {
            self.close_listener(now, listener);
        }
    }
}

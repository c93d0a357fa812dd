//! What is between the sockets of two engines that speak over a stream, and who works those sockets as the contract of
//! `poll_stream` says.
use super::testing::{CLIENT, Pair, SERVER, address};
use crate::engine::{Config, Engine, Path, SessionId, StreamEnd};
use crate::wire::Protocol;

/// One direction of a stream.
#[derive(Debug)]
pub(super) struct Pipe {
    /// The session that writes.
    pub(super) writer: Option<SessionId>,
    /// Its engine has asked for attention.
    writes: bool,
    /// The reader wants more.
    reads: bool,
    /// Written and not read.
    pub(super) queue: Vec<u8>,
    /// No more is written than that, unless it is read.
    pub(super) capacity: usize,
    /// So many bytes are read at a time.
    pub(super) cut: usize,
    /// Nothing arrives.
    pub(super) stalled: bool,
    /// The writer has closed its socket.
    pub(super) closed: bool,
    ended: bool,
    /// All that was ever written.
    pub(super) record: Vec<u8>,
}

impl Default for Pipe {
    fn default() -> Self {
        Self {
            writer: None,
            writes: false,
            reads: false,
            queue: Vec::new(),
            capacity: 1 << 16,
            cut: usize::MAX,
            stalled: false,
            closed: false,
            ended: false,
            record: Vec::new(),
        }
    }
}

impl Pair {
    /// Over TCP, connected.
    pub(super) fn tcp(client: Config, server: Config) -> Self {
        let mut pair = Self::over(Protocol::Tcp, client, server);
        pair.connect_stream();
        pair
    }

    /// The client's connection is made and accepted.
    pub(super) fn connect_stream(&mut self) {
        let path = Path::new(address(SERVER), address(CLIENT), 1);
        let accepted = self.server.accept_stream(self.now, self.endpoint, path).unwrap();
        self.client.handle_connected(self.now, self.session, address(CLIENT));
        self.pipes[0].writer = Some(self.session);
        self.pipes[1].writer = Some(accepted);
        for pipe in &mut self.pipes {
            (pipe.writes, pipe.reads) = (true, true);
        }
        self.pump();
    }

    /// The server's session of the stream.
    pub(super) fn accepted(&self) -> SessionId {
        self.pipes[1].writer.unwrap()
    }

    /// Bytes come to the server from anybody who has connected.
    pub(super) fn write_to_server(&mut self, bytes: &[u8]) {
        self.server.handle_stream(self.now, self.accepted(), bytes);
        self.pump();
    }

    /// Does what there is to do on the sockets. `false`: nothing.
    pub(super) fn flow(&mut self) -> bool {
        self.look_for_attention();
        let written = self.write(0) | self.write(1);
        written | self.read(0) | self.read(1)
    }

    /// A session that ends writes what the socket takes at once.
    pub(super) fn write_last(&mut self, client: bool, session: SessionId) {
        let at = usize::from(!client);
        if self.pipes[at].writer == Some(session) {
            self.pipes[at].writes = true;
            self.write(at);
            self.pipes[at].closed = true;
        }
    }

    fn engine(&mut self, client: bool) -> &mut Engine {
        if client { &mut self.client } else { &mut self.server }
    }

    fn look_for_attention(&mut self) {
        for at in 0..2 {
            while let Some(id) = self.engine(at == 0).poll_stream() {
                if self.pipes[at].writer == Some(id) {
                    self.pipes[at].writes = true;
                    let reads = self.engine(at == 0).reads_stream(id);
                    self.pipes[1 - at].reads = reads;
                }
            }
        }
    }

    fn write(&mut self, at: usize) -> bool {
        let now = self.now;
        let Some(id) = self.pipes[at].writer.filter(|_| self.pipes[at].writes && !self.pipes[at].closed)
        else {
            return false;
        };
        let engine = if at == 0 { &mut self.client } else { &mut self.server };
        let pipe = &mut self.pipes[at];
        let mut any = false;
        loop {
            let Some(bytes) = engine.stream(id) else {
                pipe.closed = true;
                return true;
            };
            let count = bytes.len().min(pipe.capacity.saturating_sub(pipe.queue.len()));
            if count == 0 {
                pipe.writes = !bytes.is_empty();
                return any;
            }
            pipe.queue.extend_from_slice(&bytes[..count]);
            pipe.record.extend_from_slice(&bytes[..count]);
            engine.stream_written(now, id, count);
            any = true;
        }
    }

    fn read(&mut self, at: usize) -> bool {
        let now = self.now;
        let Some(id) = self.pipes[1 - at].writer else { return false };
        let engine = if at == 1 { &mut self.client } else { &mut self.server };
        let pipe = &mut self.pipes[at];
        if pipe.stalled || pipe.ended || self.pipes[1 - at].closed {
            return false;
        }
        let pipe = &mut self.pipes[at];
        if pipe.queue.is_empty() {
            pipe.ended = pipe.closed;
            if pipe.closed {
                engine.handle_stream_end(now, id, StreamEnd::Closed);
            }
            return pipe.closed;
        }
        if !pipe.reads {
            return false;
        }
        let count = pipe.cut.min(pipe.queue.len());
        let bytes: Vec<u8> = pipe.queue.drain(..count).collect();
        engine.handle_stream(now, id, &bytes);
        pipe.reads = engine.reads_stream(id);
        true
    }
}

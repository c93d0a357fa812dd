//! Local connections: what comes from them goes into their tunnel, as much as it takes, and the other way round.
use super::sockets::Readiness;
use crate::protocol::{Core, TunnelId};
use mio::net::TcpStream;
use socket2::SockRef;
use std::{
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::Shutdown,
    time::{Duration, Instant},
};

/// Bytes that are read from a connection, and as many that are written to it, before it is another one's turn.
const TURN: usize = 64 << 10;

/// A connection of a local peer, or to a target.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) socket: TcpStream,
    pub(super) tunnel: TunnelId,
    /// It is not connected yet.
    pub(super) is_connecting: bool,
    /// The peer has ended its stream, or it was read until it failed.
    is_read: bool,
}

/// Whether a connection has more to do.
pub(super) enum Pumped {
    /// Not before the system or the tunnel says so.
    Done,
    /// There was only no more time.
    More,
    /// The system had no memory.
    Rest,
}

impl Stream {
    pub(super) fn new(socket: TcpStream, tunnel: TunnelId, is_connecting: bool) -> Self {
        // Pieces are put together by the tunnel, where that is wanted.
        let _ = socket.set_nodelay(true);
        Self { socket, tunnel, is_connecting, is_read: false }
    }

    /// Moves bytes in both directions. What goes wrong is told to the tunnel.
    pub(super) fn pump(
        &mut self,
        now: Instant,
        readiness: &mut Readiness,
        core: &mut Core,
        buffer: &mut [u8],
    ) -> Pumped {
        let read = self.look_for_reset(readiness).and_then(|()| self.read(now, readiness, core, buffer));
        match read.and_then(|more| Ok(self.write(now, readiness, core)? || more)) {
            Ok(true) => Pumped::More,
            Ok(false) => Pumped::Done,
            Err(_) => {
                core.local_reset(now, self.tunnel);
                Pumped::Done
            }
        }
    }

    /// A stream that was read to its end is not read any more, and nothing may be there to be written: a reset has
    /// to be asked for. Before, reading tells of it behind what has come.
    fn look_for_reset(&self, readiness: &mut Readiness) -> io::Result<()> {
        if !self.is_read || !std::mem::take(&mut readiness.failed) {
            return Ok(());
        }
        self.socket.take_error()?.map_or(Ok(()), Err)
    }

    fn read(
        &mut self,
        now: Instant,
        readiness: &mut Readiness,
        core: &mut Core,
        buffer: &mut [u8],
    ) -> io::Result<bool> {
        let mut left = TURN;
        while readiness.readable && !self.is_read {
            // What the tunnel has no room for stays in the system's buffers, and with it the peer.
            let room = core.room(self.tunnel).min(buffer.len());
            if room == 0 || left == 0 {
                return Ok(room > 0);
            }
            match self.socket.read(&mut buffer[..room.min(left)]) {
                Ok(0) => {
                    self.is_read = true;
                    core.local_finished(now, self.tunnel);
                }
                Ok(count) => {
                    left -= count;
                    if core.local_data(now, self.tunnel, &buffer[..count]) < count {
                        return Err(io::Error::other("the tunnel takes less than it has room for"));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => readiness.readable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn write(&mut self, now: Instant, readiness: &mut Readiness, core: &mut Core) -> io::Result<bool> {
        let mut left = TURN;
        while readiness.writable {
            let [first, second] = core.readable(self.tunnel);
            if first.is_empty() && second.is_empty() {
                return Ok(false);
            }
            if left == 0 {
                return Ok(true);
            }
            match self.socket.write_vectored(&[IoSlice::new(first), IoSlice::new(second)]) {
                Ok(count) => {
                    left = left.saturating_sub(count);
                    core.local_taken(now, self.tunnel, count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => readiness.writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    /// The tunnel has delivered everything: the peer is told that its stream ends.
    pub(super) fn finish(&self) {
        // An error means that the peer is gone, which reading tells as well.
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Closes it so that the peer sees a reset, and does not take a stream that was cut off for a finished one.
    pub(super) fn reset(self) {
        let _ = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
    }
}

//! A way between two nodes that can be closed in one direction.
use crate::Result;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
};

/// What passes on TCP connections to a node, and can keep what the connecting side sends.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// An open one before `to`, and where to connect instead.
    pub(crate) fn before(to: SocketAddr) -> Result<(Self, SocketAddr)> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (at, gate) = (listener.local_addr()?, Self::default());
        let passing = gate.clone();
        thread::spawn(move || {
            for from in listener.incoming().flatten() {
                let Ok(to) = TcpStream::connect(to) else { return };
                let (Ok(mut back_from), Ok(mut back_to)) = (to.try_clone(), from.try_clone()) else { return };
                thread::spawn(move || std::io::copy(&mut back_from, &mut back_to));
                let gate = passing.clone();
                thread::spawn(move || gate.pass(from, to));
            }
        });
        Ok((gate, at))
    }

    /// From now on, what the connecting side sends is kept; or it goes on, with all that was kept.
    pub(crate) fn set_closed(&self, is_closed: bool) {
        *self.0.0.lock().expect("no holder panics") = is_closed;
        self.0.1.notify_all();
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 64 << 10];
        while let Ok(count) = from.read(&mut buffer) {
            let closed = self.0.0.lock().expect("no holder panics");
            drop(self.0.1.wait_while(closed, |closed| *closed));
            if count == 0 || to.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    }
}

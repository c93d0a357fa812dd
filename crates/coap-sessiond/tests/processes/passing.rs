//! What stands between two nodes and passes their datagrams on, unless it pauses.
use crate::{PATIENCE, Result};
use std::{
    io::ErrorKind,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How often it looks whether it is to pause.
const LOOK: Duration = Duration::from_millis(5);

/// Passes datagrams of one peer on, and the answers back.
pub(crate) struct Passing {
    /// Where it takes them.
    pub(crate) at: SocketAddr,
    back: Arc<UdpSocket>,
    /// Who sends them.
    peer: Arc<Mutex<Option<SocketAddr>>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Passing {
    pub(crate) fn start(behind: SocketAddr) -> Result<Self> {
        let (at, back) = (SocketAddr::from(([127, 0, 0, 1], 0)), UdpSocket::bind("127.0.0.1:0")?);
        back.connect(behind)?;
        back.set_read_timeout(Some(LOOK))?;
        let back = Arc::new(back);
        let mut passing = Self { at, back, peer: Arc::default(), stop: Arc::default(), threads: Vec::new() };
        passing.open()?;
        Ok(passing)
    }

    /// Does something while nobody listens there; then goes on.
    pub(crate) fn pause(&mut self, meanwhile: impl FnOnce() -> Result) -> Result {
        self.close();
        meanwhile()?;
        self.open()
    }

    fn open(&mut self) -> Result {
        let deadline = Instant::now() + PATIENCE;
        let front = loop {
            match UdpSocket::bind(self.at) {
                // Another test has taken the port meanwhile, for a while.
                Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                    thread::yield_now();
                }
                bound => break bound?,
            }
        };
        front.set_read_timeout(Some(LOOK))?;
        self.at = front.local_addr()?;
        self.stop = Arc::default();
        let front = Arc::new(front);
        let (there, back) = (Arc::clone(&front), Arc::clone(&self.back));
        let (peer, stop) = (Arc::clone(&self.peer), Arc::clone(&self.stop));
        self.threads.push(thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while !stop.load(Ordering::Acquire) {
                if let Ok((count, from)) = there.recv_from(&mut buffer) {
                    peer.lock().expect("nobody has panicked").replace(from);
                    let _ = back.send(&buffer[..count]);
                }
            }
        }));
        let (back, peer, stop) = (Arc::clone(&self.back), Arc::clone(&self.peer), Arc::clone(&self.stop));
        self.threads.push(thread::spawn(move || {
            let mut buffer = vec![0; 65_536];
            while !stop.load(Ordering::Acquire) {
                let Ok(count) = back.recv(&mut buffer) else { continue };
                let to = *peer.lock().expect("nobody has panicked");
                drop(to.map(|to| front.send_to(&buffer[..count], to)));
            }
        }));
        Ok(())
    }

    fn close(&mut self) {
        self.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        self.close();
    }
}

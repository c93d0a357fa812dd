//! A target that sends everything back, over TCP and UDP at one port.
use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Connections that it takes at a time; for one more it closes the new one.
const CONNECTIONS: usize = 256;
/// How often ports are tried until one is free for both.
const ATTEMPTS: usize = 16;

/// Starts it on loopback. It ends with the process.
pub(super) fn start() -> io::Result<SocketAddr> {
    let (listener, socket) = bind()?;
    let at = listener.local_addr()?;
    thread::Builder::new().name("target".to_owned()).spawn(move || serve(&listener))?;
    thread::Builder::new().name("target".to_owned()).spawn(move || {
        let mut buffer = vec![0; 65_536];
        loop {
            if let Ok((count, from)) = socket.recv_from(&mut buffer) {
                let _ = socket.send_to(&buffer[..count], from);
            }
        }
    })?;
    Ok(at)
}

fn bind() -> io::Result<(TcpListener, UdpSocket)> {
    let mut last = io::Error::other("no port is free");
    for _ in 0..ATTEMPTS {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        match UdpSocket::bind(listener.local_addr()?) {
            Ok(socket) => return Ok((listener, socket)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn serve(listener: &TcpListener) {
    let count = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming().flatten() {
        if count.fetch_add(1, Ordering::Relaxed) >= CONNECTIONS {
            count.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let of_thread = Arc::clone(&count);
        let started = thread::Builder::new().name("echo".to_owned()).spawn(move || {
            // Whatever ends it, the connection is closed.
            let _ = echo(stream);
            of_thread.fetch_sub(1, Ordering::Relaxed);
        });
        if started.is_err() {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut from = stream.try_clone()?;
    io::copy(&mut from, &mut stream)?;
    stream.shutdown(Shutdown::Write)
}

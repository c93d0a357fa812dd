//! Targets that send everything back.
use crate::{PATIENCE, Result};
use coap_sessiond::model::Target;
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket},
    thread,
};

/// A target as requests name it.
pub(crate) fn target(at: SocketAddr) -> Target {
    Target::Plain { host: at.ip().to_string(), port: at.port() }
}

/// Sends back what comes over TCP, to the end of it.
pub(crate) fn tcp() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let at = listener.local_addr()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut from = stream.try_clone()?;
                let copied = io::copy(&mut from, &mut stream);
                stream.shutdown(Shutdown::Write)?;
                copied
            });
        }
    });
    Ok(at)
}

/// Sends back each datagram.
pub(crate) fn udp() -> Result<SocketAddr> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let at = socket.local_addr()?;
    thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        loop {
            if let Ok((count, from)) = socket.recv_from(&mut buffer) {
                let _ = socket.send_to(&buffer[..count], from);
            }
        }
    });
    Ok(at)
}

/// A client that does not wait for ever.
pub(crate) fn connect(at: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(at)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Bytes that are not alike anywhere near each other.
pub(crate) fn pattern(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Sends `bytes` through `at` in one thread, and reads the answers in another until they end.
pub(crate) fn exchange(at: SocketAddr, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let mut stream = connect(at)?;
    let mut writer = stream.try_clone()?;
    let sent = thread::spawn(move || -> io::Result<()> {
        writer.write_all(&bytes)?;
        writer.shutdown(Shutdown::Write)
    });
    let mut received = Vec::new();
    let read = stream.read_to_end(&mut received);
    sent.join().map_err(|_| "the writer has panicked")??;
    read?;
    Ok(received)
}

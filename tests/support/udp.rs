//! Raw UDP peers on loopback.

use super::process::make_no_process;
use std::{
    net::{Ipv4Addr, TcpListener, UdpSocket},
    time::{Duration, Instant},
};

/// An empty confirmable message: whoever speaks CoAP answers it with a reset.
const PING: [u8; 4] = [0x40, 0, 0x12, 0x34];

/// A socket on a port of its own.
pub fn socket() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback socket")
}

/// A port that is free now for UDP and TCP, together with the next one (servers use it for DTLS and TLS), below the
/// ephemeral range, so that no client socket takes it meanwhile.
///
/// # Panics
/// When none is free.
pub fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % 1000) as u16 * 16;
    // No process that starts just now may keep a copy of the sockets that try the ports.
    let _making = make_no_process();
    for _ in 0..1000 {
        let port = 12_000 + (start + NEXT.fetch_add(2, Ordering::Relaxed)) % 18_000;
        let address = |port| (Ipv4Addr::UNSPECIFIED, port);
        let free = |port| UdpSocket::bind(address(port)).is_ok() && TcpListener::bind(address(port)).is_ok();
        if free(port) && free(port + 1) {
            return port;
        }
    }
    panic!("no free port");
}

/// Waits until something at `port` of `host`, an address of this machine, answers a CoAP ping. `false`: nothing does
/// within ten seconds.
pub fn wait_for_server(host: &str, port: u16) -> bool {
    let socket = UdpSocket::bind((host, 0)).expect("a socket on an address of this machine");
    let end = Instant::now() + Duration::from_secs(10);
    socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a read timeout");
    while Instant::now() < end {
        let _ = socket.send_to(&PING, (host, port));
        let started = Instant::now();
        if socket.recv_from(&mut [0; 64]).is_ok() {
            return true;
        }
        // A refused port fails the read at once; give the server the rest of the interval to start.
        std::thread::sleep(Duration::from_millis(20).saturating_sub(started.elapsed()));
    }
    false
}

/// The next datagram, if one comes within `limit`.
pub fn receive(socket: &UdpSocket, limit: Duration) -> Option<Vec<u8>> {
    socket.set_read_timeout(Some(limit)).expect("a read timeout");
    let mut buffer = vec![0; 65_536];
    let (length, _) = socket.recv_from(&mut buffer).ok()?;
    buffer.truncate(length);
    Some(buffer)
}

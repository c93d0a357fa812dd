use super::*;
use std::collections::HashSet;

#[test]
fn an_endpoint_has_room_for_a_burst_as_far_as_the_system_lets_it() -> io::Result<()> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let (plain, asked) = (new(any)?, new(any)?);
    // What the system gives to who asks for as much: its own limit may be lower.
    asked.set_recv_buffer_size(1 << 20)?;
    let endpoint = UdpSocket::listen(any)?;
    assert_eq!(endpoint.inner().recv_buffer_size()?, asked.recv_buffer_size()?);
    let client = UdpSocket::connect(endpoint.local(), None)?;
    assert_eq!(client.inner().recv_buffer_size()?, plain.recv_buffer_size()?, "a client asks for nothing");
    Ok(())
}

#[test]
fn a_port_that_the_system_chooses_is_nobody_elses() -> io::Result<()> {
    // Among so many, some would have the same one if they could.
    const SOCKETS: usize = 600;
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = UdpSocket::listen(any)?;
    let clients: Vec<_> =
        (0..SOCKETS).map(|_| UdpSocket::connect(server.local(), Some(any))).collect::<Result<_, _>>()?;
    let ports: HashSet<u16> = clients.iter().map(|client| client.local().port()).collect();
    assert_eq!(ports.len(), SOCKETS);
    Ok(())
}

use super::*;

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

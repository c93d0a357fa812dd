//! What comes from anybody.
use super::{World, knows_me, psk_client};
use crate::{Result, plain};
use coap_proto::wire::Protocol;

#[test]
fn noise_makes_no_sessions_and_ends_none() -> Result {
    let mut world = World::new(Protocol::Dtls, knows_me()?)?;
    let session = world.connect(psk_client("me", "secret")?)?;
    world.until_client_knows("DtlsConnected")?;
    let stranger = plain("127.0.0.1:0")?;
    let plaintext = b"\x40\x01\x00\x01";
    let alert = [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40];
    let hello = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    for datagram in [&plaintext[..], &alert, &hello, b"", &[0xff; 1400]] {
        stranger.send_to(datagram, world.at)?;
    }
    world.get(session, "")?;
    world.until_client_knows("2.05 4")?;
    assert_eq!(world.server.told, ["ServerNew", "DtlsConnected"]);
    stranger.set_nonblocking(true)?;
    assert!(stranger.recv(&mut [0; 100]).is_err(), "nobody is answered");
    Ok(())
}

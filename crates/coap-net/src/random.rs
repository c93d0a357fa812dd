//! Random numbers from the operating system.
pub use getrandom::Error;

/// Fills `out` with random bytes. May wait early in a machine's boot, until the system has gathered enough.
pub fn fill(out: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(out)
}

/// A seed for an [`Engine`](coap_proto::engine::Engine).
pub fn seed() -> Result<[u8; 32], Error> {
    let mut seed = [0; 32];
    fill(&mut seed)?;
    Ok(seed)
}

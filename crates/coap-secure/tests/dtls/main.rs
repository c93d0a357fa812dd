//! DTLS channels and the listener, in virtual time.
#[path = "../common/mod.rs"]
mod common;

mod certificates;
mod hellos;
mod hostile;
mod line;
mod psk;

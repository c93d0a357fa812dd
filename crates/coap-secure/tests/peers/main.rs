//! Other people's implementations, over loopback: OpenSSL's command line, and libcoap's programs where they
//! are installed. Whoever is missing is passed over.
#[path = "../common/mod.rs"]
mod common;

mod coap;
mod dtls;
mod process;
mod tls;

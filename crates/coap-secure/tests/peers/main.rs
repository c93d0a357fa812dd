//! Other people's implementations, over loopback: OpenSSL's command line, and libcoap's programs. With
//! `FERROCOAP_WITHOUT_PEERS=1` whoever is not installed is passed over.
#[path = "../common/mod.rs"]
mod common;

mod coap;
mod dtls;
mod process;
mod tls;

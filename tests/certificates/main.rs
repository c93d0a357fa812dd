//! Certificates and identities, judged by the original with OpenSSL, with GnuTLS, and by ours: one C program
//! (`c-tests/secure/side.c`) is both sides, over DTLS and TLS.
#![forbid(unsafe_code)]

mod identities;
mod lists;
mod refusals;
mod sides;
#[path = "../support/mod.rs"]
mod support;

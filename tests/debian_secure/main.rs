//! The distribution's programs with OpenSSL and GnuTLS, unmodified: each as client and as server, on the original
//! and on ours, against each other, over DTLS and TLS; and OpenSSL's own programs against ours.
//!
//! `coap-client` ends with status 0 whatever happens: it was answered if it has printed the answer.
#![forbid(unsafe_code)]

mod bodies;
mod certificates;
mod keys;
mod openssl;
#[path = "../support/mod.rs"]
mod support;
mod ways;

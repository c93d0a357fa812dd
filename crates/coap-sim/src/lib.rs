//! A seeded virtual network and clock to test `coap-proto` with.
#![forbid(unsafe_code)]

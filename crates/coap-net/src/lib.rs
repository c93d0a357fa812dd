//! Floor 4: sockets, event loop, clock and name resolution for `coap-proto`.
#![forbid(unsafe_code)]

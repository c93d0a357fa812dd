//! WebSockets as CoAP uses them (RFC 6455, RFC 8323 section 4): the opening handshake and the frames. No extension is
//! ever agreed on.
pub mod frame;
pub mod handshake;

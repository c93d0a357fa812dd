//! Forwarding requests (RFC 7252 section 5.7), as forward and as reverse proxy.
//!
//! The handler of a request calls [`Engine::forward`](super::Engine::forward) with a [`Route`]. The request goes to an
//! upstream server with a token of its own; a `Forwarding` remembers whose it is, and leads the response back. Servers
//! are named as in URIs: what [`Engine::poll_upstream`](super::Engine::poll_upstream) asks for is resolved and
//! connected by who has sockets, one session for all requests to a server.
//!
//! Everything that may end a forwarding from elsewhere - a session's end, a Reset, an error - only notes so; the
//! work is done in [`Engine::handle_timeout`](super::Engine::handle_timeout).
mod answer;
mod forward;
mod forwards;
mod onward;
mod route;
mod store;
mod upstream;
mod upstreams;
mod validate;
mod withdraw;

pub use answer::Relayed;
pub use forward::Forwarded;
pub use route::{Route, Server, can_forward};
pub use upstream::{UpstreamError, UpstreamId, Wanted};

pub(super) use forwards::{Due, ForwardId, Forwards, OfClient};
pub(super) use store::Store;
pub(super) use upstreams::Upstreams;

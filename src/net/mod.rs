//! `coap_net.h`: contexts, messages and the loop.
//!
//! Functions that look objects up by key are sound with any pointer: one that names no living object is
//! refused, and logged. So are PDUs. Only what is read or written for the program makes a function `unsafe`.
mod context;
mod free;
pub(crate) mod handlers;
mod io;
mod limits;
mod loops;
mod message;
mod multicast;
mod security;
mod send_recv;
mod with_fds;

pub use context::*;
pub use free::*;
pub use handlers::*;
pub use io::*;
pub use limits::*;
pub use loops::*;
pub use message::*;
pub use multicast::*;
pub use security::*;
pub use send_recv::*;
pub use with_fds::*;

pub(crate) use io::step;

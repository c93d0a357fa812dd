//! Floor 4: sockets, event loop, random numbers and name resolution for [`coap_proto`].
//!
//! A [`Node`] is one CoAP node: an engine and the sockets that carry its datagrams. One loop turn is
//!
//! 1. [`Node::take_poller`], [`Poller::wait`] (nothing of the node is borrowed meanwhile),
//!    [`Node::put_back`];
//! 2. [`Node::turn`]: timers that are due, datagrams that came in, datagrams that go out;
//! 3. the application takes [`Engine::poll_event`](coap_proto::engine::Engine::poll_event), answers, and
//!    calls [`Node::flush`].
//!
//! [`Node::run_once`] does 1 and 2 for programs with one thread. A program with an event loop of its own
//! watches [`Node::fd`] instead of waiting here.
#![forbid(unsafe_code)]

mod by_session;
mod datagram;
mod error;
mod group;
mod headers;
pub mod interface;
mod node;
mod path;
pub mod persist;
mod poller;
pub mod random;
mod receive;
pub mod resolve;
pub mod resolver;
#[cfg(feature = "tls")]
mod secure;
#[cfg(not(feature = "tls"))]
#[path = "secure_absent.rs"]
mod secure;
mod send;
mod socket;
mod stream;
mod table;
mod timer;
mod turn;
mod unix;
mod upstream;

pub use error::{ConnectError, GroupError, ListenError, NodeError, Notice, Operation};
pub use group::Group;
pub use node::Node;
pub use poller::{Poller, Waker};
#[cfg(feature = "tls")]
pub use secure::{ChannelInfo, ClientCredentials, HelloId, PskInUse, SecurityQuestion};
pub use turn::{Budget, Turn};

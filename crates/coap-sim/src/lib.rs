//! A seeded virtual network and clock to test `coap-proto` with.
//!
//! A [`Network`] joins nodes, each with its own [`Engine`](coap_proto::engine::Engine), by lines that lose,
//! duplicate, delay and reorder datagrams, and by streams that arrive in pieces. Time stands still until
//! [`Network::run_for`] or its siblings move it from one happening to the next, so that a day of protocol
//! time takes milliseconds. Everything is drawn from one seed: the same seed gives the same run to the byte,
//! which [`Network::digest`] tells.
//!
//! ```
//! use coap_proto::wire::Code;
//! use coap_sim::{Line, Network};
//!
//! let mut net = Network::new(7);
//! let server = net.add_node();
//! net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
//! let client = net.add_node();
//! let peer = net.connect(client, server);
//!
//! net.set_line(Line { loss: 0.3, ..Line::default() });
//! let request = net.get(peer, "hello");
//! net.settle();
//! assert_eq!(net.endings(&request).len(), 1);
//! ```
#![forbid(unsafe_code)]

mod call;
mod capture;
mod line;
mod log;
mod mutate;
mod network;
mod node;
mod requests;
mod seeds;
mod stream;

pub use call::Call;
pub use capture::{Capture, Fate};
pub use line::{Burst, Line};
pub use log::{Ending, Entry, Outcome};
pub use mutate::Mutator;
pub use network::Network;
pub use node::{NodeId, Peer};
pub use requests::Sent;
pub use seeds::for_each_seed;
pub use stream::{End, Flow, StreamId};

//! The session protocol between several nodes, in virtual time: over real engines and lines that lose, repeat and
//! reorder, and over perfect wires where only the protocol itself is looked at.
#![allow(missing_docs)]

mod answers;
mod bounds;
mod chaos;
mod datagrams;
mod doubt;
mod given_up;
mod hostile;
mod loops;
mod node;
mod openings;
mod over_coap;
mod restarts;
mod socket;
mod streams;
mod wires;

//! `coap-sessiond`: TCP and UDP over CoAP sessions between nodes.
//!
//! A node has a REST interface (HOPR's SessionApi) by which local listeners are opened; what is sent to a listener is
//! carried over CoAP sessions, by up to three relays, to the node that has the target. The protocol between nodes is
//! described in `docs/session-protocol.md`, the program in `docs/sessiond.md`.
#![forbid(unsafe_code)]

pub mod cli;
pub mod config;
pub mod control;
pub mod demo;
mod descriptors;
pub mod files;
pub mod identity;
pub mod log;
pub mod model;
pub mod policy;
pub mod protocol;
pub mod rest;
pub mod run;
pub mod sealed;
pub mod serve;
pub mod status;
pub mod target;

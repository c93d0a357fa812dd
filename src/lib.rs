//! The C ABI of libcoap 4.3.4 on top of `coap-proto` and `coap-net`: one file per public header, each function thin.
//!
//! How pointers, locks and callbacks work here stands in [`entry`], [`keys`] and `docs/c-abi.md`.
#![allow(clippy::missing_safety_doc)] // "as libcoap's manual says" is not said 300 times
mod address;
mod asynchronous;
mod block;
mod cache;
mod debug;
mod dtls;
mod encode;
mod entry;
mod event;
mod io;
mod mem;
mod net;
mod option;
mod oscore;
mod pdu;
mod prng;
mod proxy;
mod resource;
mod session;
mod startup;
mod string;
mod stub;
mod subscribe;
mod supported;
mod time;
mod types;
mod uri;
mod ws;

//! The REST interface over sockets, as clients use it. Behind it is an event loop that only pretends.
#![forbid(unsafe_code)]

mod authentication;
mod checks;
mod closing;
mod counters;
mod fake;
mod http;
mod limits;
mod listing;
mod opening;
mod python;
mod refusals;
mod sdk;
mod status;

//! CoAP over TCP (RFC 8323).
mod bert;
mod connecting;
mod exchanges;
mod goodbyes;
mod hostile;
mod pressure;
mod signals;
mod websocket;

use super::testing::{Pair, Told};
use crate::engine::{Config, SessionEvent};

fn pair() -> Pair {
    Pair::tcp(Config::default(), Config::default())
}

/// Events of sessions, in their order.
fn events(told: &[Told]) -> Vec<SessionEvent> {
    let event = |told: &Told| match told {
        Told::Session(event) => Some(*event),
        _ => None,
    };
    told.iter().filter_map(event).collect()
}

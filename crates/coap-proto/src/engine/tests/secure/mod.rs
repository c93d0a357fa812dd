//! Sessions over DTLS and TLS. There are no channels here: the tests say what becomes of them.
mod bounds;
mod datagrams;
mod streams;

use super::testing::{CLIENT, Pair, SERVER, Told, address};
use crate::engine::{Config, Path, SessionId};
use crate::wire::Protocol;

fn pair() -> Pair {
    Pair::over(Protocol::Dtls, Config::default(), Config::default())
}

fn path_of(remote: &str) -> Path {
    Path::new(address(SERVER), address(remote), 0)
}

/// The handshake of the client begins at the server.
fn greet(pair: &mut Pair) -> SessionId {
    pair.server.accept_secure(pair.now, pair.endpoint, path_of(CLIENT)).unwrap()
}

/// It is done on both sides.
fn shake_hands(pair: &mut Pair) -> SessionId {
    let accepted = greet(pair);
    pair.server.secured(pair.now, accepted);
    pair.client.secured(pair.now, pair.session);
    pair.pump();
    accepted
}

/// What an application was told, in short.
fn story(told: &[Told]) -> Vec<String> {
    let line = |told: &Told| match told {
        Told::Session(event) => format!("{event:?}"),
        Told::Nack(reason, _) => format!("Nack {reason:?}"),
        Told::Response(_, received) => received.code().to_string(),
        Told::Closed => "closed".into(),
        other => format!("{other:?}"),
    };
    told.iter().filter(|told| !matches!(told, Told::Request(_) | Told::Log(_))).map(line).collect()
}

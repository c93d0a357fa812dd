//! DTLS with pre-shared keys: both ends on one library, ours beside the distribution's OpenSSL build.
use crate::{
    library::Library,
    measure::{BenchError, Plan, Row, Server, free_port, rate},
};

/// Handshakes and small requests a second.
pub(crate) fn rows(libraries: &[Library; 2], plan: Plan) -> Result<Vec<Row>, BenchError> {
    // Linked with the name that the distribution gives it, which ours answers to as well.
    let program = libraries[0].compile("secure")?;
    let seconds = plan.seconds.to_string();
    let kinds = [
        ("DTLS handshakes with a key, a second", "handshakes"),
        ("requests inside DTLS, a second", "requests"),
    ];
    kinds
        .into_iter()
        .map(|(name, kind)| {
            Row::measure(name, plan, libraries, |library| {
                let (mut server, port) = (library.command(&program), free_port()?);
                server.args(["server", &port]);
                let _server = Server::start(server)?;
                rate(library, &program, &[kind, &port, &seconds])
            })
        })
        .collect()
}

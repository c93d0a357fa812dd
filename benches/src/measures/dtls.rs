//! DTLS with pre-shared keys: both ends on one library, ours beside the distribution's OpenSSL build.
use crate::{
    error::BenchError,
    library::Flavour,
    machine::Place,
    program::Program,
    rounds::Rounds,
    table::{Row, Table},
    workbench::{BOTH, Pair, Workbench, free_port, load},
};

/// Handshakes and small requests a second.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let pair = Pair::find(Flavour::Openssl)?;
    let program = pair.original.compile("secure")?;
    let seconds = bench.plan.seconds.to_string();
    let kinds = [
        ("DTLS handshakes with a key, a second", "handshakes"),
        ("requests inside DTLS, a second", "requests"),
    ];
    for (name, kind) in kinds {
        let rounds = Rounds::measure(bench.plan.rounds, &BOTH, |subject| {
            let (port, mut server) = (free_port()?, pair.command(subject, &program));
            server.args(["server", &port]);
            let mut server = Program::start(server, Place::Server)?;
            server.wait_until_ready()?;
            let mut client = load(pair.command(subject, &program), &[kind, &port, &seconds])?;
            let count = client.count()?;
            client.finish()?;
            Ok(count.per_second())
        })?;
        let [original, ours] = BOTH.map(|subject| rounds.median(subject, |rate| *rate));
        table.row(Row::new(name, original, ours));
    }
    Ok(())
}

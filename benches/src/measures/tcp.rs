//! Small requests over TCP, on few and on many connections.
use super::IN_FLIGHT;
use crate::{
    error::BenchError,
    library::compile_alone,
    program::Count,
    rounds::Rounds,
    table::{Bound, Row, Table, grouped},
    workbench::{BOTH, Subject, Workbench, free_port, load},
};
use std::{path::Path, process::Command};

/// What one run gives.
#[derive(Debug)]
struct Sample {
    connected: Count,
    steady: Count,
    /// Processor time of the server for a request, in seconds.
    cpu: f64,
}

/// Rates and processor time with few and with many connections.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let program = compile_alone("load_tcp")?;
    let [few, many] = bench.plan.connections;
    let cases =
        [(Subject::Original, few), (Subject::Ours, few), (Subject::Original, many), (Subject::Ours, many)];
    let rounds = Rounds::measure(bench.plan.rounds, &cases, |(subject, connections)| {
        once(bench, &program, subject, connections)
    })?;
    let medians = |connections, figure: fn(&Sample) -> f64| {
        BOTH.map(|subject| rounds.median((subject, connections), figure))
    };
    let rates = |connections| medians(connections, |sample| sample.steady.per_second());
    for connections in [few, many] {
        let [original, ours] = rates(connections);
        table.row(Row::new(format!("TCP requests/s, {} connections", grouped(connections)), original, ours));
    }
    let name = format!("  {} connections against {}", grouped(many), grouped(few));
    table.row(Row::relation(name, rates(many), rates(few)).goal(Bound::AtLeast(0.9)));
    let [original, ours] = medians(few, |sample| sample.cpu * 1e6);
    table.row(Row::new("  server CPU, µs a request", original, ours));
    let [original, ours] = medians(many, |sample| sample.connected.per_second());
    table.row(Row::new("  connections accepted, a second", original, ours));
    Ok(())
}

fn once(bench: &Workbench, program: &Path, subject: Subject, connections: u32) -> Result<Sample, BenchError> {
    let (port, seconds) = (free_port()?, bench.plan.seconds.to_string());
    let server = bench.serve(subject, &port, "tcp")?;
    let mut load = load(Command::new(program), &[&port, &connections.to_string(), IN_FLIGHT, &seconds])?;
    let connected = load.count()?;
    let before = server.cpu_time()?;
    load.go_on()?;
    let steady = load.count()?;
    let cpu = steady.share_of(server.cpu_time()?.saturating_sub(before));
    load.go_on()?;
    load.finish()?;
    Ok(Sample { connected, steady, cpu })
}

//! A body of 1 MiB in blocks, both ends on the same library.
use crate::{
    error::BenchError,
    rounds::Rounds,
    table::{Bound, Row, Table},
    workbench::{BOTH, Subject, Workbench, free_port, load},
};
use std::path::Path;

/// What one body takes, in milliseconds.
#[derive(Debug)]
struct Sample {
    /// Processor time of client and server.
    cpu: f64,
    wall: f64,
}

/// Processor time and time, down and up.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let program = bench.compile("transfer")?;
    let directions = ["get", "put"];
    let cases: Vec<_> =
        directions.into_iter().flat_map(|direction| BOTH.map(|subject| (subject, direction))).collect();
    let rounds = Rounds::measure(bench.plan.body_rounds, &cases, |(subject, direction)| {
        once(bench, &program, subject, direction)
    })?;
    for direction in directions {
        let method = direction.to_uppercase();
        let medians =
            |figure: fn(&Sample) -> f64| BOTH.map(|subject| rounds.median((subject, direction), figure));
        let [original, ours] = medians(|sample| sample.cpu);
        let row = Row::new(format!("1 MiB in blocks, {method}: CPU of both sides, ms"), original, ours);
        table.row(row.goal(Bound::AtMost(0.7)));
        let [original, ours] = medians(|sample| sample.wall);
        let row = Row::new(format!("1 MiB in blocks, {method}: time, ms"), original, ours);
        table.row(row.goal(Bound::AtMost(1.0)));
    }
    Ok(())
}

fn once(bench: &Workbench, program: &Path, subject: Subject, direction: &str) -> Result<Sample, BenchError> {
    let (port, bodies) = (free_port()?, bench.plan.bodies.to_string());
    let server = bench.serve(subject, &port, "udp")?;
    let mut client = load(bench.command(subject, program), &[&port, direction, &bodies])?;
    client.wait_until_ready()?;
    let before = server.cpu_time()? + client.cpu_time()?;
    client.go_on()?;
    let count = client.count()?;
    let after = server.cpu_time()? + client.cpu_time()?;
    client.go_on()?;
    client.finish()?;
    Ok(Sample {
        cpu: count.share_of(after.saturating_sub(before)) * 1e3,
        wall: count.seconds / count.number * 1e3,
    })
}

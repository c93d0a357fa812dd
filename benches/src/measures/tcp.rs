//! Small requests over TCP, on few and on many connections.
use super::IN_FLIGHT;
use crate::{
    error::BenchError,
    library::compile_alone,
    machine::Place,
    program::{Count, Program},
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

impl Sample {
    fn rate(&self) -> f64 {
        self.steady.per_second()
    }

    /// Processor time of the server for a request.
    fn microseconds(&self) -> f64 {
        self.cpu * 1e6
    }
}

/// Rates and processor time with few and with many connections.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let (program, floor) = (compile_alone("load_tcp")?, compile_alone("floor_tcp")?);
    let [few, many] = bench.plan.connections;
    let subjects = [Subject::Original, Subject::Ours, Subject::Floor];
    let cases = [few, many].map(|connections| subjects.map(|subject| (subject, connections)));
    let rounds = Rounds::measure(bench.plan.rounds, cases.as_flattened(), |(subject, connections)| {
        once(bench, [&program, &floor], subject, connections)
    })?;
    let median =
        |subject, connections, figure: fn(&Sample) -> f64| rounds.median((subject, connections), figure);
    let medians = |connections, figure| BOTH.map(|subject| median(subject, connections, figure));
    let floor_rate = |connections| median(Subject::Floor, connections, Sample::rate);
    for connections in [few, many] {
        let [original, ours] = medians(connections, Sample::rate);
        let name = format!("TCP requests/s, {} connections", grouped(connections));
        table.row(Row::new(name, original, ours).floor(floor_rate(connections)));
    }
    let name = format!("  {} connections against {}", grouped(many), grouped(few));
    let at_the_floor = floor_rate(many).zip(floor_rate(few)).map(|(many, few)| many / few);
    let relation = Row::relation(name, medians(many, Sample::rate), medians(few, Sample::rate));
    table.row(relation.floor(at_the_floor).goal(Bound::AtLeast(0.9)));
    for connections in [few, many] {
        let [original, ours] = medians(connections, Sample::microseconds);
        let name = format!("  server CPU, µs a request, {} connections", grouped(connections));
        table.row(Row::new(name, original, ours).floor(median(
            Subject::Floor,
            connections,
            Sample::microseconds,
        )));
    }
    let [original, ours] = medians(many, |sample| sample.connected.per_second());
    table.row(Row::new("  connections accepted, a second", original, ours));
    Ok(())
}

fn once(
    bench: &Workbench,
    [program, floor]: [&Path; 2],
    subject: Subject,
    connections: u32,
) -> Result<Sample, BenchError> {
    let (port, seconds) = (free_port()?, bench.plan.seconds.to_string());
    let server = if subject == Subject::Floor {
        let mut command = Command::new(floor);
        command.arg(&port);
        let mut server = Program::start(command, Place::Server)?;
        server.wait_until_ready()?;
        server
    } else {
        bench.serve(subject, &port, "tcp")?
    };
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

//! Instructions of the server for a request, in user space, counted by callgrind.
use super::IN_FLIGHT;
use crate::{
    error::BenchError,
    library::compile_alone,
    machine::Place,
    program::Program,
    table::{Bound, Row, Table, grouped},
    workbench::{BOTH, Subject, Workbench, free_port, load, root},
};
use std::{fs, path::Path, process::Command};

/// The difference of two counts of requests, so that starting up does not count.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        table.note("instructions are not counted: valgrind is not installed");
        return Ok(());
    }
    let program = compile_alone("load")?;
    let [few, many] = bench.plan.counted_requests;
    for (i, sessions) in bench.plan.counted_sessions.iter().enumerate() {
        let mut figures = [None; 2];
        for (subject, figure) in BOTH.into_iter().zip(&mut figures) {
            let count = |requests| count(bench, &program, subject, *sessions, requests);
            *figure = Some((count(many)? - count(few)?) / f64::from(many - few));
        }
        let [original, ours] = figures;
        let row = Row::new(format!("instructions a GET, sessions: {}", grouped(*sessions)), original, ours);
        table.row(if i == 0 { row.goal(Bound::AtMost(0.6)) } else { row });
    }
    Ok(())
}

fn count(
    bench: &Workbench,
    program: &Path,
    subject: Subject,
    sessions: u32,
    requests: u32,
) -> Result<f64, BenchError> {
    let port = free_port()?;
    let counts = root().join("target/bench").join(format!("callgrind.{port}"));
    let server = bench.server_command(subject, &port, "udp");
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind"]).arg(format!("--callgrind-out-file={}", counts.display()));
    valgrind.arg(server.get_program()).args(server.get_args());
    for (variable, value) in server.get_envs() {
        match value {
            Some(value) => valgrind.env(variable, value),
            None => valgrind.env_remove(variable),
        };
    }
    let mut server = Program::start(valgrind, Place::Server)?;
    server.wait_until_ready()?;
    let arguments = [&port, &sessions.to_string(), IN_FLIGHT, "times", &requests.to_string()];
    let mut load = load(Command::new(program), &arguments)?;
    load.count()?;
    load.go_on()?;
    load.count()?;
    load.go_on()?;
    load.finish()?;
    server.terminate()?;
    let name = counts.display().to_string();
    let text = fs::read_to_string(&counts).map_err(BenchError::system(&name))?;
    let _ = fs::remove_file(&counts);
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    total.ok_or(BenchError::Output(name, "no totals".into()))
}

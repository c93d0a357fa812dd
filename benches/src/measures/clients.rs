//! Many client sessions in one context, which ask the floor.
use crate::{
    error::BenchError,
    rounds::Rounds,
    table::{Bound, Row, Table, grouped},
    workbench::{BOTH, Subject, Workbench, free_port, load},
};

/// Rates with few and with many sessions.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let program = bench.compile("clients")?;
    let (plan, seconds) = (&bench.plan, bench.plan.seconds.to_string());
    let [few, many] = plan.client_sessions;
    let cases =
        [(Subject::Original, few), (Subject::Ours, few), (Subject::Original, many), (Subject::Ours, many)];
    let rounds = Rounds::measure(plan.rounds, &cases, |(subject, sessions)| {
        let port = free_port()?;
        let _server = bench.serve(Subject::Floor, &port, "udp")?;
        let mut client = load(bench.command(subject, &program), &[&port, &sessions.to_string(), &seconds])?;
        let count = client.count()?;
        client.finish()?;
        Ok(count.per_second())
    })?;
    let rates = |sessions| BOTH.map(|subject| rounds.median((subject, sessions), |rate| *rate));
    for sessions in [few, many] {
        let [original, ours] = rates(sessions);
        let name = format!("client: requests/s, {} sessions in a context", grouped(sessions));
        table.row(Row::new(name, original, ours));
    }
    let name = format!("  {} sessions against {}", grouped(many), grouped(few));
    table.row(Row::relation(name, rates(many), rates(few)).goal(Bound::AtLeast(0.8)));
    Ok(())
}

//! Many client sessions in one context, which ask the floor; beside them as many sockets without sessions.
use crate::{
    error::BenchError,
    library::compile_alone,
    rounds::Rounds,
    table::{Bound, Row, Table, grouped},
    workbench::{BOTH, Subject, Workbench, free_port, load},
};

/// Rates with few and with many sessions.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let (program, floor) = (bench.compile("clients")?, compile_alone("floor_clients")?);
    let (plan, seconds) = (&bench.plan, bench.plan.seconds.to_string());
    let [few, many] = plan.client_sessions;
    let subjects = [Subject::Original, Subject::Ours, Subject::Floor];
    let cases = [few, many].map(|sessions| subjects.map(|subject| (subject, sessions)));
    let rounds = Rounds::measure(plan.rounds, cases.as_flattened(), |(subject, sessions)| {
        let port = free_port()?;
        let _server = bench.serve(Subject::Floor, &port, "udp")?;
        let program = if subject == Subject::Floor { &floor } else { &program };
        let mut client = load(bench.command(subject, program), &[&port, &sessions.to_string(), &seconds])?;
        let count = client.count()?;
        client.finish()?;
        Ok(count.per_second())
    })?;
    let rate = |subject, sessions| rounds.median((subject, sessions), |rate| *rate);
    let (rates, floor) =
        (|sessions| BOTH.map(|subject| rate(subject, sessions)), |sessions| rate(Subject::Floor, sessions));
    for sessions in [few, many] {
        let [original, ours] = rates(sessions);
        let name = format!("client: requests/s, {} sessions in a context", grouped(sessions));
        table.row(Row::new(name, original, ours).floor(floor(sessions)));
    }
    let name = format!("  {} sessions against {}", grouped(many), grouped(few));
    let at_the_floor = floor(many).zip(floor(few)).map(|(many, few)| many / few);
    table.row(Row::relation(name, rates(many), rates(few)).floor(at_the_floor).goal(Bound::AtLeast(0.8)));
    Ok(())
}

//! Work with the interface alone, in one thread and in two, each with a context of its own.
use crate::{
    error::BenchError,
    machine::Place,
    program::Program,
    rounds::Rounds,
    table::{Bound, Row, Table},
    workbench::{BOTH, Workbench},
};

/// Two threads should do twice as much.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let (program, seconds) = (bench.compile("threads")?, bench.plan.seconds.to_string());
    let cases: Vec<_> =
        [1, 2].into_iter().flat_map(|threads| BOTH.map(|subject| (subject, threads))).collect();
    let rounds = Rounds::measure(bench.plan.rounds, &cases, |(subject, threads)| {
        let mut command = bench.command(subject, &program);
        command.args([&threads.to_string(), &seconds]);
        let mut program = Program::start(command, Place::Anywhere)?;
        let count = program.count()?;
        program.finish()?;
        Ok(count.per_second())
    })?;
    let rates = |threads| BOTH.map(|subject| rounds.median((subject, threads), |rate| *rate));
    let [original, ours] = rates(1);
    table.row(Row::new("requests built, read and deleted, a second", original, ours));
    let row = Row::relation("  two contexts in two threads against one", rates(2), rates(1));
    table.row(row.goal(Bound::AtLeast(1.9)));
    Ok(())
}

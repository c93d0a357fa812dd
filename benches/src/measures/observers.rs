//! Many observers of one resource: all of them register, all of them are notified once.
use super::IN_FLIGHT;
use crate::{
    error::BenchError,
    library::compile_alone,
    program::Count,
    rounds::Rounds,
    table::{Bound, Row, Table, grouped},
    workbench::{BOTH, Workbench, free_port, load},
};
use std::process::Command;

/// What one run gives.
#[derive(Debug)]
struct Sample {
    registered: Count,
    notified: Count,
}

/// The time that registering all and notifying all takes.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let program = compile_alone("load")?;
    let observers = bench.plan.observers;
    let rounds = Rounds::measure(bench.plan.rounds, &BOTH, |subject| {
        let port = free_port()?;
        let _server = bench.serve(subject, &port, "udp")?;
        let mut load = load(Command::new(&program), &[&port, &observers.to_string(), IN_FLIGHT, "observe"])?;
        let registered = load.count()?;
        load.go_on()?;
        let notified = load.count()?;
        load.go_on()?;
        load.finish()?;
        Ok(Sample { registered, notified })
    })?;
    let mut print = |what: &str, count: fn(&Sample) -> Count, most: f64| {
        let [original, ours] = BOTH.map(|subject| rounds.median(subject, |sample| count(sample).seconds));
        let name = format!("{} observers {what}, seconds", grouped(observers));
        table.row(Row::new(name, original, ours).goal(Bound::AtMost(most)));
        for subject in BOTH {
            let number = rounds.median(subject, |sample| count(sample).number).unwrap_or_default();
            if number < f64::from(observers) {
                table.note(format_args!("{subject:?}: {number} of them in this time"));
            }
        }
    };
    print("registered", |sample| sample.registered, 0.05);
    print("notified once", |sample| sample.notified, 0.3);
    Ok(())
}

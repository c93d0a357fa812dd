//! `make bench`: the same C programs on the distribution's libcoap and on ours, in turns, in one run, and beside the
//! floor, a responder that knows no CoAP. What counts is how they compare; figures alone say more about the machine.
//!
//! `--only WORD` picks the measures whose name has WORD in it (again for more of them); `--brief` makes three rounds
//! of a second instead of five of two; `--smoke` runs everything for a moment, to see that it runs.
#![forbid(unsafe_code)]

mod error;
mod library;
mod machine;
mod measures;
mod options;
mod plan;
mod program;
mod rounds;
mod svg;
mod table;
mod workbench;

use error::BenchError;
use options::Options;
use std::{env, process::ExitCode};
use table::Table;
use workbench::Workbench;

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), BenchError> {
    let bench = Workbench::new(options.plan())?;
    println!("{}; the original is libcoap {}", machine::describe(), library::original_version());
    let busy = machine::load_average();
    let mut table = Table::begin(bench.plan.is_for_figures);
    if busy > 0.5 {
        table.note(format_args!("the machine has other work: its load average is {busy}"));
    }
    for (_, measure) in measures::ALL.iter().filter(|(name, _)| options.wants(name)) {
        measure(&bench, &mut table)?;
    }
    table.end();
    Ok(())
}

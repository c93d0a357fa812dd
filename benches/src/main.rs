//! `make bench`: the same C programs on the distribution's libcoap and on ours, in turns, in one run. What counts is
//! how the two compare; figures alone say more about the machine.
#![forbid(unsafe_code)]

mod library;
mod measure;
mod secure;

use library::Library;
use measure::{BenchError, Plan};
use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let is_smoke = env::args().any(|argument| argument == "--smoke");
    let plan = if is_smoke { Plan::SMOKE } else { Plan::FULL };
    match run(plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(plan: Plan) -> Result<(), BenchError> {
    println!("{:42} {:>12} {:>12} {:>8}", "measure", "libcoap", "ours", "ratio");
    let libraries = [Library::distribution()?, Library::ours()?];
    for row in secure::rows(&libraries, plan)? {
        println!("{row}");
    }
    Ok(())
}

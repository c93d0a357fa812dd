//! Every benchmark runs, for a moment. What it measures then means nothing.
#![forbid(unsafe_code)]
use std::process::Command;

#[test]
fn every_row_has_figures() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench")).arg("--smoke").output().expect("the program");
    let (printed, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}{errors}");
    let ratios: Vec<f64> = printed
        .lines()
        .skip(1)
        .map(|row| row.split_whitespace().last().and_then(|ratio| ratio.parse().ok()).expect("a ratio"))
        .collect();
    assert!(ratios.len() >= 2 && ratios.iter().all(|ratio| *ratio > 0.0), "{printed}");
}

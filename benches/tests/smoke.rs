//! Every measure is made, for a moment. What it measures then means nothing.
#![forbid(unsafe_code)]
use std::{env, path::Path, process::Command};

#[test]
fn every_row_has_figures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut bench = Command::new(env!("CARGO_BIN_EXE_bench"));
    bench.arg("--smoke");
    if env::var_os("FERROCOAP_LIB_WITHOUT_TLS").is_none() {
        // What the other tests need as well: not built for figures, but there.
        bench.env("FERROCOAP_LIB_WITHOUT_TLS", root.join("build/dev/notls/lib"));
    }
    let output = bench.output().expect("the program");
    let (printed, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}{errors}");
    // The machine, the heading; notes in between; how many goals are met.
    let rows: Vec<&str> = printed.lines().skip(2).filter(|line| !line.starts_with("  (")).collect();
    let (last, rows) = rows.split_last().expect("rows");
    assert!(last.ends_with(" goals met"), "{printed}");
    for row in rows {
        let [ratio, goal, met] = columns(row);
        // Where the original is not measured there is no ratio. Of few sessions, the memory is less than a page.
        let may_lack = goal == "-" || row.contains("memory");
        let is_figure = ratio.parse().map_or(may_lack && ratio == "-", |ratio: f64| ratio > 0.0 || may_lack);
        assert!(is_figure, "{row}\n{printed}");
        assert!((goal == "-") == (met == "-"), "{row}\n{printed}");
    }
    let goals = rows.iter().filter(|row| columns(row)[1] != "-").count();
    assert!(goals >= 20, "{goals} goals\n{printed}");
    let picture = std::fs::read_to_string(root.join("benches/out/sessions.svg")).expect("the picture");
    // Two panels of five points on two curves and three on the original's.
    assert_eq!(picture.matches("<circle").count(), 2 * (5 + 5 + 3), "{picture}");
}

#[test]
fn words_that_name_nothing_are_refused() {
    for arguments in [&["--only", "nothing"][..], &["--only"], &["--fast"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_bench")).args(arguments).output().expect("the program");
        assert!(!output.status.success(), "{arguments:?}");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(errors.contains("observers"), "{errors}");
    }
}

/// Ratio, goal, and whether it is met: the last columns.
fn columns(row: &str) -> [String; 3] {
    let row = row.replace("not met", "not-met");
    let mut columns = row.split_whitespace().rev().map(str::to_owned);
    let [met, goal, ratio] = [(); 3].map(|()| columns.next().unwrap_or_default());
    [ratio, goal, met]
}

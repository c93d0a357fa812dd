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
    // Built with the workspace's tests; without it, that part is left out.
    bench.env("FERROCOAP_SESSIOND", Path::new(env!("CARGO_BIN_EXE_bench")).with_file_name("coap-sessiond"));
    let output = bench.output().expect("the program");
    let (printed, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}{errors}");
    // The machine, the heading; notes in between; how many goals there are.
    let rows: Vec<&str> = printed.lines().skip(2).filter(|line| !line.starts_with("  (")).collect();
    let (last, rows) = rows.split_last().expect("rows");
    for row in rows {
        let [original, ours, _, ratio, goal, met] = columns(row);
        assert_eq!(met, "-", "nothing is judged: {row}");
        if row.starts_with("a connection over") || row.contains("idle connection") {
            // Not optimised, it is so much slower than socat that the ratio may be 0.00.
            assert!(figure(ours).is_some_and(|bytes| bytes > 0.0), "{row}\n{printed}");
            continue;
        }
        if row.contains("memory") {
            // Of the few sessions at the original, it may be less than a page.
            assert!(figure(original).is_some_and(|bytes| bytes >= 0.0), "{row}\n{printed}");
            assert!(figure(ours).is_some_and(|bytes| bytes > 0.0), "{row}\n{printed}");
            continue;
        }
        // Where the original is not measured there is no ratio.
        let is_missing = goal == "-" && ratio == "-" && original == "-";
        assert!(is_missing || figure(ratio).is_some_and(|ratio| ratio > 0.0), "{row}\n{printed}");
        assert!(figure(ours).is_some_and(|figure| figure > 0.0), "{row}\n{printed}");
    }
    let goals = rows.iter().filter(|row| columns(row)[4] != "-").count();
    assert!(goals >= 20 && last.starts_with(&format!("{goals} goals, not judged")), "{goals}\n{printed}");
    let picture = std::fs::read_to_string(root.join("target/bench/sessions.svg")).expect("the picture");
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

/// The figures of the original, of ours and of the floor, ratio, goal, and whether it is met: the last columns.
fn columns(row: &str) -> [&str; 6] {
    let mut columns = row.split_whitespace().rev();
    let mut columns = [(); 6].map(|()| columns.next().unwrap_or_default());
    columns.reverse();
    columns
}

fn figure(text: &str) -> Option<f64> {
    text.replace(',', "").parse().ok()
}

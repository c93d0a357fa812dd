//! `c-tests/DIFFERENCES.list`: where the original's output and ours differ on purpose.
//!
//! ```text
//! program: NAME             the program, or the test, whose output is meant
//! of: 4.3.1                 optional: only that version of the original prints it
//! reason: ...               one line
//! - a line of the original  contiguous lines that ...
//! + a line of ours          ... become these
//! ```
//! Blank lines separate entries, `#` starts a comment line. `<*>` in a line of the original stands for any text, and in
//! the line of ours at the same place for the same text.

use super::root;

/// One entry of the list.
#[derive(Debug, Default)]
struct Difference {
    program: String,
    of: Option<String>,
    reason: String,
    theirs: Vec<String>,
    ours: Vec<String>,
}

/// Compares the output of `program` on the original (of version `version`) with the output on ours.
///
/// # Panics
/// With both outputs when they differ in a way that is not listed, or when an entry of the list is not needed.
pub fn assert_same_output(program: &str, version: &str, theirs: &str, ours: &str) {
    let mut expected: Vec<String> = theirs.lines().map(str::to_owned).collect();
    for entry in read().iter().filter(|entry| entry.program == program) {
        if entry.of.as_ref().is_some_and(|of| !version.contains(of.as_str())) {
            continue;
        }
        let count = apply(entry, &mut expected);
        assert!(count > 0, "{program}: a listed difference is not there any more: {entry:?}\n{theirs}");
    }
    let ours: Vec<String> = ours.lines().map(str::to_owned).collect();
    assert!(ours == expected, "{program}: our output differs\n{}", side_by_side(&expected, &ours));
}

/// Replaces the lines of the original wherever they stand; says in how many places.
fn apply(entry: &Difference, lines: &mut Vec<String>) -> usize {
    let (mut at, mut count) = (0, 0);
    while at + entry.theirs.len() <= lines.len() {
        let place = &lines[at..at + entry.theirs.len()];
        let texts: Option<Vec<_>> =
            entry.theirs.iter().zip(place).map(|(pattern, line)| wildcards(pattern, line)).collect();
        let Some(texts) = texts else {
            at += 1;
            continue;
        };
        let fill = |(index, line): (usize, &String)| {
            let texts = texts.get(index).map_or(&[][..], Vec::as_slice);
            texts.iter().fold(line.clone(), |line, text| line.replacen("<*>", text, 1))
        };
        let ours: Vec<_> = entry.ours.iter().enumerate().map(fill).collect();
        lines.splice(at..at + entry.theirs.len(), ours);
        at += entry.ours.len();
        count += 1;
    }
    count
}

/// The texts that the wildcards of `pattern` stand for in `line`, if it fits.
fn wildcards(pattern: &str, line: &str) -> Option<Vec<String>> {
    let mut parts = pattern.split("<*>");
    let mut rest = line.strip_prefix(parts.next()?)?;
    let mut texts = Vec::new();
    let parts: Vec<_> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        let end = if index + 1 == parts.len() { rest.strip_suffix(part)?.len() } else { rest.find(part)? };
        texts.push(rest[..end].to_owned());
        rest = &rest[end + part.len()..];
    }
    rest.is_empty().then_some(texts)
}

/// Expected lines with `-`, ours with `+`, common ones indented: the longest common subsequence kept.
pub fn side_by_side(expected: &[String], ours: &[String]) -> String {
    let mut common = vec![vec![0_usize; ours.len() + 1]; expected.len() + 1];
    for (i, left) in expected.iter().enumerate().rev() {
        for (j, right) in ours.iter().enumerate().rev() {
            common[i][j] =
                if left == right { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut text) = (0, 0, String::new());
    while i < expected.len() || j < ours.len() {
        let (mark, line) = match (expected.get(i), ours.get(j)) {
            (Some(left), Some(right)) if left == right => {
                j += 1;
                (' ', left)
            }
            (Some(left), right) if right.is_none() || common[i + 1][j] >= common[i][j + 1] => ('-', left),
            (_, Some(right)) => ('+', right),
            _ => break,
        };
        if mark == '+' {
            j += 1;
        } else {
            i += 1;
        }
        text.push_str(&format!("{mark} {line}\n"));
    }
    text
}

fn read() -> Vec<Difference> {
    let path = root().join("c-tests/DIFFERENCES.list");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.split("\n\n").map(parse).filter(|entry| !entry.program.is_empty()).collect()
}

fn parse(block: &str) -> Difference {
    let mut entry = Difference::default();
    for line in block.lines().filter(|line| !line.starts_with('#')) {
        if let Some(rest) = line.strip_prefix("- ") {
            entry.theirs.push(rest.to_owned());
        } else if let Some(rest) = line.strip_prefix("+ ") {
            entry.ours.push(rest.to_owned());
        } else if let Some((key, value)) = line.split_once(": ") {
            match key {
                "program" => value.clone_into(&mut entry.program),
                "of" => entry.of = Some(value.to_owned()),
                "reason" => value.clone_into(&mut entry.reason),
                other => panic!("DIFFERENCES.list: unknown key {other}"),
            }
        }
    }
    let complete = entry.program.is_empty() || !(entry.reason.is_empty() || entry.theirs.is_empty());
    assert!(complete, "DIFFERENCES.list: an entry needs a reason and lines of the original:\n{block}");
    entry
}

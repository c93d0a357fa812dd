//! Reads the tables beside this file.
use std::{fs, path::PathBuf};

/// The project's root directory.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rows of a table, each with `N` columns.
pub(crate) fn table<const N: usize>(name: &str) -> Vec<[String; N]> {
    let path = root().join("tests/abi").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let columns: Vec<_> = line.split('\t').map(str::to_owned).collect();
        columns.try_into().unwrap_or_else(|row| panic!("{name}: not {N} columns: {row:?}"))
    });
    let rows: Vec<_> = rows.collect();
    assert!(!rows.is_empty(), "{name} has no rows");
    rows
}

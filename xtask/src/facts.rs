//! What `tests/abi/` says of libcoap.
use crate::{GenerateError, read};
use std::path::Path;

/// An exported function.
pub(crate) struct Function {
    pub(crate) name: String,
    /// The version of libcoap that has it first.
    pub(crate) since: String,
    /// The public header that declares it there.
    pub(crate) header: String,
}

/// Every function that the library exports, by name.
pub(crate) fn functions(root: &Path) -> Result<Vec<Function>, GenerateError> {
    let table = read(root, "tests/abi/functions.tsv")?;
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    Ok(rows.filter_map(function).collect())
}

fn function(row: &str) -> Option<Function> {
    let mut columns = row.split('\t').map(str::to_owned);
    Some(Function { name: columns.next()?, since: columns.next()?, header: columns.next()? })
}

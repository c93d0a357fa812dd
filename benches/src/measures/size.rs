//! What the library takes on a disk, without symbols.
use crate::{
    error::BenchError,
    library::{Flavour, Library},
    table::{Bound, Row, Table},
    workbench::{Pair, Workbench, root},
};
use std::{fs, process::Command};

/// Both builds, in thousands of bytes.
pub(crate) fn measure(_: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    let builds = [("without TLS", Flavour::Notls, 700.0), ("with TLS", Flavour::Openssl, 4_000.0)];
    for (what, flavour, most) in builds {
        let pair = Pair::find(flavour)?;
        let (original, ours) = (stripped(&pair.original)?, stripped(&pair.ours)?);
        let row = Row::new(format!("stripped library {what}, KB"), Some(original), Some(ours));
        table.row(row.goal_of_figure(Bound::AtMost(most)));
    }
    table.note("the original's TLS library is one of its own and not counted");
    Ok(())
}

fn stripped(library: &Library) -> Result<f64, BenchError> {
    let copy = root().join("target/bench/stripped");
    let status = Command::new("strip").arg("-o").arg(&copy).arg(library.file()).status();
    let status = status.map_err(BenchError::system("strip"))?;
    if !status.success() {
        return Err(BenchError::Failed("strip".into(), status.to_string()));
    }
    let bytes = fs::metadata(&copy).map_err(BenchError::system("target/bench/stripped"))?.len();
    Ok(bytes as f64 / 1000.0)
}

//! The measures, a file for each kind.
mod blocks;
mod clients;
mod dtls;
mod instructions;
mod observers;
mod sessions;
mod size;
mod tcp;
mod threads;
mod udp;

use crate::{error::BenchError, table::Table, workbench::Workbench};

/// Measures, and prints its rows.
pub(crate) type Measure = fn(&Workbench, &mut Table) -> Result<(), BenchError>;

/// All of them, with the names that `--only` knows them by.
pub(crate) const ALL: [(&str, Measure); 10] = [
    ("udp", udp::measure),
    ("clients", clients::measure),
    ("tcp", tcp::measure),
    ("observers", observers::measure),
    ("blocks", blocks::measure),
    ("instructions", instructions::measure),
    ("threads", threads::measure),
    ("size", size::measure),
    ("dtls", dtls::measure),
    ("sessiond", sessions::measure),
];

/// Their names, for people.
pub(crate) fn names() -> String {
    ALL.map(|(name, _)| name).join(", ")
}

/// Requests that wait for an answer at any time.
const IN_FLIGHT: &str = "64";

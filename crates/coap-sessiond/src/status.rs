//! `coap-sessiond status`: a table of what a node does, asked for over its REST interface.
mod client;
pub mod report;
mod table;

pub use client::FetchError;

use client::Place;
use std::{
    io::{self, Write},
    thread::sleep,
    time::{Duration, Instant},
};
use thiserror::Error;

/// How often the table is drawn anew.
const REFRESH: Duration = Duration::from_secs(1);
/// Moves a terminal's cursor to its corner and wipes what is behind it.
const WIPE: &str = "\x1b[H\x1b[J";

/// Whose table, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Of the REST interface, for example `http://127.0.0.1:3001`; what follows the port does not matter.
    pub url: String,
    /// Its token; `None`: it needs none.
    pub token: Option<String>,
    /// Whether the table stays and is drawn anew each second, until the program is interrupted.
    pub live: bool,
}

/// Why there is no table.
#[derive(Debug, Error)]
pub enum StatusError {
    /// The node does not say.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// Nobody reads the table any more.
    #[error("the table cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Writes the table to `out`: once, or until that fails.
///
/// # Errors
/// [`StatusError`]: the node is not reached or refuses, the first time, or `out` does not take the table. A table that
/// is there waits for a node that comes back.
pub fn run(options: &Options, out: &mut impl Write) -> Result<(), StatusError> {
    let place: Place = options.url.parse()?;
    let token = options.token.as_deref();
    let mut last = (place.fetch(token)?, Instant::now());
    if !options.live {
        out.write_all(table::draw(&last.0, None).as_bytes())?;
        return Ok(out.flush()?);
    }
    let mut text = table::draw(&last.0, None);
    loop {
        write!(out, "{WIPE}{text}")?;
        out.flush()?;
        sleep(REFRESH);
        match place.fetch(token) {
            Ok(report) => {
                let now = Instant::now();
                text = table::draw(&report, Some((&last.0, now - last.1)));
                last = (report, now);
            }
            Err(error) => text = format!("{}\n{error}\n", table::draw(&last.0, None)),
        }
    }
}

//! Rounds, medians, rows of the table.
use std::{
    fmt,
    io::{self, BufRead, BufReader},
    net::UdpSocket,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use thiserror::Error;

use crate::library::Library;

/// Why a measurement could not be made.
#[derive(Debug, Error)]
pub(crate) enum BenchError {
    /// The library is not where it is looked for.
    #[error("no libcoap-3-openssl.so.3 in {0}: `make lib`, `apt-get install libcoap3-dev`")]
    NoLibrary(PathBuf),
    /// A program cannot be started.
    #[error("{0}: {1}")]
    Start(String, io::Error),
    /// A program ended with an error.
    #[error("{0}: {1}")]
    Failed(String, String),
    /// A program did not print what it should.
    #[error("{0} printed {1:?}")]
    Output(String, String),
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Rounds, of which the median counts. Odd.
    pub(crate) rounds: usize,
    /// How long each one takes, in seconds.
    pub(crate) seconds: f64,
}

impl Plan {
    /// For figures.
    pub(crate) const FULL: Self = Self { rounds: 5, seconds: 3.0 };
    /// To see that everything runs.
    pub(crate) const SMOKE: Self = Self { rounds: 1, seconds: 0.1 };
}

/// One measure on both libraries.
#[derive(Debug)]
pub(crate) struct Row {
    name: &'static str,
    theirs: f64,
    ours: f64,
}

impl Row {
    /// Measures by turns, and takes the medians.
    pub(crate) fn measure(
        name: &'static str,
        plan: Plan,
        libraries: &[Library; 2],
        mut once: impl FnMut(&Library) -> Result<f64, BenchError>,
    ) -> Result<Self, BenchError> {
        let mut rounds = [Vec::new(), Vec::new()];
        for _ in 0..plan.rounds {
            for (library, figures) in libraries.iter().zip(&mut rounds) {
                figures.push(once(library)?);
            }
        }
        let [theirs, ours] = rounds.map(median);
        Ok(Self { name, theirs, ours })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, theirs, ours } = self;
        write!(f, "{name:42} {theirs:>12.0} {ours:>12.0} {:>8.2}", ours / theirs)
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A UDP port that nobody has now.
pub(crate) fn free_port() -> Result<String, BenchError> {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).and_then(|socket| socket.local_addr());
    let address = socket.map_err(|error| BenchError::Start("a port".into(), error))?;
    Ok(address.port().to_string())
}

/// A server that runs as long as this lives.
#[derive(Debug)]
pub(crate) struct Server(Child);

impl Server {
    /// Starts it and waits until it is ready.
    pub(crate) fn start(mut command: Command) -> Result<Self, BenchError> {
        let name = format!("{command:?}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| BenchError::Start(name.clone(), error))?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            let _ = BufReader::new(output).read_line(&mut line);
        }
        let server = Self(child);
        if line == "ready\n" { Ok(server) } else { Err(BenchError::Output(name, line)) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a client that prints `count N in T`; how many a second that is.
pub(crate) fn rate(library: &Library, program: &Path, arguments: &[&str]) -> Result<f64, BenchError> {
    let mut command = library.command(program);
    command.args(arguments);
    let name = format!("{command:?}");
    let output = command.output().map_err(|error| BenchError::Start(name.clone(), error))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(BenchError::Failed(name, String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["count", count, "in", time] => match (count.parse::<f64>(), time.parse::<f64>()) {
            (Ok(count), Ok(time)) if count > 0.0 => Ok(count / time),
            _ => Err(BenchError::Output(name, text)),
        },
        _ => Err(BenchError::Output(name, text)),
    }
}

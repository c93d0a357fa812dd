//! The machine: what it is, which of its processors a program gets.
use crate::error::BenchError;
use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    sys::resource::{Resource, getrlimit, setrlimit},
    unistd::Pid,
};
use std::fs;

/// A line that names the machine.
pub(crate) fn describe() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("", |it| it.1);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{count} x {model}, Linux {}", kernel.trim())
}

/// As many open files as this process may have, for its children too: some have thousands of sockets.
pub(crate) fn allow_many_files() -> Result<(), BenchError> {
    let limit = getrlimit(Resource::RLIMIT_NOFILE);
    limit
        .and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard))
        .map_err(BenchError::system("RLIMIT_NOFILE"))
}

/// How many programs want to run, in the last minute: figures are only worth something where that is next to nothing.
pub(crate) fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN)
}

/// Where programs run: a server and its load on processors of their own, so that neither moves about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// The processor of the server.
    Server,
    /// The processor of what loads it.
    Load,
    /// Wherever the system likes.
    Anywhere,
}

/// Moves a process to its place. Where there is one processor only, that is anywhere.
pub(crate) fn pin(process: Pid, place: Place) -> nix::Result<()> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let mut cpus = (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false));
    // The first and the last: neighbours are often two halves of one core.
    let (Some(first), Some(last)) = (cpus.next(), cpus.next_back()) else { return Ok(()) };
    let cpu = match place {
        Place::Server => first,
        Place::Load => last,
        Place::Anywhere => return Ok(()),
    };
    let mut set = CpuSet::new();
    set.set(cpu)?;
    sched_setaffinity(process, &set)
}

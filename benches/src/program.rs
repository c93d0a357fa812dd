//! A C program that runs: what it prints, what it costs.
use crate::{
    error::BenchError,
    machine::{self, Place},
};
use nix::{
    sys::signal::{Signal, kill},
    time::ClockId,
    unistd::Pid,
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    child: Child,
    output: BufReader<ChildStdout>,
}

/// How many there were in how many seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) number: f64,
    pub(crate) seconds: f64,
}

impl Count {
    pub(crate) fn per_second(self) -> f64 {
        self.number / self.seconds
    }

    /// What one of them takes, if all take so many seconds.
    pub(crate) fn share_of(self, time: Duration) -> f64 {
        time.as_secs_f64() / self.number
    }
}

impl Program {
    /// Starts it.
    pub(crate) fn start(mut command: Command, place: Place) -> Result<Self, BenchError> {
        let name = format!("{command:?}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(BenchError::system(&name))?;
        let output = child.stdout.take().map(BufReader::new);
        let output = output.ok_or_else(|| BenchError::Output(name.clone(), String::new()))?;
        let program = Self { name, child, output };
        machine::pin(program.id(), place).map_err(BenchError::system("the processor"))?;
        Ok(program)
    }

    /// Waits until it says that it is ready.
    pub(crate) fn wait_until_ready(&mut self) -> Result<(), BenchError> {
        let line = self.line()?;
        if line == "ready\n" { Ok(()) } else { Err(BenchError::Output(self.name.clone(), line)) }
    }

    /// Waits for `count N in T`.
    pub(crate) fn count(&mut self) -> Result<Count, BenchError> {
        let line = self.line()?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let count = match words[..] {
            ["count", number, "in", seconds] => number.parse().ok().zip(seconds.parse().ok()),
            _ => None,
        };
        match count {
            Some((number, seconds)) if number > 0.0 && seconds > 0.0 => Ok(Count { number, seconds }),
            _ => Err(BenchError::Output(self.name.clone(), line)),
        }
    }

    /// Lets it go on.
    pub(crate) fn go_on(&mut self) -> Result<(), BenchError> {
        let mut input = self.child.stdin.as_ref();
        input.as_mut().map_or(Ok(()), |input| input.write_all(b"\n")).map_err(BenchError::system(&self.name))
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Result<(), BenchError> {
        let status = self.child.wait().map_err(BenchError::system(&self.name))?;
        if status.success() { Ok(()) } else { Err(BenchError::Failed(self.name.clone(), status.to_string())) }
    }

    /// Asks it to end, and waits for that.
    pub(crate) fn terminate(self) -> Result<(), BenchError> {
        kill(self.id(), Signal::SIGTERM).map_err(BenchError::system(&self.name))?;
        self.finish()
    }

    /// The processor time that it has had.
    pub(crate) fn cpu_time(&self) -> Result<Duration, BenchError> {
        let time = ClockId::pid_cpu_clock_id(self.id()).and_then(ClockId::now);
        time.map(Duration::from).map_err(BenchError::system(&self.name))
    }

    /// The memory that it has, in bytes.
    pub(crate) fn resident(&self) -> Result<f64, BenchError> {
        let path = format!("/proc/{}/status", self.id());
        let text = fs::read_to_string(&path).map_err(BenchError::system(&path))?;
        let kilobytes = text
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.strip_suffix("kB")?.trim().parse::<f64>().ok());
        kilobytes.map(|kilobytes| kilobytes * 1024.0).ok_or(BenchError::Output(path, text))
    }

    fn line(&mut self) -> Result<String, BenchError> {
        let mut line = String::new();
        self.output.read_line(&mut line).map_err(BenchError::system(&self.name))?;
        Ok(line)
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

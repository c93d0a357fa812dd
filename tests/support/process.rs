//! Child processes with a deadline whose output is read line by line.

use std::{
    io::{self, BufRead, BufReader, Read},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

/// Held while a process is made: until it is another program, it has copies of all sockets of this one.
static MAKING: Mutex<()> = Mutex::new(());

/// No process is made while what this returns is kept.
pub fn make_no_process() -> MutexGuard<'static, ()> {
    MAKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program.
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let _making = make_no_process();
    command.spawn()
}

/// What a program printed and how it ended.
pub struct Finished {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// How it ended.
    pub status: ExitStatus,
}

/// A running program; dropped, it is killed.
pub struct Running {
    child: Child,
    name: String,
    lines: Receiver<String>,
    errors: Receiver<String>,
    seen: Vec<String>,
}

impl Running {
    /// Starts `command` with both outputs captured; its standard input ends when it is told to.
    pub fn start(mut command: Command) -> Self {
        let name = format!("{command:?}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn(&mut command).unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines = read_lines(child.stdout.take().expect("stdout is piped"));
        let errors = read_lines(child.stderr.take().expect("stderr is piped"));
        Self { child, name, lines, errors, seen: Vec::new() }
    }

    /// Waits for a line of standard output that `wanted` accepts and returns it.
    ///
    /// # Panics
    /// When none comes within `limit`.
    pub fn wait_for_line(&mut self, limit: Duration, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + limit;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.seen.push(line.clone());
            if wanted(&line) {
                return line;
            }
        }
        panic!(
            "{}: the line did not come; so far:\n{}{}",
            self.name,
            self.seen.concat(),
            self.drain_errors()
        );
    }

    /// Ends the program's standard input, which tells our own servers to stop.
    pub fn close_input(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits for the end of the program.
    ///
    /// # Panics
    /// When it does not end within `limit`.
    pub fn finish(mut self, limit: Duration) -> Finished {
        let end = Instant::now() + limit;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.seen.push(line);
        }
        // Closed outputs mean that the program is over, or about to be.
        let timed_out = Instant::now() >= end && self.child.try_wait().is_ok_and(|status| status.is_none());
        if timed_out {
            let _ = self.child.kill();
        }
        let status = self.child.wait().expect("a child can be waited for");
        let stderr = self.drain_errors();
        let stdout = std::mem::take(&mut self.seen).concat();
        assert!(!timed_out, "{} did not end within {limit:?}; it printed:\n{stdout}{stderr}", self.name);
        Finished { stdout, stderr, status }
    }

    /// Ends the program and returns what it had printed.
    pub fn stop(mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let mut seen = std::mem::take(&mut self.seen);
        seen.extend(self.lines.iter());
        seen.concat()
    }

    /// Whether the program still runs.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_none())
    }

    fn drain_errors(&self) -> String {
        let mut text = String::new();
        while let Ok(line) = self.errors.recv_timeout(Duration::from_millis(200)) {
            text.push_str(&line);
        }
        text
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends each line (with its end) of `stream` until it closes; bytes that are not UTF-8 are replaced.
fn read_lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    receiver
}

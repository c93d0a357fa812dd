//! Programs that are started, written to, and ended.
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

/// Nothing here takes as long, if it works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Who sets this has programs passed over that are not installed.
const WITHOUT_PEERS: &str = "FERROCOAP_WITHOUT_PEERS";

/// A program of somebody else. It ends with this.
pub(crate) struct Program {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    heard: String,
}

impl Program {
    /// `None` if it is not installed and need not be.
    ///
    /// # Panics
    /// If it is not installed although it should be: [`WITHOUT_PEERS`] is not set.
    pub(crate) fn start(directory: &Path, program: &str, arguments: &str) -> Option<Self> {
        let mut command = Command::new(program);
        command.args(arguments.split_whitespace()).current_dir(directory);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                assert!(
                    std::env::var_os(WITHOUT_PEERS).is_some(),
                    "{program} is not installed: tests/install-needs, or {WITHOUT_PEERS}=1 to pass it over"
                );
                eprintln!("{program} is not installed: passed over");
                return None;
            }
            Err(error) => panic!("{program}: {error}"),
        };
        let (sender, lines) = channel();
        let outputs: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for output in outputs {
            let sender = sender.clone();
            thread::spawn(move || {
                let mut output = BufReader::new(output);
                let mut line = Vec::new();
                while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                    let _ = sender.send(String::from_utf8_lossy(&line).into_owned());
                    line.clear();
                }
            });
        }
        let stdin = child.stdin.take();
        Some(Self { child, stdin, lines, heard: String::new() })
    }

    pub(crate) fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Whether it prints `words`, sooner or later.
    pub(crate) fn prints(&mut self, words: &str) -> bool {
        let prints = self.prints_within(words, PATIENCE);
        if !prints {
            eprintln!("{}", self.heard);
        }
        prints
    }

    pub(crate) fn prints_within(&mut self, words: &str, time: Duration) -> bool {
        let end = Instant::now() + time;
        while !self.heard.contains(words) {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.heard += &line,
                Err(_) => return false,
            }
        }
        true
    }

    /// Everything that it prints until it ends.
    pub(crate) fn prints_until_its_end(&mut self) -> String {
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.heard += &line;
        }
        std::mem::take(&mut self.heard)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory with these files.
pub(crate) fn directory(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("peers-{name}"));
    fs::create_dir_all(&path).unwrap();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    path
}

/// A port that nobody uses, at least now.
pub(crate) fn free_udp_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) fn free_tcp_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

//! A node that is a process.
use crate::{PATIENCE, Result, authority::Authority};
use coap_sessiond::{
    identity::{Identity, PeerId},
    status::report::Report,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fmt::Write as _,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const TOKEN: &str = "the-token-of-the-tests";
/// Names the program that is tested, if that is not the one which was built with the tests: `make check` names the
/// optimised one.
const PROGRAM: &str = "FERROCOAP_SESSIOND";
/// Whom all nodes of a test trust.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new().expect("keys can be made"));

/// Whether what is tested is as fast as it ships, so that tests can do as much as they promise.
pub(crate) fn is_optimised() -> bool {
    std::env::var_os(PROGRAM).is_some() || !cfg!(debug_assertions)
}

fn program() -> PathBuf {
    std::env::var_os(PROGRAM).map_or_else(|| env!("CARGO_BIN_EXE_coap-sessiond").into(), PathBuf::from)
}

/// What stands in a node's configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    /// Where it listens for other nodes.
    pub(crate) listen: Option<String>,
    /// The node that it knows, and where that is.
    pub(crate) peer: Option<(PeerId, String)>,
    /// Further lines.
    pub(crate) more: String,
    /// What the shell's `ulimit` is called with before it starts.
    pub(crate) ulimit: Option<String>,
}

/// A running node; it is killed when it is dropped.
pub(crate) struct Node {
    pub(crate) id: PeerId,
    /// Where it listens for other nodes.
    pub(crate) address: Option<SocketAddr>,
    api: SocketAddr,
    directory: PathBuf,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Node {
    pub(crate) fn start(setup: &Setup) -> Result<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("node-{}-{number}", std::process::id()));
        fs::create_dir_all(&directory)?;
        Identity::generate()?.store(&directory.join("node.key"))?;
        Self::start_in(directory, setup)
    }

    fn start_in(directory: PathBuf, setup: &Setup) -> Result<Self> {
        let id = Identity::load(&directory.join("node.key"))?.peer_id();
        write_for_owner(&directory.join("node.toml"), &configuration(setup)?)?;
        if setup.uses("coaps+tcp") {
            let papers = AUTHORITY.papers("127.0.0.1")?;
            for (name, text) in
                [("node.crt", papers.certificate), ("node.pem", papers.key), ("ca.crt", papers.ca)]
            {
                write_for_owner(&directory.join(name), &text)?;
            }
        }
        let program = program();
        let mut command = match &setup.ulimit {
            Some(limit) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")]).arg(&program);
                shell
            }
            None => Command::new(&program),
        };
        let mut child = command
            .args(["--config", "node.toml"])
            .current_dir(&directory)
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let log = child.stderr.take().ok_or("no log")?;
        let api = SocketAddr::from(([127, 0, 0, 1], 0));
        // One that does not start leaves its directory to who tries again.
        let mut node = Self { id, address: None, api, directory: PathBuf::new(), child, log: Arc::default() };
        node.read_log(log)?;
        node.directory = directory;
        Ok(node)
    }

    /// Where it listens is in its log.
    fn read_log(&mut self, log: ChildStderr) -> Result {
        let mut lines = BufReader::new(log).lines();
        let mut said = String::new();
        for line in lines.by_ref() {
            let line = line?;
            self.log.lock().map_err(|_| "the log's reader has panicked")?.push(line.clone());
            let Ok(read) = serde_json::from_str::<serde_json::Value>(&line) else {
                let _ = writeln!(said, "{line}");
                continue;
            };
            let address = || {
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(
                    read["address"].as_str().ok_or("no address")?.parse()?,
                )
            };
            match read["message"].as_str() {
                Some("the REST interface listens") => self.api = address()?,
                Some("listening for other nodes") => self.address = Some(address()?),
                Some("the node is running") => {
                    // Nobody may have to wait for it to be read.
                    let log = Arc::clone(&self.log);
                    let keep = move |line| log.lock().map(|mut log| log.push(line)).unwrap_or_default();
                    thread::spawn(move || lines.map_while(std::io::Result::ok).for_each(keep));
                    return Ok(());
                }
                _ => {}
            }
        }
        Err(format!("the node did not start: {said}").into())
    }

    /// How others reach it.
    pub(crate) fn as_peer(&self, scheme: &str) -> Result<(PeerId, String)> {
        Ok((self.id, format!("{scheme}://{}", self.address.ok_or("it does not listen")?)))
    }

    /// Ends it as the system does: it can say nothing more.
    pub(crate) fn kill(&mut self) -> Result {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// The same node, after it was killed: with its key, and at the same address.
    pub(crate) fn restart(&mut self, setup: &Setup, scheme: &str) -> Result {
        let listen = self.address.map(|address| format!("{scheme}://{address}"));
        let directory = std::mem::take(&mut self.directory);
        let setup = Setup { listen, ..setup.clone() };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match Self::start_in(directory.clone(), &setup) {
                Ok(node) => {
                    *self = node;
                    return Ok(());
                }
                // Another test has taken its port meanwhile, for a while.
                Err(error) if error.to_string().contains("in use") && Instant::now() < deadline => {
                    thread::yield_now();
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks it to stop, and waits for that.
    pub(crate) fn terminate(&mut self) -> Result<ExitStatus> {
        kill(Pid::from_raw(i32::try_from(self.child.id())?), Signal::SIGTERM)?;
        Ok(self.child.wait()?)
    }

    /// Lets it run, or not.
    pub(crate) fn set_running(&self, runs: bool) -> Result {
        let signal = if runs { Signal::SIGCONT } else { Signal::SIGSTOP };
        Ok(kill(Pid::from_raw(i32::try_from(self.child.id())?), signal)?)
    }

    /// Opens a listener for connections to `target`, and says where it is.
    pub(crate) fn open(&self, exit: PeerId, path: &str, target: &str) -> Result<SocketAddr> {
        self.open_for("tcp", exit, path, target)
    }

    /// Opens a listener, and says where it is.
    pub(crate) fn open_for(
        &self,
        transport: &str,
        exit: PeerId,
        path: &str,
        target: &str,
    ) -> Result<SocketAddr> {
        let body = format!(r#"{{"destination": "{exit}", "path": {path}, "target": {target}}}"#);
        let answer: serde_json::Value =
            serde_json::from_str(&self.call("POST", &format!("/session/{transport}"), &body)?)?;
        let port = answer["port"].as_u64().ok_or_else(|| format!("no port: {answer}"))?;
        Ok(SocketAddr::from(([127, 0, 0, 1], u16::try_from(port)?)))
    }

    pub(crate) fn status(&self) -> Result<Report> {
        Ok(serde_json::from_str(&self.call("GET", "/session/status", "")?)?)
    }

    /// Waits until its status is as it should be.
    pub(crate) fn wait_for(&self, mut is_so: impl FnMut(&Report) -> bool) -> Result {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let report = self.status()?;
            if is_so(&report) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("it never came to pass: {report:?}").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn call(&self, method: &str, path: &str, body: &str) -> Result<String> {
        let mut stream = TcpStream::connect(self.api)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "{method} /api/v3{path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {TOKEN}\r\n\
             Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        match head.split(' ').nth(1) {
            Some("200") => Ok(body.to_owned()),
            _ => Err(format!("{head} {body}").into()),
        }
    }

    /// Waits until a line of its log has all of this.
    pub(crate) fn wait_for_line(&self, parts: &[&str]) -> Result {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = self.log.lock().map_err(|_| "the log's reader has panicked")?.clone();
            if log.iter().any(|line| parts.iter().all(|part| line.contains(part))) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("no line with {parts:?}: {log:#?}").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its memory in KB.
    pub(crate) fn resident(&self) -> Result<usize> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
    }

    /// How many descriptors it may have: so many now, so many if it asks for them.
    pub(crate) fn allowed_descriptors(&self) -> Result<(u64, u64)> {
        let limits = fs::read_to_string(format!("/proc/{}/limits", self.child.id()))?;
        let line =
            limits.lines().find_map(|line| line.strip_prefix("Max open files")).ok_or("no such limit")?;
        let mut words = line.split_whitespace();
        let mut next = || words.next().ok_or("no number");
        Ok((next()?.parse()?, next()?.parse()?))
    }

    /// How many descriptors it has.
    pub(crate) fn descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.kill();
        if !self.directory.as_os_str().is_empty() {
            let _ = fs::remove_dir_all(&self.directory);
        }
    }
}

impl Setup {
    /// Whether it has a link of this kind.
    fn uses(&self, scheme: &str) -> bool {
        let uris = self.listen.iter().chain(self.peer.iter().map(|(_, uri)| uri));
        uris.into_iter().any(|uri| scheme_of(uri) == scheme)
    }
}

fn scheme_of(uri: &str) -> &str {
    uri.split_once("://").map_or("", |(scheme, _)| scheme)
}

/// Both ends of DTLS links have the same key, both ends of TLS links certificates of the same CA.
fn configuration(setup: &Setup) -> Result<String> {
    const PSK: &str = r#"identity = "tests", key = "a secret of 18 bytes""#;
    const CERTIFICATES: &str = r#"cert = "node.crt", key = "node.pem", ca = "ca.crt""#;
    let mut text = String::from("[node]\nidentity = \"node.key\"\n");
    if let Some(listen) = &setup.listen {
        writeln!(text, "listen = [\"{listen}\"]")?;
    }
    write!(
        text,
        "[api]\nlisten = \"127.0.0.1:0\"\ntoken = \"{TOKEN}\"\n[exit]\nallow = [\"127.0.0.0/8:*\"]\n\
         [log]\nformat = \"json\"\n"
    )?;
    match setup.listen.as_deref().map(scheme_of) {
        Some("coaps") => writeln!(text, "[server]\npsk = [{{ {PSK} }}]")?,
        Some("coaps+tcp") => writeln!(text, "[server]\ncertificates = {{ {CERTIFICATES} }}")?,
        _ => {}
    }
    if let Some((id, uri)) = &setup.peer {
        writeln!(text, "[[peer]]\nid = \"{id}\"\nuri = \"{uri}\"")?;
        match scheme_of(uri) {
            "coaps" => writeln!(text, "psk = {{ {PSK} }}")?,
            "coaps+tcp" => writeln!(text, "certificates = {{ {CERTIFICATES} }}")?,
            _ => {}
        }
    }
    text.push_str(&setup.more);
    Ok(text)
}

/// A file that nobody else can read, anew.
fn write_for_owner(path: &Path, text: &str) -> Result {
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}

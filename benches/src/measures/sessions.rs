//! `coap-sessiond` beside `socat`: the same connection, forwarded by either.
use crate::{
    error::BenchError,
    machine::Place,
    program::Program,
    rounds::Rounds,
    table::{Bound, Row, Table},
    workbench::{Workbench, free_port, root},
};
use std::{
    env, fs,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

const TOKEN: &str = "the-token-of-the-bench";
/// How long something may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who forwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Forwarder {
    /// As it is.
    Socat,
    /// With buffers of 64 KiB instead of 8.
    SocatInLargePieces,
    /// Two nodes, and what is between them.
    Ours(&'static str),
}

/// What a link goes over, and how fast it should be.
const LINKS: [(&str, f64); 3] = [("coaps+tcp", 0.4), ("coap", 0.15), ("coaps", 0.0)];

/// How fast a connection is, and what one costs that does nothing.
pub(crate) fn measure(bench: &Workbench, table: &mut Table) -> Result<(), BenchError> {
    if Command::new("socat").arg("-V").output().is_err() {
        table.note("no comparison with socat: it is not installed");
        return Ok(());
    }
    let program = program();
    if !program.exists() {
        table.note(format_args!("no coap-sessiond: {} is not there", program.display()));
        return Ok(());
    }
    let directory = root().join("target/bench/sessiond");
    fs::create_dir_all(&directory).map_err(BenchError::system("target/bench/sessiond"))?;
    make_certificates(&directory)?;
    let mut cases = vec![Forwarder::Socat, Forwarder::SocatInLargePieces];
    cases.extend(LINKS.map(|(scheme, _)| Forwarder::Ours(scheme)));
    let rounds = Rounds::measure(bench.plan.rounds, &cases, |case| {
        let target = Target::start()?;
        let (_running, port) = forward(case, &program, &directory, target.port)?;
        transfer(&target, port, Duration::from_secs_f64(bench.plan.seconds))
    })?;
    let median = |case| rounds.median(case, |rate: &f64| *rate);
    let (socat, in_large) = (median(Forwarder::Socat), median(Forwarder::SocatInLargePieces));
    for (scheme, goal) in LINKS {
        let ours = median(Forwarder::Ours(scheme));
        let row = Row::new(format!("a connection over {scheme}, MB/s (original: socat)"), socat, ours);
        let row = row.floor(in_large);
        table.row(if goal > 0.0 { row.goal(Bound::AtLeast(goal)) } else { row });
    }
    let each = memory(bench, &program, &directory)?;
    let row = Row::new("memory of an idle connection at a node, bytes", None, Some(each));
    table.row(row.goal_of_figure(Bound::AtMost(65_536.0)));
    Ok(())
}

/// The daemon, as `make bench` leaves it.
fn program() -> PathBuf {
    let named = env::var_os("FERROCOAP_SESSIOND").map(PathBuf::from);
    named.unwrap_or_else(|| root().join("target/release/coap-sessiond"))
}

/// A target that throws away what comes, and says how much it was.
struct Target {
    listener: TcpListener,
    port: u16,
}

impl Target {
    fn start() -> Result<Self, BenchError> {
        let system = || BenchError::system("the target");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(system())?;
        let port = listener.local_addr().map_err(system())?.port();
        Ok(Self { listener, port })
    }
}

/// Starts who forwards to a port, and says at which one.
fn forward(
    case: Forwarder,
    program: &Path,
    directory: &Path,
    target: u16,
) -> Result<(Vec<Program>, u16), BenchError> {
    match case {
        Forwarder::Socat | Forwarder::SocatInLargePieces => {
            let port = free_port()?;
            let mut command = Command::new("socat");
            if case == Forwarder::SocatInLargePieces {
                command.arg("-b65536");
            }
            command.arg(format!("TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,nodelay"));
            command.arg(format!("TCP:127.0.0.1:{target},nodelay"));
            let socat = Program::start(command, Place::Anywhere)?;
            Ok((vec![socat], number(&port)?))
        }
        Forwarder::Ours(scheme) => {
            let nodes = Nodes::start(program, directory, scheme)?;
            let port = nodes.open(&format!(r#"{{"Plain": "127.0.0.1:{target}"}}"#))?;
            Ok((nodes.running, port))
        }
    }
}

/// An entry and an exit.
struct Nodes {
    running: Vec<Program>,
    api: String,
    exit: String,
}

impl Nodes {
    fn start(program: &Path, directory: &Path, scheme: &str) -> Result<Self, BenchError> {
        let (link, api) = (free_port()?, free_port()?);
        keygen(program, &directory.join("entry.key"))?;
        let exit = keygen(program, &directory.join("exit.key"))?;
        let (of_server, of_peer) = match scheme {
            "coaps+tcp" => (
                "[server.certificates]\ncert = \"node.crt\"\nkey = \"node.pem\"\nca = \"ca.crt\"\n",
                "certificates = { cert = \"node.crt\", key = \"node.pem\", ca = \"ca.crt\" }\n",
            ),
            "coaps" => (
                "[[server.psk]]\nidentity = \"bench\"\nkey = \"sixteen characters\"\n",
                "psk = { identity = \"bench\", key = \"sixteen characters\" }\n",
            ),
            _ => ("", ""),
        };
        let uri = format!("{scheme}://127.0.0.1:{link}");
        let of_exit = format!(
            "[node]\nidentity = \"exit.key\"\nlisten = [\"{uri}\"]\n[exit]\nallow = [\"127.0.0.0/8:*\"]\n\
             {of_server}[log]\nlevel = \"error\"\n"
        );
        let of_entry = format!(
            "[node]\nidentity = \"entry.key\"\n[api]\nlisten = \"127.0.0.1:{api}\"\ntoken = \"{TOKEN}\"\n\
             [[peer]]\nid = \"{exit}\"\nuri = \"{uri}\"\n{of_peer}[log]\nlevel = \"error\"\n"
        );
        let mut running = Vec::new();
        for (name, text) in [("exit", of_exit), ("entry", of_entry)] {
            let file = directory.join(name).with_extension("toml");
            write_for_owner(&file, &text)?;
            let mut command = Command::new(program);
            command.arg("--config").arg(&file);
            running.push(Program::start(command, Place::Anywhere)?);
        }
        Ok(Self { running, api: format!("127.0.0.1:{api}"), exit })
    }

    /// Opens a listener.
    fn open(&self, target: &str) -> Result<u16, BenchError> {
        let port = free_port()?;
        let body = format!(
            r#"{{"destination": "{}", "path": {{"Hops": 0}}, "target": {target}, "listenHost": "127.0.0.1:{port}"}}"#,
            self.exit
        );
        let system = || BenchError::system("the REST interface");
        let mut stream = connect(&self.api).map_err(system())?;
        write!(
            stream,
            "POST /api/v3/session/tcp HTTP/1.1\r\nHost: bench\r\nX-Auth-Token: {TOKEN}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .map_err(system())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(system())?;
        if answer.starts_with("HTTP/1.1 200 ") {
            number(&port)
        } else {
            Err(BenchError::Output("the REST interface".into(), answer))
        }
    }
}

/// Sends for a while through a port to the target, and says how many MB a second arrived.
fn transfer(target: &Target, port: u16, time: Duration) -> Result<f64, BenchError> {
    let system = || BenchError::system("the connection");
    let mut client = connect(&format!("127.0.0.1:{port}")).map_err(system())?;
    client.write_all(&[0; 100]).map_err(system())?;
    let (mut far, _) = target.listener.accept().map_err(system())?;
    far.read_exact(&mut [0; 100]).map_err(system())?;
    let begin = Instant::now();
    let sender = thread::spawn(move || -> io::Result<()> {
        let piece = vec![7; 1 << 16];
        while begin.elapsed() < time {
            client.write_all(&piece)?;
        }
        client.shutdown(Shutdown::Write)?;
        // It stays open until everything has arrived.
        client.read_to_end(&mut Vec::new()).map(drop)
    });
    let (mut buffer, mut count) = (vec![0; 1 << 18], 0);
    loop {
        match far.read(&mut buffer).map_err(system())? {
            0 => break,
            read => count += read,
        }
    }
    let rate = count as f64 / 1e6 / begin.elapsed().as_secs_f64();
    drop(far);
    let sent = sender.join().map_err(|_| io::Error::other("the sender has panicked"));
    sent.and_then(|sent| sent).map_err(system())?;
    Ok(rate)
}

/// What the entry grows by with each connection that does nothing.
fn memory(bench: &Workbench, program: &Path, directory: &Path) -> Result<f64, BenchError> {
    let system = || BenchError::system("a connection");
    let nodes = Nodes::start(program, directory, "coaps+tcp")?;
    let port = nodes.open(r#"{"Service": 0}"#)?;
    let entry = nodes.running.last().ok_or_else(|| BenchError::Output("nodes".into(), String::new()))?;
    let open = || -> io::Result<TcpStream> {
        let mut client = connect(&format!("127.0.0.1:{port}"))?;
        client.write_all(b"once")?;
        client.read_exact(&mut [0; 4])?;
        Ok(client)
    };
    let _first = open().map_err(system())?;
    let before = entry.resident()?;
    let clients = (0..bench.plan.idle_tunnels).map(|_| open()).collect::<io::Result<Vec<_>>>();
    let clients = clients.map_err(system())?;
    Ok(((entry.resident()? - before) / clients.len() as f64).max(1.0))
}

/// A connection to somebody who may just have been started.
fn connect(at: &str) -> io::Result<TcpStream> {
    let begin = Instant::now();
    loop {
        match TcpStream::connect(at) {
            Err(_) if begin.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(10)),
            outcome => {
                let stream = outcome?;
                stream.set_read_timeout(Some(Duration::from_secs(60)))?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
        }
    }
}

/// Makes a node's key, and says its peer ID.
fn keygen(program: &Path, file: &Path) -> Result<String, BenchError> {
    let _ = fs::remove_file(file);
    let output = Command::new(program).arg("keygen").arg(file).output();
    let output = output.map_err(BenchError::system(program.to_string_lossy()))?;
    let (printed, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        Ok(printed.trim().to_owned())
    } else {
        Err(BenchError::Failed("keygen".into(), errors.into_owned()))
    }
}

/// A CA, and a certificate for this machine.
fn make_certificates(directory: &Path) -> Result<(), BenchError> {
    let own = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-x509"];
    let calls: [&[&str]; 2] = [
        &["-keyout", "ca.pem", "-out", "ca.crt", "-subj", "/CN=bench CA"],
        &[
            "-keyout",
            "node.pem",
            "-out",
            "node.crt",
            "-subj",
            "/CN=node",
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.pem",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ],
    ];
    for arguments in calls {
        let mut command = Command::new("openssl");
        command.arg("req").args(own).args(arguments).current_dir(directory);
        let output = command.output().map_err(BenchError::system("openssl"))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(BenchError::Failed("openssl req".into(), errors));
        }
    }
    Ok(())
}

/// A file that only its owner can read: there are keys in it.
fn write_for_owner(file: &Path, text: &str) -> Result<(), BenchError> {
    use std::os::unix::fs::OpenOptionsExt;
    let system = || BenchError::system(file.to_string_lossy());
    let mut options = fs::OpenOptions::new();
    let opened = options.write(true).create(true).truncate(true).mode(0o600).open(file);
    opened.map_err(system())?.write_all(text.as_bytes()).map_err(system())
}

fn number(port: &str) -> Result<u16, BenchError> {
    port.parse().map_err(|_| BenchError::Output("a port".into(), port.to_owned()))
}

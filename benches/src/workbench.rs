//! What all measures work with: the libraries, the compiled programs, the plan.
use crate::{
    error::BenchError,
    library::{Flavour, Library, compile_alone},
    machine::{self, Place},
    plan::Plan,
    program::Program,
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The distribution's libcoap.
    Original,
    /// This project's library.
    Ours,
    /// A responder that knows no CoAP.
    Floor,
}

/// The libraries, in the order of the table's columns.
pub(crate) const BOTH: [Subject; 2] = [Subject::Original, Subject::Ours];

/// A library of each, in one flavour. Programs are linked with the original.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) original: Library,
    pub(crate) ours: Library,
}

impl Pair {
    pub(crate) fn find(flavour: Flavour) -> Result<Self, BenchError> {
        Ok(Self { original: Library::original(flavour)?, ours: Library::ours(flavour)? })
    }

    /// A program that was linked with the original, on either; on the floor it needs none.
    pub(crate) fn command(&self, subject: Subject, program: &Path) -> Command {
        let mut command = Command::new(program);
        match subject {
            Subject::Original => self.original.load_into(&mut command),
            Subject::Ours => self.ours.load_into(&mut command),
            Subject::Floor => {}
        }
        command
    }
}

/// What all measures work with.
#[derive(Debug)]
pub(crate) struct Workbench {
    pub(crate) plan: Plan,
    pair: Pair,
    floor: PathBuf,
    server: PathBuf,
}

impl Workbench {
    /// Finds the libraries without TLS, compiles the servers.
    pub(crate) fn new(plan: Plan) -> Result<Self, BenchError> {
        machine::allow_many_files()?;
        let pair = Pair::find(Flavour::Notls)?;
        let (floor, server) = (compile_alone("floor")?, pair.original.compile("server")?);
        Ok(Self { plan, pair, floor, server })
    }

    /// Compiles a program that uses the library.
    pub(crate) fn compile(&self, name: &str) -> Result<PathBuf, BenchError> {
        self.pair.original.compile(name)
    }

    /// A program on a library without TLS.
    pub(crate) fn command(&self, subject: Subject, program: &Path) -> Command {
        self.pair.command(subject, program)
    }

    /// The command that serves on a port: `protocol` is `udp` or `tcp`.
    pub(crate) fn server_command(&self, subject: Subject, port: &str, protocol: &str) -> Command {
        match subject {
            Subject::Floor => {
                let mut command = Command::new(&self.floor);
                command.arg(port);
                command
            }
            Subject::Original | Subject::Ours => {
                let mut command = self.command(subject, &self.server);
                command.args([port, protocol]);
                command
            }
        }
    }

    /// A server that is ready.
    pub(crate) fn serve(&self, subject: Subject, port: &str, protocol: &str) -> Result<Program, BenchError> {
        let mut server = Program::start(self.server_command(subject, port, protocol), Place::Server)?;
        server.wait_until_ready()?;
        Ok(server)
    }
}

/// Starts a program that loads a server.
pub(crate) fn load(mut command: Command, arguments: &[&str]) -> Result<Program, BenchError> {
    command.args(arguments);
    Program::start(command, Place::Load)
}

/// A port that nobody has now, for UDP and TCP. It is none of those that the system gives to clients, of which
/// thousands are in use at times.
pub(crate) fn free_port() -> Result<String, BenchError> {
    // `net.ipv4.ip_local_port_range` begins behind these.
    const PORTS: Range<u32> = 10_000..30_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let (first, count) = (std::process::id().wrapping_mul(101), PORTS.end - PORTS.start);
    let mut last = io::ErrorKind::AddrInUse.into();
    for _ in PORTS {
        let port = PORTS.start + first.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % count;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port as u16));
        match UdpSocket::bind(address).and_then(|_| TcpListener::bind(address)) {
            Ok(_) => return Ok(port.to_string()),
            Err(error) => last = error,
        }
    }
    Err(BenchError::System("a port".into(), last))
}

/// The project's directory.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

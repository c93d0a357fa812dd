//! Pairs of a client program and a server program.
use crate::support::{
    library::Library,
    process::{Finished, Running},
    udp,
};
use std::{process::Command, time::Duration};

/// No program takes this long.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// A program and what it runs on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The program that is made for OpenSSL, on the original.
    OpenSsl,
    /// The program that is made for GnuTLS, on the original.
    GnuTls,
    /// The former on ours.
    Ours,
    /// The latter on ours.
    OursForGnuTls,
}

/// A pair.
#[derive(Clone, Copy)]
pub(crate) struct Ways {
    pub(crate) server: Side,
    pub(crate) client: Side,
}

/// Ours with everybody in both roles, and the originals among themselves, to see what is usual.
const ALL: [Ways; 8] = {
    use Side::{GnuTls, OpenSsl, Ours, OursForGnuTls};
    [
        Ways { server: Ours, client: Ours },
        Ways { server: Ours, client: OpenSsl },
        Ways { server: Ours, client: GnuTls },
        Ways { server: OpenSsl, client: Ours },
        Ways { server: GnuTls, client: Ours },
        Ways { server: OursForGnuTls, client: OursForGnuTls },
        Ways { server: OpenSsl, client: OpenSsl },
        Ways { server: GnuTls, client: GnuTls },
    ]
};

impl Side {
    pub(crate) fn is_ours(self) -> bool {
        matches!(self, Self::Ours | Self::OursForGnuTls)
    }

    fn command(self, program: &str) -> Command {
        let (flavour, library) = match self {
            Self::OpenSsl => ("openssl", Library::reference()),
            Self::GnuTls => ("gnutls", Library::reference()),
            Self::Ours => ("openssl", Library::ours()),
            Self::OursForGnuTls => ("gnutls", Library::ours()),
        };
        let mut command = Command::new(format!("{program}-{flavour}"));
        library.use_in(&mut command);
        command
    }

    /// Starts `coap-server` with keys: it listens at a port for those without, and at the next one for the others.
    pub(crate) fn serve(self, arguments: &[&str]) -> Server {
        let port = udp::free_port();
        let mut command = self.command("coap-server");
        command.args(["-A", "127.0.0.1", "-p", &port.to_string()]).args(arguments);
        let running = Running::start(command);
        if !udp::wait_for_server("127.0.0.1", port) {
            panic!("{arguments:?}: no answer at port {port}:\n{}", running.stop());
        }
        Server { port: port + 1, running }
    }

    /// Runs `coap-client`.
    pub(crate) fn ask(self, arguments: &[&str], uri: &str) -> Finished {
        let mut command = self.command("coap-client");
        command.args(arguments).arg(uri);
        Running::start(command).finish(LIMIT)
    }

    /// Starts `coap-client`.
    pub(crate) fn start(self, arguments: &[&str], uri: &str) -> Running {
        let mut command = self.command("coap-client");
        command.args(arguments).arg(uri);
        Running::start(command)
    }

    fn name(self) -> &'static str {
        match self {
            Self::OpenSsl => "OpenSSL",
            Self::GnuTls => "GnuTLS",
            Self::Ours => "ours",
            Self::OursForGnuTls => "ours for GnuTLS",
        }
    }
}

impl Ways {
    pub(crate) fn name(self) -> String {
        format!("client: {}, server: {}", self.client.name(), self.server.name())
    }
}

/// A server that runs.
pub(crate) struct Server {
    /// Where it is secured.
    pub(crate) port: u16,
    running: Running,
}

impl Server {
    /// The URI of a resource. The server's name is that of its certificate.
    pub(crate) fn uri(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://localhost:{}{path}", self.port)
    }

    /// Ends the server, which has to be there still. What it has printed.
    pub(crate) fn stop(mut self) -> String {
        let alive = self.running.is_alive();
        let printed = self.running.stop();
        assert!(alive, "the server ended:\n{printed}");
        printed
    }
}

/// Has all pairs live through a story, two at a time.
pub(crate) fn all_ways(story: impl Fn(Ways) + Sync) {
    for pairs in ALL.chunks(2) {
        std::thread::scope(|scope| {
            for ways in pairs {
                scope.spawn(|| story(*ways));
            }
        });
    }
}

/// Whether a client of these arguments is answered by a server of those, in all pairs.
pub(crate) fn is_answered(answered: bool, scheme: &str, server: &[&str], client: &[&str]) {
    is_answered_as(|_| answered, scheme, server, client);
}

/// As [`is_answered`], where not all pairs do the same.
pub(crate) fn is_answered_as(
    answered: impl Fn(Ways) -> bool + Sync,
    scheme: &str,
    server: &[&str],
    client: &[&str],
) {
    all_ways(|ways| {
        let server = ways.server.serve(server);
        // An answer may take its time; there is no use in waiting as long for none.
        let patience = ["-B", if answered(ways) { "30" } else { "4" }];
        let finished = ways.client.ask(&[&patience, client].concat(), &server.uri(scheme, "/"));
        let printed = server.stop();
        assert_eq!(
            finished.stdout.contains("This is a test server made with libcoap"),
            answered(ways),
            "{}, {scheme}\n{}{}server:\n{printed}",
            ways.name(),
            finished.stdout,
            finished.stderr
        );
    });
}

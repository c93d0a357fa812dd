//! Four ways to run a client program and a server program: each on the original and on ours.
use crate::support::{
    differences::side_by_side,
    library::Library,
    process::{Finished, Running},
    udp,
};
use std::{process::Command, time::Duration};

/// No program takes this long.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// What one client is asked to do: its arguments before the URI, and the URI's path.
pub(crate) type Step = (&'static [&'static str], &'static str);

/// On what client and server run.
pub(crate) struct Ways {
    pub(crate) server: Library,
    pub(crate) client: Library,
}

/// A server that runs, and the port it listens on.
pub(crate) struct Server {
    pub(crate) port: u16,
    program: &'static str,
    running: Running,
}

impl Ways {
    /// Says which of the four this is.
    pub(crate) fn name(&self) -> String {
        format!("client on {}, server on {}", self.client.tag(), self.server.tag())
    }

    /// Starts `coap-server` on 127.0.0.1.
    pub(crate) fn start_server(&self, arguments: &[&str]) -> Server {
        self.start("coap-server-notls", "127.0.0.1", arguments)
    }

    /// Starts a server program on an address of this machine.
    pub(crate) fn start(&self, program: &'static str, host: &str, arguments: &[&str]) -> Server {
        let port = udp::free_port();
        let mut command = Command::new(program);
        command.args(["-A", host, "-p", &port.to_string()]).args(arguments);
        self.server.use_in(&mut command);
        let running = Running::start(command);
        if !udp::wait_for_server(host, port) {
            panic!("{}: {program} does not answer at port {port}:\n{}", self.name(), running.stop());
        }
        Server { port, program, running }
    }

    /// Starts `coap-client` for a path at a port of 127.0.0.1.
    pub(crate) fn start_client(&self, arguments: &[&str], port: u16, path: &str) -> Running {
        self.start_client_over("coap", arguments, port, path)
    }

    /// As [`Ways::start_client`], with another scheme.
    pub(crate) fn start_client_over(
        &self,
        scheme: &str,
        arguments: &[&str],
        port: u16,
        path: &str,
    ) -> Running {
        let uri = format!("{scheme}://127.0.0.1:{port}{path}");
        start_client(&self.client, &[arguments, &[&uri]].concat())
    }

    /// Runs `coap-client` for a path at a port of 127.0.0.1.
    pub(crate) fn ask(&self, arguments: &[&str], port: u16, path: &str) -> Finished {
        self.start_client(arguments, port, path).finish(LIMIT)
    }
}

impl Server {
    /// Ends the server, which has to be there still.
    pub(crate) fn stop(mut self) {
        let alive = self.running.is_alive();
        let printed = self.running.stop();
        assert!(alive, "{} ended:\n{printed}", self.program);
    }
}

/// Starts `coap-client`.
pub(crate) fn start_client(library: &Library, arguments: &[&str]) -> Running {
    let mut command = Command::new("coap-client-notls");
    command.args(arguments);
    library.use_in(&mut command);
    Running::start(command)
}

/// Runs the same story in all four ways, all at once, and returns what it tells, which has to be the same each time.
pub(crate) fn four_ways(story: impl Fn(&Ways) -> String + Sync) -> String {
    let libraries = [Library::reference, Library::ours];
    let all: Vec<_> = libraries
        .iter()
        .flat_map(|server| libraries.iter().map(|client| Ways { server: server(), client: client() }))
        .collect();
    let told: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = all.iter().map(|ways| scope.spawn(|| story(ways))).collect();
        running.into_iter().map(|story| story.join().expect("the story goes on to its end")).collect()
    });
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for (ways, text) in all.iter().zip(&told).skip(1) {
        let different = || side_by_side(&lines(&told[0]), &lines(text));
        assert!(*text == told[0], "{} / {}:\n{}", all[0].name(), ways.name(), different());
    }
    told.into_iter().next().unwrap_or_default()
}

/// Runs the same steps against the same `coap-server` in all four ways; returns what the client prints.
pub(crate) fn steps(arguments: &[&str], steps: &[Step]) -> String {
    steps_at("127.0.0.1", "coap-server-notls", arguments, steps)
}

/// As [`steps`], with another server or address.
pub(crate) fn steps_at(host: &str, server: &'static str, arguments: &[&str], steps: &[Step]) -> String {
    steps_over("coap", host, server, arguments, steps)
}

/// As [`steps_at`], with another scheme.
pub(crate) fn steps_over(
    scheme: &str,
    host: &str,
    server: &'static str,
    arguments: &[&str],
    steps: &[Step],
) -> String {
    let host_in_uri = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    four_ways(|ways| {
        let server = ways.start(server, host, arguments);
        let mut text = String::new();
        for (options, path) in steps {
            let uri = format!("{scheme}://{host_in_uri}:{}{path}", server.port);
            let finished = start_client(&ways.client, &[*options, &[uri.as_str()]].concat()).finish(LIMIT);
            text.push_str(&format!("{options:?} {path}\n{}\n", normal(&finished, server.port)));
        }
        server.stop();
        text
    })
}

/// What the client printed, without what differs from run to run: message IDs, tokens, ports, names that the server
/// made. Of the log, the messages that are shown; what else the two say about their work is their own.
pub(crate) fn normal(finished: &Finished, port: u16) -> String {
    let text = format!("{}{}", finished.stdout, finished.stderr);
    let kept = text.lines().filter(|line| !is_log_line(line));
    let mut lines: Vec<_> = kept.map(|line| normal_line(&line.replace(&port.to_string(), "PORT"))).collect();
    // 4.3.1 shows a message once as the program hands it over and once as it is sent.
    lines.dedup();
    lines.join("\n")
}

fn normal_line(line: &str) -> String {
    let word = |word: &str| match word {
        _ if word.starts_with("i:") => "i:MID".to_owned(),
        _ if word.starts_with('{') && word.ends_with('}') => "{TOKEN}".to_owned(),
        _ => word.to_owned(),
    };
    // 4.3.4 adds a Request-Tag to requests and the default Content-Format to large responses, 4.3.1 does not.
    let words = line.split(' ').filter(|word| !word.starts_with("Request-Tag:"));
    let line = words.map(word).collect::<Vec<_>>().join(" ").replace(", ]", " ]");
    let line = line.replace("[ Content-Format:text/plain, Max-Age", "[ Max-Age");
    let line = line.replace("[ Content-Format:text/plain ] ::", "[ ] ::");
    // The resource directory names what is registered at random.
    let mut parts = line.split("</rd/");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "</rd/NAME" + &part[part.find('>').unwrap_or(0)..])
}

/// Whether a line starts with a date, a time and a level.
fn is_log_line(line: &str) -> bool {
    const LEVELS: [&str; 8] = ["EMRG", "ALRT", "CRIT", "ERR", "WARN", "NOTE", "INFO", "DEBG"];
    line.split(' ').take(5).any(|word| LEVELS.contains(&word)) && line.contains(':')
}

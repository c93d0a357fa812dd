//! Two sides of a handshake, each on a library of its own, and what they were told.
use crate::support::{Program, library::Library, pki, process::Running};
use std::{sync::LazyLock, time::Duration};

/// No program takes this long.
const LIMIT: Duration = Duration::from_secs(60);

/// One program, compiled once: what differs is the library that the loader finds.
static PROGRAM: LazyLock<Program> =
    LazyLock::new(|| Program::compile("c-tests/secure/side.c", &Library::reference()));

/// The library that one side runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    /// The original, built with OpenSSL.
    OpenSsl,
    /// The original, built with GnuTLS.
    GnuTls,
}

/// What they speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    Dtls,
    Tls,
}

/// Who talks with whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair {
    pub(crate) server: Side,
    pub(crate) client: Side,
    pub(crate) over: Over,
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Server,
    Client,
}

/// What both have printed.
pub(crate) struct Told {
    pair: Pair,
    pub(crate) server: String,
    pub(crate) client: String,
}

/// Ours with everybody in both roles, and the originals with themselves, to see what is usual.
const PAIRS: [(Side, Side); 7] = {
    use Side::{GnuTls, OpenSsl, Ours};
    [
        (Ours, Ours),
        (Ours, OpenSsl),
        (Ours, GnuTls),
        (OpenSsl, Ours),
        (GnuTls, Ours),
        (OpenSsl, OpenSsl),
        (GnuTls, GnuTls),
    ]
};

impl Side {
    fn library(self) -> Library {
        match self {
            Self::Ours => Library::ours(),
            Self::OpenSsl => Library::reference_with("openssl"),
            Self::GnuTls => Library::reference_with("gnutls"),
        }
    }
}

/// Has all pairs live through a story over DTLS and over TLS, two at a time.
pub(crate) fn all_pairs(story: impl Fn(Pair) + Sync) {
    each_of(&PAIRS, &[Over::Dtls, Over::Tls], story);
}

/// As [`all_pairs`], over DTLS alone.
pub(crate) fn all_pairs_over_dtls(story: impl Fn(Pair) + Sync) {
    each_of(&PAIRS, &[Over::Dtls], story);
}

/// As [`all_pairs`], without those that have nothing of ours.
pub(crate) fn pairs_with_ours(story: impl Fn(Pair) + Sync) {
    let pairs: Vec<_> =
        PAIRS.into_iter().filter(|&(server, client)| server == Side::Ours || client == Side::Ours).collect();
    each_of(&pairs, &[Over::Dtls, Over::Tls], story);
}

fn each_of(pairs: &[(Side, Side)], over: &[Over], story: impl Fn(Pair) + Sync) {
    std::thread::scope(|scope| {
        for &over in over {
            let story = &story;
            scope.spawn(move || {
                for &(server, client) in pairs {
                    story(Pair { server, client, over });
                }
            });
        }
    });
}

/// The words for a CA's file and, perhaps, a certificate.
pub(crate) fn with(certificate: Option<&str>, ca: &str) -> Vec<String> {
    let mut words = vec!["verify_peer_cert".into(), "check_common_ca".into()];
    words.push(format!("ca={}", pki::file(ca)));
    if let Some(name) = certificate {
        words.push(format!("certificate={}", pki::file(&format!("{name}.pem"))));
        words.push(format!("key={}", pki::file(&format!("{name}.key"))));
    }
    words
}

/// These words and more.
pub(crate) fn and(mut words: Vec<String>, more: &[&str]) -> Vec<String> {
    words.extend(more.iter().map(|&word| word.to_owned()));
    words
}

impl Pair {
    /// Who has that role.
    pub(crate) fn side(self, role: Role) -> Side {
        match role {
            Role::Server => self.server,
            Role::Client => self.client,
        }
    }

    /// A client of these words asks a server of those.
    pub(crate) fn meet(self, server: &[String], client: &[String]) -> Told {
        let over = match self.over {
            Over::Dtls => "dtls",
            Over::Tls => "tls",
        };
        let mut running = start(self.server, &["server", over], server);
        let port = running.wait_for_line(LIMIT, |line| line.starts_with("port "));
        let port = port["port ".len()..].trim();
        let client = start(self.client, &["client", over, port], client).finish(LIMIT);
        running.close_input();
        let server = running.finish(LIMIT);
        let told = Told {
            pair: self,
            server: server.stdout + &server.stderr,
            client: client.stdout + &client.stderr,
        };
        assert!(server.status.success() && client.status.success(), "{told}");
        told
    }
}

impl Told {
    /// What the side in that role has printed.
    pub(crate) fn of(&self, role: Role) -> &str {
        match role {
            Role::Server => &self.server,
            Role::Client => &self.client,
        }
    }
}

fn start(side: Side, role: &[&str], words: &[String]) -> Running {
    let words: Vec<&str> = role.iter().copied().chain(words.iter().map(String::as_str)).collect();
    PROGRAM.start(&side.library(), &words)
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { pair, server, client } = self;
        writeln!(f, "{pair:?}\n-- client\n{client}-- server\n{server}")
    }
}

//! Reads a configuration file.
use super::{
    Api, Auth, Config, Exit, Level, Limits, Listen, Log, LogFormat, Node, Peer, Uri, credentials, decimal,
    note::{Note, Notes},
    secrets::Place,
    table::{Table, Value},
};
use crate::{
    files::{ReadError, is_open},
    identity::Identity,
    policy::Policy,
    protocol::Settings,
};
use std::{
    fs,
    io::Read,
    net::{IpAddr, SocketAddr},
    ops::{Range, RangeInclusive},
    path::Path,
    time::Duration,
};
use thiserror::Error;
use toml::de::DeTable;

/// The shortest token of the REST interface, in bytes.
const SHORTEST_TOKEN: usize = 8;
const BUFFER: RangeInclusive<usize> = Settings::SMALLEST_BUFFER..=64 << 20;
const MEMORY: RangeInclusive<usize> = 1 << 20..=1 << 40;
const DAY: f64 = 86_400.0;

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file has mistakes: all of them, in the order of the file, warnings among them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mistakes(Vec<Note>),
}

impl Config {
    /// Reads a file and those that it names, whose paths are relative to it. With it come warnings.
    ///
    /// # Errors
    /// [`LoadError`]: it cannot be read, or has mistakes.
    pub fn load(path: &Path) -> Result<(Self, Vec<Note>), LoadError> {
        let failed = ReadError::of(path);
        let mut file = fs::File::open(path).map_err(&failed)?;
        let is_open = is_open(&file).map_err(&failed)?;
        // As large as it is at once: what is moved is not wiped.
        let size = file.metadata().map_or(0, |it| usize::try_from(it.len()).unwrap_or(0));
        let mut text = zeroize::Zeroizing::new(String::with_capacity(size));
        file.read_to_string(&mut text).map_err(failed)?;
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut notes = Notes::new(path.to_owned(), &text);
        let (document, errors) = DeTable::parse_recoverable(&text);
        for error in &errors {
            notes.error(&error.span().unwrap_or_default(), error.message());
        }
        // What could not be read would be missed.
        let config = if errors.is_empty() {
            let root = Table::new("the file", 0..0, document.get_ref());
            read(root, &Place { directory, is_open }, &mut notes)
        } else {
            None
        };
        match config {
            Some(config) if !notes.has_errors() => Ok((config, notes.finish())),
            _ => Err(LoadError::Mistakes(notes.finish())),
        }
    }
}

/// `None`: it cannot be made, and why is among the notes.
fn read(mut root: Table<'_>, place: &Place, notes: &mut Notes<'_>) -> Option<Config> {
    let mut listen = Vec::new();
    let node = root.need("node", "a table with at least `identity`", notes);
    let node = node.and_then(|node| node.table("[node]", notes)).and_then(|table| {
        let (node, places) = node_of(table, place, notes);
        listen = places;
        node
    });
    let api = root.table("api", "[api]", notes).and_then(|table| api_of(table, place, notes));
    let peers = peers_of(root.tables("peer", "[[peer]]", notes), node.as_ref(), place, notes);
    let server = root.table("server", "[server]", notes);
    let server = credentials::of_server(server, &listen, place, notes);
    let exit = root.table("exit", "[exit]", notes).map_or_else(Exit::default, |table| exit_of(table, notes));
    let limits = root.table("limits", "[limits]", notes);
    let limits = limits.map_or_else(Limits::default, |table| limits_of(table, notes));
    let log = root.table("log", "[log]", notes).map_or_else(Log::default, |table| log_of(table, notes));
    root.finish(notes);
    Some(Config { node: node?, api, peers, server, exit, limits, log })
}

type Listening = Vec<(Listen, Range<usize>)>;

fn node_of(mut table: Table<'_>, place: &Place, notes: &mut Notes<'_>) -> (Option<Node>, Listening) {
    let what = "the file of the node's key; `coap-sessiond keygen` makes one";
    let identity = table.need("identity", what, notes).and_then(|value| {
        let loaded = Identity::load(&place.path(&value, notes)?);
        loaded.map_err(|error| notes.error(&value.at, error)).ok()
    });
    let mut listening: Listening = Vec::new();
    for value in table.get("listen").and_then(|value| value.list(notes)).unwrap_or_default() {
        let Some(listen) = listen_of(&value, notes) else { continue };
        if listening.iter().any(|(other, _)| *other == listen) && listen.address.port() != 0 {
            notes.error(&value.at, "this is there twice");
        }
        listening.push((listen, value.at.clone()));
    }
    let relay = table.get("relay").and_then(|value| value.flag(notes)).unwrap_or(true);
    table.finish(notes);
    let listen = listening.iter().map(|(listen, _)| *listen).collect();
    (identity.map(|identity| Node { identity, listen, relay }), listening)
}

fn listen_of(value: &Value<'_>, notes: &mut Notes<'_>) -> Option<Listen> {
    let text = value.text("a URI, such as \"coaps://[::]:5684\"", notes)?;
    // Port 0, which no peer can have, is any that is free.
    let (text, any) = text.strip_suffix(":0").map_or((text, false), |text| (text, true));
    let uri: Uri = text.parse().map_err(|error| notes.error(&value.at, error)).ok()?;
    let Ok(address) = uri.host.parse::<IpAddr>() else {
        let text = "a node listens at an address, not a name: 0.0.0.0 and [::] are all that it has";
        notes.error(&value.at, text);
        return None;
    };
    Some(Listen { scheme: uri.scheme, address: (address, if any { 0 } else { uri.port }).into() })
}

fn api_of(mut table: Table<'_>, place: &Place, notes: &mut Notes<'_>) -> Option<Api> {
    let auth = auth_of(&mut table, place, notes);
    let mut address = |key, what| {
        let value = table.get(key)?;
        let text = value.text(what, notes)?;
        let parsed = text.parse::<SocketAddr>();
        parsed.map_err(|_| notes.error(&value.at, format_args!("`{key}` is {what}"))).ok()
    };
    let listen = address("listen", "an address and a port, such as \"127.0.0.1:3001\"");
    let what = "an address and a port, such as \"127.0.0.1:0\"; 0 is any port that is free";
    let entry = address("default_entry_listen_host", what);
    let port_range = table.get("port_range").and_then(|value| {
        let what = "two ports, such as \"40000-40100\"";
        let (first, last) = value.text(what, notes)?.split_once('-').unzip();
        let range = first.and_then(decimal).zip(last.and_then(decimal)).map(|(first, last)| first..=last);
        let range = range.filter(|range| !range.is_empty());
        if range.is_none() {
            notes.error(&value.at, format_args!("`port_range` is {what}"));
        }
        range
    });
    let at = table.at();
    table.finish(notes);
    let mut api = Api { port_range, ..Api::new(auth?) };
    api.listen = listen.unwrap_or(api.listen);
    api.default_entry_listen_host = entry.unwrap_or(api.default_entry_listen_host);
    if matches!(api.auth, Auth::None) && !api.listen.ip().is_loopback() {
        let text = format_args!("everybody who reaches {} can open listeners on this machine", api.listen);
        notes.warn(&at, text);
    }
    Some(api)
}

fn auth_of(table: &mut Table<'_>, place: &Place, notes: &mut Notes<'_>) -> Option<Auth> {
    let (word, token, file) = (table.get("auth"), table.get("token"), table.get("token_file"));
    let (value, token) = match (word, token, file) {
        (Some(word), None, None) => return word.choice(&[("none", ())], notes).map(|()| Auth::None),
        (None, Some(value), None) => {
            let token = place.inline(&value, notes)?;
            (value, token)
        }
        (None, None, Some(value)) => {
            let token = place.file(&value, notes)?;
            (value, token)
        }
        (None, None, None) => {
            notes
                .error(&table.at(), "who may use it is missing: `token`, `token_file`, or `auth = \"none\"`");
            return None;
        }
        _ => {
            notes.error(&table.at(), "only one of `auth`, `token` and `token_file` can be set");
            return None;
        }
    };
    if token.as_bytes().len() < SHORTEST_TOKEN {
        notes.error(&value.at, format_args!("a token has at least {SHORTEST_TOKEN} characters"));
    }
    if !token.as_bytes().iter().all(u8::is_ascii_graphic) {
        notes.error(&value.at, "a token has ASCII characters alone, and no spaces: it is sent in a header");
    }
    Some(Auth::Token(token))
}

fn peers_of(tables: Vec<Table<'_>>, node: Option<&Node>, place: &Place, notes: &mut Notes<'_>) -> Vec<Peer> {
    let mut peers: Vec<Peer> = Vec::new();
    for mut table in tables {
        let id = table.need("id", "its peer ID, which `coap-sessiond keygen` shows", notes);
        let at = id.as_ref().map_or(table.at(), |id| id.at.clone());
        let id = id.and_then(|id| id.parse("a peer ID", notes));
        let uri = table.need("uri", "where it listens, such as \"coaps://exit.example:5684\"", notes);
        let uri: Option<Uri> = uri.and_then(|uri| uri.parse("a URI", notes));
        let credentials = credentials::of_peer(&mut table, uri.as_ref(), place, notes);
        let relay = table.get("relay").and_then(|value| value.flag(notes)).unwrap_or(true);
        table.finish(notes);
        if id.is_some_and(|id| peers.iter().any(|other| other.id == id)) {
            notes.error(&at, "another `[[peer]]` has the same `id`");
        }
        if id.is_some() && id == node.map(|node| node.identity.peer_id()) {
            notes.error(&at, "this is the node's own ID: the other node needs a key of its own");
        }
        if let (Some(id), Some(uri), Some(credentials)) = (id, uri, credentials) {
            peers.push(Peer { id, uri, credentials, relay });
        }
    }
    peers
}

fn exit_of(mut table: Table<'_>, notes: &mut Notes<'_>) -> Exit {
    let usual = Exit::default();
    let rules = table.get("allow").and_then(|value| value.list(notes)).unwrap_or_default();
    let what = "a rule, such as \"host.example:443\"";
    let rules = rules.iter().filter_map(|rule| rule.parse(what, notes)).collect();
    let services = table.get("services").and_then(|value| value.list(notes)).map(|services| {
        let number = |service: &Value<'_>| {
            let number = service.integer(0..1 << 32, notes)?;
            if number != 0 {
                notes.error(
                    &service.at,
                    format_args!("there is no service {number}, but 0, which sends everything back"),
                );
            }
            u32::try_from(number).ok()
        };
        services.iter().filter_map(number).collect()
    });
    let connect_timeout = duration(&mut table, "connect_timeout", 0.1..25.0, notes);
    table.finish(notes);
    Exit {
        allow: Policy::new(rules),
        services: services.unwrap_or(usual.services),
        connect_timeout: connect_timeout.unwrap_or(usual.connect_timeout),
    }
}

fn limits_of(mut table: Table<'_>, notes: &mut Notes<'_>) -> Limits {
    let usual = Limits::default();
    let mut count = |key, most: u64, usual: usize| {
        let value = table.get(key).and_then(|value| value.integer(1..most + 1, notes));
        value.and_then(|value| usize::try_from(value).ok()).unwrap_or(usual)
    };
    let tunnels = count("tunnels", 1_000_000, usual.tunnels);
    let tunnels_per_peer = count("tunnels_per_peer", 1_000_000, usual.tunnels_per_peer);
    let most_peers = tunnels.min(tunnels_per_peer);
    let udp_peers = count("udp_peers", 65_536, usual.udp_peers.min(most_peers / 4).max(1));
    let listeners = count("listeners", 65_536, usual.listeners);
    let links = count("links", 65_536, usual.links);
    let (at, smallest) = (table.at(), "from 128 KiB to 64 MiB");
    let buffer = size(&mut table, "buffer", (BUFFER, smallest), notes).unwrap_or(usual.buffer);
    let memory = size(&mut table, "memory", (MEMORY, "from 1 MiB to 1024 GiB"), notes);
    let memory = memory.map_or(usual.memory, |memory| memory as u64);
    let most = Settings::most_tunnels(tunnels, buffer, memory);
    if most < tunnels {
        notes
            .warn(&at, format_args!("`memory` has room for the buffers of {most} tunnels, not of {tunnels}"));
    }
    if udp_peers > 1 && udp_peers >= most_peers {
        let text =
            format_args!("one UDP listener may take all tunnels: `udp_peers` is {udp_peers} of {most_peers}");
        notes.warn(&at, text);
    }
    let mut time = |key, range, usual| duration(&mut table, key, range, notes).unwrap_or(usual);
    let idle_timeout = time("idle_timeout", 1.0..DAY, usual.idle_timeout);
    let keep_alive = time("keep_alive", 1.0..3600.0, usual.keep_alive);
    let link_idle_timeout = time("link_idle_timeout", 1.0..DAY, usual.link_idle_timeout);
    table.finish(notes);
    Limits {
        tunnels,
        tunnels_per_peer,
        udp_peers,
        listeners,
        links,
        buffer,
        memory,
        idle_timeout,
        keep_alive,
        link_idle_timeout,
    }
}

fn log_of(mut table: Table<'_>, notes: &mut Notes<'_>) -> Log {
    let level = table.get("level").and_then(|value| value.choice(&Level::WORDS, notes));
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let format = table.get("format").and_then(|value| value.choice(&formats, notes));
    table.finish(notes);
    Log { level: level.unwrap_or_default(), format: format.unwrap_or_default() }
}

/// Seconds, or text with a unit; the ends of `range` belong to it.
fn duration(
    table: &mut Table<'_>,
    key: &'static str,
    range: Range<f64>,
    notes: &mut Notes<'_>,
) -> Option<Duration> {
    let units = [("s", 1.0), ("ms", 0.001), ("m", 60.0), ("h", 3600.0)];
    let value = table.get(key)?;
    let seconds =
        value.measure(&units, "a number of seconds, or with a unit: \"500ms\", \"3m\", \"1h\"", notes)?;
    if !(range.start..=range.end).contains(&seconds) {
        let text = format_args!("`{key}` is from {} to {} seconds", range.start, range.end);
        notes.error(&value.at, text);
        return None;
    }
    Some(Duration::from_secs_f64(seconds))
}

/// Bytes, or text with a unit.
fn size(
    table: &mut Table<'_>,
    key: &'static str,
    (range, what): (RangeInclusive<usize>, &str),
    notes: &mut Notes<'_>,
) -> Option<usize> {
    let value = table.get(key)?;
    let units = [("B", 1.0), ("KiB", 1024.0), ("MiB", 1024.0 * 1024.0), ("GiB", 1024.0 * 1024.0 * 1024.0)];
    let bytes = value.measure(&units, "a number of bytes, or with a unit: \"256 KiB\", \"1 MiB\"", notes)?;
    let bytes = bytes as usize;
    if !range.contains(&bytes) {
        notes.error(&value.at, format_args!("`{key}` is {what}"));
        return None;
    }
    Some(bytes)
}

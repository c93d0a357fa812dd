use super::{Auth, Config, Credentials, Level, LoadError, LogFormat, Scheme, Severity};
use crate::identity::Identity;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
    time::Duration,
};

/// A directory with a key, which is removed again.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("coap-sessiond-config-{name}-{}", process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).unwrap();
        Identity::from_seed(&[1; 32]).store(&path.join("node.key")).unwrap();
        Self(path)
    }

    /// Writes a file that nobody else can read.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    fn load(&self, text: &str) -> Config {
        let (config, warnings) = Config::load(&self.write("node.toml", text)).unwrap();
        assert_eq!(warnings, []);
        config
    }

    /// What is wrong with a file: `line:column: text`, warnings with a `?` in front.
    fn notes(&self, text: &str) -> Vec<String> {
        let path = self.write("node.toml", text);
        let notes = match Config::load(&path) {
            Ok((_, warnings)) => warnings,
            Err(LoadError::Mistakes(notes)) => notes,
            Err(error) => panic!("{error}"),
        };
        let line = |note: super::Note| {
            assert_eq!(note.file, path);
            let mark = if note.severity == Severity::Warning { "?" } else { "" };
            format!("{mark}{}:{}: {}", note.line, note.column, note.text)
        };
        notes.into_iter().map(line).collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The ID of another node.
fn peer(number: u8) -> String {
    Identity::from_seed(&[number; 32]).peer_id().to_string()
}

#[test]
fn a_node_needs_a_key_and_nothing_else() {
    let directory = Directory::new("least");
    let config = directory.load("[node]\nidentity = \"node.key\"\n");
    assert_eq!(config.node.identity.peer_id().to_string(), peer(1));
    assert!(config.node.listen.is_empty() && config.node.relay && config.api.is_none());
    assert!(config.peers.is_empty() && config.exit.allow.is_empty());
    assert_eq!(config.limits.idle_timeout, Duration::from_secs(180));
}

#[test]
fn everything_that_is_set_arrives() {
    let directory = Directory::new("all");
    directory.write("api.token", "swordfish and\r\n");
    directory.write("relay.psk", "0123456789abcdef\n");
    let config = directory.load(&format!(
        r#"
        node = {{ identity = "node.key", listen = ["coap://127.0.0.1:0", "COAP+TCP://[::1]"], relay = false }}
        api = {{ listen = "[::1]:8080", token = "swordfish", port_range = "4000-4001" }}
        [[peer]]
        id = "{}"
        uri = "coaps://relay.example"
        psk = {{ identity = "entry", key_file = "relay.psk" }}
        relay = false
        [[peer]]
        id = "{}"
        uri = "coap://127.0.0.1:7"
        [[server.psk]]
        identity = "exit"
        key_hex = "00010203040506070809AaBbCcDdEeFf"
        peer = "{0}"
        [exit]
        allow = ["*.example.org:443", "10.0.0.0/8:*"]
        services = []
        connect_timeout = "500ms"
        [limits]
        tunnels = 0x10
        udp_peers = 7
        buffer = "1 MiB"
        memory = "1.5 GiB"
        idle_timeout = 2.5
        keep_alive = "1m"
        [log]
        level = "debug"
        format = "json"
        "#,
        peer(2),
        peer(3),
    ));
    let listen = &config.node.listen;
    assert_eq!((listen[0].scheme, listen[0].address.to_string()), (Scheme::Coap, "127.0.0.1:0".into()));
    assert_eq!((listen[1].scheme, listen[1].address.to_string()), (Scheme::CoapTcp, "[::1]:5683".into()));
    assert!(!config.node.relay);
    let api = config.api.as_ref().unwrap();
    assert!(matches!(&api.auth, Auth::Token(token) if token.as_bytes() == b"swordfish"));
    assert_eq!((api.listen.port(), api.port_range.clone()), (8080, Some(4000..=4001)));
    assert_eq!(api.default_entry_listen_host.to_string(), "127.0.0.1:0");
    let relay = config.peer(&peer(2).parse().unwrap()).unwrap();
    assert_eq!((relay.uri.to_string(), relay.relay), ("coaps://relay.example:5684".into(), false));
    let Credentials::Psk { identity, key } = &relay.credentials else { panic!("{relay:?}") };
    assert_eq!((identity.as_slice(), key.as_bytes()), (&b"entry"[..], &b"0123456789abcdef"[..]));
    assert!(matches!(config.peers[1].credentials, Credentials::None));
    assert_eq!(config.server.psk[0].key.as_bytes()[8..12], [0x08, 0x09, 0xaa, 0xbb]);
    assert_eq!(config.server.psk[0].peer, Some(relay.id));
    assert!(config.exit.allow.may_allow(&"a.example.org:443".parse().unwrap()));
    assert!(config.exit.services.is_empty());
    assert_eq!(config.exit.connect_timeout, Duration::from_millis(500));
    assert_eq!((config.limits.tunnels, config.limits.buffer, config.limits.memory), (16, 1 << 20, 3 << 29));
    assert_eq!(config.limits.udp_peers, 7);
    assert_eq!(config.limits.idle_timeout, Duration::from_millis(2500));
    assert_eq!(config.limits.keep_alive, Duration::from_secs(60));
    assert_eq!((config.log.level, config.log.format), (Level::Debug, LogFormat::Json));
}

const MISTAKES: &str = r#"[nodes]
[node]
identity = "other.key"
listn = []
listen = ["coaps://localhost", 7, "coaps://[::]:5684",
  "coaps+tcp://0.0.0.0"]
[api]
listen = "localhost:3001"
port_range = "9-8"
[[peer]]
id = "12D3KooW"
uri = "http://a"
[[peer]]
id = "PEER"
uri = "coap://127.0.0.1"
psk = { identity = "", key = "0123456789abcdef", hint = "" }
[[peer]]
id = "PEER"
uri = "coaps+tcp://relay.example"
psk = { identity = "entry", key_file = "short.psk" }
[exit]
allow = ["10.0.0.5/8:1",
  "a.example"]
services = [1]
connect_timeout = "1 day"
[limits]
tunnels = 0
buffer = 1
idle-timeout = 3
keep_alive = "2h"
[log]
level = "Debug"
format = true
"#;

#[test]
fn every_mistake_is_found_where_it_is() {
    let directory = Directory::new("mistakes");
    directory.write("short.psk", "swordfish\n");
    let notes = directory.notes(&MISTAKES.replace("PEER", &peer(2)));
    let key = directory.0.join("other.key");
    let expected = [
        "1:2: the file has no setting `nodes`; did you mean `node`?".to_owned(),
        format!("3:12: {} cannot be read: No such file or directory (os error 2)", key.display()),
        "4:1: [node] has no setting `listn`; did you mean `listen`?".into(),
        "5:11: a node listens at an address, not a name: 0.0.0.0 and [::] are all that it has".into(),
        "5:32: `listen` is a number, but has to be a URI, such as \"coaps://[::]:5684\"".into(),
        "5:35: nobody could connect: `[[server.psk]]` or `[server.certificates]` is missing".into(),
        "6:3: nobody could connect: `[server.certificates]` is missing".into(),
    ];
    assert_eq!(notes[..expected.len()], expected);
    let rest: Vec<_> = notes.iter().map(String::as_str).skip(expected.len()).collect();
    assert_eq!(
        rest,
        [
            "7:1: who may use it is missing: `token`, `token_file`, or `auth = \"none\"`",
            "8:10: `listen` is an address and a port, such as \"127.0.0.1:3001\"",
            "9:14: `port_range` is two ports, such as \"40000-40100\"",
            "11:6: a peer ID has 52 characters, this has 8: something is missing or doubled",
            "12:7: a node's URI begins with coaps://, coaps+tcp://, coap:// or coap+tcp://",
            "16:7: coap:// is not protected: no credentials are used there",
            "16:20: `identity` has 1 to 1024 bytes",
            "16:50: psk has no setting `hint`; there are identity, key, key_hex, key_file",
            "18:6: another `[[peer]]` has the same `id`",
            "20:7: TLS has no pre-shared keys here: `certificates`",
            "?20:40: a key of 9 bytes can be found by trying; `openssl rand -hex 32` makes one",
            "22:10: `10.0.0.5/8` has bits behind its prefix; the network is `10.0.0.0/8`",
            "23:3: a rule ends with a port: `a.example:443`, a range, `a.example:8000-8100`, or all, `a.example:*`",
            "24:13: there is no service 1, but 0, which sends everything back",
            "25:19: `connect_timeout` is a number of seconds, or with a unit: \"500ms\", \"3m\", \"1h\"",
            "27:11: `tunnels` is a number from 1 to 1000000",
            "28:10: `buffer` is from 128 KiB to 64 MiB",
            "29:1: [limits] has no setting `idle-timeout`; did you mean `idle_timeout`?",
            "30:14: `keep_alive` is from 1 to 3600 seconds",
            "32:9: `level` is one of \"error\", \"warn\", \"info\", \"debug\", \"trace\"",
            "33:10: `format` is true or false, but has to be one of \"text\", \"json\"",
        ]
    );
}

#[test]
fn buffers_for_which_there_is_no_memory_are_pointed_out() {
    let directory = Directory::new("memory");
    let notes =
        |limits: &str| directory.notes(&format!("[node]\nidentity = \"node.key\"\n[limits]\n{limits}"));
    assert!(notes("buffer = \"128 KiB\"").is_empty(), "less than is usual");
    assert_eq!(
        notes("buffer = \"1 MiB\""),
        ["?3:1: `memory` has room for the buffers of 1024 tunnels, not of 4096"]
    );
    assert!(notes("buffer = \"1 MiB\"\nmemory = \"8 GiB\"").is_empty());
    assert_eq!(notes("buffer = 131071"), ["4:10: `buffer` is from 128 KiB to 64 MiB"]);
    assert_eq!(notes("memory = 7"), ["4:10: `memory` is from 1 MiB to 1024 GiB"]);
}

#[test]
fn one_listener_leaves_tunnels_for_others() {
    let directory = Directory::new("udp-peers");
    let file = |limits: &str| format!("[node]\nidentity = \"node.key\"\n[limits]\n{limits}");
    for (limits, expected) in [("", 256), ("tunnels = 40", 10), ("tunnels_per_peer = 3", 1)] {
        assert_eq!(directory.load(&file(limits)).limits.udp_peers, expected, "{limits}");
    }
    assert_eq!(
        directory.notes(&file("udp_peers = 1024")),
        ["?3:1: one UDP listener may take all tunnels: `udp_peers` is 1024 of 1024"]
    );
    assert_eq!(directory.notes(&file("udp_peers = 0")).len(), 1, "nobody could use it");
}

#[test]
fn listeners_that_nobody_could_use_are_mistakes() {
    let directory = Directory::new("listeners");
    let notes = directory.notes(
        "[node]\nidentity = \"node.key\"\nlisten = [\"coaps://[::]\", \"coaps+tcp://[::]\", \"coap://[::]\"]\n",
    );
    assert_eq!(
        notes,
        [
            "3:11: nobody could connect: `[[server.psk]]` or `[server.certificates]` is missing",
            "3:27: nobody could connect: `[server.certificates]` is missing",
            "?3:47: coap:// lets everybody in who reaches [::]:5683",
        ]
    );
}

#[test]
fn what_is_no_toml_is_shown_where_it_is() {
    let directory = Directory::new("toml");
    let notes = directory.notes("[node]\nidentity = node.key\n[log\n");
    let places: Vec<_> = notes.iter().map(|note| note.split_once(": ").unwrap().0).collect();
    assert_eq!(places, ["2:12", "3:5"], "{notes:?}");
}

#[test]
fn one_table_is_not_several() {
    let directory = Directory::new("several");
    let notes = directory.notes("[node]\nidentity = \"node.key\"\n[peer]\nid = \"a\"\n");
    assert_eq!(notes, ["3:1: there can be several of these: write `[[peer]]`"]);
    assert_eq!(directory.notes(""), ["1:1: the file has no `node`: a table with at least `identity`"]);
}

#[test]
fn the_own_node_is_no_peer() {
    let directory = Directory::new("own");
    let text =
        format!("node.identity = \"node.key\"\n[[peer]]\nid = \"{}\"\nuri = \"coap://[::1]\"\n", peer(1));
    assert_eq!(
        directory.notes(&text),
        ["3:6: this is the node's own ID: the other node needs a key of its own"]
    );
}

#[test]
fn tokens_are_what_can_be_sent_in_a_header() {
    let directory = Directory::new("token");
    let notes = |api: &str| directory.notes(&format!("node.identity = \"node.key\"\n[api]\n{api}\n"));
    assert_eq!(notes("token = \"1234567\""), ["3:9: a token has at least 8 characters"]);
    let text = "3:9: a token has ASCII characters alone, and no spaces: it is sent in a header";
    assert_eq!(notes("token = \"12345678 9\""), [text]);
    assert_eq!(notes("token = \"12345678\u{e9}\""), [text]);
    assert_eq!(
        notes("token = \"12345678\"\nauth = \"none\""),
        ["2:1: only one of `auth`, `token` and `token_file` can be set"]
    );
    assert_eq!(notes("auth = \"no\""), ["3:8: `auth` is one of \"none\""]);
    assert_eq!(notes("auth = \"none\""), [""; 0]);
    assert_eq!(
        notes("auth = \"none\"\nlisten = \"0.0.0.0:3001\""),
        ["?2:1: everybody who reaches 0.0.0.0:3001 can open listeners on this machine"]
    );
}

#[test]
fn secrets_that_everybody_can_read_are_none() {
    let directory = Directory::new("open");
    let token = directory.write("api.token", "12345678");
    let text = "node.identity = \"node.key\"\napi.token_file = \"api.token\"\n";
    assert_eq!(directory.notes(text), [""; 0]);
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    let path = token.display();
    assert_eq!(
        directory.notes(text),
        [format!("2:18: {path} can be read by everybody; `chmod 600` makes it yours")]
    );
    // The file that the secret is written in may be open, as most configurations are, but that is said.
    let path = directory.write("node.toml", "node.identity = \"node.key\"\napi.token = \"12345678\"\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let (_, warnings) = Config::load(&path).unwrap();
    assert_eq!((warnings.len(), warnings[0].line, warnings[0].column), (1, 2, 13));
}

#[test]
fn the_example_has_no_mistakes() {
    let directory = Directory::new("example");
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/node.example.toml");
    let text = fs::read_to_string(example).unwrap();
    directory.write("api.token", "0123456789abcdef");
    directory.write("relay.psk", "0123456789abcdef");
    directory.write("exit.psk", "0123456789abcdef");
    let config = directory.load(&text);
    assert_eq!((config.peers.len(), config.server.psk.len()), (1, 1));
    // The defaults that it shows are the defaults: with their marks of comments taken away, nothing changes.
    let shown =
        ["relay = true", "listen = \"127", "default_entry", "services", "connect_timeout", "[limits]"];
    let mut uncommented = text.clone();
    for line in text.lines().filter(|line| line.starts_with("# ") && line.contains(" = ")) {
        let is_default = shown.iter().any(|shown| line[2..].starts_with(shown)) || {
            let limits = text.find("[limits]").unwrap();
            text.find(line).unwrap() > limits
        };
        if is_default {
            uncommented = uncommented.replace(line, &line[2..]);
        }
    }
    let same = directory.load(&uncommented);
    assert_eq!(format!("{config:?}"), format!("{same:?}"));
    assert!(uncommented.contains("\nkeep_alive = 15\n") && uncommented.contains("\nlevel = \"info\""));
}

#[test]
fn certificates_are_tried_out() {
    let directory = Directory::new("certificates");
    let mut params = rcgen::CertificateParams::new(["node.example".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    for (name, algorithm) in [("ecdsa", &rcgen::PKCS_ECDSA_P256_SHA256), ("ed25519", &rcgen::PKCS_ED25519)] {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        directory.write(&format!("{name}.crt"), &params.self_signed(&key).unwrap().pem());
        directory.write(&format!("{name}.pem"), &key.serialize_pem());
    }
    let text = |scheme: &str, certificate: &str, key: &str| {
        let files = format!("cert = \"{certificate}.crt\"\nkey = \"{key}.pem\"\nca = \"ecdsa.crt\"\n");
        format!(
            "node = {{ identity = \"node.key\", listen = [\"{scheme}://[::]\"] }}\n\
             [server.certificates]\n{files}[[peer]]\nid = \"{}\"\nuri = \"{scheme}://exit.example\"\n\
             [peer.certificates]\n{files}",
            peer(2)
        )
    };
    for (scheme, name) in [("coaps", "ecdsa"), ("coaps+tcp", "ecdsa"), ("coaps+tcp", "ed25519")] {
        let config = directory.load(&text(scheme, name, name));
        assert!(config.server.certificates.is_some());
        let Credentials::Certificates { name, .. } = &config.peers[0].credentials else { panic!() };
        assert_eq!(name, "exit.example");
    }
    let notes = |text: &str| {
        directory.notes(text).into_iter().map(|note| note.replace(&format!("{}/", directory.0.display()), ""))
    };
    let notes = |text: &str| notes(text).collect::<Vec<_>>().join("; ");
    let ed25519 = notes(&text("coaps", "ed25519", "ed25519"));
    assert!(
        ed25519.starts_with("2:1: ") && ed25519.contains("; 9:1: ") && ed25519.contains("Ed25519"),
        "{ed25519}"
    );
    let other = notes(&text("coaps", "ecdsa", "ed25519"));
    assert!(other.contains("9:1: the private key does not belong to the certificate"), "{other}");
    let absent = notes(&text("coaps", "none", "ecdsa"));
    assert!(absent.contains("9:1: certificate none.crt: No such file"), "{absent}");
    fs::set_permissions(directory.0.join("ecdsa.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let open = notes(&text("coaps", "ecdsa", "ecdsa"));
    assert!(open.contains("4:7: ecdsa.pem can be read by everybody"), "{open}");
}

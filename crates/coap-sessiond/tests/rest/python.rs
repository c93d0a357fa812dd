//! A client as the generator of HOPR's SDK writes it, in Python with urllib3.
use super::{
    fake::{Node, peer},
    http::TOKEN,
};
use coap_secure::Secret;
use coap_sessiond::{
    config::{Api, Auth, Config, Credentials, Listen, Peer, Scheme, Uri},
    identity::Identity,
    rest::{Limits, Server},
    run::{Daemon, Stopper},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    thread::{self, JoinHandle},
};

#[test]
fn a_generated_client_in_python() {
    run(Node::start().address(), &peer(1), &[]);
}

/// The same with two nodes that carry what is sent.
#[test]
fn a_generated_client_in_python_and_real_nodes() {
    let mut config = Config::new(Identity::from_seed(&[1; 32]));
    config.node.listen = vec![Listen { scheme: Scheme::Coap, address: local() }];
    config.exit.services = vec![0];
    let exit = Daemon::new(config).unwrap();
    let mut config = Config::new(Identity::from_seed(&[2; 32]));
    config.peers = vec![Peer {
        id: Identity::from_seed(&[1; 32]).peer_id(),
        uri: Uri {
            scheme: Scheme::Coap,
            host: "127.0.0.1".to_owned(),
            port: exit.listens()[0].address.port(),
        },
        credentials: Credentials::None,
        relay: false,
    }];
    let entry = Daemon::new(config).unwrap();
    let mut api = Api::new(Auth::Token(Secret::new(TOKEN.into())));
    api.listen = local();
    let server = Server::start(&api, Limits::default(), entry.commands()).unwrap();
    let _running = [entry, exit].map(Running::start);
    run(server.address(), &peer(1), &["echo"]);
}

fn local() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn run(node: SocketAddr, destination: &str, options: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let interpreter = std::env::var_os("FERROCOAP_PYTHON")
        .map_or_else(|| root.join("../../build/venv/bin/python"), PathBuf::from);
    assert!(interpreter.exists(), "no urllib3: run `make needs` first");
    let output = Command::new(interpreter)
        .arg(root.join("tests/rest/sdk.py"))
        .args([&format!("http://{node}"), TOKEN, destination])
        .args(options)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.ends_with("all is well\n"), "{said}");
}

/// A node in a thread, until it is dropped.
struct Running(Stopper, Option<JoinHandle<()>>);

impl Running {
    fn start(daemon: Daemon) -> Self {
        let stopper = daemon.stopper();
        Self(stopper, Some(thread::spawn(move || daemon.run().unwrap())))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.stop();
        let ended = self.1.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking(), "a node could not go on");
    }
}

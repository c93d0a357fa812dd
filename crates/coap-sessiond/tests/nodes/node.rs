//! Nodes in threads of this process, and how they are told what to do.
use crate::{PATIENCE, Result, authority::Authority};
use coap_secure::Secret;
use coap_sessiond::{
    config::{Config, Credentials, Listen, Peer, Scheme, Server, ServerPsk, Uri},
    control::{Command, CreateError, Sender, Status},
    identity::Identity,
    model::{Capabilities, Listener, ListenerFilter, ListenerRequest, PeerId, Routing, Target, Transport},
    policy::Policy,
    run::{Daemon, Stopper},
};
use std::{
    net::SocketAddr,
    sync::mpsc::sync_channel,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// What nodes call themselves over DTLS, and the key that they share.
const IDENTITY: &[u8] = b"me";
const KEY: &[u8] = b"a secret of 18 bytes";

/// A node that runs until it is dropped.
pub(crate) struct Node {
    pub(crate) id: PeerId,
    pub(crate) listens: Vec<Listen>,
    commands: Sender,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

/// A node's configuration: nobody is known, nothing is allowed.
pub(crate) fn config() -> Result<Config> {
    Ok(Config::new(Identity::generate()?))
}

/// Listens on loopback, at a free port.
pub(crate) fn listen(scheme: Scheme) -> Listen {
    Listen { scheme, address: SocketAddr::from(([127, 0, 0, 1], 0)) }
}

/// An exit that forwards to everything on this machine.
pub(crate) fn open_exit(config: &mut Config) -> Result {
    config.exit.allow =
        Policy::new(vec!["127.0.0.0/8:*".parse()?, "[::1]:*".parse()?, "localhost:*".parse()?]);
    Ok(())
}

/// An entry that knows one exit, which forwards to this machine.
pub(crate) fn pair(scheme: Scheme) -> Result<(Node, Node)> {
    let mut chain = chain(&[scheme], |_, _| {})?;
    let exit = chain.pop().ok_or("no exit")?;
    Ok((chain.pop().ok_or("no entry")?, exit))
}

/// An entry, relays and an exit, each of which knows the next one, over what `schemes` say.
pub(crate) fn chain(schemes: &[Scheme], change: impl Fn(usize, &mut Config)) -> Result<Vec<Node>> {
    chain_with(schemes, change, |_| ())
}

/// The same, with something done to each node before it runs.
pub(crate) fn chain_with(
    schemes: &[Scheme],
    change: impl Fn(usize, &mut Config),
    prepare: impl Fn(&mut Daemon),
) -> Result<Vec<Node>> {
    let authority = Authority::new()?;
    let mut nodes: Vec<Node> = Vec::new();
    for place in (0..=schemes.len()).rev() {
        let mut made = config()?;
        if let (Some(next), Some(scheme)) = (nodes.last(), schemes.get(place)) {
            made.peers = vec![next.as_peer(of_client(&authority, *scheme)?)];
        }
        if let Some(scheme) = place.checked_sub(1).and_then(|before| schemes.get(before)) {
            made.node.listen = vec![listen(*scheme)];
            made.server = of_server(&authority)?;
        }
        if place == schemes.len() {
            open_exit(&mut made)?;
        }
        change(place, &mut made);
        nodes.push(Node::start_with(made, &prepare)?);
    }
    nodes.reverse();
    Ok(nodes)
}

/// What a node needs to open links over this.
pub(crate) fn of_client(authority: &Authority, scheme: Scheme) -> Result<Credentials> {
    Ok(match scheme {
        Scheme::Coap | Scheme::CoapTcp => Credentials::None,
        Scheme::Coaps => Credentials::Psk { identity: IDENTITY.to_vec(), key: Secret::from(KEY) },
        Scheme::CoapsTcp => {
            Credentials::Certificates { parts: authority.papers("client")?.into(), name: "127.0.0.1".into() }
        }
    })
}

fn of_server(authority: &Authority) -> Result<Server> {
    let psk = ServerPsk { identity: IDENTITY.to_vec(), key: Secret::from(KEY), peer: None };
    Ok(Server { psk: vec![psk], certificates: Some(authority.papers("127.0.0.1")?.into()) })
}

impl Node {
    pub(crate) fn start(config: Config) -> Result<Self> {
        Self::start_with(config, |_| ())
    }

    fn start_with(config: Config, prepare: impl Fn(&mut Daemon)) -> Result<Self> {
        let id = config.node.identity.peer_id();
        let mut daemon = Daemon::new(config)?;
        prepare(&mut daemon);
        let (listens, commands, stopper) = (daemon.listens().to_vec(), daemon.commands(), daemon.stopper());
        let thread = thread::spawn(move || {
            if let Err(error) = daemon.run() {
                panic!("a node cannot go on: {error}");
            }
        });
        Ok(Self { id, listens, commands, stopper, thread: Some(thread) })
    }

    /// How another node reaches the first of its listeners.
    pub(crate) fn as_peer(&self, credentials: Credentials) -> Peer {
        let Listen { scheme, address } = self.listens[0];
        Peer {
            id: self.id,
            uri: Uri { scheme, host: address.ip().to_string(), port: address.port() },
            credentials,
            relay: true,
        }
    }

    pub(crate) fn create(
        &self,
        transport: Transport,
        to: PeerId,
        routing: Routing,
        target: Target,
    ) -> Result<std::result::Result<Listener, CreateError>> {
        let request = ListenerRequest {
            transport,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            destination: to,
            routing,
            target,
            capabilities: Capabilities::usual(transport),
        };
        self.create_as(request)
    }

    pub(crate) fn create_as(
        &self,
        request: ListenerRequest,
    ) -> Result<std::result::Result<Listener, CreateError>> {
        self.ask(|reply| Command::Create(request, reply))
    }

    pub(crate) fn list(&self, transport: Transport) -> Result<Vec<Listener>> {
        self.ask(|reply| Command::List(transport, reply))
    }

    pub(crate) fn close(&self, transport: Transport, at: SocketAddr) -> Result<usize> {
        self.ask(|reply| Command::Close(ListenerFilter { transport, ip: at.ip(), port: at.port() }, reply))
    }

    pub(crate) fn status(&self) -> Result<Status> {
        self.ask(Command::Status)
    }

    /// Waits until its status is as it should be.
    pub(crate) fn wait_for(&self, mut is_so: impl FnMut(&Status) -> bool) -> Result {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status()?;
            if is_so(&status) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("it never came to pass: {status:?}").into());
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn ask<T: Send + 'static>(
        &self,
        command: impl FnOnce(coap_sessiond::control::Reply<T>) -> Command,
    ) -> Result<T> {
        let (answer, answers) = sync_channel(1);
        self.commands.send(command(Box::new(move |outcome| drop(answer.send(outcome)))));
        Ok(answers.recv_timeout(PATIENCE)?)
    }

    /// Stops it, and waits until it has.
    pub(crate) fn stop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            assert!(thread.join().is_ok(), "the node has panicked");
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stopper.stop();
    }
}

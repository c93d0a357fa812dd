//! Nodes in threads of this process, and how they are told what to do.
use crate::{PATIENCE, Result};
use coap_sessiond::{
    config::{Config, Credentials, Listen, Peer, Scheme, Uri},
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
};

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
    let mut of_exit = config()?;
    of_exit.node.listen = vec![listen(scheme)];
    open_exit(&mut of_exit)?;
    let exit = Node::start(of_exit)?;
    let mut of_entry = config()?;
    of_entry.peers = vec![exit.as_peer()];
    Ok((Node::start(of_entry)?, exit))
}

impl Node {
    pub(crate) fn start(config: Config) -> Result<Self> {
        let id = config.node.identity.peer_id();
        let daemon = Daemon::new(config)?;
        let (listens, commands, stopper) = (daemon.listens().to_vec(), daemon.commands(), daemon.stopper());
        let thread = thread::spawn(move || {
            if let Err(error) = daemon.run() {
                panic!("a node cannot go on: {error}");
            }
        });
        Ok(Self { id, listens, commands, stopper, thread: Some(thread) })
    }

    /// How another node reaches the first of its listeners, without protection.
    pub(crate) fn as_peer(&self) -> Peer {
        let Listen { scheme, address } = self.listens[0];
        Peer {
            id: self.id,
            uri: Uri { scheme, host: address.ip().to_string(), port: address.port() },
            credentials: Credentials::None,
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

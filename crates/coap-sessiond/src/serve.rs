//! The program: a node, its REST interface, and the signals that stop both.
use crate::{
    config::Config,
    descriptors,
    rest::{self, Limits},
    run::{self, Daemon, StopSignals},
};
use std::io;
use thiserror::Error;

/// Why the program does not start, or cannot go on.
#[derive(Debug, Error)]
pub enum ServeError {
    /// The node does not start.
    #[error(transparent)]
    Node(#[from] run::StartError),
    /// Its REST interface does not.
    #[error(transparent)]
    Rest(#[from] rest::StartError),
    /// The system cannot wait for anything.
    #[error("the event loop has failed: {0}")]
    Loop(#[from] io::Error),
}

/// Runs a node until SIGINT or SIGTERM. Then its tunnels end, and everybody is told.
///
/// # Errors
/// [`ServeError`]
pub fn serve(config: Config) -> Result<(), ServeError> {
    // Before any other thread starts.
    let signals = StopSignals::new()?;
    descriptors::raise_limit(&config);
    let api = config.api.clone();
    let id = config.node.identity.peer_id();
    let mut daemon = Daemon::new(config)?;
    daemon.stop_on(signals)?;
    let rest = api.map(|api| rest::Server::start(&api, Limits::default(), daemon.commands())).transpose()?;
    for listen in daemon.listens() {
        log::info!(scheme:% = listen.scheme, address:% = listen.address; "listening for other nodes");
    }
    log::info!(peer:% = id; "the node is running");
    let outcome = daemon.run();
    drop(rest);
    log::info!("the node has stopped");
    Ok(outcome?)
}

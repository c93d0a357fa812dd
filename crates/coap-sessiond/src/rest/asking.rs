//! Asking the event loop.
use super::{Shared, errors::Refusal};
use crate::{
    control::{Command, CreateError, Reply, Sender},
    model::{Listener, ListenerFilter, ListenerRequest},
};
use std::time::Duration;
use tokio::{sync::oneshot, time::timeout};

/// Gives the loop a command and waits for its answer.
pub(super) async fn ask<T: Send + 'static>(
    shared: &Shared,
    command: impl FnOnce(Reply<T>) -> Command,
) -> Result<T, Refusal> {
    within(shared.limits.command, &shared.commands, command, |answer| answer).await
}

/// The same, with what is done to the answer at once, whether or not anybody still waits for it.
async fn within<T: 'static, U: Send + 'static>(
    limit: Duration,
    commands: &Sender,
    command: impl FnOnce(Reply<T>) -> Command,
    then: impl FnOnce(T) -> U + Send + 'static,
) -> Result<U, Refusal> {
    let (answered, answer) = oneshot::channel();
    commands.send(command(Box::new(move |value| {
        let _ = answered.send(then(value));
    })));
    match timeout(limit, answer).await {
        Ok(answer) => answer.map_err(|_| Refusal::NotReady),
        Err(_) => Err(Refusal::Timeout),
    }
}

/// Opens a listener.
pub(super) async fn open(
    shared: &Shared,
    request: ListenerRequest,
) -> Result<Result<Opened, CreateError>, Refusal> {
    let commands = shared.commands.clone();
    let then =
        |outcome: Result<Listener, _>| outcome.map(|listener| Opened { listener: Some(listener), commands });
    within(shared.limits.open, &shared.commands, |reply| Command::Create(request, reply), then).await
}

/// A listener whose client has not been told of it yet. If it never will be, because it has hung up or waited too
/// long, the listener is closed: nobody knows its port, and the client's next attempt would find its own in use.
pub(super) struct Opened {
    listener: Option<Listener>,
    commands: Sender,
}

impl Opened {
    /// The listener is the client's now.
    pub(super) fn claim(mut self) -> Option<Listener> {
        self.listener.take()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some(Listener { request, .. }) = self.listener.take() {
            let (ip, port) = (request.listen.ip(), request.listen.port());
            let filter = ListenerFilter { transport: request.transport, ip, port };
            self.commands.send(Command::Close(filter, Box::new(|_| ())));
        }
    }
}

//! Waiting for something to happen in a context, with its lock open.
use crate::home::Home;
use coap_net::Poller;
use std::{
    io,
    sync::PoisonError,
    time::{Duration, Instant},
};

/// Waits until something happens at a socket of the context, a deadline of its engine or `until` has come,
/// somebody wakes it, or a signal interrupts. `None`: the context is gone.
pub(crate) fn wait(home: Home, until: Option<Instant>) -> Option<io::Result<()>> {
    let Some(mut poller) = poller(home, until)? else { return Some(Ok(())) };
    let waited = poller.wait();
    let mut poller = Some(poller); // closed with the lock open if the context is gone
    let alive = home.enter(|context| {
        if let Some(poller) = poller.take() {
            context.node.put_back(poller);
        }
    });
    home.cell().poller_back.notify_all();
    alive.map(|()| waited)
}

/// Takes the poller out of its node. While another thread has it, that thread's return is waited for instead,
/// and if it does not come in time, there is none. The outer `None`: the context is gone.
fn poller(home: Home, until: Option<Instant>) -> Option<Option<Poller>> {
    let cell = home.cell();
    cell.enter(|mut state| {
        loop {
            let context = state.context.as_deref_mut().filter(|context| home.is(context))?;
            if let Some(poller) = context.node.take_poller(until) {
                return Some(Some(poller));
            }
            let left = until.map(|at| at.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Some(None);
            }
            let left = left.unwrap_or(Duration::MAX);
            state = cell.poller_back.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    })
}

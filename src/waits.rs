//! Waiting for something to happen in a context, with its lock open.
use crate::{context::Context, home::Home};
use coap_net::{Poller, Waker};
use std::{
    io,
    time::{Duration, Instant},
};

/// Waits until something happens at a socket of the context, a deadline of its engine or `until` has come,
/// somebody wakes it, or a signal interrupts; not at all if the waiter is `done`: who makes that come true later calls
/// [`call_back`]. `None`: the context is gone.
pub(crate) fn wait_unless(
    home: Home,
    until: Option<Instant>,
    done: impl Fn(&Context) -> bool,
) -> Option<io::Result<()>> {
    let Some(mut poller) = poller(home, until, done)? else { return Some(Ok(())) };
    let waited = poller.wait();
    let mut poller = Some(poller); // closed with the lock open if the context is gone
    let alive = home.enter(|context| {
        if let Some(poller) = poller.take() {
            context.node.put_back(poller);
        }
    });
    home.cell().poller_back.ring();
    alive.map(|()| waited)
}

/// Has all threads that wait in a context look whether they are done, with the lock open.
pub(crate) fn call_back(home: Home, waker: &Waker) {
    waker.wake();
    home.cell().poller_back.ring();
}

/// Takes the poller out of its node; not if the waiter is done. While another thread has it, that thread's return is
/// waited for instead, and if it does not come in time, there is none. The outer `None`: the context is gone.
fn poller(home: Home, until: Option<Instant>, done: impl Fn(&Context) -> bool) -> Option<Option<Poller>> {
    let cell = home.cell();
    cell.enter(|mut state| {
        loop {
            let context = state.context.as_deref_mut().filter(|context| home.is(context))?;
            if done(context) {
                return Some(None);
            }
            if let Some(poller) = context.node.take_poller(until) {
                return Some(Some(poller));
            }
            let left = until.map(|at| at.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Some(None);
            }
            let left = left.unwrap_or(Duration::MAX);
            state = cell.poller_back.wait(state, left);
        }
    })
}

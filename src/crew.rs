//! Threads of the library's own that run the loop of a context.
use crate::{
    context::Context,
    entry::entry,
    home::Home,
    interrupts::{self, Running},
    net, waits,
};
use std::{
    cell::Cell,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread::{Builder, JoinHandle},
};

/// Threads of one context.
const LIMIT: usize = 256;

/// The threads of a context. They end when told so, with all loops, and with the context.
#[derive(Default)]
pub(crate) struct Crew {
    end: Arc<AtomicBool>,
    threads: Vec<(u64, JoinHandle<()>)>,
}

/// Adds threads to the crew of a context. The outer `None`: the context is gone.
pub(crate) fn enlist(home: Home, count: usize) -> Option<io::Result<()>> {
    interrupts::watch(home)?;
    let (there, end) = home.enter(|context| (context.crew.threads.len(), Arc::clone(&context.crew.end)))?;
    if there + count > LIMIT {
        return Some(Err(io::ErrorKind::InvalidInput.into()));
    }
    let mut threads = Vec::new();
    let mut started = Ok(());
    for _ in 0..count {
        match start(home, &end) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                started = Err(error);
                break;
            }
        }
    }
    home.enter(|context| context.crew.threads.extend(threads))?;
    if started.is_err() {
        dismiss(home);
    }
    Some(started)
}

/// Ends the crew of a context, and waits until its threads are back from what they do. One that calls this itself
/// is not waited for: it ends when it returns from its callback.
pub(crate) fn dismiss(home: Home) -> Option<()> {
    let (crew, waker) = home.enter(|context| (std::mem::take(&mut context.crew), context.node.waker()))?;
    crew.end.store(true, SeqCst);
    waits::call_back(home, &waker);
    let others = crew.threads.into_iter().filter(|(number, _)| *number != NUMBER.get());
    // A panic of its own is over when a thread is.
    others.for_each(|(_, thread)| _ = thread.join());
    Some(())
}

/// Tells the library's own threads from each other; 0 is none of them.
static LAST: AtomicU64 = AtomicU64::new(0);
thread_local!(static NUMBER: Cell<u64> = const { Cell::new(0) });

impl Crew {
    /// Whether there are others to share the work with.
    pub(crate) fn is_working(&self) -> bool {
        !self.threads.is_empty()
    }

    /// As if there were others: this one has ended.
    #[cfg(test)]
    pub(crate) fn pretend(&mut self) {
        self.threads.push((0, std::thread::spawn(|| {})));
    }

    /// The context ends: its threads will find that out by themselves.
    pub(crate) fn abandon(&self) {
        self.end.store(true, SeqCst);
    }
}

fn start(home: Home, end: &Arc<AtomicBool>) -> io::Result<(u64, JoinHandle<()>)> {
    let number = LAST.fetch_add(1, SeqCst) + 1;
    let (end, running) = (Arc::clone(end), Running::begin());
    let started = Builder::new().name("coap-loop".into()).spawn(move || {
        NUMBER.set(number);
        entry((), || {
            let is_over = |_: &Context| end.load(SeqCst) || interrupts::loops_end();
            while !end.load(SeqCst) && !interrupts::loops_end() {
                net::step("coap_io_process_loop", home, None, is_over)?;
            }
            Some(())
        });
        drop(running);
    });
    Ok((number, started?))
}

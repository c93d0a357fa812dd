//! Looking names up never waits, and never starts more than it may.
use super::*;
use crate::Poller;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

const LIMITS: ResolverLimits = ResolverLimits { threads: 2, waiting: 100 };

/// Looks up until a name is let go: `slow` ones take that long, others no time.
struct Gate {
    go: mpsc::Sender<()>,
    running: Arc<AtomicUsize>,
}

fn gated() -> (Gate, Box<Lookup>) {
    let (go, gate) = mpsc::channel::<()>();
    let (running, gate) = (Arc::new(AtomicUsize::new(0)), Mutex::new(gate));
    let counted = Arc::clone(&running);
    let lookup = move |name: &str| {
        counted.fetch_add(1, Ordering::SeqCst);
        if name.starts_with("slow") {
            // Until it is let go, or nobody is there who could.
            let _ = gate.lock().map(|gate| gate.recv());
        }
        Ok(vec![SocketAddr::from(([192, 0, 2, name.len() as u8], 0))])
    };
    (Gate { go, running }, Box::new(lookup))
}

fn wait_for(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "it never came to pass");
        thread::yield_now();
    }
}

/// Answers in their order, as many as there are to be.
fn answers(resolver: &Resolver<u32>, count: usize) -> Vec<u32> {
    let mut found = Vec::new();
    let found_all = std::cell::RefCell::new(&mut found);
    wait_for(|| {
        let mut found = found_all.borrow_mut();
        found.extend(resolver.poll().map(|answer| answer.asker));
        found.len() >= count
    });
    found
}

#[test]
fn a_name_that_takes_long_holds_up_nobody_and_the_loop_is_woken() {
    let (mut poller, waker, _registry) = Poller::new().expect("a poller");
    let (gate, lookup) = gated();
    let resolver = Resolver::with(LIMITS, lookup, Box::new(move || waker.wake()));
    for (asker, name) in [(1, "slow"), (2, "quick")] {
        assert!(resolver.ask(asker, name, Urgency::First).is_some());
    }
    let mut next = || loop {
        poller.set_until(Some(Instant::now() + Duration::from_secs(20)));
        poller.wait().expect("it waits");
        if let Some(answer) = resolver.poll() {
            let found = answer.found.expect("an address");
            return (answer.asker, found.first().map(SocketAddr::to_string));
        }
    };
    assert_eq!(next(), (2, Some("192.0.2.5:0".to_owned())), "the other name did not wait");
    gate.go.send(()).expect("it still waits");
    assert_eq!(next(), (1, Some("192.0.2.4:0".to_owned())));
}

#[test]
fn threads_and_names_that_wait_are_bounded() {
    let (gate, lookup) = gated();
    let resolver = Resolver::with(LIMITS, lookup, Box::new(|| ()));
    for urgency in [Urgency::First, Urgency::Later] {
        let taken = (0..1000).filter(|asker| resolver.ask(*asker, "slow", urgency).is_some()).count();
        assert!((LIMITS.waiting..=LIMITS.waiting + LIMITS.threads).contains(&taken), "{urgency:?}: {taken}");
    }
    assert_eq!(resolver.shared.jobs().threads, LIMITS.threads);
    assert!(gate.running.load(Ordering::SeqCst) <= LIMITS.threads);
    let shared = Arc::clone(&resolver.shared);
    drop(resolver);
    drop(gate);
    wait_for(|| shared.jobs().threads == 0);
    assert!(shared.jobs().queue.is_empty(), "what waited is not looked up any more");
}

#[test]
fn names_that_can_wait_do_and_leave_a_thread_to_the_others() {
    let (gate, lookup) = gated();
    let resolver = Resolver::with(LIMITS, lookup, Box::new(|| ()));
    for asker in 0..3 {
        assert!(resolver.ask(asker, "slow", Urgency::Later).is_some());
    }
    wait_for(|| gate.running.load(Ordering::SeqCst) == 1);
    assert!(resolver.ask(7, "quick", Urgency::First).is_some());
    assert_eq!(answers(&resolver, 1), [7]);
    assert_eq!(gate.running.load(Ordering::SeqCst), 2, "of the slow ones, one");
    for _ in 0..3 {
        gate.go.send(()).expect("one waits");
    }
    assert_eq!(answers(&resolver, 3), [0, 1, 2]);
}

#[test]
fn what_nobody_wants_to_know_any_more_is_not_looked_up() {
    let (gate, lookup) = gated();
    let resolver = Resolver::with(ResolverLimits { threads: 1, waiting: 2 }, lookup, Box::new(|| ()));
    resolver.ask(0, "slow", Urgency::Later);
    wait_for(|| gate.running.load(Ordering::SeqCst) == 1);
    let ticket = resolver.ask(1, "quick", Urgency::Later).expect("there is room");
    assert!(resolver.ask(2, "quick", Urgency::Later).is_some());
    assert!(resolver.ask(3, "quick", Urgency::Later).is_none(), "there is none");
    resolver.cancel(ticket);
    resolver.cancel(ticket);
    assert!(resolver.ask(4, "quick", Urgency::Later).is_some(), "there is room again");
    gate.go.send(()).expect("one waits");
    assert_eq!(answers(&resolver, 3), [0, 2, 4]);
}

//! Cells: one lock per context, reached through keys.
//!
//! What a C pointer names is found in two steps: the key's slot says in which cell and at which place the
//! object was last, and under that cell's lock the object there must still go by this key. A thread holds at
//! most one cell lock, and none while C code runs: [`Cell::enter`] and [`upcall`] see to both in debug
//! builds.
use crate::{
    context::Context,
    exposed::Graves,
    keys::{Key, KeySpace, Kind, Target},
    resource_face::Orphans,
    sparse::Sparse,
};
use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

/// Contexts that can live at the same time.
const CELLS: usize = if cfg!(miri) { 1 << 8 } else { 1 << 14 };
/// Keys of a context that end at least between the end of a key and its next use. Generous: a thread that was
/// preempted for some milliseconds still finds its stale key refused.
pub(crate) const QUARANTINE: usize = if cfg!(miri) { 1 << 9 } else { 1 << 16 };
/// The cell of what is born without a context: resources before `coap_add_resource`.
const NURSERY: u32 = 0;

static TABLE: Sparse<&'static Cell, { CELLS / 256 }> = Sparse::new();
/// Cells without a context.
static IDLE: Mutex<Vec<&'static Cell>> = Mutex::new(Vec::new());
static MADE: AtomicU32 = AtomicU32::new(NURSERY + 1);

/// Home of one context at a time. Permanent, so that a reference to it needs no count and may be kept over a
/// callback; reused by later contexts, so that what was kept is confirmed by the context's serial number.
#[repr(align(128))] // no two contexts share a cache line
pub(crate) struct Cell {
    pub(crate) index: u32,
    pub(crate) keys: KeySpace,
    pub(crate) graves: Graves,
    /// Told when a thread that waited in the context's poller is back.
    pub(crate) poller_back: Bell,
    state: Mutex<State>,
}

/// Threads that wait for a word of another one's. Ringing costs nothing while nobody waits: a condition variable alone
/// would ask the system each time.
#[derive(Default)]
pub(crate) struct Bell {
    waiting: AtomicU32,
    condition: Condvar,
}

impl Bell {
    /// Waits with the lock open, until it rings or the time is over. What is waited for changes under that lock.
    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>, limit: Duration) -> MutexGuard<'a, T> {
        self.waiting.fetch_add(1, Relaxed);
        let guard = self.condition.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0;
        self.waiting.fetch_sub(1, Relaxed);
        guard
    }

    /// Wakes all. Who began to wait under the lock, before what it waits for was changed under the lock, is seen.
    pub(crate) fn ring(&self) {
        if self.waiting.load(Relaxed) > 0 {
            self.condition.notify_all();
        }
    }
}

/// What a cell's lock guards.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) context: Option<Box<Context>>,
    /// Only in the nursery.
    pub(crate) orphans: Orphans,
}

impl Cell {
    /// The only way to the state. No C code and no other cell inside.
    pub(crate) fn enter<R>(&'static self, f: impl FnOnce(MutexGuard<'static, State>) -> R) -> R {
        let (_held, state) = self.lock();
        f(state)
    }

    fn lock(&'static self) -> (Held, MutexGuard<'static, State>) {
        // A panic under the lock failed one call; the others go on with what it left.
        (Held::new(), self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The context of this serial number, if it still lives.
    pub(crate) fn context<R>(&'static self, serial: u64, f: impl FnOnce(&mut Context) -> R) -> Option<R> {
        self.enter(|mut state| state.context.as_deref_mut().filter(|c| c.serial == serial).map(f))
    }

    /// The cell of resources that belong to no context.
    pub(crate) fn nursery() -> &'static Self {
        TABLE.get_or_init(NURSERY as usize, || Self::make(NURSERY)).expect("the first place is there")
    }

    pub(crate) fn is_nursery(&self) -> bool {
        self.index == NURSERY
    }

    /// A cell for a new context; `None` when there are too many.
    pub(crate) fn idle() -> Option<&'static Self> {
        if let Some(cell) = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Some(cell);
        }
        let next = |made: u32| ((made as usize) < CELLS).then_some(made + 1);
        let index = MADE.fetch_update(Relaxed, Relaxed, next).ok()?;
        TABLE.get_or_init(index as usize, || Self::make(index)).copied()
    }

    /// Gives the cell of a context that ended to later ones.
    pub(crate) fn retire(&'static self) {
        IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }

    fn at(index: u32) -> Option<&'static Self> {
        TABLE.get(index as usize).copied()
    }

    fn make(index: u32) -> &'static Self {
        Box::leak(Box::new(Self {
            index,
            keys: KeySpace::new(QUARANTINE),
            graves: Graves::new(),
            poller_back: Bell::default(),
            state: Mutex::default(),
        }))
    }
}

impl State {
    /// Whether the object at this place still goes by this key: places are reused at once, keys are not.
    fn confirms(&self, target: Target, key: Key) -> bool {
        let Some(context) = self.context.as_deref() else {
            return self.orphans.key(target.kind, target.id) == Some(key);
        };
        let found = match target.kind {
            Kind::Context => Some(context.key),
            Kind::Endpoint => context.endpoints.get(target.id).map(|face| face.key),
            Kind::Session => context.sessions.get(target.id).map(|face| face.key),
            Kind::Resource => context.resources.get(target.id).map(|face| face.key),
            Kind::Attribute => context.attributes.get(target.id).map(|face| face.key),
            Kind::Async => context.asyncs.get(target.id).map(|face| face.key),
            Kind::CacheEntry => context.cache_entries.get(target.id).map(|face| face.key),
            // No function takes one.
            Kind::Subscription => None,
        };
        found == Some(key)
    }
}

/// Locks the cell of the object that `key` names and runs `f` on it; `None` if it names no living object of
/// this kind.
pub(crate) fn with<R>(
    kind: Kind,
    key: Key,
    f: impl FnOnce(&'static Cell, &mut State, u32) -> R,
) -> Option<R> {
    let Found { cell, mut state, place, _held } = find(kind, key)?;
    Some(f(cell, &mut state, place))
}

/// A living object in its cell, which is locked.
struct Found {
    cell: &'static Cell,
    state: MutexGuard<'static, State>,
    place: u32,
    _held: Held,
}

/// Apart from what is done with it, so that each exported function is short.
#[inline(never)]
fn find(kind: Kind, key: Key) -> Option<Found> {
    let slot = key.slot()?;
    let mut target = slot.target(kind)?;
    loop {
        let cell = Cell::at(target.cell)?;
        let (_held, state) = cell.lock();
        if state.confirms(target, key) {
            return Some(Found { cell, state, place: target.id, _held });
        }
        drop((state, _held));
        let now = slot.target(kind)?;
        if now == target {
            return None;
        }
        target = now; // it moved to another cell meanwhile
    }
}

/// Every call of a C function pointer goes through here.
pub(crate) fn upcall<R>(call: impl FnOnce() -> R) -> R {
    assert_open();
    call()
}

/// Asserts, in debug builds, that this thread holds no cell lock: what may log or run C code says so by this, also
/// where most of the time it has nothing to log and nothing to run.
pub(crate) fn assert_open() {
    Held::assert_none();
}

/// Remembers, in debug builds, that this thread holds a cell lock.
struct Held;

#[cfg(debug_assertions)]
thread_local!(static HELD: std::cell::Cell<bool> = const { std::cell::Cell::new(false) });

impl Held {
    fn new() -> Self {
        #[cfg(debug_assertions)]
        assert!(!HELD.replace(true), "a second cell locked by one thread");
        Self
    }
    fn assert_none() {
        #[cfg(debug_assertions)]
        assert!(!HELD.get(), "a lock is held over a callback");
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        #[cfg(debug_assertions)]
        HELD.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Rig;
    use std::{thread, time::Instant};

    /// Nothing here takes as long.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Waits until what the lock guards is true.
    fn wait_for_it(bell: &Bell, is_done: &Mutex<bool>) -> Duration {
        let start = Instant::now();
        let mut guard = is_done.lock().unwrap();
        while !*guard && start.elapsed() < PATIENCE {
            guard = bell.wait(guard, PATIENCE);
        }
        start.elapsed()
    }

    #[test]
    fn a_bell_wakes_all_who_wait() {
        const THREADS: u32 = 4;
        let rounds = if cfg!(miri) { 4 } else { 500 };
        for round in 0..rounds {
            let (bell, is_done) = (Bell::default(), Mutex::new(false));
            thread::scope(|scope| {
                let waiting: Vec<_> =
                    (0..THREADS).map(|_| scope.spawn(|| wait_for_it(&bell, &is_done))).collect();
                // As many wait by now, at least; the others have not begun or are about to.
                let at_least = round % (THREADS + 1);
                loop {
                    let mut done = is_done.lock().unwrap();
                    *done = bell.waiting.load(Relaxed) >= at_least;
                    if *done {
                        break;
                    }
                    drop(done);
                    thread::yield_now();
                }
                bell.ring();
                for waited in waiting {
                    assert!(waited.join().unwrap() < PATIENCE, "nobody woke it");
                }
            });
            assert_eq!(bell.waiting.load(Relaxed), 0);
        }
    }

    #[test]
    fn a_bell_that_does_not_ring_lets_go_in_time() {
        let (bell, lock) = (Bell::default(), Mutex::new(()));
        let start = Instant::now();
        drop(bell.wait(lock.lock().unwrap(), Duration::from_millis(1)));
        assert!(start.elapsed() < PATIENCE);
        assert_eq!(bell.waiting.load(Relaxed), 0, "nobody has to be woken later");
    }

    #[test]
    fn a_place_confirms_the_key_of_what_is_there_alone() {
        let rig = Rig::new();
        let old = Key::of(rig.client(1));
        let target = old.target(Kind::Session).unwrap();
        crate::session::coap_session_release(old.pointer());
        let new = Key::of(rig.client(2));
        assert_eq!(new.target(Kind::Session), Some(target), "the place is used again");
        let confirmed =
            with(Kind::Session, new, |_, state, _| [old, new].map(|key| state.confirms(target, key)));
        assert_eq!(confirmed, Some([false, true]));
    }
}

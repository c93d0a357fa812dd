//! The files of a server, and what goes into which.
use super::{Kept, KeptNumber, KeptObserver, KeptResource, Problem, format::Content, journal::Journal};
use coap_proto::{
    engine::{ObserverName, Tracked},
    wire::Protocol,
};
use std::{collections::VecDeque, num::NonZeroU32, path::PathBuf};

/// The largest number of a notification (RFC 7641 section 4.4).
const MAX_NUMBER: u32 = 0xff_ffff;

/// Where a [`Store`] keeps what. What has no file is not kept. No two of them may be the same, nor be used by two
/// processes at a time.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Resources that requests made.
    pub resources: Option<PathBuf>,
    /// Observers.
    pub observers: Option<PathBuf>,
    /// Numbers of notifications.
    pub numbers: Option<PathBuf>,
}

/// Keeps what a server is to know after a restart. If changes are written ([`Store::flush`]) before the answers go out,
/// the end of the process loses nothing that a peer was told. It is not waited for the disk, so the end of the machine
/// may lose what the system had not written.
#[derive(Debug)]
pub struct Store {
    resources: Option<Journal>,
    observers: Option<Journal>,
    numbers: Option<Journal>,
    frequency: NonZeroU32,
    problems: VecDeque<Problem>,
}

impl Store {
    /// Opens the files, makes those that are not there, and reads what they keep. `frequency` has to be the
    /// engine's [`Config::tracking`](coap_proto::engine::Config::tracking).
    ///
    /// What is wrong with a file is a [`Problem`] ([`Store::poll_problem`]) and concerns that file alone. One that
    /// cannot be used at all ([`Problem::Unusable`]) is left out.
    pub fn open(files: &Files, frequency: NonZeroU32) -> (Self, Kept) {
        let mut problems = VecDeque::new();
        let mut open = |path: &Option<PathBuf>, content| {
            let journal = Journal::open(path.as_deref()?, content);
            journal.map_err(|problem| problems.push_back(problem)).ok()
        };
        let resources = open(&files.resources, Content::Resources);
        let numbers = open(&files.numbers, Content::Numbers);
        let observers = open(&files.observers, Content::Observers);
        let mut store = Self { resources, observers, numbers, frequency, problems };
        let kept = Kept {
            resources: all(&mut store.resources, KeptResource::read),
            numbers: all(&mut store.numbers, KeptNumber::read),
            observers: all(&mut store.observers, KeptObserver::read),
        };
        (store, kept)
    }

    /// Whether resources that requests make are kept.
    pub fn keeps_resources(&self) -> bool {
        self.resources.is_some()
    }

    /// Writes what has changed since the last call, in one go: call it before [`Node::flush`](crate::Node::flush) or
    /// [`Node::turn`](crate::Node::turn) sends the answers, when all events until then are noted.
    pub fn flush(&mut self) {
        let journals = [&mut self.resources, &mut self.numbers, &mut self.observers];
        journals.into_iter().flatten().for_each(Journal::flush);
    }

    /// Something has changed. [`Store::flush`] writes it.
    pub fn note(&mut self, change: &Tracked) {
        match change {
            Tracked::ObserverAdded { name, local, request, .. } => {
                if let Some(observers) = &mut self.observers {
                    observers.put(&KeptObserver::key(name), KeptObserver::value(local, request));
                }
            }
            Tracked::ObserverRemoved { name, .. } => self.forget_observer(name),
            Tracked::Numbered { path, number } => self.note_number(path, *number),
            Tracked::ResourceRemoved { path } => self.forget_resource(path),
        }
    }

    /// A request by `protocol` has made the resource at `path`. `false`: it is too large to be kept (1 MiB).
    pub fn add_resource(&mut self, path: &[u8], protocol: Protocol, request: &[u8]) -> bool {
        let Some(resources) = &mut self.resources else { return true };
        resources.put(path, KeptResource::value(protocol, request))
    }

    /// An observer that was kept did not come back.
    pub fn forget_observer(&mut self, name: &ObserverName) {
        if let Some(observers) = &mut self.observers {
            observers.delete(&KeptObserver::key(name));
        }
    }

    /// A resource that was kept did not come back.
    pub fn forget_resource(&mut self, path: &[u8]) {
        for journal in [&mut self.resources, &mut self.numbers].into_iter().flatten() {
            journal.delete(path);
        }
    }

    /// What went wrong since the last call.
    pub fn poll_problem(&mut self) -> Option<Problem> {
        let journals = [&mut self.resources, &mut self.numbers, &mut self.observers];
        let of_journal = || journals.into_iter().flatten().find_map(Journal::poll_problem);
        self.problems.pop_front().or_else(of_journal)
    }

    /// Brings everything to the disk, for which it waits. A store that is dropped writes its changes, and does not
    /// wait.
    ///
    /// # Errors
    /// What the system says of the first file that could not be written.
    pub fn close(self) -> std::io::Result<()> {
        let journals = [self.resources, self.numbers, self.observers];
        journals.into_iter().flatten().map(Journal::close).fold(Ok(()), std::io::Result::and)
    }

    /// Numbers up to the next that is told are given out without a word, so it is the last of them that is kept.
    fn note_number(&mut self, path: &[u8], number: u32) {
        let frequency = self.frequency.get();
        let last = (number - number % frequency).saturating_add(frequency - 1).min(MAX_NUMBER);
        if let Some(numbers) = &mut self.numbers {
            numbers.put(path, KeptNumber::value(last));
        }
    }
}

/// Reads all that a journal keeps. What has no meaning is dropped.
fn all<T>(journal: &mut Option<Journal>, read: impl Fn(&[u8], &[u8]) -> Option<T>) -> Vec<T> {
    let Some(journal) = journal else { return Vec::new() };
    let entries = journal.iter().map(|(key, value)| (key.to_vec(), read(key, value)));
    let (mut found, mut meaningless) = (Vec::new(), Vec::new());
    for (key, value) in entries {
        match value {
            Some(value) => found.push(value),
            None => meaningless.push(key),
        }
    }
    for key in meaningless {
        journal.drop_meaningless(&key);
    }
    found
}

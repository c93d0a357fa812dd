//! What a server remembers survives its end at any moment, and damage to its files.
mod damage;
mod journal;
mod store;

use super::format::Content;
use super::journal::{Journal, load};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
};

/// A directory for one test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("coap-net-persist-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of what lies there.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn entries(journal: &Journal) -> Entries {
    journal.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

fn open(path: &Path) -> Journal {
    Journal::open(path, Content::Observers).unwrap()
}

/// What a process would find that began now.
fn found(path: &Path) -> Entries {
    let (records, problem) = load(path, Content::Observers).unwrap();
    assert!(problem.is_none(), "{problem:?}");
    let mut found = Entries::new();
    for record in records {
        damage::apply(&mut found, record);
    }
    found
}

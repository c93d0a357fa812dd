//! A file that grows.
use std::{
    fs::File,
    io::{self, Write},
};

/// So much waits at most.
const MOST: usize = 64 << 10;

/// A file that grows. What is added waits, so that changes that belong together are written together: the end of the
/// process comes before all of them or after.
#[derive(Debug)]
pub(super) struct Output {
    file: File,
    written: u64,
    waiting: Vec<u8>,
}

impl Output {
    /// An empty file that was opened for appending.
    pub(super) fn new(file: File) -> Self {
        Self { file, written: 0, waiting: Vec::new() }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// Whether as much waits as may.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.len() >= MOST
    }

    /// Bytes, with those that wait.
    pub(super) fn len(&self) -> u64 {
        self.written + self.waiting.len() as u64
    }

    /// Writes what waits. After an error it is lost, and what was written of it taken back: nothing may follow half a
    /// record.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let done = self.file.write_all(&self.waiting);
        match &done {
            Ok(()) => self.written += self.waiting.len() as u64,
            Err(_) => drop(self.file.set_len(self.written)),
        }
        self.waiting.clear();
        self.waiting.shrink_to(MOST);
        done
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// The file takes nothing any more, as on a disk that is full.
    #[cfg(test)]
    pub(super) fn break_file(&mut self) {
        self.file = File::open("/dev/null").expect("it is there");
    }
}

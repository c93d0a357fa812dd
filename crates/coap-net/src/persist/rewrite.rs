//! A journal that is written anew beside itself.
use super::output::Output;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

/// The new file, until it has the name of the old one.
#[derive(Debug)]
pub(super) struct Rewriting {
    output: Output,
    path: PathBuf,
    /// What comes before this in the order of keys is in the new file.
    pub(super) copied: u64,
    /// Everything is in the new file, and a thread brings it to the disk and renames it: the loop must not wait for
    /// a disk. Both files get what changes meanwhile, so it does not matter which one has the name when the process
    /// ends.
    settling: Option<JoinHandle<io::Result<()>>>,
    /// A change was not written while it settled: the new file gets the name all the same, and lacks something.
    pub(super) lacks: bool,
}

impl Rewriting {
    /// Begins a file beside `path`. One that an earlier process has left is dropped.
    pub(super) fn begin(path: &Path, header: &[u8]) -> io::Result<Self> {
        let beside = beside(path, "tmp");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // A link that somebody has laid there is not followed. Requests of peers are nobody else's business.
        let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&beside)?;
        let mut output = Output::new(file);
        output.add(header);
        Ok(Self { output, path: path.to_owned(), copied: 0, settling: None, lacks: false })
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        if !self.lacks {
            self.output.add(bytes);
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }

    /// All is in the new file: it takes the place of the old one soon.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.output.flush()?;
        let (file, path) = (self.output.file().try_clone()?, self.path.clone());
        let settle = move || settle(&file, &path);
        self.settling = Some(thread::Builder::new().name("coap-persist".into()).spawn(settle)?);
        Ok(())
    }

    pub(super) fn is_settling(&self) -> bool {
        self.settling.is_some()
    }

    /// Whether [`Rewriting::finish`] need not wait.
    pub(super) fn is_settled(&self) -> bool {
        self.settling.as_ref().is_some_and(JoinHandle::is_finished)
    }

    /// The new file in the place of the old one.
    pub(super) fn finish(mut self) -> io::Result<Output> {
        let settled = match self.settling.take() {
            Some(thread) => thread.join().unwrap_or_else(|_| Err(ErrorKind::Other.into())),
            None => self.output.flush().and_then(|()| settle(self.output.file(), &self.path)),
        };
        match settled {
            Ok(()) => Ok(self.output),
            Err(error) => {
                self.abandon();
                Err(error)
            }
        }
    }

    /// It did not work: nothing of it is left. Not while it settles: nobody can tell which file has the name then.
    pub(super) fn abandon(self) {
        debug_assert!(!self.is_settling());
        let _ = fs::remove_file(beside(&self.path, "tmp"));
    }

    /// The new file takes nothing any more, as on a disk that is full.
    #[cfg(test)]
    pub(super) fn break_file(&mut self) {
        self.output.break_file();
    }
}

/// The name of a file beside another one.
pub(super) fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn settle(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    fs::rename(beside(path, "tmp"), path)?;
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // The name may come back to the old file if the power fails now; that one is whole, too.
    let _ = File::open(directory.unwrap_or(Path::new("."))).and_then(|directory| directory.sync_all());
    Ok(())
}

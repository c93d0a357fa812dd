//! A map from keys to values in a file.
use super::{
    Problem,
    format::{self, Content, HEADER_LEN, Next, Record},
    map::Map,
    output::Output,
    rewrite::{Rewriting, beside},
};
use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, BufReader, ErrorKind},
    path::{Path, PathBuf},
};

/// Files shorter than this are not written anew, however little of them counts.
const SMALL: u64 = 64 << 10;
/// Records, and bytes, that one change carries over into the new file.
const STEP: (usize, usize) = (32, 32 << 10);
/// Files that are put aside under one name.
const ASIDE: u32 = 99;

/// A map in a file. All of it is in memory, too: that is what the file is written anew from.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    content: Content,
    output: Output,
    map: Map,
    rewriting: Option<Rewriting>,
    /// The file is written anew when it is longer.
    limit: u64,
    /// A change was not written: the file is to be written anew.
    stale: bool,
    problems: VecDeque<Problem>,
}

impl Journal {
    /// Opens the file, or makes it. What is wrong with its content is not lost: it lies beside it.
    pub(super) fn open(path: &Path, content: Content) -> Result<Self, Problem> {
        let unusable = |error| Problem::Unusable { file: path.to_owned(), error };
        let (records, problem) = load(path, content).map_err(unusable)?;
        let mut map = Map::default();
        for record in records {
            match record {
                Record::Put { key, value } => drop(map.put(&key, value)),
                Record::Delete { key } => drop(map.remove(&key)),
            }
        }
        let output = write_all(path, content, &map).map_err(unusable)?;
        Ok(Self {
            path: path.to_owned(),
            content,
            output,
            map,
            rewriting: None,
            limit: SMALL,
            stale: false,
            problems: problem.into_iter().collect(),
        })
    }

    /// Keys and values, in the order in which the keys came.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.map.from(0).map(|(_, key, value)| (key, value))
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.map.get(key)
    }

    /// The key has this value from now on. `false`: it is too large to be kept.
    pub(super) fn put(&mut self, key: &[u8], value: Vec<u8>) -> bool {
        if self.get(key) == Some(&value[..]) {
            return true;
        }
        let Some(record) = format::encode(key, Some(&value)) else { return false };
        let place = self.map.put(key, value);
        self.write(&record, place);
        true
    }

    /// The key is gone.
    pub(super) fn delete(&mut self, key: &[u8]) {
        let Some(place) = self.map.remove(key) else { return };
        if let Some(record) = format::encode(key, None) {
            self.write(&record, place);
        }
    }

    /// A value that nobody understands goes.
    pub(super) fn drop_meaningless(&mut self, key: &[u8]) {
        self.problems.push_back(Problem::Meaningless { file: self.path.clone() });
        self.delete(key);
    }

    pub(super) fn poll_problem(&mut self) -> Option<Problem> {
        self.problems.pop_front()
    }

    /// Brings everything to the disk. May wait for it.
    pub(super) fn close(mut self) -> io::Result<()> {
        self.flush();
        if let Some(new) = self.rewriting.take() {
            // The old file is whole without it.
            if new.is_settling() { self.output = new.finish()? } else { new.abandon() }
        }
        if self.stale {
            self.output = write_all(&self.path, self.content, &self.map)?;
        }
        self.output.file().sync_all()
    }

    /// Writes all changes until now.
    pub(super) fn flush(&mut self) {
        if let Err(error) = self.output.flush() {
            self.stale = true;
            self.problems.push_back(Problem::Unwritten { file: self.path.clone(), error });
        }
        if let Some(new) = &mut self.rewriting
            && let Err(error) = new.flush()
        {
            self.give_up_rewriting(error);
        }
    }

    /// The file takes nothing any more, as on a disk that is full.
    #[cfg(test)]
    pub(super) fn break_file(&mut self) {
        self.output.break_file();
    }

    /// As [`Journal::break_file`] for the new file, once that settles. `false`: it does not yet.
    #[cfg(test)]
    pub(super) fn break_settling_file(&mut self) -> bool {
        self.rewriting.as_mut().filter(|new| new.is_settling()).map(Rewriting::break_file).is_some()
    }

    /// Notes a change of the key at a place.
    fn write(&mut self, record: &[u8], place: u64) {
        if !self.stale {
            self.output.add(record);
        }
        // What is not carried over yet will be, as it is then.
        if let Some(new) = self.rewriting.as_mut().filter(|new| place < new.copied) {
            new.add(record);
        }
        if let Err(error) = self.go_on() {
            self.give_up_rewriting(error);
        }
        if self.output.is_full() {
            self.flush();
        }
    }

    /// Carries on with writing the file anew, or begins to, if it is time.
    fn go_on(&mut self) -> io::Result<()> {
        match &self.rewriting {
            None if self.stale || self.output.len() > self.limit.max(2 * self.map.encoded_len()) => {
                self.rewriting = Some(Rewriting::begin(&self.path, &format::header(self.content))?);
            }
            None => {}
            Some(new) if new.is_settled() => return self.finish_rewriting(),
            Some(new) if new.is_settling() => {}
            Some(_) => {
                let Some(new) = &mut self.rewriting else { return Ok(()) };
                if carry_over(&self.map, new)? {
                    new.settle()?;
                }
            }
        }
        Ok(())
    }

    fn finish_rewriting(&mut self) -> io::Result<()> {
        let Some(new) = self.rewriting.take() else { return Ok(()) };
        let lacks = new.lacks;
        self.output = new.finish()?;
        self.limit = SMALL;
        if !lacks && std::mem::take(&mut self.stale) {
            self.problems.push_back(Problem::Recovered { file: self.path.clone() });
        }
        Ok(())
    }

    /// The old file goes on, if it is whole; it is tried again when that has doubled, else with the next change.
    fn give_up_rewriting(&mut self, error: io::Error) {
        if !self.stale {
            self.problems.push_back(Problem::Unwritten { file: self.path.clone(), error });
        }
        self.limit = 2 * self.output.len();
        match &mut self.rewriting {
            // The thread may have renamed it: both files have to be taken for wrong, until all begins again.
            Some(new) if new.is_settling() => (new.lacks, self.stale) = (true, true),
            _ => self.rewriting.take().into_iter().for_each(Rewriting::abandon),
        }
    }
}

impl Drop for Journal {
    /// Whoever opens the file next must find it settled.
    fn drop(&mut self) {
        self.flush();
        if let Some(new) = self.rewriting.take() {
            if new.is_settling() {
                let _ = new.finish();
            } else {
                new.abandon();
            }
        }
    }
}

/// Carries some more records over into the new file. `true`: all are there.
fn carry_over(map: &Map, new: &mut Rewriting) -> io::Result<bool> {
    let (mut bytes, mut count) = (Vec::new(), 0);
    for (place, key, value) in map.from(new.copied) {
        if count == STEP.0 || bytes.len() >= STEP.1 {
            new.add(&bytes);
            new.copied = place;
            return new.flush().map(|()| false);
        }
        bytes.extend(format::encode(key, Some(value)).unwrap_or_default());
        count += 1;
    }
    new.add(&bytes);
    new.copied = u64::MAX;
    Ok(true)
}

/// Makes a file of all that is kept, at once.
fn write_all(path: &Path, content: Content, map: &Map) -> io::Result<Output> {
    let mut new = Rewriting::begin(path, &format::header(content))?;
    loop {
        match carry_over(map, &mut new) {
            Ok(true) => return new.finish(),
            Ok(false) => {}
            Err(error) => {
                new.abandon();
                return Err(error);
            }
        }
    }
}

/// The records of a file up to its end or to what is wrong with it. What is dropped lies beside it.
pub(super) fn load(path: &Path, content: Content) -> io::Result<(Vec<Record>, Option<Problem>)> {
    let file = || path.to_owned();
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(io::Error::other("not a regular file")),
        Ok(found) if found.len() > 0 => {}
        Ok(_) => return Ok((Vec::new(), None)),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok((Vec::new(), None)),
        Err(error) => return Err(error),
    }
    let mut input = BufReader::new(File::open(path)?);
    if let Err(reason) = format::read_header(&mut input, content)? {
        let kept_as = put_aside(path)?;
        return Ok((Vec::new(), Some(Problem::Foreign { file: file(), reason, kept_as })));
    }
    let (mut records, mut at) = (Vec::new(), HEADER_LEN);
    loop {
        match format::read_record(&mut input)? {
            Next::Record(record, length) => {
                records.push(record);
                at += length;
            }
            Next::End => return Ok((records, None)),
            Next::Torn => return Ok((records, Some(Problem::Torn { file: file(), at }))),
            Next::Damaged => {
                let kept_as = put_aside(path)?;
                return Ok((records, Some(Problem::Damaged { file: file(), at, kept_as })));
            }
        }
    }
}

/// Gives a file a second name: the first one will be another's.
fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let names = (1..=ASIDE).map(|number| match number {
        1 => beside(path, "rejected"),
        _ => beside(path, &format!("rejected.{number}")),
    });
    for name in names {
        match fs::hard_link(path, &name) {
            Ok(()) => return Ok(name),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // Not all file systems have links.
            Err(_) if name.exists() => {}
            Err(_) => {
                let mut copy = File::create_new(&name)?;
                io::copy(&mut File::open(path)?, &mut copy)?;
                return Ok(name);
            }
        }
    }
    Err(io::Error::new(ErrorKind::AlreadyExists, "too many files put aside"))
}

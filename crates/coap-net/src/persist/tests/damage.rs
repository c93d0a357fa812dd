//! Files that are not as they were written: what stands before the damage is kept, nothing is made up.
use super::*;
use crate::persist::{Problem, format::Record};

/// A journal of some changes, and the records in it.
fn written(directory: &Directory) -> (PathBuf, Vec<u8>, Vec<Record>) {
    let path = directory.file("kept");
    let mut journal = open(&path);
    for number in 0..20u8 {
        journal.put(&[number % 7, 1], vec![number; usize::from(number) * 3]);
        if number % 5 == 4 {
            journal.delete(&[number % 7, 1]);
        }
    }
    drop(journal);
    let (records, problem) = load(&path, Content::Observers).unwrap();
    assert!(problem.is_none());
    assert_eq!(records.len(), 24);
    (path.clone(), fs::read(path).unwrap(), records)
}

pub(super) fn apply(entries: &mut Entries, record: Record) {
    match record {
        Record::Put { key, value } => match entries.iter_mut().find(|entry| entry.0 == key) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        },
        Record::Delete { key } => entries.retain(|entry| entry.0 != key),
    }
}

/// Where each record ends.
fn ends(bytes: &[u8], records: &[Record]) -> Vec<usize> {
    let len = |record: &Record| match record {
        Record::Put { key, value } => crate::persist::format::encoded_len(key, value),
        Record::Delete { key } => crate::persist::format::encoded_len(key, b""),
    };
    let mut end = 16;
    let next = |record: &Record| {
        end += len(record) as usize;
        end
    };
    let ends: Vec<_> = records.iter().map(next).collect();
    assert_eq!(ends.last(), Some(&bytes.len()));
    ends
}

#[test]
fn a_file_cut_off_anywhere_keeps_all_whole_records() {
    let directory = Directory::new();
    let (path, bytes, records) = written(&directory);
    let ends = ends(&bytes, &records);
    for cut in 16..bytes.len() {
        fs::write(&path, &bytes[..cut]).unwrap();
        let (kept, problem) = load(&path, Content::Observers).unwrap();
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        assert_eq!(kept, records[..whole], "cut at {cut}");
        let boundary = cut == 16 || ends.contains(&cut);
        let torn_at = matches!(&problem, Some(Problem::Torn { at, .. })
            if *at as usize == ends[..whole].last().copied().unwrap_or(16));
        assert_eq!((torn_at, problem.is_none()), (!boundary, boundary), "cut at {cut}: {problem:?}");
    }
    assert_eq!(directory.names(), ["kept"], "half a record is not worth keeping");
}

#[test]
fn a_file_with_half_a_header_is_refused() {
    let directory = Directory::new();
    let (path, bytes, _) = written(&directory);
    for cut in 1..16 {
        fs::write(&path, &bytes[..cut]).unwrap();
        let (kept, problem) = load(&path, Content::Observers).unwrap();
        assert_eq!(kept, []);
        let Some(Problem::Foreign { kept_as, .. }) = problem else { panic!("{problem:?}") };
        assert_eq!(fs::read(kept_as).unwrap(), &bytes[..cut]);
    }
}

#[test]
fn changed_bytes_end_the_file_where_they_are() {
    let directory = Directory::new();
    let (path, bytes, records) = written(&directory);
    let ends = ends(&bytes, &records);
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..4_000 {
        let mut changed = bytes.clone();
        let first = 16 + random.usize(..bytes.len() - 16);
        let count = random.usize(1..=8).min(bytes.len() - first);
        for byte in &mut changed[first..first + count] {
            *byte ^= random.u8(1..);
        }
        fs::write(&path, &changed).unwrap();
        let (kept, problem) = load(&path, Content::Observers).unwrap();
        let whole = ends.iter().filter(|&&end| end <= first).count();
        assert_eq!(kept, records[..whole], "round {round}: {count} bytes at {first}");
        match problem {
            Some(Problem::Damaged { kept_as, .. }) => {
                assert_eq!(fs::read(&kept_as).unwrap(), changed);
                fs::remove_file(kept_as).unwrap();
            }
            other => panic!("round {round}: {count} bytes at {first}: {other:?}"),
        }
    }
}

#[test]
fn any_bytes_at_all_are_read_without_harm() {
    let directory = Directory::new();
    let (path, bytes, _) = written(&directory);
    let mut random = fastrand::Rng::with_seed(8);
    for _ in 0..2_000 {
        let mut noise = bytes[..16].to_vec();
        let length = random.usize(1..200);
        noise.extend(std::iter::repeat_with(|| random.u8(..)).take(length));
        fs::write(&path, &noise).unwrap();
        let (kept, problem) = load(&path, Content::Observers).unwrap();
        assert_eq!(kept, [], "{noise:x?}");
        let Some(Problem::Torn { .. } | Problem::Damaged { .. }) = problem else { panic!("{problem:?}") };
        let _ = fs::remove_file(directory.file("kept.rejected"));
    }
}

#[test]
fn a_damaged_file_goes_on_with_what_it_kept() {
    let directory = Directory::new();
    let (path, mut bytes, records) = written(&directory);
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut journal = open(&path);
    assert!(matches!(journal.poll_problem(), Some(Problem::Damaged { .. })));
    journal.put(b"new", b"value".to_vec());
    drop(journal);
    let mut expected = Entries::new();
    records[..23].iter().for_each(|record| apply(&mut expected, record.clone()));
    expected.push((b"new".to_vec(), b"value".to_vec()));
    assert_eq!(found(&path), expected);
    assert_eq!(directory.names(), ["kept", "kept.rejected"]);
    assert_eq!(fs::read(directory.file("kept.rejected")).unwrap(), bytes);
}

#[test]
fn files_of_others_are_refused_and_kept() {
    let directory = Directory::new();
    let (path, bytes, _) = written(&directory);
    let mut version = bytes.clone();
    version[8] = 2;
    let foreign: [(&[u8], &str); 3] = [
        (b"time 29\n", "not a file of kept state"),
        (&[0x5a; 4096], "not a file of kept state"),
        (&version, "its header is damaged"),
    ];
    for (content, expected) in foreign {
        fs::write(&path, content).unwrap();
        let mut journal = open(&path);
        let Some(Problem::Foreign { reason, kept_as, .. }) = journal.poll_problem() else { panic!() };
        assert_eq!((reason, fs::read(kept_as).unwrap()), (expected, content.to_vec()));
        assert_eq!(entries(&journal), []);
    }
    drop(Journal::open(&path, Content::Numbers).unwrap());
    let problem = open(&path).poll_problem().unwrap().to_string();
    assert!(problem.contains("it keeps something else: refused, kept as"), "{problem}");
    let names =
        ["kept", "kept.rejected", "kept.rejected.2", "kept.rejected.3", "kept.rejected.4", "kept.rejected.5"];
    assert_eq!(directory.names(), names);
}

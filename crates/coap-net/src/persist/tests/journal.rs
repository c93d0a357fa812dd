//! A journal is a map that a process can leave at any moment.
use super::*;
use crate::persist::Problem;
use std::os::unix::fs::{MetadataExt, symlink};

/// Puts and deletes at random, and does the same with a list. Values are long enough for the file to be written
/// anew now and then.
fn change(journal: &mut Journal, model: &mut Entries, random: &mut fastrand::Rng) {
    let key = vec![random.u8(..200), 0];
    if random.u8(..4) == 0 {
        journal.delete(&key);
        model.retain(|entry| entry.0 != key);
    } else {
        let value = vec![random.u8(..); random.usize(..300)];
        assert!(journal.put(&key, value.clone()));
        match model.iter_mut().find(|entry| entry.0 == key) {
            Some(entry) => entry.1 = value,
            None => model.push((key, value)),
        }
    }
}

#[test]
fn whenever_a_process_ends_all_changes_are_there() {
    for seed in 0..4 {
        let directory = Directory::new();
        let path = directory.file("kept");
        let (mut journal, mut model) = (open(&path), Entries::new());
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut inodes, mut longest) = (Vec::new(), 0);
        for step in 0..3_000 {
            change(&mut journal, &mut model, &mut random);
            if step % 10 == 0 {
                journal.flush();
                // As after `kill -9`: in the middle of whatever the journal does, also of being written anew.
                assert_eq!(found(&path), model, "seed {seed}, step {step}");
            }
            let file = fs::metadata(&path).unwrap();
            longest = longest.max(file.len());
            if inodes.last() != Some(&file.ino()) {
                inodes.push(file.ino());
            }
            if random.u32(..1_000) == 0 {
                drop(journal);
                journal = open(&path);
                assert_eq!(entries(&journal), model, "seed {seed}, step {step}");
            }
        }
        assert!(inodes.len() > 3, "it was written anew: {inodes:?}");
        assert!(longest < 200 << 10, "{longest} bytes for {} entries", model.len());
        journal.close().unwrap();
        assert_eq!(found(&path), model);
        assert_eq!(directory.names(), ["kept"], "nothing is left beside it");
    }
}

#[test]
fn what_does_not_change_is_not_written() {
    let directory = Directory::new();
    let path = directory.file("kept");
    let mut journal = open(&path);
    journal.put(b"key", b"value".to_vec());
    journal.flush();
    let length = fs::metadata(&path).unwrap().len();
    for _ in 0..10 {
        journal.put(b"key", b"value".to_vec());
        journal.delete(b"other");
    }
    journal.flush();
    assert_eq!(fs::metadata(&path).unwrap().len(), length);
}

#[test]
fn one_change_writes_little_however_much_is_kept() {
    let directory = Directory::new();
    let path = directory.file("kept");
    let mut journal = open(&path);
    for number in 0..20_000u32 {
        journal.put(&number.to_be_bytes(), vec![0; 100]);
    }
    let both = || {
        let len = |name: &str| fs::metadata(directory.file(name)).map_or(0, |file| file.len());
        (len("kept"), len("kept.tmp"))
    };
    // Twice as many changes again: the file is written anew, a step a change.
    let (mut before, mut anew) = (both(), false);
    for number in 0..40_000u32 {
        journal.put(&(number % 20_000).to_be_bytes(), vec![number as u8 | 1, (number / 20_000) as u8]);
        journal.flush();
        let now = both();
        anew |= now.1 > 0;
        let written = now.1.saturating_sub(before.1);
        assert!(written < 8 << 10, "change {number} wrote {written} bytes beside its record");
        before = now;
    }
    assert!(anew);
}

#[test]
fn half_a_new_file_that_was_left_is_dropped_and_links_are_not_followed() {
    let directory = Directory::new();
    let (path, victim) = (directory.file("kept"), directory.file("victim"));
    fs::write(directory.file("kept.tmp"), b"half").unwrap();
    open(&path).put(b"key", b"value".to_vec());
    assert_eq!(directory.names(), ["kept"]);
    fs::write(&victim, b"not yours").unwrap();
    symlink(&victim, directory.file("kept.tmp")).unwrap();
    assert_eq!(entries(&open(&path)), [(b"key".to_vec(), b"value".to_vec())]);
    assert_eq!(fs::read(victim).unwrap(), b"not yours");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600, "requests of peers are for nobody else");
}

#[test]
fn after_a_change_that_was_not_written_the_file_is_made_anew() {
    let directory = Directory::new();
    let path = directory.file("kept");
    let mut journal = open(&path);
    journal.put(b"before", vec![1]);
    journal.break_file();
    journal.put(b"lost", vec![2]);
    journal.flush();
    assert!(matches!(journal.poll_problem(), Some(Problem::Unwritten { .. })));
    for number in 0..100 {
        journal.put(b"after", vec![number]);
        journal.flush();
        std::thread::yield_now();
    }
    let model = entries(&journal);
    journal.close().unwrap();
    assert_eq!(found(&path), model);
    assert_eq!(model.len(), 3);
}

#[test]
fn a_journal_that_cannot_be_made_anew_says_so_once() {
    let directory = Directory::new();
    let path = directory.file("below").join("kept");
    fs::create_dir(directory.file("below")).unwrap();
    let mut journal = open(&path);
    fs::remove_dir_all(directory.file("below")).unwrap();
    journal.break_file();
    let mut problems = Vec::new();
    for number in 0..100 {
        journal.put(b"key", vec![number]);
        journal.flush();
        problems.extend(std::iter::from_fn(|| journal.poll_problem()));
    }
    assert!(matches!(problems[..], [Problem::Unwritten { .. }]), "{problems:?}");
    fs::create_dir(directory.file("below")).unwrap();
    for number in 100..200 {
        journal.put(b"key", vec![number]);
        journal.flush();
    }
    journal.close().unwrap();
    assert_eq!(found(&path), [(b"key".to_vec(), vec![199])]);
}

/// The new file loses a change after a thread was told to give it the name of the old one: which of the two has the
/// name when the journal learns of it, chance decides.
#[test]
fn a_change_that_the_new_file_loses_while_it_settles_is_written_later() {
    for (renamed, closed) in [(false, false), (true, false), (false, true), (true, true)] {
        let directory = Directory::new();
        let path = directory.file("kept");
        let mut journal = open(&path);
        let inode = || fs::metadata(&path).unwrap().ino();
        let first = inode();
        let mut number = 0u32;
        while !journal.break_settling_file() {
            number += 1;
            journal.put(b"key", number.to_be_bytes().repeat(1_000));
            journal.flush();
        }
        journal.put(b"lost", vec![1]);
        while renamed && inode() == first {
            std::thread::yield_now();
        }
        journal.flush();
        assert!(matches!(journal.poll_problem(), Some(Problem::Unwritten { .. })), "{renamed}");
        let mut changes = 0u32;
        while !closed && !matches!(journal.poll_problem(), Some(Problem::Recovered { .. })) {
            changes += 1;
            assert!(changes < 1_000_000, "{renamed}: it begins again");
            journal.put(b"after", changes.to_be_bytes().to_vec());
            journal.flush();
            std::thread::yield_now();
        }
        let model = entries(&journal);
        if closed {
            journal.close().unwrap();
        }
        assert_eq!(found(&path), model, "{renamed}, {closed}");
    }
}

#[test]
fn what_is_no_regular_file_is_left_alone() {
    let directory = Directory::new();
    for path in [Path::new("/dev/null"), &directory.0, &directory.file("missing").join("kept")] {
        let problem = Journal::open(path, Content::Observers).unwrap_err();
        assert!(problem.to_string().ends_with("nothing is kept there"), "{problem}");
    }
}

/// A registration with another token ends the one before: a process that ends between the two must not have neither.
#[test]
fn changes_that_belong_together_are_written_together() {
    let directory = Directory::new();
    let path = directory.file("kept");
    let mut journal = open(&path);
    journal.put(b"first", vec![1]);
    journal.flush();
    journal.delete(b"first");
    assert_eq!(found(&path), [(b"first".to_vec(), vec![1])]);
    journal.put(b"second", vec![2]);
    assert_eq!(found(&path), [(b"first".to_vec(), vec![1])]);
    journal.flush();
    assert_eq!(found(&path), [(b"second".to_vec(), vec![2])]);
    journal.put(b"third", vec![3; 100 << 10]);
    assert_eq!(found(&path).len(), 2, "much does not wait");
}

use crate::block::quick::Pace;

fn taken(pace: &mut Pace) -> Vec<u32> {
    std::iter::from_fn(|| pace.take()).map(|(block, _)| block.num).collect()
}

/// 25 blocks of 16 bytes, in sets of 10.
fn pace() -> Pace {
    Pace::new(25 * 16 - 1, 0, Some(10))
}

#[test]
fn a_set_goes_out_and_the_next_one_waits_for_the_end_of_the_pause() {
    let mut pace = pace();
    assert_eq!(taken(&mut pace), (0..10).collect::<Vec<_>>());
    assert!(!pace.all_sent());
    pace.go_on();
    assert_eq!(taken(&mut pace), (10..20).collect::<Vec<_>>());
    pace.go_on();
    assert_eq!(taken(&mut pace), (20..25).collect::<Vec<_>>());
    assert!(pace.all_sent());
    pace.go_on();
    assert_eq!(taken(&mut pace), []);
}

#[test]
fn only_the_last_block_says_that_no_more_follow() {
    let mut pace = Pace::new(33, 0, None);
    let more: Vec<_> = std::iter::from_fn(|| pace.take()).map(|(block, _)| block.more).collect();
    assert_eq!(more, [true, true, false]);
}

#[test]
fn a_word_that_all_has_come_ends_the_pause_but_a_late_one_does_not() {
    let mut pace = pace();
    taken(&mut pace);
    pace.confirm(9);
    assert_eq!(taken(&mut pace), [], "block 9 has not come");
    pace.confirm(10);
    assert_eq!(taken(&mut pace).len(), 10);
    pace.confirm(10);
    assert_eq!(taken(&mut pace), [], "that was about the set before");
}

#[test]
fn what_is_missing_goes_first_and_does_not_end_the_pause() {
    let mut pace = pace();
    taken(&mut pace);
    pace.repeat(&[1, 9]);
    assert!(!pace.all_sent());
    assert_eq!(pace.take().map(|(block, again)| (block.num, again)), Some((1, true)));
    assert_eq!(taken(&mut pace), [9]);
    pace.repeat(&[9, 10, 11]);
    assert_eq!(taken(&mut pace), [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19], "who asks for 10 waits for it");
}

#[test]
fn no_more_than_a_set_is_repeated_at_once() {
    let mut pace = Pace::new(100 * 16, 0, Some(10));
    for _ in 0..10 {
        taken(&mut pace);
        pace.go_on();
    }
    pace.repeat(&(0..100).collect::<Vec<_>>());
    assert_eq!(taken(&mut pace), (0..10).collect::<Vec<_>>());
    pace.repeat(&[100, u32::MAX]);
    assert_eq!(taken(&mut pace), [], "the body has no such blocks");
}

#[test]
fn confirmable_blocks_have_no_sets() {
    let mut pace = Pace::new(25 * 16, 0, None);
    assert_eq!(taken(&mut pace).len(), 25);
}

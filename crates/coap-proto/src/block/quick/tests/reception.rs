use crate::block::quick::{Reception, Step};

#[test]
fn a_whole_set_is_confirmed_by_the_block_that_completes_it() {
    let mut reception = Reception::new(3);
    assert_eq!(reception.note(0, true, 1), Step::Wait);
    assert_eq!(reception.note(2, true, 1), Step::Wait);
    assert_eq!(reception.note(1, true, 3), Step::Continue(3), "in whatever order");
    assert_eq!(reception.note(2, false, 3), Step::Continue(3), "the word may have been lost");
    assert_eq!(reception.note(0, false, 3), Step::Wait);
}

#[test]
fn blocks_of_a_later_set_show_what_is_missing() {
    let mut reception = Reception::new(3);
    reception.note(0, true, 1);
    assert_eq!(reception.note(4, true, 1), Step::Ask);
    assert_eq!(reception.end(1, false), 3, "what is missing in the sets before");
    assert_eq!(reception.note(5, true, 1), Step::Wait, "asked already");
    assert_eq!(reception.note(1, true, 2), Step::Wait);
    assert_eq!(reception.note(2, true, 3), Step::Wait, "the sender has gone on by itself");
    let mut reception = Reception::new(3);
    assert_eq!(reception.note(7, true, 0), Step::Ask, "nothing has come before");
}

#[test]
fn after_a_while_the_newest_set_is_asked_for_too_or_the_next_one() {
    let mut reception = Reception::new(10);
    reception.note(0, true, 1);
    assert_eq!(reception.end(1, true), 10);
    for number in 1..10 {
        reception.note(number, true, number + 1);
    }
    assert_eq!(reception.end(10, true), 20, "the whole set is there");
}

#[test]
fn whatever_comes_begins_the_count_of_questions_anew() {
    let mut reception = Reception::new(10);
    reception.note(0, true, 1);
    assert!(reception.retry(2) && reception.retry(2) && !reception.retry(2));
    assert_eq!(reception.retries(), 2);
    reception.note(0, false, 1);
    assert!(!reception.retry(2), "that was there already");
    reception.note(1, true, 2);
    assert!(reception.retry(2));
}

#[test]
fn numbers_of_any_size_are_counted_right() {
    let mut reception = Reception::new(u16::MAX);
    assert_eq!(reception.note(0xf_ffff, true, 0), Step::Ask);
    assert_eq!(reception.end(0, true), 0x10_0000 / 0xffff * 0xffff + 0xffff);
    assert_eq!(reception.end_of_set(0xf_ffff), 17 * 0xffff);
    assert_eq!(Reception::new(0).most(), 1);
}

use super::content;
use crate::block::{Assembly, Misfit, Placed};

fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    (*state >> 33) as usize
}

#[test]
fn pieces_in_any_order_and_any_number_make_the_body() {
    let mut state = 1;
    for _ in 0..500 {
        let body = content(1 + random(&mut state) % 400);
        let pieces: Vec<_> = body.chunks(16).collect();
        let (mut assembly, mut come) = (Assembly::default(), vec![false; pieces.len()]);
        while come.contains(&false) {
            assert!(!assembly.is_whole());
            let which = random(&mut state) % pieces.len();
            let last = which + 1 == pieces.len();
            let expected = if come[which] { Placed::Known } else { Placed::New };
            assert_eq!(assembly.place(which * 16, pieces[which], last), Ok(expected));
            come[which] = true;
            let missing: Vec<_> = assembly.missing(16, body.len()).map(|number| number as usize).collect();
            let really: Vec<_> = (0..come.len()).filter(|which| !come[*which]).collect();
            assert_eq!(missing, really);
        }
        assert!(assembly.is_whole());
        assert_eq!((assembly.end(), assembly.contiguous()), (Some(body.len()), body.len()));
        assert_eq!(assembly.into_bytes(), body);
    }
}

#[test]
fn it_takes_the_memory_of_what_came() {
    let mut assembly = Assembly::default();
    assembly.place(1 << 30, &[1; 16], false).unwrap();
    assert!(assembly.cost() < 100);
    assembly.place(0, &[1; 16], false).unwrap();
    assert_eq!(assembly.contiguous(), 16);
    assert!(assembly.cost() <= 2 * Assembly::cost_of(16));
}

#[test]
fn what_contradicts_the_rest_is_refused_and_changes_nothing() {
    let mut assembly = Assembly::default();
    assembly.place(0, &[1; 16], false).unwrap();
    assembly.place(32, &[3; 16], false).unwrap();
    for (offset, piece, last, expected) in [
        (0, &[2; 16][..], false, Misfit::Differs),
        (8, &[1, 1, 2], false, Misfit::Differs),
        (32, &[4; 16], false, Misfit::Differs),
        (16, &[2; 32], false, Misfit::Differs),
        (40, &[3; 16], false, Misfit::Differs),
        (16, &[2; 8], true, Misfit::PastEnd),
    ] {
        assert_eq!(assembly.place(offset, piece, last), Err(expected), "{offset}");
    }
    assert_eq!(assembly.place(48, &[4; 3], true), Ok(Placed::New));
    for (offset, last) in [(51, true), (64, false), (48, false), (32, true)] {
        assert!(assembly.place(offset, &[4; 3], last).is_err(), "the end is known: {offset}");
    }
    assert_eq!(assembly.place(16, &[2; 16], false), Ok(Placed::New));
    assert_eq!(assembly.into_bytes(), [vec![1; 16], vec![2; 16], vec![3; 16], vec![4; 3]].concat());
}

#[test]
fn smaller_pieces_may_follow_larger_ones() {
    let mut assembly = Assembly::default();
    assembly.place(0, &[1; 64], false).unwrap();
    assert_eq!(assembly.place(48, &[1; 16], false), Ok(Placed::Known));
    assembly.place(64, &[2; 16], false).unwrap();
    assert_eq!(assembly.place(80, &[], true), Ok(Placed::New), "the last block may be empty");
    assert!(assembly.is_whole());
}

#[test]
fn what_is_missing_is_found_without_a_walk_over_what_is_there() {
    let mut assembly = Assembly::default();
    for block in 1..=200_000 {
        assembly.place(block * 16, &[7; 16], false).unwrap();
    }
    assembly.place(200_010 * 16, &[7; 16], false).unwrap();
    assert_eq!(assembly.runs(), 2, "all that is looked at");
    assert_eq!(assembly.missing(16, 200_003 * 16).collect::<Vec<_>>(), [0, 200_001, 200_002]);
    assembly.place(0, &[7; 16], false).unwrap();
    assert_eq!(assembly.runs(), 1);
    // In any order: each piece joins with both neighbours.
    let mut assembly = Assembly::default();
    for block in (1..=1000).step_by(2).chain((2..=1000).step_by(2)) {
        assembly.place(block * 16, &[7; 16], false).unwrap();
    }
    assert_eq!(assembly.runs(), 1);
}

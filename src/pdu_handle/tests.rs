use super::*;
use coap_proto::wire::{Code, MessageType};

fn message(mid: u16) -> Pdu {
    Pdu::new(MessageType::Con, Code::GET, mid, 0)
}

#[test]
fn a_pdu_is_worked_on_through_its_key_and_taken_once() {
    let key = adopt(message(7));
    assert_eq!(with(key, |pdu| pdu.mid()), Some(7));
    assert_eq!(with(key, |pdu| pdu.set_mid(8)), Some(()));
    assert_eq!(take(key).map(|pdu| pdu.mid()), Some(8));
    assert!(take(key).is_none(), "deleting what was sent is refused");
    assert!(with(key, |_| ()).is_none());
}

#[test]
fn foreign_pointers_are_refused() {
    let here = 0_u64;
    assert!(with(ptr::null(), |_| ()).is_none());
    assert!(with(ptr::from_ref(&here).cast(), |_| ()).is_none());
    let key = adopt(message(1));
    assert!(with(key.wrapping_byte_add(16), |_| ()).is_none(), "inside a slot");
    assert!(with(key.wrapping_byte_add(1), |_| ()).is_none());
    take(key);
}

#[test]
fn a_key_rests_before_it_names_another_pdu() {
    let old = adopt(message(1));
    take(old);
    for mid in 0..QUARANTINE as u16 {
        let key = adopt(message(mid));
        assert_ne!(key, old, "reused after {mid}");
        take(key);
    }
}

#[test]
fn what_the_program_has_made_in_the_same_slot_is_not_taken_from_it() {
    let mut pdu = message(1);
    let loan = lend(&mut pdu, None, None).unwrap();
    let pointer = loan.pointer();
    take(pointer);
    let own = std::iter::repeat_with(|| adopt(message(77))).take(20 * QUARANTINE);
    let own = { own }.find(|own| *own == pointer || take(*own).is_none());
    assert_eq!(own, Some(pointer), "the slot came round");
    assert!(loan.back_to(&mut pdu).is_none());
    assert_eq!(take(pointer).map(|pdu| pdu.mid()), Some(77), "it is the program's still");
}

#[test]
fn of_two_that_were_lent_the_one_that_the_program_deleted_does_not_come_back_and_its_slot_serves_once() {
    let (mut request, mut response) = (message(1), message(2));
    let loans = lend_both((&mut request, None), &mut response, None).unwrap();
    take(loans[0].pointer());
    let back = Loan::both_back_to(loans, [&mut request, &mut response]);
    assert_eq!(back.map(|back| back.is_some()), [false, true]);
    assert_eq!(response.mid(), 2);
    let mut keys: Vec<_> = (0..4 * QUARANTINE as u16).map(|mid| adopt(message(mid))).collect();
    keys.sort_unstable();
    assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "no slot has two");
    keys.into_iter().for_each(|key| drop(take(key)));
}

/// Enough for every slot to serve several times.
const ROUNDS: u16 = 20 * QUARANTINE as u16;

#[test]
fn slots_come_round_when_one_thread_adopts_and_another_takes() {
    let (to_taker, keys) = std::sync::mpsc::sync_channel::<usize>(8);
    let taker = std::thread::spawn(move || {
        keys.into_iter().filter(|&key| take(ptr::without_provenance(key)).is_some()).count()
    });
    let before = Pool::lock().blocks;
    for mid in 0..ROUNDS {
        to_taker.send(adopt(message(mid)).addr()).unwrap();
    }
    drop(to_taker);
    assert_eq!(taker.join().unwrap(), usize::from(ROUNDS));
    let grown = (Pool::lock().blocks - before) * SLOTS;
    assert!(grown < 8 * QUARANTINE + 2 * SLOTS, "{grown} slots made for 8 PDUs at a time");
}

#[test]
fn many_threads_share_the_table() {
    let work = |seed: u16| {
        let keys: Vec<_> =
            (0..if cfg!(miri) { 60 } else { 500 }).map(|i| (adopt(message(seed ^ i)), seed ^ i)).collect();
        keys.into_iter().all(|(key, mid)| take(key).map(|pdu| pdu.mid()) == Some(mid))
    };
    let threads: Vec<_> = (0..4).map(|i| std::thread::spawn(move || work(i * 1000))).collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
}

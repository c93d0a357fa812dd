//! The meanings of the loop's time-outs.
use super::*;
use std::time::Duration;

#[test]
#[cfg_attr(miri, ignore = "Miri is too slow for it")]
fn no_wait_returns_at_once() {
    let rig = Rig::new();
    let start = Instant::now();
    assert!(rig.turn() < 100);
    assert!(start.elapsed() < Duration::from_millis(500));
}

#[test]
#[cfg_attr(miri, ignore = "Miri is too slow for it")]
fn a_time_out_is_waited_for_and_told() {
    let rig = Rig::new();
    assert!((30..500).contains(&coap_io_process(rig.context, 30)));
}

#[test]
#[cfg_attr(miri, ignore = "Miri is too slow for a deadline")]
fn a_deadline_ends_an_endless_wait() {
    let rig = Rig::new();
    let session = rig.client(1);
    coap_session_set_ack_timeout(session, coap_fixed_point_t { integer_part: 1, fractional_part: 0 });
    coap_session_set_ack_random_factor(session, coap_fixed_point_t { integer_part: 1, fractional_part: 0 });
    rig.get(session);
    // SAFETY: nothing to write to.
    let until_first = unsafe { coap_io_prepare_io(rig.context, ptr::null_mut(), 0, ptr::null_mut(), 0) };
    assert!((1..=1000).contains(&until_first), "{until_first}");
    assert!((900..3000).contains(&coap_io_process(rig.context, 0)));
    assert_eq!(rig.sent().len(), 2, "sent, and sent again");
    assert_eq!(coap_io_pending(rig.context), 1);
    coap_session_release(session);
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no poll")]
fn a_descriptor_of_the_programs_ends_the_wait() {
    let rig = Rig::new();
    let (reader, mut writer) = std::io::pipe().unwrap();
    let fd = std::os::fd::AsRawFd::as_raw_fd(&reader);
    let wait = |timeout| {
        // SAFETY: zero bytes are an empty set; the number is below the size of a set.
        unsafe {
            let mut set = std::mem::zeroed::<libc::fd_set>();
            libc::FD_SET(fd, &raw mut set);
            let null = ptr::null_mut();
            let spent = coap_io_process_with_fds(rig.context, timeout, fd + 1, &raw mut set, null, null);
            (spent, libc::FD_ISSET(fd, &raw const set))
        }
    };
    let (spent, ready) = wait(20);
    assert!((20..500).contains(&spent) && !ready);
    std::io::Write::write_all(&mut writer, b"x").unwrap();
    let (spent, ready) = wait(0);
    assert!((0..500).contains(&spent) && ready);
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no timerfd")]
fn the_descriptor_is_one_for_all() {
    let rig = Rig::new();
    let fd = coap_context_get_coap_fd(rig.context);
    assert!(fd >= 0);
    assert_eq!(coap_context_get_coap_fd(rig.context), fd);
    let mut number = 7;
    // SAFETY: the number lives.
    let next = unsafe { coap_io_prepare_io(rig.context, ptr::null_mut(), 0, &raw mut number, 0) };
    assert_eq!((next, number), (0, 0));
    coap_io_do_io(rig.context, 0);
    assert_eq!(coap_io_prepare_epoll(rig.context, 0), 0);
    // SAFETY: no events.
    unsafe { coap_io_do_epoll(rig.context, ptr::null_mut(), 0) };
}

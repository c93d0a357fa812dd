//! A node in somebody else's event loop.
use crate::{PATIENCE, Result, address, connect, get, loopback, node, plain};
use coap_net::{Budget, Node};
use coap_proto::{
    engine::{FixedPoint, NackReason},
    wire::Protocol,
};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::epoll::{Epoll, EpollEvent, EpollFlags},
};
use std::{
    os::fd::AsFd,
    time::{Duration, Instant},
};

/// Whether the node's descriptor becomes readable in time.
fn readable(node: &Node, within: Duration) -> Result<bool> {
    let mut watched = [PollFd::new(node.as_fd(), PollFlags::POLLIN)];
    Ok(poll(&mut watched, PollTimeout::try_from(within)?)? > 0)
}

/// What a program does when it finds the descriptor readable.
fn serve(node: &mut Node) -> Result<usize> {
    Ok(node.run_once(Some(Duration::ZERO))?.received)
}

#[test]
fn the_descriptor_is_readable_while_there_is_something_to_do() -> Result {
    let mut node = node()?;
    let endpoint = node.listen(loopback(), Protocol::Udp)?;
    let to = address(&node, endpoint)?;
    node.fd(Instant::now())?;
    assert!(!readable(&node, Duration::ZERO)?, "nothing to do yet");
    let peer = plain("127.0.0.1:0")?;
    for round in 0..3 {
        peer.send_to(b"knock", to)?;
        assert!(readable(&node, PATIENCE)?, "round {round}");
        assert_eq!(serve(&mut node)?, 1);
        assert!(!readable(&node, Duration::ZERO)?, "served, round {round}");
    }
    Ok(())
}

#[test]
fn it_stays_readable_for_work_that_a_turn_left() -> Result {
    let mut node = node()?;
    node.budget = Budget { socket: 1, turn: 1 };
    let endpoint = node.listen(loopback(), Protocol::Udp)?;
    let to = address(&node, endpoint)?;
    node.fd(Instant::now())?;
    let peer = plain("127.0.0.1:0")?;
    for _ in 0..20 {
        peer.send_to(b"knock", to)?;
    }
    let mut received = 0;
    while received < 20 {
        assert!(readable(&node, PATIENCE)?, "{received} read, the others wait unseen");
        received += serve(&mut node)?;
    }
    while node.has_work() {
        assert!(readable(&node, PATIENCE)?);
        assert_eq!(serve(&mut node)?, 0);
    }
    assert!(!readable(&node, Duration::ZERO)?);
    Ok(())
}

#[test]
fn it_is_readable_for_events_that_were_left_if_that_is_said() -> Result {
    let mut node = node()?;
    let silent = plain("127.0.0.1:0")?;
    let session = connect(&mut node, silent.local_addr()?)?;
    node.fd(Instant::now())?;
    while node.engine.poll_event().is_some() {}
    node.leave_events(Instant::now());
    assert!(!readable(&node, Duration::ZERO)?, "there is none");
    get(&mut node, session)?;
    node.engine.disconnect(Instant::now(), session, NackReason::NotDeliverable);
    node.flush(Instant::now());
    assert!(node.engine.has_events() && !node.has_work() && node.is_busy());
    assert!(!readable(&node, Duration::ZERO)?, "whoever flushed takes them");
    for _ in 0..2 {
        node.leave_events(Instant::now());
        assert!(readable(&node, PATIENCE)?);
        serve(&mut node)?;
    }
    while node.engine.poll_event().is_some() {}
    node.leave_events(Instant::now());
    assert!(!readable(&node, Duration::ZERO)? && !node.is_busy());
    Ok(())
}

#[test]
fn a_program_may_take_the_events_itself() -> Result {
    let mut node = node()?;
    node.budget = Budget { socket: 2, turn: 2 };
    let (one, two) = (node.listen(loopback(), Protocol::Udp)?, node.listen(loopback(), Protocol::Udp)?);
    let endpoints = [address(&node, one)?, address(&node, two)?];
    node.fd(Instant::now())?;
    let epoll = Epoll(node.as_fd().try_clone_to_owned()?);
    let peer = plain("127.0.0.1:0")?;
    for to in endpoints.iter().cycle().take(14) {
        peer.send_to(b"knock", to)?;
    }
    let mut events = [EpollEvent::empty(); 4];
    let mut received = 0;
    let deadline = Instant::now() + PATIENCE;
    while received < 14 {
        assert!(Instant::now() < deadline, "{received} of 14");
        let count = epoll.wait(&mut events, u16::try_from(PATIENCE.as_millis())?)?;
        assert!(count > 0, "{received} read, the others wait unseen");
        for event in events.iter().take(count) {
            node.note_event(event.data(), u32::try_from(event.events().bits())?);
        }
        received += node.turn(Instant::now()).received;
    }
    Ok(())
}

#[test]
fn it_becomes_readable_for_deadlines_and_only_then() -> Result {
    let mut node = node()?;
    let silent = plain("127.0.0.1:0")?;
    let session = connect(&mut node, silent.local_addr()?)?;
    let parameters = node.engine.session_mut(session).ok_or("no session")?.parameters_mut();
    parameters.ack_timeout = FixedPoint::new(0, 60);
    parameters.ack_random_factor = FixedPoint::new(1, 0);
    node.fd(Instant::now())?;
    let before = Instant::now();
    let mid = get(&mut node, session)?;
    assert_eq!(silent.recv(&mut [0; 100])?, 12);
    let early = readable(&node, Duration::ZERO)?;
    assert!(
        !early || before.elapsed() >= Duration::from_millis(60),
        "nothing to do before the first deadline"
    );
    // Sent again after 60, 120 and 240 ms more (RFC 7252 section 4.2).
    for due in [60, 180, 420] {
        assert!(readable(&node, PATIENCE)?);
        assert!(before.elapsed() >= Duration::from_millis(due), "too early: {:?}", before.elapsed());
        serve(&mut node)?;
        silent.set_read_timeout(Some(Duration::from_millis(1)))?;
        assert_eq!(silent.recv(&mut [0; 100])?, 12, "retransmitted in the turn that was due");
    }
    assert!(node.engine.cancel(session, mid).is_some());
    node.flush(Instant::now());
    assert!(!readable(&node, Duration::from_millis(600))?, "cancelled: no deadline is left");
    Ok(())
}

#[test]
fn an_earlier_deadline_takes_the_place_of_a_later_one() -> Result {
    let mut node = node()?;
    let silent = plain("127.0.0.1:0")?;
    node.fd(Instant::now())?;
    for seconds in [60, 0] {
        let session = connect(&mut node, silent.local_addr()?)?;
        let parameters = node.engine.session_mut(session).ok_or("no session")?.parameters_mut();
        parameters.ack_timeout = FixedPoint::new(seconds, 20);
        get(&mut node, session)?;
    }
    assert!(readable(&node, PATIENCE)?);
    Ok(())
}

#[test]
fn odd_events_do_no_harm() -> Result {
    let mut node = node()?;
    node.listen(loopback(), Protocol::Udp)?;
    let flags = u32::try_from((EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLERR).bits())?;
    for data in [0, 1, 77, 0x7fff_dead_beef, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
        node.note_event(data, flags);
        assert_eq!(node.turn(Instant::now()).received, 0);
    }
    assert!(!node.has_work());
    Ok(())
}

//! One thread waits, others use the node.
use crate::{PATIENCE, Result, address, connect, get, loopback, node, plain};
use coap_net::{Node, Poller};
use coap_proto::{engine::NackReason, wire::Protocol};
use std::{
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Instant,
};

fn with<T>(node: &Mutex<Node>, act: impl FnOnce(&mut Node) -> T) -> T {
    act(&mut node.lock().unwrap_or_else(PoisonError::into_inner))
}

/// For a wait that somebody must end: the time-out only keeps a failing test from hanging.
fn take(node: &Mutex<Node>) -> Option<Poller> {
    with(node, |node| node.take_poller(Some(Instant::now() + 2 * PATIENCE)))
}

#[test]
fn a_waiting_thread_can_be_woken() -> Result {
    let node = Mutex::new(node()?);
    let waker = with(&node, |node| node.waker());
    let (started, waits) = mpsc::channel();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| -> std::io::Result<()> {
            let mut poller = take(&node).ok_or(std::io::ErrorKind::NotFound)?;
            let _ = started.send(());
            poller.wait()?;
            with(&node, |node| node.put_back(poller));
            Ok(())
        });
        waits.recv_timeout(PATIENCE)?;
        with(&node, |node| {
            assert!(node.take_poller(None).is_none(), "one thread waits at a time");
            assert!(node.should_wake().is_none(), "nothing has changed for it");
        });
        for _ in 0..100 {
            waker.wake(); // once or often, before or after it began to wait
        }
        waiter.join().map_err(|_| "the waiter panicked")??;
        assert!(with(&node, |node| node.take_poller(None)).is_some());
        Ok(())
    })
}

#[test]
fn a_call_before_the_wait_ends_the_wait() -> Result {
    let mut node = node()?;
    for _ in 0..3 {
        node.waker().wake();
        let mut poller = node.take_poller(Some(Instant::now() + 2 * PATIENCE)).ok_or("no poller")?;
        let before = Instant::now();
        poller.wait()?;
        assert!(before.elapsed() < PATIENCE);
        node.put_back(poller);
    }
    Ok(())
}

#[test]
fn nobody_waits_with_events_that_were_not_polled() -> Result {
    let mut node = node()?;
    let silent = plain("127.0.0.1:0")?;
    let session = connect(&mut node, silent.local_addr()?)?;
    get(&mut node, session)?;
    while node.engine.poll_event().is_some() {}
    node.engine.disconnect(Instant::now(), session, NackReason::NotDeliverable);
    node.turn(Instant::now());
    assert!(node.engine.has_events() && !node.has_work());
    let before = Instant::now();
    let mut poller = node.take_poller(Some(before + 2 * PATIENCE)).ok_or("no poller")?;
    poller.wait()?;
    assert!(before.elapsed() < PATIENCE);
    assert!(node.should_wake().is_some(), "nor goes on to wait when they come meanwhile");
    while node.engine.poll_event().is_some() {}
    assert!(node.should_wake().is_none(), "those that were taken are no matter of the waiter's");
    node.put_back(poller);
    Ok(())
}

#[test]
fn a_socket_opened_while_a_thread_waits_is_watched() -> Result {
    let node = Mutex::new(node()?);
    let (started, waits) = mpsc::channel();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| -> std::io::Result<usize> {
            let mut poller = take(&node).ok_or(std::io::ErrorKind::NotFound)?;
            let _ = started.send(());
            poller.wait()?;
            Ok(with(&node, |node| {
                node.put_back(poller);
                node.turn(Instant::now()).received
            }))
        });
        waits.recv_timeout(PATIENCE)?;
        let to = with(&node, |node| -> Result<_> {
            let endpoint = node.listen(loopback(), Protocol::Udp)?;
            address(node, endpoint)
        })?;
        plain("127.0.0.1:0")?.send_to(b"knock", to)?;
        assert_eq!(waiter.join().map_err(|_| "the waiter panicked")??, 1);
        Ok(())
    })
}

#[test]
fn a_thread_that_waits_for_less_than_there_is_now_is_to_be_woken() -> Result {
    let node = Mutex::new(node()?);
    let silent = plain("127.0.0.1:0")?;
    let session = with(&node, |node| connect(node, silent.local_addr()?))?;
    with(&node, |node| -> Result {
        let poller = node.take_poller(None).ok_or("no poller")?;
        assert!(node.should_wake().is_none());
        get(node, session)?;
        assert!(node.should_wake().is_some(), "the request must be sent again some time");
        node.put_back(poller);
        assert!(node.should_wake().is_none(), "nobody waits");
        let poller = node.take_poller(None).ok_or("no poller")?;
        assert!(node.should_wake().is_none(), "it knows the deadline");
        node.put_back(poller);
        Ok(())
    })
}

#[test]
fn nodes_pollers_and_wakers_go_from_thread_to_thread() {
    fn send<T: Send>() {}
    fn share<T: Sync>() {}
    send::<Node>();
    send::<Poller>();
    send::<coap_net::Waker>();
    share::<coap_net::Waker>();
}

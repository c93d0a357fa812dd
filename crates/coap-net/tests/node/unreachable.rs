//! Peers that are not there.
use crate::{Result, connect, get, node, plain, run_until};
use coap_net::Operation;
use coap_proto::engine::{Event, NackReason};
use std::io;

#[test]
fn a_closed_port_is_reported_at_once() -> Result {
    let mut node = node()?;
    let closed = plain("127.0.0.1:0")?.local_addr()?;
    let session = connect(&mut node, closed)?;
    let mid = get(&mut node, session)?;
    let mut nack = None;
    run_until(&mut node, |node, _| {
        while let Some(event) = node.engine.poll_event() {
            if let Event::Nack(event) = event {
                nack = Some(event);
            }
        }
        nack.is_some()
    })?;
    let nack = nack.ok_or("no NACK")?;
    assert_eq!((nack.session, nack.reason, nack.mid), (session, NackReason::IcmpIssue, mid));
    let notice = node.poll_notice().ok_or("nothing for the log")?;
    assert_eq!((notice.session, notice.operation), (Some(session), Operation::Receive));
    assert_eq!(notice.error.kind(), io::ErrorKind::ConnectionRefused);
    Ok(())
}

#[test]
fn what_an_earlier_datagram_met_does_not_stop_the_next() -> Result {
    let mut node = node()?;
    let gone = plain("127.0.0.1:0")?;
    let at = gone.local_addr()?;
    drop(gone);
    let session = connect(&mut node, at)?;
    if let Some(session) = node.engine.session_mut(session) {
        session.parameters_mut().nstart = 2;
    }
    get(&mut node, session)?;
    // The port is open again before the node has looked at its socket: sending meets the old error first.
    let back = plain(&at.to_string())?;
    get(&mut node, session)?;
    assert!(back.recv(&mut [0; 100])? > 0, "the second request came");
    let mut refused = 0;
    while let Some(event) = node.engine.poll_event() {
        refused += u32::from(matches!(event, Event::Nack(nack) if nack.reason == NackReason::IcmpIssue));
    }
    assert_eq!(refused, 1);
    assert_eq!(node.poll_notice().map(|notice| notice.operation), Some(Operation::Send));
    Ok(())
}

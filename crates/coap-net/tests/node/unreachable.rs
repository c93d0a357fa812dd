//! Peers that are not there.
use crate::{Result, connect, get, loopback, node, plain, run_until};
use coap_net::Operation;
use coap_proto::{
    engine::{Connect, Event, NackReason},
    wire::Protocol,
};
use socket2::{Domain, Socket, Type};
use std::{io, net::UdpSocket, thread, time::Instant};

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

/// Errors and datagrams come while others are read: neither hides what is behind it.
#[test]
fn errors_between_datagrams_leave_none_unread() -> Result {
    /// As many as a socket of the usual size keeps, with room to spare.
    const BURST: usize = 120;
    const BURSTS: usize = 200;
    let mut node = node()?;
    // It sends, but hears somebody else alone: what comes from others meets a closed port.
    let peer = plain("127.0.0.1:0")?;
    peer.connect(plain("127.0.0.1:0")?.local_addr()?)?;
    let at = peer.local_addr()?;
    let to = Connect { local: Some(loopback().into()), remote: at.into(), protocol: Protocol::Udp };
    let session = node.connect(Instant::now(), to)?;
    let client = node.engine.session(session).and_then(|session| session.local().ip());
    let client = client.ok_or("no local address")?;
    // Knocks at that port in the client's name, who hears what comes of it.
    let knocker = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    knocker.set_reuse_address(true)?;
    knocker.bind(&client.into())?;
    let knocker = UdpSocket::from(knocker);
    let (mut errors, mut datagrams) = (0, 0);
    thread::scope(|scope| {
        for burst in 1..=BURSTS {
            let sender = scope.spawn(|| {
                (0..BURST).try_for_each(|number| {
                    if number % 3 == 1 {
                        knocker.send_to(b"anybody there?", at)?;
                    }
                    peer.send_to(b"?", client).map(drop)
                })
            });
            run_until(&mut node, |node, turn| {
                let refused = std::iter::from_fn(|| node.poll_notice()).count();
                errors += refused;
                datagrams += turn.received - refused;
                datagrams == burst * BURST
            })
            .map_err(|error| {
                format!("{datagrams} datagrams and {errors} errors in {burst} bursts: {error}")
            })?;
            sender.join().map_err(|_| "the sender failed")??;
        }
        // Several in a row may be one: on a busy machine those of a burst, or of two.
        assert!(errors >= BURSTS / 2, "{errors}");
        Ok(())
    })
}

//! What is logged: tools read these lines.
use super::testing::{Pair, Told};
use crate::engine::Level;
use std::time::Duration;

/// What the client logged, with the parts that differ from run to run made equal.
fn lines(pair: &Pair, mid: u16) -> Vec<String> {
    let line = |told: &Told| match told {
        Told::Log(text) => Some(text.replace(&format!("{mid:04x}"), "MID")),
        Told::Shown(pdu) => Some(format!("{:?} {}", pdu.kind(), pdu.code())),
        Told::Response(..) => Some("response".into()),
        _ => None,
    };
    pair.client_told.iter().filter_map(line).collect()
}

#[test]
fn a_request_tells_its_story_at_debug_level() {
    let mut pair = Pair::new();
    pair.client.set_log_level(Level::Debug);
    pair.client.session_mut(pair.session).unwrap().parameters_mut().ack_random_factor =
        crate::engine::FixedPoint::new(1, 0);
    pair.lose = 1;
    let request = pair.get();
    let mid = pair.send(request);
    pair.wait(Duration::from_secs(5));
    let name = "192.0.2.1:40000 <-> 192.0.2.2:5683 UDP ";
    let expected = [
        format!("*  {name}: netif: sent   17 bytes"),
        "Con 0.01".into(),
        format!("** {name}: mid=0xMID: added to retransmit queue (2000ms)"),
        format!("** {name}: mid=0xMID: retransmission #1 (next 4000ms)"),
        format!("*  {name}: netif: sent   17 bytes"),
        "Con 0.01".into(),
        format!("*  {name}: netif: recv   18 bytes"),
        "Ack 2.05".into(),
        format!("** {name}: mid=0xMID: removed (1)"),
        "response".into(),
    ];
    assert_eq!(lines(&pair, mid), expected);
}

#[test]
fn nothing_is_made_that_nobody_wants() {
    let mut pair = Pair::new();
    pair.lose = usize::MAX;
    let request = pair.get();
    let mid = pair.send(request);
    pair.wait(Duration::from_secs(200));
    let name = "192.0.2.1:40000 <-> 192.0.2.2:5683 UDP ";
    assert_eq!(lines(&pair, mid), [format!("** {name}: mid=0xMID: give up after 4 attempts")]);
    assert_eq!(pair.client_told.len(), 6, "with four retransmissions and a NACK");
}

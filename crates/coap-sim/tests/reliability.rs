//! Retransmission, back-off and congestion control of confirmable messages (RFC 7252 sections 4.2 and 4.7).
use coap_proto::{
    engine::{FixedPoint, NackReason, Parameters, SessionEvent},
    wire::{Code, MessageType},
};
use coap_sim::{Burst, Ending, Line, Network, NodeId, Outcome, Peer, for_each_seed};
use std::{collections::HashMap, time::Duration};

/// Virtual time is exact; engines may round to this.
const ROUNDING: Duration = Duration::from_millis(2);

fn client_and_server(net: &mut Network) -> (NodeId, NodeId, Peer) {
    let server = net.add_node();
    net.offer(server, "hello", |call| call.answer(Code::CONTENT, b"world"));
    let client = net.add_node();
    let peer = net.connect(client, server);
    (server, client, peer)
}

fn set_parameters(net: &mut Network, peer: Peer, parameters: Parameters) {
    let session = net.engine(peer.node).session_mut(peer.session).expect("alive");
    *session.parameters_mut() = parameters;
}

/// When the message went out: the first time, and again.
fn transmissions(net: &Network, mid: u16) -> Vec<Duration> {
    net.captured().iter().filter(|capture| capture.header().2 == mid).map(|capture| capture.at).collect()
}

fn gaps(times: &[Duration]) -> Vec<Duration> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn close(a: Duration, b: Duration) -> bool {
    a.abs_diff(b) <= ROUNDING
}

#[test]
fn an_unanswered_message_is_repeated_with_doubling_gaps_and_given_up() {
    let mut first_gaps = Vec::new();
    for_each_seed(0..200, |seed| {
        let mut net = Network::new(seed);
        net.capture();
        net.set_line(Line::dead());
        let (_, client, peer) = client_and_server(&mut net);
        let request = net.get(peer, "hello");
        net.settle();

        let times = transmissions(&net, request.mid);
        let gaps = gaps(&times);
        assert_eq!(gaps.len(), 4, "MAX_RETRANSMIT: {gaps:?}");
        assert!((Duration::from_secs(2)..=Duration::from_secs(3)).contains(&gaps[0]), "{gaps:?}");
        assert!(gaps.windows(2).all(|pair| close(pair[1], pair[0] * 2)), "{gaps:?}");
        assert_eq!(net.endings(&request), [Ending::Nack(NackReason::TooManyRetries)]);
        let waited = net.log(client).last().expect("the nack").at - times[4];
        assert!(close(waited, gaps[0] * 16), "waits for the last one, too: {waited:?} after {gaps:?}");
        let told = net.session_events(client).filter(|&event| event == SessionEvent::MessageRetransmitted);
        assert_eq!(told.count(), 4);
        first_gaps.push(gaps[0]);
    });
    // The random factor is in use, over its whole range.
    let (shortest, longest) = (first_gaps.iter().min().copied(), first_gaps.iter().max().copied());
    assert!(shortest.is_some_and(|gap| gap < Duration::from_millis(2100)), "{shortest:?}");
    assert!(longest.is_some_and(|gap| gap > Duration::from_millis(2900)), "{longest:?}");
}

#[test]
fn a_sessions_own_parameters_hold() {
    for_each_seed(0..200, |seed| {
        let mut net = Network::new(seed);
        net.capture();
        net.set_line(Line::dead());
        let (_, _, peer) = client_and_server(&mut net);
        let parameters = Parameters {
            ack_timeout: FixedPoint::new(net.rng().u16(0..20), net.rng().u16(100..1000)),
            ack_random_factor: FixedPoint::new(net.rng().u16(1..4), net.rng().u16(0..1000)),
            max_retransmit: net.rng().u16(0..8),
            ..Parameters::default()
        };
        set_parameters(&mut net, peer, parameters);
        let request = net.get(peer, "hello");
        net.settle();

        let gaps = gaps(&transmissions(&net, request.mid));
        assert_eq!(gaps.len(), usize::from(parameters.max_retransmit));
        if let Some(&first) = gaps.first() {
            let shortest = parameters.ack_timeout.as_duration();
            let longest = shortest.mul_f64(parameters.ack_random_factor.as_duration().as_secs_f64());
            // libcoap computes with 1/64ths of these numbers.
            let slack = longest.mul_f64(1.0 / 16.0) + ROUNDING;
            assert!(first + slack >= shortest && first <= longest + slack, "{first:?} of {parameters:?}");
        }
        assert!(gaps.windows(2).all(|pair| close(pair[1], pair[0] * 2)), "{gaps:?}");
        assert_eq!(net.endings(&request), [Ending::Nack(NackReason::TooManyRetries)]);
    });
}

#[test]
fn a_message_gets_through_a_line_that_recovers() {
    let mut net = Network::new(1);
    net.set_line(Line::dead());
    let (server, _, peer) = client_and_server(&mut net);
    let request = net.get(peer, "hello");
    net.run_for(Duration::from_secs(20));
    net.set_line(Line::default());
    net.settle();
    assert_eq!(net.code(&request), Code::CONTENT);
    assert_eq!(net.served(server).count(), 1);
}

#[test]
fn every_request_ends_once_over_the_worst_of_lines() {
    for_each_seed(0..200, |seed| {
        let mut net = Network::new(seed);
        let loss = net.rng().f64();
        net.set_line(Line {
            loss,
            burst: Some(Burst { begin: 0.2, end: 0.1, loss: 1.0 }),
            duplication: 0.3,
            jitter: Duration::from_secs(4),
            ..Line::default()
        });
        let (server, _, peer) = client_and_server(&mut net);
        let requests: Vec<_> = (0..6).map(|_| net.get(peer, "hello")).collect();
        net.settle();
        for request in &requests {
            let endings = net.endings(request);
            assert_eq!(endings.len(), 1, "{endings:?}");
        }
        let answered = requests.iter().filter(|request| net.endings(request)[0].code().is_some()).count();
        assert!(net.served(server).count() >= answered);
    });
}

#[test]
fn late_timers_only_make_it_slower() {
    for_each_seed(0..50, |seed| {
        let mut net = Network::new(seed);
        net.set_line(Line { loss: 0.5, ..Line::default() });
        net.set_timer_slack(Duration::from_millis(700));
        let (_, _, peer) = client_and_server(&mut net);
        let requests: Vec<_> = (0..4).map(|_| net.get(peer, "hello")).collect();
        net.settle();
        assert!(requests.iter().all(|request| net.endings(request).len() == 1));
    });
}

/// How many confirmable messages were in flight at most, and the order in which they first went out.
fn flights(net: &Network, client: NodeId, server: NodeId) -> (usize, Vec<u16>) {
    let delay = Line::default().delay;
    // When each message stopped waiting: an acknowledgement came, or it was given up.
    let mut ended: HashMap<u16, Duration> = HashMap::new();
    for capture in net.captured().iter().filter(|capture| capture.from == net.address(server)) {
        if capture.fate != coap_sim::Fate::Lost {
            ended.entry(capture.header().2).or_insert(capture.at + delay);
        }
    }
    for entry in net.log(client) {
        if let Outcome::Nack { mid, .. } = entry.outcome {
            ended.entry(mid).or_insert(entry.at);
        }
    }
    let mut begun: Vec<(Duration, u16)> = Vec::new();
    for capture in net.captured().iter().filter(|capture| capture.to == net.address(server)) {
        let (kind, _, mid) = capture.header();
        if kind == MessageType::Con && !begun.iter().any(|&(_, known)| known == mid) {
            begun.push((capture.at, mid));
        }
    }
    let in_flight = |at: Duration| {
        begun.iter().filter(|(start, mid)| *start <= at && ended.get(mid).is_none_or(|&end| end > at)).count()
    };
    let most = begun.iter().map(|&(at, _)| in_flight(at)).max().unwrap_or(0);
    (most, begun.into_iter().map(|(_, mid)| mid).collect())
}

#[test]
fn no_more_than_nstart_messages_wait_for_an_acknowledgement() {
    for_each_seed(0..200, |seed| {
        let mut net = Network::new(seed);
        net.capture();
        net.set_line(Line { loss: if seed % 4 == 0 { 0.0 } else { 0.4 }, ..Line::default() });
        let (server, client, peer) = client_and_server(&mut net);
        let nstart = net.rng().u16(1..6);
        set_parameters(&mut net, peer, Parameters { nstart, ..Parameters::default() });
        let requests: Vec<_> = (0..12).map(|_| net.get(peer, "hello")).collect();
        net.settle();

        let (most, order) = flights(&net, client, server);
        assert_eq!(most, usize::from(nstart), "the limit is kept and made use of");
        assert_eq!(
            order,
            requests.iter().map(|request| request.mid).collect::<Vec<_>>(),
            "first come, first out"
        );
        assert!(requests.iter().all(|request| net.endings(request).len() == 1));
    });
}

#[test]
fn sessions_do_not_wait_for_each_other() {
    let mut net = Network::new(2);
    let (server, client, busy) = client_and_server(&mut net);
    let dead = net.add_node();
    net.set_line_between(client, dead, Line::dead());
    let stuck = net.connect(client, dead);
    let lost = net.get(stuck, "hello");
    let requests: Vec<_> = (0..20).map(|_| net.get(busy, "hello")).collect();
    net.run_for(Duration::from_secs(1));
    assert!(requests.iter().all(|request| net.code(request) == Code::CONTENT));
    assert_eq!(net.served(server).count(), 20);
    assert_eq!(net.endings(&lost), []);
}

#[test]
fn non_confirmable_messages_do_not_queue() {
    let mut net = Network::new(3);
    net.capture();
    net.set_line(Line::dead());
    let (_, _, peer) = client_and_server(&mut net);
    for _ in 0..10 {
        net.get_non(peer, "hello");
    }
    net.run_for(Duration::ZERO);
    assert_eq!(net.captured().len(), 10);
    net.settle();
    assert_eq!(net.captured().len(), 10, "and are not repeated");
}

#[test]
fn a_cancelled_message_is_not_repeated() {
    let mut net = Network::new(4);
    net.capture();
    net.set_line(Line::dead());
    let (_, client, peer) = client_and_server(&mut net);
    let request = net.get(peer, "hello");
    let next = net.get(peer, "hello");
    net.run_for(Duration::from_secs(1));
    let cancelled = net.engine(client).cancel(peer.session, request.mid);
    assert_eq!(cancelled.map(|pdu| pdu.mid()), Some(request.mid));
    net.settle();
    assert_eq!(transmissions(&net, request.mid).len(), 1);
    assert_eq!(transmissions(&net, next.mid).len(), 5, "the next one had its turn");
}

#[test]
fn the_cancelled_messages_of_a_token_are_counted() {
    let mut net = Network::new(5);
    net.set_line(Line::dead());
    let (_, client, peer) = client_and_server(&mut net);
    let request = net.get(peer, "hello");
    net.get(peer, "hello");
    assert_eq!(net.engine(client).cancel_token(peer.session, &request.token), 1);
    assert_eq!(net.engine(client).cancel_token(peer.session, &request.token), 0);
    assert_eq!(net.engine(client).cancel_token(peer.session, b"nobody's"), 0);
}

#[test]
fn a_reset_ends_a_request() {
    let mut net = Network::new(6);
    let (server, client, peer) = client_and_server(&mut net);
    net.set_line_between(client, server, Line::dead());
    let request = net.get(peer, "hello");
    net.run_for(Duration::from_millis(10));
    let [high, low] = request.mid.to_be_bytes();
    let to = net.engine(client).session(peer.session).and_then(|s| s.local().ip()).expect("bound");
    net.inject(net.address(server), to, &[0x70, 0, high, low]);
    assert_eq!(net.endings(&request), [Ending::Nack(NackReason::Rst)]);
    assert!(!net.engine(client).pending());
}

#[test]
fn an_icmp_error_is_reported_and_the_message_repeated_all_the_same() {
    let mut net = Network::new(7);
    net.report_unreachable();
    let client = net.add_node();
    let peer = net.connect_to(client, "192.0.2.99:5683".parse().expect("an address"));
    let request = net.get(peer, "hello");
    net.run_for(Duration::from_secs(1));
    assert_eq!(net.endings(&request), [Ending::Nack(NackReason::IcmpIssue)], "at once");
    net.settle();
    let endings = net.endings(&request);
    assert_eq!(endings.last(), Some(&Ending::Nack(NackReason::TooManyRetries)), "{endings:?}");
}

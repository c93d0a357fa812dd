//! Requests to groups (RFC 7252 section 8).
use coap_proto::{
    engine::{Config, SendError, SessionId},
    resource::{MethodMask, Resource, flags},
    wire::{Code, MessageType, option::NO_RESPONSE},
};
use coap_sim::{Ending, Fate, Line, Network, NodeId, Outcome, Peer, Sent, for_each_seed};
use std::{collections::HashSet, net::SocketAddr, time::Duration};

const GROUP: &str = "224.0.1.187:5683";
const LEISURE: Duration = Duration::from_secs(5);

fn group() -> SocketAddr {
    GROUP.parse().expect("an address")
}

/// A client of a group of servers that offer "hello" with these flags.
fn group_of(net: &mut Network, members: usize, config: &Config, flags: u32) -> (Peer, Vec<NodeId>) {
    let mut servers = Vec::new();
    for _ in 0..members {
        let server = net.add_node_with(config.clone());
        let mut resource = Resource::new(b"hello", flags);
        resource.methods = MethodMask::ALL;
        net.offer_resource(server, resource, |call| match call.request.payload() {
            b"" => call.answer(Code::CONTENT, b"world"),
            b"nothing" => call.answer(Code::CONTENT, b""),
            b"wrong" => call.answer(Code::BAD_REQUEST, b""),
            _ => call.answer(Code::INTERNAL_ERROR, b""),
        });
        net.join(server, group());
        servers.push(server);
    }
    let client = net.add_node();
    (net.connect_to(client, group()), servers)
}

/// The codes of the answers to a request to the group that carries this payload.
fn answers(net: &mut Network, peer: Peer, path: &str, payload: &[u8], no_response: Option<u8>) -> Vec<Code> {
    let mut request = net.new_request(peer, MessageType::Non, Code::GET, path);
    if let Some(classes) = no_response {
        request.add_option(NO_RESPONSE, &[classes]).expect("fits");
    }
    request.set_payload(payload).expect("fits");
    let request = net.send(peer, request);
    net.run_for(LEISURE * 2);
    net.endings(&request).iter().filter_map(Ending::code).collect()
}

#[test]
fn every_member_answers_within_the_leisure_and_not_all_at_once() {
    for_each_seed(0..30, |seed| {
        let mut net = Network::new(seed);
        let (peer, servers) = group_of(&mut net, 20, &Config::default(), 0);
        let request = net.get_non(peer, "hello");
        net.run_for(LEISURE * 2);
        assert_eq!(net.endings(&request), vec![Ending::Response(Code::CONTENT, b"world".to_vec()); 20]);
        let times: HashSet<_> = net.log(peer.node).iter().map(|entry| entry.at).collect();
        assert!(times.iter().all(|&at| at <= LEISURE + Duration::from_millis(100)), "{times:?}");
        assert!(times.len() > 10, "spread: {times:?}");
        assert!(servers.iter().all(|&server| net.served(server).count() == 1));
    });
}

#[test]
fn a_confirmable_request_to_a_group_is_refused() {
    let mut net = Network::new(1);
    let (peer, _) = group_of(&mut net, 1, &Config::default(), 0);
    let request = net.new_request(peer, MessageType::Con, Code::GET, "hello");
    assert_eq!(net.try_send(peer, request), Err(SendError::ConfirmableToGroup));
}

#[test]
fn a_confirmable_request_that_came_by_a_group_is_ignored() {
    let mut net = Network::new(2);
    net.capture();
    let (_, servers) = group_of(&mut net, 3, &Config::default(), 0);
    let stranger = "192.0.2.1:40000".parse().expect("an address");
    net.inject(stranger, group(), b"\x40\x01\x12\x34\xb5hello");
    net.inject(stranger, group(), b"\x40\x00\x12\x35");
    net.run_for(LEISURE * 2);
    assert!(servers.iter().all(|&server| net.served(server).count() == 0));
    assert!(net.captured().is_empty(), "no response, no reset");
}

#[test]
fn errors_are_not_sent_to_the_asker_of_a_group() {
    let mut net = Network::new(3);
    let (peer, _) = group_of(&mut net, 5, &Config::default(), 0);
    assert_eq!(answers(&mut net, peer, "hello", b"", None).len(), 5);
    assert_eq!(answers(&mut net, peer, "nowhere", b"", None), []);
    assert_eq!(answers(&mut net, peer, "hello", b"wrong", None), []);
    assert_eq!(answers(&mut net, peer, "hello", b"broken", None), []);
    assert_eq!(answers(&mut net, peer, "hello", b"nothing", None).len(), 5);
}

#[test]
fn the_asker_may_say_which_answers_it_wants() {
    let mut net = Network::new(4);
    let (peer, _) = group_of(&mut net, 5, &Config::default(), 0);
    // RFC 7967 section 2.1: 2 is no 2.xx, 8 is no 4.xx, 16 is no 5.xx; a zero bit asks for that class.
    assert_eq!(answers(&mut net, peer, "hello", b"", Some(2)), []);
    assert_eq!(answers(&mut net, peer, "hello", b"wrong", Some(2)), [Code::BAD_REQUEST; 5]);
    assert_eq!(answers(&mut net, peer, "hello", b"broken", Some(8)), [Code::INTERNAL_ERROR; 5]);
    assert_eq!(answers(&mut net, peer, "hello", b"wrong", Some(26)), []);
}

#[test]
fn a_resource_decides_when_the_engine_lets_it() {
    let config = Config { mcast_per_resource: true, ..Config::default() };
    let asked = |flags, payload: &[u8]| {
        let mut net = Network::new(5);
        let (peer, _) = group_of(&mut net, 3, &config, flags);
        answers(&mut net, peer, "hello", payload, None).len()
    };
    let served = flags::HAS_MCAST_SUPPORT;
    assert_eq!(asked(0, b""), 0, "not for groups");
    assert_eq!(asked(served, b""), 3);
    assert_eq!(asked(served, b"wrong"), 0);
    assert_eq!(asked(served | flags::ALLOW_MCAST_4_XX, b"wrong"), 3);
    assert_eq!(asked(served | flags::ALLOW_MCAST_4_XX, b"broken"), 0);
    assert_eq!(asked(served | flags::ALLOW_MCAST_5_XX, b"broken"), 3);
    assert_eq!(asked(served | flags::SUPPRESS_MCAST_2_05, b"nothing"), 0);
    assert_eq!(asked(served | flags::SUPPRESS_MCAST_2_05, b""), 3);
    assert_eq!(asked(served | flags::SUPPRESS_MCAST_2_XX, b""), 0);
}

#[test]
fn a_resource_may_answer_at_once() {
    let mut net = Network::new(6);
    let config = Config { mcast_per_resource: true, ..Config::default() };
    let at_once = flags::HAS_MCAST_SUPPORT | flags::DISABLE_MCAST_DELAYS;
    let (peer, _) = group_of(&mut net, 5, &config, at_once);
    let request = net.get_non(peer, "hello");
    net.run_for(Duration::from_millis(30));
    assert_eq!(net.endings(&request).len(), 5);
}

#[test]
fn a_duplicate_by_a_group_is_served_and_answered_once() {
    let mut net = Network::new(7);
    net.set_line(Line { duplication: 1.0, jitter: Duration::from_secs(1), ..Line::default() });
    let (peer, servers) = group_of(&mut net, 4, &Config::default(), 0);
    // The answers are duplicated, too; the client takes each once.
    assert_eq!(answers(&mut net, peer, "hello", b"", None).len(), 4);
    assert!(servers.iter().all(|&server| net.served(server).count() == 1));
}

/// What two clients asked a group over a rough line, and what each of them got.
struct Questions {
    net: Network,
    members: Vec<NodeId>,
    asked: Vec<(Sent, Duration)>,
}

impl Questions {
    /// Some members, which say who they are and what they were asked.
    fn new(seed: u64) -> Self {
        let mut net = Network::new(seed);
        net.capture();
        let line = Line::rough(net.rng());
        net.set_line(line);
        let members = net.rng().usize(1..10);
        let members = (0..members).map(|_| net.add_node()).collect();
        let mut questions = Self { net, members, asked: Vec::new() };
        for &member in &questions.members {
            let name = questions.net.address(member).ip();
            questions.net.offer(member, "hello", move |call| {
                let text = format!("{name} {}", String::from_utf8_lossy(call.request.payload()));
                call.answer(Code::CONTENT, text.as_bytes());
            });
            questions.net.join(member, group());
        }
        questions
    }

    fn ask(&mut self) {
        let clients = [self.net.add_node(), self.net.add_node()];
        let peers = clients.map(|client| self.net.connect_to(client, group()));
        for number in 0..10 {
            let peer = peers[number % 2];
            let mut request = self.net.new_request(peer, MessageType::Non, Code::GET, "hello");
            request.set_payload(number.to_string().as_bytes()).expect("fits");
            let sent = self.net.send(peer, request);
            self.asked.push((sent, self.net.elapsed()));
            let pause = Duration::from_millis(self.net.rng().u64(0..4000));
            self.net.run_for(pause);
        }
        self.net.run_for(LEISURE * 4);
    }

    /// How many answers of a member to a question were sent, and how many of them were carried, once or more.
    fn sent(&self, member: NodeId, token: &[u8]) -> (usize, usize) {
        let from = self.net.address(member);
        let answers =
            self.net.captured().iter().filter(|it| it.from == from && it.message().token() == token);
        let fates: Vec<_> = answers.map(|answer| answer.fate).collect();
        (fates.len(), fates.iter().filter(|fate| matches!(fate, Fate::Carried(_))).count())
    }

    /// Checks each question with each member; returns how many answers came and how many were lost.
    fn check(&self) -> (usize, usize) {
        let (mut came, mut lost) = (0, 0);
        for (number, (question, at)) in self.asked.iter().enumerate() {
            let endings = self.net.endings(question);
            let log = self.net.log(question.peer.node).iter();
            let times = log.filter(|entry| {
                matches!(&entry.outcome,
                Outcome::Response { received, .. } if received.token() == question.token)
            });
            // The rough line takes up to 1.7 s each way.
            let latest = *at + LEISURE + Duration::from_millis(3400);
            assert!(times.map(|entry| entry.at).all(|time| *at < time && time <= latest));
            let mut heard = 0;
            for &member in &self.members {
                let said = format!("{} {number}", self.net.address(member).ip());
                let said = Ending::Response(Code::CONTENT, said.into_bytes());
                let heard_of_it = endings.iter().filter(|ending| **ending == said).count();
                let asked = self.net.served(member);
                let asked = asked.filter(|request| request.token() == question.token).count();
                let (sent, carried) = self.sent(member, &question.token);
                assert!(asked <= 1, "handled {asked} times");
                assert_eq!((sent, heard_of_it), (asked, carried), "what arrives is delivered once");
                heard += heard_of_it;
                lost += 1 - heard_of_it;
            }
            assert_eq!(endings.len(), heard, "nothing else: {endings:?}");
            came += heard;
        }
        (came, lost)
    }
}

#[test]
fn over_a_rough_line_each_member_is_heard_once_or_not_at_all() {
    let (mut came, mut lost, mut doubled) = (0, 0, 0);
    for_each_seed(0..200, |seed| {
        let mut questions = Questions::new(seed);
        questions.ask();
        let (heard, missed) = questions.check();
        (came, lost) = (came + heard, lost + missed);
        let answers = questions.net.captured().iter().filter(|it| it.to != group());
        doubled += answers.filter(|answer| matches!(answer.fate, Fate::Carried(2))).count();
        questions.net.run_out();
        for node in questions.members.clone() {
            let census = questions.net.engine(node).census();
            assert_eq!((census.sessions, census.exchanges, census.reply_bytes), (0, 0, 0), "nothing is left");
        }
    });
    // The lines were as bad as they were meant to be.
    assert!(came > 2000 && lost > 2000 && doubled > 300, "{came} came, {lost} did not, {doubled} twice");
}

#[test]
fn a_flood_by_a_group_does_not_make_a_member_hoard_answers() {
    let mut net = Network::new(9);
    let (_, servers) = group_of(&mut net, 1, &Config::default(), 0);
    let mut waiting = |sources: u32, each: u16| {
        for source in 0..sources {
            let stranger = SocketAddr::new((0x0b00_0000 + source).to_be_bytes().into(), 4000);
            for mid in 0..each {
                let [high, low] = mid.to_be_bytes();
                net.inject(stranger, group(), &[&[0x50, 1, high, low][..], b"\xb5hello"].concat());
            }
        }
        let waiting = net.engine(servers[0]).census().exchanges;
        net.run_for(LEISURE);
        assert_eq!(net.engine(servers[0]).census().exchanges, 0);
        waiting
    };
    let of_one = waiting(1, 1000);
    assert!((1..100).contains(&of_one), "{of_one} for one address");
    let of_many = waiting(20_000, 1);
    assert!((1000..10_000).contains(&of_many), "{of_many} in all");
}

#[test]
fn a_session_shows_who_answered_and_goes_back_to_the_group() {
    let mut net = Network::new(8);
    net.capture();
    let (peer, servers) = group_of(&mut net, 1, &Config::default(), 0);
    let remote =
        |net: &mut Network| net.engine(peer.node).session(peer.session).and_then(|s| s.remote().ip());
    net.get_non(peer, "hello");
    assert_eq!(remote(&mut net), Some(group()));
    net.run_for(LEISURE * 2);
    assert_eq!(remote(&mut net), Some(net.address(servers[0])));
    net.get_non(peer, "hello");
    assert_eq!(remote(&mut net), Some(group()));
    net.run_for(LEISURE * 2);
    assert!(net.captured().iter().all(|capture| matches!(capture.fate, Fate::Carried(1))));
    assert_eq!(responses(&net, peer.node, peer.session), 2);
}

fn responses(net: &Network, node: NodeId, session: SessionId) -> usize {
    net.count(node, |entry| entry.session == session && matches!(entry.outcome, Outcome::Response { .. }))
}

//! Observing through a proxy (RFC 7641).
use super::*;

impl Story {
    fn observe(&mut self, peer: Peer, uri: &str) -> Sent {
        let mut request = self.request_of(peer, MessageType::Con, Code::GET, uri);
        request.insert_option(option::OBSERVE, b"").unwrap();
        self.net.send(peer, request)
    }

    /// The states that a client has seen.
    fn seen(&self, sent: &Sent) -> Vec<String> {
        let payload = |ending| match ending {
            Ending::Response(Code::CONTENT, payload) => String::from_utf8(payload).unwrap(),
            other => format!("{other:?}"),
        };
        self.net.endings(sent).into_iter().map(payload).collect()
    }

    fn offer_state(&mut self) -> Rc<Cell<u32>> {
        let state = Rc::new(Cell::new(0));
        let shown = Rc::clone(&state);
        self.net.offer_observable(self.server, "state", 0, move |call| {
            call.answer(Code::CONTENT, shown.get().to_string().as_bytes());
        });
        state
    }

    fn change(&mut self, state: &Cell<u32>) {
        state.set(state.get() + 1);
        self.net.notify(self.server, "state");
        self.net.run_for(seconds(1));
    }

    fn observers(&mut self) -> usize {
        self.net.engine(self.server).census().observers
    }
}

#[test]
fn notifications_pass_until_the_client_cancels() {
    let mut story = Story::new(14);
    let state = story.offer_state();
    let sent = story.observe(story.peer, "coap://server/state");
    story.net.run_for(seconds(1));
    for _ in 0..3 {
        story.change(&state);
    }
    assert_eq!(story.seen(&sent), ["0", "1", "2", "3"]);
    assert_eq!((story.observers(), story.forwards()), (1, 1));
    let (now, peer) = (story.net.now(), story.peer);
    story.net.engine(peer.node).cancel_observe(now, peer.session, &sent.token, MessageType::Con).unwrap();
    story.net.run_for(seconds(1));
    story.change(&state);
    assert_eq!(story.seen(&sent), ["0", "1", "2", "3", "3"], "the last is the answer to the cancellation");
    assert_eq!((story.observers(), story.forwards()), (0, 0));
}

#[test]
fn each_client_observes_for_itself() {
    let mut story = Story::new(15);
    let state = story.offer_state();
    let other = story.another_client();
    let sent =
        [story.observe(story.peer, "coap://server/state"), story.observe(other, "coap://server/state")];
    story.net.run_for(seconds(1));
    story.change(&state);
    assert!(sent.iter().all(|sent| story.seen(sent) == ["0", "1"]));
    // One goes without a word: the server still notifies the other one.
    let (proxy, gone) = (story.proxy, story.peer.node);
    story.net.set_line_between(proxy, gone, Line::dead());
    story.change(&state);
    story.net.run_for(seconds(300));
    story.change(&state);
    assert_eq!(story.seen(&sent[1]), ["0", "1", "2", "3"]);
    assert_eq!((story.observers(), story.forwards()), (1, 1), "who does not acknowledge observes no more");
}

#[test]
fn a_client_that_rejects_a_notification_observes_no_more() {
    let mut story = Story::new(16);
    let state = story.offer_state();
    let sent = story.observe(story.peer, "coap://server/state");
    story.net.run_for(seconds(1));
    story.net.reject_responses(story.peer.node);
    story.change(&state);
    assert_eq!(story.seen(&sent), ["0", "1"]);
    assert_eq!((story.observers(), story.forwards()), (0, 0));
}

#[test]
fn a_slow_client_gets_the_newest_state() {
    let mut story = Story::new(17);
    let state = story.offer_state();
    let sent = story.observe(story.peer, "coap://server/state");
    story.net.run_for(seconds(1));
    let (proxy, client) = (story.proxy, story.peer.node);
    story.net.set_line_between(proxy, client, Line::dead());
    for _ in 0..5 {
        state.set(state.get() + 1);
        story.net.notify(story.server, "state");
        story.net.run_for(Duration::from_millis(200));
    }
    story.net.set_line_between(proxy, client, Line::default());
    story.net.run_for(seconds(20));
    let seen = story.seen(&sent);
    assert_eq!(seen.last().map(String::as_str), Some("5"), "{seen:?}");
    assert!(seen.len() <= 3, "nothing piles up: {seen:?}");
}

#[test]
fn observing_through_a_rough_network_ends_with_the_last_state() {
    let mut informed = 0;
    for_each_seed(0..50, |seed| {
        let mut story = Story::new(seed);
        let state = story.offer_state();
        let line =
            Line { loss: 0.05, duplication: 0.1, jitter: Duration::from_millis(50), ..Line::default() };
        story.net.set_line(line);
        let sent = story.observe(story.peer, "coap://server/state");
        story.net.run_for(seconds(100));
        for _ in 0..20 {
            story.change(&state);
        }
        // Non-confirmable notifications of the server may be lost; one of six is confirmable.
        for _ in 0..6 {
            story.net.notify(story.server, "state");
            story.net.run_for(seconds(100));
        }
        let seen: Vec<u32> = story.seen(&sent).iter().map(|state| state.parse().unwrap()).collect();
        assert!(seen.is_sorted(), "{seen:?}");
        // A client that five times did not acknowledge is taken for gone.
        let (is_informed, forwards) = (seen.last() == Some(&20), story.forwards());
        assert!(is_informed || forwards == 0, "{seen:?}");
        informed += usize::from(is_informed);
    });
    assert!(informed >= 45, "{informed}");
}

#[test]
fn an_observed_server_that_goes_is_told() {
    let mut story = Story::new(18);
    let state = story.offer_state();
    let sent = story.observe(story.peer, "coap://server/state");
    story.net.run_for(seconds(1));
    let (now, server) = (story.net.now(), story.server);
    let engine = story.net.engine(server);
    let resource = engine.resources().find(b"state").unwrap();
    engine.remove_resource(now, resource);
    story.net.run_for(seconds(1));
    let codes: Vec<_> = story.net.endings(&sent).iter().filter_map(Ending::code).collect();
    assert_eq!(codes, [Code::CONTENT, Code::NOT_FOUND]);
    assert_eq!(story.forwards(), 0);
    drop(state);
}

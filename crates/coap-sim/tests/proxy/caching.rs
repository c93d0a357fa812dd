//! Responses that are kept (RFC 7252 section 5.6, 5.7.1).
use super::*;

/// A proxy that keeps responses.
fn caching() -> Config {
    Config { response_cache_bytes: 1 << 20, ..config() }
}

impl Story {
    /// The server has a resource whose content has an ETag and a Max-Age, and says 2.03 to who has it.
    fn offer_tagged(&mut self, max_age: u8) -> Rc<Cell<u8>> {
        let version = Rc::new(Cell::new(1));
        let shown = Rc::clone(&version);
        self.net.offer(self.server, "a", move |call| {
            let etag = [shown.get()];
            if call.request.code() == Code::PUT {
                shown.set(shown.get() + 1);
                return call.answer(Code::CHANGED, b"");
            }
            let is_known =
                |etag: &[u8]| call.request.options().any(|it| it.number == option::ETAG && it.value == etag);
            let code = if is_known(&etag) { Code::VALID } else { Code::CONTENT };
            call.response.insert_option(option::ETAG, &etag).unwrap();
            call.response.insert_option(option::MAX_AGE, &[max_age]).unwrap();
            let text = format!("version {}", etag[0]);
            call.answer(code, if code == Code::VALID { b"" } else { text.as_bytes() });
        });
        version
    }

    /// The answers of the server so far.
    fn answers(&self) -> Vec<Code> {
        let answer = |entry: &coap_sim::Entry| match entry.outcome {
            coap_sim::Outcome::Served { answer, .. } => Some(answer),
            _ => None,
        };
        self.net.log(self.server).iter().filter_map(answer).collect()
    }

    /// The last response to a client.
    fn last_response(&self, peer: Peer) -> Pdu {
        let received = |entry: &coap_sim::Entry| match &entry.outcome {
            coap_sim::Outcome::Response { received, .. } => Some(received.clone()),
            _ => None,
        };
        self.net.log(peer.node).iter().rev().find_map(received).expect("a response")
    }

    fn ask_now(&mut self, options: &[(u16, &[u8])]) -> (Code, String) {
        let mut request = self.request(MessageType::Con, Code::GET, "coap://server/a");
        for (number, value) in options {
            request.insert_option(*number, value).unwrap();
        }
        self.net.send(self.peer, request);
        self.net.run_for(Duration::from_millis(100));
        let received = self.last_response(self.peer);
        (received.code(), String::from_utf8(received.payload().to_vec()).unwrap())
    }

    fn max_age(&self) -> Option<u64> {
        self.last_response(self.peer).option(option::MAX_AGE)?.uint()
    }
}

#[test]
fn a_response_that_is_fresh_is_used_again_and_ages() {
    let mut story = Story::with(20, caching(), Route::default());
    let version = story.offer_tagged(10);
    let first = (Code::CONTENT, "version 1".to_owned());
    assert_eq!(story.ask_now(&[]), first);
    assert_eq!(story.max_age(), Some(10));
    version.set(2);
    story.net.run_for(seconds(4));
    assert_eq!(story.ask_now(&[]), first, "fresh");
    assert_eq!((story.max_age(), story.served()), (Some(5), 1));
    story.net.run_for(seconds(6));
    assert_eq!(story.ask_now(&[]), (Code::CONTENT, "version 2".to_owned()), "stale");
    assert_eq!(story.answers(), [Code::CONTENT, Code::CONTENT]);
}

#[test]
fn a_stale_response_is_validated_by_its_etag() {
    let mut story = Story::with(21, caching(), Route::default());
    let _version = story.offer_tagged(10);
    let first = (Code::CONTENT, "version 1".to_owned());
    assert_eq!(story.ask_now(&[]), first);
    story.net.run_for(seconds(11));
    assert_eq!(story.ask_now(&[]), first, "the server says that it is valid, the client gets it all");
    assert_eq!(story.answers(), [Code::CONTENT, Code::VALID]);
    story.net.run_for(seconds(5));
    assert_eq!(story.ask_now(&[]), first);
    assert_eq!(story.answers().len(), 2, "fresh again");
}

#[test]
fn a_client_that_has_the_response_is_told_so() {
    let mut story = Story::with(22, caching(), Route::default());
    let _version = story.offer_tagged(10);
    story.ask_now(&[]);
    let valid = (Code::VALID, String::new());
    assert_eq!(story.ask_now(&[(option::ETAG, b"other"), (option::ETAG, &[1])]), valid);
    assert_eq!(story.last_response(story.peer).option(option::ETAG).map(|it| it.value), Some(&[1][..]));
    assert_eq!((story.served(), story.max_age()), (1, Some(9)));
    assert_eq!(story.ask_now(&[(option::ETAG, b"other")]).0, Code::CONTENT);
    story.net.run_for(seconds(11));
    assert_eq!(story.ask_now(&[(option::ETAG, &[1])]), valid, "by the server's word");
    assert_eq!(story.answers(), [Code::CONTENT, Code::VALID]);
}

#[test]
fn a_change_through_the_proxy_makes_what_it_keeps_stale() {
    let mut story = Story::with(23, caching(), Route::default());
    let _version = story.offer_tagged(60);
    story.ask_now(&[]);
    let put = story.request(MessageType::Con, Code::PUT, "coap://server/a");
    story.net.send(story.peer, put);
    story.net.run_for(seconds(1));
    assert_eq!(story.ask_now(&[]), (Code::CONTENT, "version 2".to_owned()));
}

#[test]
fn what_has_no_answer_in_common_is_asked_for_separately() {
    let mut story = Story::with(24, caching(), Route::default());
    let _version = story.offer_tagged(60);
    story.ask_now(&[]);
    story.ask_now(&[(option::ACCEPT, &[50])]);
    assert_eq!(story.served(), 2);
    story.ask_now(&[(option::OBSERVE, b"")]);
    assert_eq!(story.served(), 3, "who wants to observe has to be known to the server");
    let mut off = Story::new(24);
    let _version = off.offer_tagged(60);
    off.ask_now(&[]);
    off.ask_now(&[]);
    assert_eq!(off.served(), 2, "nothing is kept unless somebody wants it");
}

#[test]
fn a_large_response_is_kept_whole_and_served_in_blocks() {
    let mut story = Story::with(25, caching(), Route::default());
    story.net.offer(story.server, "large", |call| call.answer_large(&content(20_000), 7, &TEXT));
    assert!(story.ask("coap://server/large") == said(&content(20_000)));
    assert_eq!(story.net.engine(story.proxy).census().stored.0, 1);
    // `ask` waits until it is stale by Max-Age 60: it is validated.
    let other = story.another_client();
    let request = story.request_of(other, MessageType::Con, Code::GET, "coap://server/large");
    let sent = [story.get("coap://server/large"), story.net.send(other, request)];
    story.net.run_for(seconds(10));
    assert!(sent.iter().all(|sent| story.net.endings(sent) == [said(&content(20_000))]));
}

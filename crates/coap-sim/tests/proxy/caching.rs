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

/// The longest that a datagram is under way on a rough line.
const UNDER_WAY: Duration = Duration::from_millis(1700);

/// A resource behind a caching proxy, over rough lines, and what was asked for it, each time by a client of its own.
struct Rough {
    story: Story,
    max_age: u64,
    version: Rc<Cell<u8>>,
    asked: Vec<(Sent, Option<u8>)>,
}

/// What a message says of a version: the code, which version, for how long, and when it was sent first.
struct Word {
    code: Code,
    version: u8,
    max_age: Duration,
    at: Duration,
}

impl Rough {
    fn new(seed: u64) -> Self {
        let mut story = Story::with(seed, caching(), Route::default());
        story.net.capture();
        let line = Line::rough(story.net.rng());
        story.net.set_line(line);
        let max_age = story.net.rng().u64(0..20);
        let version = Rc::new(Cell::new(1));
        let shown = Rc::clone(&version);
        story.net.offer(story.server, "a", move |call| {
            let is_put = call.request.code() == Code::PUT;
            shown.set(shown.get() + u8::from(is_put));
            let etag = [shown.get()];
            let has =
                |etag: &[u8]| call.request.options().any(|it| it.number == option::ETAG && it.value == etag);
            let code = if has(&etag) { Code::VALID } else { Code::CONTENT };
            call.response.insert_option(option::ETAG, &etag).unwrap();
            call.response.insert_option(option::MAX_AGE, &[max_age as u8]).unwrap();
            let text = format!("version {}", etag[0]);
            call.answer(
                if is_put { Code::CHANGED } else { code },
                if has(&etag) { b"" } else { text.as_bytes() },
            );
        });
        Self { story, max_age, version, asked: Vec::new() }
    }

    /// Asks for the resource, perhaps whether a version of it is valid, or changes it.
    fn ask(&mut self) {
        let peer = self.story.another_client();
        let rng = self.story.net.rng();
        let kind = if rng.u8(0..4) == 0 { MessageType::Non } else { MessageType::Con };
        let code = if rng.u8(0..12) == 0 { Code::PUT } else { Code::GET };
        let has = rng.bool().then(|| self.version.get() - rng.u8(0..2)).filter(|_| code == Code::GET);
        let mut request = self.story.request_of(peer, kind, code, "coap://server/a");
        if let Some(version) = has {
            request.insert_option(option::ETAG, &[version]).unwrap();
        }
        let sent = self.story.net.send(peer, request);
        self.asked.push((sent, has));
    }

    /// What a node said of versions, each message once. Of the server: as often as it said it.
    fn words(&self, node: NodeId, repeated: bool) -> Vec<Word> {
        let from = self.story.net.address(node);
        let mut seen = std::collections::HashSet::new();
        let said = self.story.net.captured().iter().filter(|it| it.from == from);
        said.filter(|it| seen.insert((it.to, it.bytes.clone())) || repeated)
            .filter_map(|it| {
                let message = it.message();
                let number = |number| message.option(number)?.uint();
                let version = number(option::ETAG)? as u8;
                let max_age = Duration::from_secs(number(option::MAX_AGE).expect("it was said"));
                Some(Word { code: message.code(), version, max_age, at: it.at })
            })
            .collect()
    }

    /// Whatever the proxy says of a version, the server has said, so lately that it holds, and not before a change that
    /// the proxy knows of.
    fn check_words(&self) {
        let (said, passed) = (self.words(self.story.server, true), self.words(self.story.proxy, false));
        let is_change = |word: &&Word| word.code == Code::CHANGED;
        for word in passed.iter().filter(|word| !is_change(word)) {
            let known_changes = passed.iter().filter(is_change).filter(|change| change.at < word.at);
            let changes: Vec<_> = known_changes
                .filter_map(|known| said.iter().filter(is_change).find(|it| it.version == known.version))
                .collect();
            let backs = |it: &Word| {
                let latest = it.at + UNDER_WAY;
                it.code != Code::CHANGED
                    && it.version == word.version
                    && it.at <= word.at
                    && word.at + word.max_age <= latest + seconds(self.max_age)
                    && changes.iter().all(|change| change.at <= latest)
            };
            assert!(said.iter().any(backs), "{} of version {} at {:?}", word.code, word.version, word.at);
        }
    }

    /// Nobody gets more than one answer, and that is one that goes with the question. Returns how many were
    /// answered, and how many of them by 2.03.
    fn check_endings(&self) -> (usize, usize) {
        let (mut answered, mut valid) = (0, 0);
        for (sent, has) in &self.asked {
            // An answer may come after its question was given up.
            let endings = self.story.net.endings(sent);
            let answers = endings.iter().filter(|ending| ending.code().is_some()).count();
            assert!(answers <= 1 && endings.len() <= answers + 1, "{endings:?}");
            let received = self.story.net.log(sent.peer.node).iter().find_map(|entry| match &entry.outcome {
                coap_sim::Outcome::Response { received, .. } => Some(received),
                _ => None,
            });
            let Some(received) = received else { continue };
            let etag = received.option(option::ETAG).map(|etag| etag.value[0]);
            match received.code() {
                Code::VALID => assert!(etag == *has && received.payload().is_empty()),
                Code::CONTENT | Code::CHANGED => {
                    assert_eq!(received.payload(), format!("version {}", etag.expect("an ETag")).as_bytes());
                }
                code => assert_eq!(code, Code::GATEWAY_TIMEOUT),
            }
            answered += usize::from(received.code().class() == 2);
            valid += usize::from(received.code() == Code::VALID);
        }
        (answered, valid)
    }
}

#[test]
fn over_rough_lines_what_is_kept_is_what_the_server_said_lately() {
    let (mut answered, mut valid, mut served, mut validated) = (0, 0, 0, 0);
    for_each_seed(0..150, |seed| {
        let mut rough = Rough::new(seed);
        for _ in 0..40 {
            rough.ask();
            let pause = Duration::from_millis(rough.story.net.rng().u64(0..6000));
            rough.story.net.run_for(pause);
        }
        rough.story.net.run_for(seconds(400));
        rough.check_words();
        let (answers, of_them_valid) = rough.check_endings();
        (answered, valid) = (answered + answers, valid + of_them_valid);
        let said = rough.story.answers();
        served += said.len();
        validated += said.iter().filter(|code| **code == Code::VALID).count();

        // When the lines are good, clients see the state as it is, and nothing is left of what was before.
        assert_eq!(rough.story.forwards(), 0);
        rough.story.net.set_line(Line::default());
        let state = format!("version {}", rough.version.get());
        assert_eq!(rough.story.ask_now(&[]), (Code::CONTENT, state.clone()));
        rough.story.net.run_for(seconds(20));
        assert_eq!(rough.story.ask_now(&[]), (Code::CONTENT, state));
        assert_eq!(rough.story.answers().last(), Some(&Code::VALID), "by its ETag");
    });
    let counts = format!("{answered} answers, {valid} valid; {served} served, {validated} valid");
    assert!(answered > 3000 && served < answered && valid > 500 && validated > 500, "{counts}");
}

/// A body in blocks that says all over which version it is.
fn large(version: u8) -> Vec<u8> {
    (0..5000).map(|at| (at / 256) as u8 ^ version).collect()
}

#[test]
fn over_rough_lines_large_responses_come_whole_and_of_one_version() {
    let mut whole = 0;
    for_each_seed(0..60, |seed| {
        let mut story = Story::with(seed, caching(), Route::default());
        let line = Line::rough(story.net.rng());
        story.net.set_line(line);
        let version = Rc::new(Cell::new(1));
        let shown = Rc::clone(&version);
        story.net.offer(story.server, "large", move |call| {
            let version = shown.get();
            let what = Representation { content_format: 0, max_age: Some(30), etag: version.into() };
            call.answer_large(&large(version), 7, &what);
        });
        let mut asked = Vec::new();
        for _ in 0..12 {
            let peer = story.another_client();
            let request = story.request_of(peer, MessageType::Con, Code::GET, "coap://server/large");
            asked.push((story.net.send(peer, request), story.net.elapsed()));
            let pause = seconds(story.net.rng().u64(0..20));
            story.net.run_for(pause);
            version.set(version.get() + story.net.rng().u8(0..2));
        }
        // All go through one session to the server, one message at a time.
        story.net.run_for(seconds(3600));
        for (sent, at) in &asked {
            for entry in story.net.log(sent.peer.node) {
                let coap_sim::Outcome::Response { received, extent, .. } = &entry.outcome else { continue };
                let payload = received.payload();
                if received.code() == Code::GATEWAY_TIMEOUT {
                    continue;
                }
                // Who has given up, after 31 times ACK_TIMEOUT at the earliest, does not put bodies together any more,
                // and gets the first block as what it is.
                let is_late = entry.at > *at + seconds(62);
                let is_part = is_late && extent.offset == 0 && extent.total > payload.len();
                let is_whole = (1..=version.get()).any(|version| payload == large(version));
                let is_block = |version| large(version).starts_with(payload);
                assert!(is_whole || is_part && (1..=version.get()).any(is_block), "a mixture");
                whole += usize::from(is_whole);
            }
        }
        assert_eq!(story.forwards(), 0);
        // When the lines are good, the state as it is comes, and is kept.
        story.net.set_line(Line::default());
        let answer = |story: &mut Story| {
            let sent = story.get("coap://server/large");
            story.net.run_for(seconds(10));
            assert!(story.net.endings(&sent) == [said(&large(version.get()))]);
            story.served()
        };
        let served = answer(&mut story);
        assert_eq!(answer(&mut story), served);
    });
    assert!(whole > 300, "{whole}");
}

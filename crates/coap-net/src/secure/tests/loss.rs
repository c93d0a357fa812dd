//! Handshakes on bad lines.
use super::{
    knows_me,
    line::{Badness, SERVER, Story},
    psk_client, with_certificates,
};
use std::time::Duration;

/// The longest that a handshake may take, and a little.
const OVER: Duration = Duration::from_secs(41);

fn rough(story: &mut Story) -> Badness {
    Badness {
        loss: story.random.u8(0..40),
        duplicates: story.random.u8(0..40),
        delay: Duration::from_millis(story.random.u64(0..800)),
    }
}

/// A session over a bad line ends in an answer, or cleanly in time.
fn ends_well(story: &mut Story, with: &super::ClientCredentials) -> bool {
    story.badness = rough(story);
    let session = story.connect(with);
    story.get(session);
    story.run_for(OVER);
    let told = &story.client.told;
    let connected = story.client.knows("DtlsConnected");
    if !connected {
        assert_eq!(told.last().map(String::as_str), Some("DtlsClosed"), "{told:?}");
        assert!(story.client.knows("Nack TlsFailed"), "{told:?}");
        assert!(story.client.channels.deadline().is_none(), "nothing is left of it");
    } else {
        story.run_for(Duration::from_secs(250));
        let answers = story.client.told.iter().filter(|told| told.starts_with("2.05")).count();
        let nacks = story.client.told.iter().filter(|told| told.starts_with("Nack")).count();
        assert_eq!(answers + nacks, 1, "{:?}", story.client.told);
    }
    // What the server has begun it ends by itself.
    story.run_for(Duration::from_secs(400));
    assert_eq!(story.server.engine.census().sessions, 0, "{:?}", story.server.told);
    assert!(story.server.channels.entries.is_empty());
    assert_eq!(story.server.handshakes(), 0);
    assert!(story.server.channels.deadline().is_none());
    connected
}

#[test]
fn with_keys() {
    let (server, client) = (knows_me(), psk_client("me", "secret"));
    let done = (0..200).filter(|seed| ends_well(&mut Story::new(*seed, server.clone()), &client)).count();
    assert!(done > 150, "most of them are done: {done}");
}

#[test]
fn with_wrong_keys() {
    let (server, client) = (knows_me(), psk_client("me", "guess"));
    for seed in 0..50 {
        assert!(!ends_well(&mut Story::new(seed, server.clone()), &client));
    }
}

#[test]
fn with_certificates_too() {
    let (server, client) = with_certificates();
    let done = (0..12).filter(|seed| ends_well(&mut Story::new(*seed, server.clone()), &client)).count();
    assert!(done > 6, "most of them are done: {done}");
}

#[test]
fn an_answer_that_never_comes_is_given_up_in_time() {
    for seed in 0..20 {
        let mut story = Story::new(seed, knows_me());
        story.badness.loss = 100;
        let session = story.connect(&psk_client("me", "secret"));
        story.get(session);
        while story.client.told.is_empty() && story.elapsed() < OVER {
            story.run_for(Duration::from_millis(100));
        }
        assert_eq!(story.client.told, ["Nack TlsFailed", "DtlsClosed"]);
        // 1 + 2 + 4 + 8 + 16 s, give or take a quarter.
        let seconds = story.elapsed().as_secs_f32();
        assert!((23.0..40.1).contains(&seconds), "{seconds}");
        assert_eq!(story.record.len(), 5, "the first and four more");
    }
}

#[test]
fn handshakes_in_datagrams_as_short_as_the_endpoints() {
    let (credentials, client) = with_certificates();
    let mut story = Story::new(1, credentials);
    let endpoint = story.open_another_endpoint();
    story.server.engine.endpoint_mut(endpoint).unwrap().set_mtu(300);
    let session = story.connect(&client);
    story.get(session);
    story.run_for(Duration::from_secs(5));
    assert!(story.client.knows("2.05"), "{:?}", story.client.told);
    let longest = story.record.iter().filter(|sent| sent.from == SERVER).map(|sent| sent.bytes.len()).max();
    assert!(longest.is_some_and(|longest| longest <= 300), "{longest:?}");
}

//! Datagrams in the name of a peer.
use super::{
    ClientCredentials, knows_me,
    line::{SERVER, Story},
    psk_client, with_certificates,
};
use coap_proto::engine::SessionId;
use coap_secure::dtls::ServerCredentials;
use std::time::Duration;

/// A session that works.
fn established(seed: u64, credentials: ServerCredentials, with: &ClientCredentials) -> (Story, SessionId) {
    let mut story = Story::new(seed, credentials);
    let session = story.connect(with);
    story.get(session);
    story.run_for(Duration::from_secs(1));
    assert!(story.client.knows("2.05"), "{:?}", story.client.told);
    story.client.told.clear();
    story.server.told.clear();
    (story, session)
}

/// Datagrams of alerts and other records in plain text, records of each epoch, and of what is no record: each is read
/// by itself.
fn forged(random: &mut fastrand::Rng) -> Vec<u8> {
    (0..random.usize(1..4)).flat_map(|_| forged_record(random)).collect()
}

fn forged_record(random: &mut fastrand::Rng) -> Vec<u8> {
    let content_type = if random.u8(0..8) == 0 { random.u8(..) } else { random.u8(19..=26) };
    let version = if random.u8(0..8) == 0 { [3, 3] } else { [0xfe, 0xfd] };
    let epoch = random.u8(0..4);
    let mut record = vec![content_type, version[0], version[1], 0, epoch];
    record.extend([0, 0, 0, 0, random.u8(..), random.u8(..)]);
    let body: Vec<u8> = match random.u8(0..4) {
        0 => vec![2, random.u8(..)],
        1 => vec![1, 0],
        _ => (0..random.usize(0..200)).map(|_| random.u8(..)).collect(),
    };
    record.extend([(body.len() >> 8) as u8, body.len() as u8]);
    record.extend(body);
    record
}

/// Changes a datagram that was sent.
fn mutated(random: &mut fastrand::Rng, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.usize(0..4) {
        if let Some(at) = (!bytes.is_empty()).then(|| random.usize(0..bytes.len())) {
            match random.u8(0..3) {
                0 => bytes[at] = random.u8(..),
                1 => bytes.truncate(at),
                _ => bytes.insert(at, random.u8(..)),
            }
        }
    }
    bytes
}

/// Whatever comes in the name of the other, either way, changes nothing.
fn changes_nothing(mut story: Story, session: SessionId, times: usize) {
    let record = story.record.clone();
    for round in 0..times {
        let (client, mut random) = (story.client_at(), fastrand::Rng::with_seed(round as u64));
        let (from, to) = if random.bool() { (client, SERVER) } else { (SERVER, client) };
        let sent = &record[random.usize(0..record.len())].bytes;
        let bytes = match random.u8(0..4) {
            0 => forged(&mut random),
            1 => sent.clone(),
            _ => mutated(&mut random, sent),
        };
        story.inject(from, to, &bytes);
        if round % 100 == 99 {
            story.run_for(Duration::from_millis(10));
        }
    }
    story.run_for(Duration::from_secs(1));
    story.get(session);
    story.run_for(Duration::from_secs(20));
    assert_eq!(story.client.told, ["2.05"]);
    assert_eq!(story.server.told, [] as [&str; 0]);
    story.run_for(Duration::from_secs(45));
    story.get(session);
    story.run_for(Duration::from_secs(5));
    assert_eq!((&story.client.told[..], story.server.told.len()), (&["2.05".into(), "2.05".into()][..], 0));
}

#[test]
fn nothing_ends_a_session_with_keys() {
    let (story, session) = established(1, knows_me(), &psk_client("me", "secret"));
    changes_nothing(story, session, 20_000);
}

#[test]
fn nothing_ends_a_session_with_certificates() {
    let (credentials, client) = with_certificates();
    let (story, session) = established(1, credentials, &client);
    changes_nothing(story, session, 5_000);
}

#[test]
fn nor_a_handshake_that_has_shown_its_address() {
    let (credentials, client) = with_certificates();
    let mut stranger = Story::new(9, credentials.clone());
    stranger.connect(&client);
    stranger.collect();
    let hello_13 = stranger.record[0].bytes.clone();
    for moment in 0..8 {
        let mut story = Story::new(moment, credentials.clone());
        story.badness.delay = Duration::from_millis(20);
        let session = story.connect(&psk_client("me", "secret"));
        story.get(session);
        while !story.server.knows("ServerNew") {
            story.run_for(Duration::from_millis(1));
        }
        // It has a cookie.
        for _ in 0..moment {
            story.run_for(Duration::from_millis(5));
            let from = story.client_at();
            story.inject(from, SERVER, &hello_13);
        }
        story.run_for(Duration::from_secs(5));
        assert!(story.client.knows("2.05"), "{moment}: {:?}", story.client.told);
    }
}

#[test]
fn nor_a_clients_handshake() {
    // The client has sent its first message. What is in the server's name and is not of this handshake is
    // noise, but an alert in plain text, which a server may have to say at this point (RFC 6347 section
    // 4.1.2.7).
    for seed in 0..50 {
        let (mut old, _) = established(seed, knows_me(), &psk_client("me", "secret"));
        let record = std::mem::take(&mut old.record);
        let mut story = Story::new(seed, knows_me());
        let session = story.connect(&psk_client("me", "secret"));
        story.get(session);
        story.collect();
        for _ in 0..20 {
            let datagram = &record[story.random.usize(0..record.len())];
            let is_alert = datagram.bytes.first() == Some(&21);
            // Replies of the handshake before have another random; a HelloVerifyRequest has none, and costs a
            // round trip.
            if datagram.from == SERVER && !is_alert && datagram.bytes.get(13) != Some(&2) {
                let (client, bytes) = (story.client_at(), datagram.bytes.clone());
                story.inject(SERVER, client, &bytes);
            }
        }
        story.run_for(Duration::from_secs(38));
        let connected = story.client.knows("2.05");
        let failed_in_time = story.client.knows("Nack TlsFailed");
        assert!(connected || failed_in_time, "{:?}", story.client.told);
    }
}

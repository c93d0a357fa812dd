//! Questions that wait.
use super::{knows_me, line::Story, psk_client, psk_server};
use crate::secure::SecurityQuestion;
use coap_secure::{Answer, Keys, Question};
use std::time::Duration;

fn client() -> super::ClientCredentials {
    psk_client("me", "secret")
}

#[test]
fn a_question_that_nobody_answers_ends_with_its_handshake() {
    let mut story = Story::new(1, psk_server(Keys::Ask));
    let session = story.connect(&client());
    story.get(session);
    story.run_for(Duration::from_secs(60));
    assert!(story.client.knows("Nack TlsFailed") && story.server.knows("ServerDeleted"));
    let Some(SecurityQuestion::Ask { session, question, what: Question::Identity(identity) }) =
        story.server.asked.pop()
    else {
        panic!("{:?}", story.server.asked)
    };
    assert_eq!(identity, b"me");
    let (channels, engine) = (&mut story.server.channels, &mut story.server.engine);
    let answer = Answer::Key(b"secret"[..].into());
    assert!(!channels.answer(story.now, engine, session, question, answer), "nobody waits for it");
}

#[test]
fn an_answer_may_come_late() {
    let mut story = Story::new(1, psk_server(Keys::Ask));
    let session = story.connect(&client());
    story.get(session);
    story.run_for(Duration::from_secs(12));
    let Some(SecurityQuestion::Ask { session, question, .. }) = story.server.asked.pop() else {
        panic!("{:?}", story.server.told)
    };
    let (channels, engine) = (&mut story.server.channels, &mut story.server.engine);
    assert!(channels.answer(story.now, engine, session, question, Answer::Key(b"secret"[..].into())));
    story.run_for(Duration::from_secs(10));
    assert!(story.client.knows("2.05"), "{:?}", story.client.told);
}

/// The second handshake of a peer that has a session fails without a word; its question is of no interest then.
#[test]
fn a_question_of_a_second_handshake_that_fails() {
    for is_taken in [true, false] {
        let mut story = Story::new(1, knows_me());
        let session = story.connect(&client());
        story.get(session);
        story.run_for(Duration::from_secs(1));
        story.server.channels.set_credentials(psk_server(Keys::Ask));
        story.client.channels.entries.clear();
        story.connect(&client());
        if !is_taken {
            story.server.is_busy = true;
        }
        story.run_for(Duration::from_secs(5));
        let asked = if is_taken { story.server.asked.pop() } else { None };
        story.run_for(Duration::from_secs(60));
        assert_eq!(story.server.engine.census().sessions, 1, "the first goes on");
        let (channels, engine) = (&mut story.server.channels, &mut story.server.engine);
        assert!(channels.poll_question().is_none(), "nobody is asked in vain");
        let Some(SecurityQuestion::Ask { session, question, .. }) = asked else {
            assert!(!is_taken);
            continue;
        };
        let answer = Answer::Key(b"secret"[..].into());
        assert!(!channels.answer(story.now, engine, session, question, answer), "nobody waits for it");
    }
}

#[test]
fn so_many_clients_wait_for_credentials() {
    let mut story = Story::new(1, knows_me());
    story.server.channels.ask_about_names(true);
    for number in 0..110u8 {
        story.move_client_to(([198, 51, number, 1], 7).into());
        story.connect(&client());
        story.run_for(Duration::from_millis(1));
    }
    assert_eq!(story.server.asked.len(), 110);
    assert_eq!(story.server.engine.census().sessions, 0, "nobody has a session yet");
    let asked = std::mem::take(&mut story.server.asked);
    let (channels, engine) = (&mut story.server.channels, &mut story.server.engine);
    let mut welcome = 0;
    for question in asked {
        let SecurityQuestion::Hello { hello, .. } = question else { continue };
        welcome += usize::from(channels.answer_hello(story.now, engine, hello, Some(knows_me())));
    }
    assert_eq!(welcome, 100, "the oldest have to come again");
    assert_eq!(engine.census().sessions, 100);
}

#[test]
fn clients_that_wait_for_credentials_are_forgotten_in_time() {
    let mut story = Story::new(1, knows_me());
    story.server.channels.ask_about_names(true);
    story.connect(&client());
    story.run_for(Duration::from_secs(100));
    assert!(story.server.channels.deadline().is_none());
    let Some(SecurityQuestion::Hello { hello, .. }) = story.server.asked.pop() else { panic!() };
    let (channels, engine) = (&mut story.server.channels, &mut story.server.engine);
    assert!(!channels.answer_hello(story.now, engine, hello, Some(knows_me())));
}

/// A peer asks as one, forgets that, and asks as another from the same address: the key of the first must not
/// be taken for that of the second.
#[test]
fn a_late_answer_answers_no_other_question() {
    let mut story = Story::new(1, psk_server(Keys::Ask));
    let first = story.connect(&client());
    story.run_for(Duration::from_secs(1));
    let Some(SecurityQuestion::Ask { session, question: of_me, .. }) = story.server.asked.pop() else {
        panic!("{:?}", story.server.told)
    };
    story.client.channels.remove(story.now, first);
    let second = story.connect(&psk_client("you", "yours"));
    story.get(second);
    while story.server.asked.is_empty() {
        story.run_for(Duration::from_millis(1));
    }
    let Some(SecurityQuestion::Ask { session: same, question: of_you, what: Question::Identity(identity) }) =
        story.server.asked.pop()
    else {
        panic!("{:?}", story.server.asked)
    };
    assert_eq!((same, &identity[..]), (session, &b"you"[..]));
    let (channels, engine) = (&mut story.server.channels, &mut story.server.engine);
    let (late, good) = (Answer::Key(b"secret"[..].into()), Answer::Key(b"yours"[..].into()));
    assert!(!channels.answer(story.now, engine, session, of_me, late));
    assert!(channels.answer(story.now, engine, session, of_you, good));
    story.run_for(Duration::from_secs(1));
    assert!(story.client.knows("2.05"), "{:?}", story.client.told);
}
